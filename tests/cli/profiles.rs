//! Profiles: which database a name stands for, what outranks it, and that nothing is written by
//! commands where it says so.

use support::database::Database;
use support::dlqtop::run;
use support::home::Home;

fn text(db: &Database, more: &str) -> String {
    format!(
        "default_profile = \"local\"\n\
         [profiles.local]\n\
         database_url = \"postgres://ana:canary-7731@127.0.0.1:1/local\"\n\
         [profiles.prod-eu]\n\
         database_url = {:?}\n{more}",
        db.url()
    )
}

/// What `config show --json` says of the profile, and of the database's origin.
fn shown(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let mut all = vec!["config", "show"];
    all.extend(arguments);
    let mut command = home.command(&all);
    command.envs(variables.iter().copied());
    let run = run(&mut command);
    assert!(!run.stdout.contains("canary-"), "{run:?}");
    let line = |name: &str| {
        let mut lines = run.stdout.lines();
        let line = lines.find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {run:?}"))
            .trim()
            .to_owned()
    };
    (line("profile "), line("database "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_chosen_by_flag_then_variable_then_the_file() {
    let db = Database::new().await;
    let home = Home::with(&text(&db, "read_only = true\nactor = \"bob\"\n"));
    let (profile, database) = shown(&home, &[], &[]);
    assert_eq!(profile, "local (config.toml:1): database_url (line 3)");
    assert!(
        database.contains("postgres://ana@127.0.0.1:1/local (profile local)"),
        "{database}"
    );

    let named = [("DLQTOP_PROFILE", "prod-eu")];
    for (arguments, variables, from) in [
        (&["--profile", "prod-eu"][..], &[][..], "flag --profile"),
        (&[], &named[..], "environment DLQTOP_PROFILE"),
    ] {
        let (profile, database) = shown(&home, arguments, variables);
        let said = "database_url (line 5), read_only = true (line 6), actor (line 7)";
        assert_eq!(profile, format!("prod-eu ({from}): {said}"));
        assert!(database.contains("(profile prod-eu); asked"), "{database}");
    }
    let (profile, _) = shown(&home, &["--profile", "local"], &named);
    assert!(profile.starts_with("local (flag --profile)"), "{profile}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_by_flag_outranks_the_environments_address_and_any_other_does_not() {
    let db = Database::new().await;
    let home = Home::with(&text(&db, ""));
    let url = db.url();
    let address = [("DATABASE_URL", url.as_str())];
    let (profile, database) = shown(&home, &[], &address);
    assert!(
        database.contains("(environment DATABASE_URL); asked"),
        "{database}"
    );
    assert!(profile.contains("outranks its database_url"), "{profile}");
    let (_, database) = shown(&home, &["--profile", "local"], &address);
    assert!(
        database.contains("127.0.0.1:1/local (profile local); not asked"),
        "{database}"
    );

    home.run(&["queue", "--profile", "prod-eu", "--database-url", &url])
        .expect_complaint(2, &["name a database each: leave one out"]);
    let queue = home.run(&["queue", "--profile", "prod-eu", "--json"]);
    assert_eq!(queue.code, Some(0), "{queue:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_write_nothing_where_the_profile_is_read_only() {
    let db = Database::new().await;
    let home = Home::with(&text(&db, "read_only = true\n"));
    for arguments in [
        &["archive"][..],
        &["migrate"],
        &["detect", "--once"],
        &["doctor", "--repair"],
    ] {
        let mut all = vec!["--profile", "prod-eu"];
        all.extend(arguments);
        let wanted = [
            "profile prod-eu (read_only = true) and",
            "contradict each other",
        ];
        home.run(&all).expect_complaint(2, &wanted);
    }
    let looked = home.run(&["--profile", "prod-eu", "archive", "--dry-run"]);
    assert_eq!(looked.code, Some(0), "{looked:?}");
}

#[test]
fn a_profile_that_does_not_exist_is_a_fault_like_any_other() {
    let home = Home::with("[polling]\ninterval = 5\n[profiles.prod-eu]\nread_only = 1\n");
    let run = run(home.command(&["queue"]).env("DLQTOP_PROFILE", "prod"));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.contains("config.toml:2: polling.interval"),
        "{run:?}"
    );
    assert!(
        run.stderr
            .contains("config.toml:4: profiles.prod-eu.read_only = 1"),
        "{run:?}"
    );

    let home = Home::with("[profiles.prod-eu]\nread_only = true\n");
    home.run(&["config", "init", "--stdout"]).expect_answer();
    let run = home.run(&["queue", "--profile", "prod-ue"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr
            .contains("flag --profile: there is no profile prod-ue: did you mean prod-eu?"),
        "{run:?}"
    );
}
