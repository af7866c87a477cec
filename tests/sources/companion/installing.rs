//! What is shown is what is run, all of it in one schema, and nothing of it is left afterwards.

use dlqtop::data::companion::install;
use portable_pty::CommandBuilder;
use sqlx::Connection as _;
use support::database::Database;
use support::dlqtop::{Run, asked, command, run};
use support::pseudo_terminal::PseudoTerminal;

use super::scene::{OWN, Shop, changes, on};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_is_run() {
    let shop = Shop::with(1).await;
    shop.role("shop_ops", "").await;
    let name = shop.db.options.get_database().unwrap().to_owned();
    shop.db
        .run(&format!("alter database {name} set log_statement = 'all'"))
        .await;
    let asked = ["install", "--grant", "shop_ops"];

    let shown = shop.asked(&[&asked[..], &["--dry-run"]].concat());
    let shown = shown.expect_answer().trim_end().to_owned();
    assert!(shown.contains("create schema dlqtop;"), "{shown}");
    assert!(
        shown.contains("grant usage on schema dlqtop to shop_ops;"),
        "{shown}"
    );
    assert_eq!(shop.things("dlqtop").await, 0);

    let done = shop.asked(&[&asked[..], &["--yes", "--json"]].concat());
    let done = done.expect_json();
    assert_eq!(done["ddl"].as_str().unwrap().trim_end(), shown);
    assert_eq!(
        (&done["installed"], &done["changed"]),
        (&true.into(), &true.into())
    );
    let sent = shop.db.statements_of("dlqtop");
    let changes: Vec<&str> = sent
        .iter()
        .map(|(_, statement)| statement.trim_end())
        .filter(|statement| statement.contains("create ") || statement.contains("grant "))
        .collect();
    assert_eq!(changes, [shown.as_str()]);

    // What a dry run prints can be run by somebody else, with psql.
    let other = Shop::with(1).await;
    let mut db = sqlx::PgConnection::connect_with(&other.db.options)
        .await
        .unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(shown))
        .execute(&mut db)
        .await
        .unwrap();
    let again = other.asked(&["install"]);
    assert!(
        again
            .expect_answer()
            .starts_with("it is installed already: version 3, since "),
        "{again:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_is_in_its_own_schema_and_nothing_is_left_of_it() {
    let shop = Shop::with(3).await;
    shop.role("shop_clerk", "").await;
    let before = shop.catalogue().await;
    shop.asked(&["install", "--yes", "--grant", "shop_clerk"])
        .expect_answer();
    assert!(shop.things("dlqtop").await >= 6);
    assert_eq!(changes(&before, &shop.catalogue().await), []);

    // With something in it.
    for write in [
        on(1, OWN),
        on(2, super::scene::SNOOZE),
        on(3, super::scene::NOTE),
    ] {
        shop.act("ana", &write).await;
    }
    let would = shop.asked(&["uninstall", "--dry-run"]);
    let said = "-- what would be lost: 1 notes, 1 claims, 1 snoozes, 3 lines of the log, 0 samples";
    assert!(would.expect_answer().contains(said), "{would:?}");
    assert!(shop.things("dlqtop").await >= 6);

    let gone = shop.asked(&["uninstall", "--yes", "--json"]).expect_json();
    assert_eq!(gone["lost"]["log_lines"], 3, "{gone}");
    assert_eq!(shop.things("dlqtop").await, 0);
    assert_eq!(changes(&before, &shop.catalogue().await), []);
    let twice = shop.asked(&["uninstall", "--yes"]);
    assert_eq!(twice.expect_answer(), "nothing is installed here\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_is_once_and_a_grant_can_come_later() {
    let shop = Shop::furnished(1).await;
    shop.act("ana", &on(1, OWN)).await;
    let again = shop.asked(&["install", "--yes", "--json"]).expect_json();
    assert_eq!(again["changed"], false, "{again}");
    assert_eq!(again["made"]["version"], 3, "{again}");
    assert_eq!(again["made"]["source"], "shop", "{again}");

    let eve = shop.role("shop_eve", "").await;
    let found = shop.source_as(&eve).await;
    assert!(!found.companion.is_present());
    assert!(
        found
            .why_not("log")
            .contains("dlqtop install --grant shop_eve"),
        "{}",
        found.why_not("log")
    );
    shop.asked(&["install", "--yes", "--grant", "shop_eve"])
        .expect_answer();
    assert!(shop.source_as(&eve).await.companion.may_write());
    let unknown = shop.asked(&["install", "--yes", "--grant", "nobody_of_that_name"]);
    unknown.expect_complaint(2, &["there is no role nobody_of_that_name"]);
    assert_eq!(
        shop.db
            .one::<i64>("select count(*) from dlqtop.claims")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_install_at_once_one_does_and_both_have_it() {
    for _ in 0..3 {
        let shop = Shop::with(1).await;
        let runs: Vec<Run> = std::thread::scope(|scope| {
            let both: Vec<_> = (0..2)
                .map(|_| scope.spawn(|| shop.asked(&["install", "--yes", "--json"])))
                .collect();
            both.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let changed = runs.iter().map(|run| run.expect_json()["changed"].clone());
        let changed = changed.filter(|changed| changed == true).count();
        assert_eq!(changed, 1, "{runs:?}");
        assert_eq!(
            shop.db
                .one::<i64>("select count(*) from dlqtop.installed")
                .await,
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_without_a_yes() {
    let shop = Shop::with(1).await;
    for command in ["install", "uninstall"] {
        let run = shop.asked(&[command]);
        run.expect_complaint(2, &["no terminal to ask on", "--yes", "--dry-run"]);
        shop.asked(&["--read-only", command, "--yes"])
            .expect_complaint(2, &["--read-only", "contradict"]);
        if command == "install" {
            assert_eq!(shop.things("dlqtop").await, 0);
            shop.asked(&["install", "--yes"]).expect_answer();
        }
    }
    assert!(shop.things("dlqtop").await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_it_shows_everything_and_wants_the_whole_word() {
    let shop = Shop::with(1).await;
    for (typed, things) in [("y\r", false), ("yes\r", true)] {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
        command.args(["install", "--database-url", &shop.db.url()]);
        let mut screen = PseudoTerminal::start_at_home(command, (110, 230), shop.config_home());
        screen.wait_for("Type yes:");
        assert!(
            screen
                .screen()
                .contains("create table dlqtop.operator_log (")
        );
        assert_eq!(shop.things("dlqtop").await, 0);
        screen.type_keys(typed);
        let said = if things {
            "the schema dlqtop is there, beside Shop"
        } else {
            "nothing was changed"
        };
        screen.wait_for(said);
        assert_eq!(shop.things("dlqtop").await > 0, things);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_is_told_which_grant_it_needs() {
    let shop = Shop::with(1).await;
    shop.role("shop_poor", "grant select on shop_jobs to shop_poor")
        .await;
    let asked = ["install", "--yes"];
    let name = shop.db.options.get_database().unwrap().to_owned();
    shop.asked_as("shop_poor", &asked).expect_complaint(
        3,
        &[
            "shop_poor may not make a schema",
            &format!("grant create on database {name} to shop_poor"),
        ],
    );
    // Looking at it is free.
    let shown = shop
        .asked_as("shop_poor", &["install", "--dry-run", "--json"])
        .expect_json();
    assert_eq!(shown["may"], false);
    shop.db
        .run(&format!("grant create on database {name} to shop_poor"))
        .await;
    shop.asked_as("shop_poor", &asked).expect_answer();

    // Only who owns it takes it away.
    shop.role("shop_thief", "grant select on shop_jobs to shop_thief")
        .await;
    let run = shop.asked_as("shop_thief", &["uninstall", "--yes"]);
    run.expect_complaint(3, &["you, shop_thief, may not use it", "shop_poor"]);
    // Whose it is has to be trusted before anything in it is read.
    let grant = ["install", "--yes", "--grant", "shop_thief"];
    let line = "trusted_owners = [\"shop_poor\"]";
    let run = shop.asked(&grant);
    run.expect_complaint(3, &["the schema dlqtop is left alone: ", line]);
    let config = shop.config_home().join("dlqtop/config.toml");
    let profile = format!("default_profile = \"shop\"\n[profiles.shop]\n{line}\n");
    std::fs::write(config, profile).unwrap();
    shop.asked(&grant).expect_answer();
    let run = shop.asked_as("shop_thief", &["uninstall", "--yes"]);
    run.expect_complaint(
        3,
        &["only the owner of the schema dlqtop may do that: shop_poor"],
    );
    shop.asked_as("shop_poor", &["uninstall", "--yes"])
        .expect_answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_have_put_there_or_hung_on_it_is_never_touched() {
    let shop = Shop::with(1).await;
    shop.db
        .run("create schema dlqtop; create table dlqtop.theirs (a int)")
        .await;
    for command in ["install", "uninstall"] {
        let run = shop.asked(&[command, "--yes"]);
        run.expect_complaint(3, &["a schema dlqtop", "did not make", "left alone"]);
    }
    assert!(!shop.source().await.has("log"));
    shop.db.run("drop schema dlqtop cascade").await;

    shop.asked(&["install", "--yes"]).expect_answer();
    let things = shop.things("dlqtop").await;
    shop.db
        .run("create view dlqtop.theirs as select 1 as one")
        .await;
    let run = shop.asked(&["uninstall", "--yes"]);
    run.expect_complaint(3, &["somebody has put more", "theirs"]);
    shop.db.run("drop view dlqtop.theirs").await;

    shop.db
        .run("create view public.their_notes as select body from dlqtop.notes")
        .await;
    let run = shop.asked(&["uninstall", "--yes"]);
    run.expect_complaint(3, &["could not change the schema dlqtop", "depend on it"]);
    assert_eq!(shop.things("dlqtop").await, things, "some of it is gone");
    shop.db.run("drop view public.their_notes").await;
    shop.asked(&["uninstall", "--yes"]).expect_answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_schema_has_its_own() {
    let db = Database::new().await;
    for command in ["install", "uninstall"] {
        asked(&db.url(), &[command, "--yes"])
            .expect_complaint(2, &["Tasker's own schema", "part of it"]);
    }
    let doctor = asked(&db.url(), &["doctor"]);
    assert!(
        doctor.stdout.contains("are part of Tasker's schema"),
        "{doctor:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_and_info_say_whether_it_is_there() {
    let shop = Shop::with(1).await;
    let of = |arguments: &[&str], role: Option<&str>| match role {
        None => shop.asked(arguments).stdout,
        Some(role) => shop.asked_as(role, arguments).stdout,
    };
    assert!(of(&["info"], None).contains("nothing is installed"));
    assert!(of(&["doctor"], None).contains("nothing is installed"));
    shop.asked(&["install", "--yes"]).expect_answer();
    let info = of(&["info"], None);
    assert!(info.contains("installed: version 3, since "), "{info}");
    assert!(info.contains("beside shop; you may use it"), "{info}");
    assert!(of(&["doctor"], None).contains("has made the schema dlqtop, and you may use it"));
    shop.role("shop_guest", "").await;
    let doctor = of(&["doctor"], Some("shop_guest"));
    assert!(
        doctor.contains("you may not use the schema dlqtop"),
        "{doctor}"
    );
    assert!(
        doctor.contains("dlqtop install --grant shop_guest"),
        "{doctor}"
    );
}

#[tokio::test]
async fn the_version_that_is_made_is_the_one_that_is_known() {
    let shop = Shop::furnished(1).await;
    let mut db = shop.db.pool.acquire().await.unwrap();
    let standing = install::status(&mut db, &[]).await.unwrap();
    assert_eq!(standing.made.unwrap().version, install::VERSION);
    assert!(standing.strangers.is_empty(), "{:?}", standing.strangers);
    // A newer one is left alone.
    shop.db
        .run("insert into dlqtop.installed (version, source) values (7, 'shop')")
        .await;
    let found = shop.source().await;
    assert!(!found.companion.is_present());
    assert!(
        found.why_not("log").contains("version 7"),
        "{}",
        found.why_not("log")
    );
    let run = run(&mut command(&["--help"]));
    assert!(run.expect_answer().contains("uninstall"));
}

/// What an earlier version had made: no table knows the tenant.
const VERSION_2: &str = "
    alter table dlqtop.operator_log drop column tenant;
    alter table dlqtop.notes drop column tenant;
    alter table dlqtop.samples drop column tenant;
    alter table dlqtop.samples add primary key (source, at);
    delete from dlqtop.installed;
    insert into dlqtop.installed (version, source) values (2, 'shop')";

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_version_is_upgraded_with_what_is_in_it() {
    let shop = Shop::with(2).await;
    let clerk = shop
        .role(
            "shop_upgraded",
            "grant select, update on shop_jobs, shop_failed to shop_upgraded",
        )
        .await;
    shop.asked(&["install", "--yes", "--grant", "shop_upgraded"])
        .expect_answer();
    shop.act("ana", &on(1, super::scene::NOTE)).await;
    shop.db.run(VERSION_2).await;

    let old = shop.source().await;
    assert!(!old.companion.is_present());
    let why = old.why_not("log");
    assert!(
        why.contains("version 2") && why.contains("`dlqtop install`"),
        "{why}"
    );
    let stranger = shop.asked_as("shop_upgraded", &["install", "--yes"]);
    stranger.expect_complaint(3, &["only the owner of the schema dlqtop"]);
    let shown = shop.asked(&["install", "--dry-run"]);
    assert!(
        shown.expect_answer().contains("add column tenant"),
        "{shown:?}"
    );

    let done = shop.asked(&["install", "--yes"]);
    let said = "the schema dlqtop is version 3 now, it was 2\n";
    assert!(done.expect_answer().starts_with(said), "{done:?}");
    let kept = shop.asked(&["log", "--json"]).expect_json();
    assert_eq!(kept["rows"].as_array().unwrap().len(), 1, "{kept}");
    // Who was granted the use of it before may use it now.
    let mut writer = shop.writer_at(clerk, "bo").await;
    let outcome = writer.carry_out(&on(2, super::scene::NOTE)).await;
    let result = &outcome.items[0].result;
    assert!(
        matches!(
            result,
            dlqtop::data::messages::command::ItemResult::Done { .. }
        ),
        "{result:?}"
    );
    let again = shop.asked(&["install", "--yes", "--json"]).expect_json();
    assert_eq!(
        (&again["changed"], &again["made"]["version"]),
        (&false.into(), &3.into()),
        "{again}"
    );
    // It can also be taken away.
    shop.asked(&["uninstall", "--yes"]).expect_answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_version_can_be_taken_away() {
    let shop = Shop::furnished(1).await;
    shop.db.run(VERSION_2).await;
    shop.asked(&["uninstall", "--yes"]).expect_answer();
    assert_eq!(shop.things("dlqtop").await, 0);
}
