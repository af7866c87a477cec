//! `dlqtop info`: what there is to know, with a database and without.

use support::database::Database;
use support::dlqtop::run;
use support::home::Home;

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_version_paths_database_and_rights() {
    let db = Database::new().await;
    let home = Home::with("");
    let url = format!("{}&options[role]=dlqtop_operator", db.url());
    let asked = |arguments: &[&str]| {
        run(home
            .command(arguments)
            .env("DATABASE_URL", &url)
            .env("XDG_STATE_HOME", home.folder.path())
            .env("DLQTOP_ACTOR", "ana"))
    };
    let lines = asked(&["info"]);
    let lines = lines.expect_answer();
    let state = home.folder.path().join("dlqtop").display().to_string();
    for piece in [
        &format!("version   dlqtop {}\n", env!("CARGO_PKG_VERSION")),
        "source    tasker (Tasker): ",
        &format!("config    {}\n", home.file().display()),
        &format!("log       {state}\n"),
        "actor     ana\n",
        "(environment DATABASE_URL)\n",
        "server    PostgreSQL ",
        "schema    up to date: 2026",
        "role      dlqtop_operator (logged in as dlqtop) may view, act; not sweep, configure, repair\n",
    ] {
        assert!(lines.contains(piece), "no {piece:?}: {lines}");
    }
    let json = asked(&["info", "--json"]).expect_json();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["source"], "tasker");
    assert_eq!(json["paths"]["state"], state);
    assert_eq!(json["paths"]["config_is_there"], true);
    assert_eq!(json["database"]["schema_is_usable"], true, "{json:#}");
    let may = &json["database"]["may"];
    assert_eq!((&may["act"], &may["sweep"]), (&true.into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_or_a_schema_it_tells_the_rest() {
    let home = Home::new();
    let lines = home.run(&["info"]);
    let lines = lines.expect_answer();
    assert!(lines.contains("database  none was named\n"), "{lines}");
    assert!(lines.contains("config.toml (not there)\n"), "{lines}");

    let away = "postgres://ana:canary-7731@127.0.0.1:1/prod?password=canary-7731";
    for arguments in [&["info"][..], &["info", "--json"]] {
        let run = run(home.command(arguments).env("DATABASE_URL", away));
        assert_eq!(run.code, Some(3), "{run:?}");
        assert_eq!(run.stderr, "", "{run:?}");
        for piece in ["postgres://ana@127.0.0.1:1/prod", "could not connect"] {
            assert!(run.stdout.contains(piece), "no {piece}: {run:?}");
        }
        assert!(!run.stdout.contains("canary"), "{run:?}");
    }

    let empty = Database::empty().await;
    let run = run(home.command(&["info"]).env("DATABASE_URL", empty.url()));
    let lines = run.expect_answer();
    assert!(lines.contains("no Tasker schema"), "{lines}");
    assert!(
        lines.contains("source    none: nothing in this database is known"),
        "{lines}"
    );
    assert!(
        lines.contains("may sweep") || lines.contains("may do nothing here"),
        "{lines}"
    );
}
