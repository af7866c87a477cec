//! Rules of one's own for which errors belong together, with a database: who groups by which.

use serde_json::{Value as Json, json};
use support::database::Database;
use support::dlqtop::{Run, run};
use support::home::Home;

const TENANTS: &str = "[[fingerprint.rules]]\npattern = 'tenant \\w+'\nreplacement = 'tenant #'\n";
const ERRORS: [&str; 4] = [
    "no quota left for tenant acme",
    "no quota left for tenant umbrella",
    "no quota left for tenant wayne",
    "card declined",
];

async fn letters() -> Database {
    let db = Database::new().await;
    db.template("{}").await;
    for error in ERRORS {
        db.dead_letter(error).await;
    }
    db
}

fn asked(home: &Home, db: &Database, arguments: &[&str]) -> Run {
    run(home.command(arguments).env("DATABASE_URL", db.url()))
}

/// The counts of the groups that the queue has there.
fn groups(home: &Home, db: &Database) -> Vec<i64> {
    let json = asked(home, db, &["queue", "--group", "--json"]).expect_json();
    let groups = json["groups"].as_array().unwrap();
    groups
        .iter()
        .map(|one| one["count"].as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn own_rules_group_what_is_listed_here_and_nowhere_else() {
    let db = letters().await;
    let (own, plain) = (Home::with(TENANTS), Home::new());
    assert_eq!(groups(&own, &db), [3, 1]);
    assert_eq!(groups(&plain, &db), [1, 1, 1, 1]);

    // A group's filter finds the group, in every list that has filters.
    let json = asked(&own, &db, &["queue", "--group", "--json"]).expect_json();
    let filter = json["groups"][0]["filter"].as_str().unwrap().to_owned();
    for list in ["queue", "entries"] {
        let found = asked(&own, &db, &[list, "--filter", &filter, "--json"]).expect_json();
        assert_eq!(
            found["rows"].as_array().unwrap().len(),
            3,
            "{list}: {found}"
        );
        let found = asked(&plain, &db, &[list, "--filter", &filter, "--json"]).expect_json();
        assert_eq!(
            found["rows"].as_array().unwrap().len(),
            0,
            "{list}: {found}"
        );
    }
    let shift = asked(&own, &db, &["handover", "--json"]).expect_json();
    let opened: Vec<_> = (shift["errors"].as_array().unwrap().iter())
        .map(|one| one["opened"].as_i64().unwrap())
        .collect();
    assert_eq!(opened, [3, 1], "{shift}");
    let rows: i64 = db
        .one("select count(*) from dlqtop.operator_log where action = 'configure'")
        .await;
    assert_eq!(rows, 0, "nothing is written by looking");
}

/// What a machine that has rules of its own is told before they are applied.
const USED_HERE_ONLY: &str = "used here only: the database has others";

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_ones_own_are_called_that() {
    let db = letters().await;
    let own = Home::with(TENANTS);
    let dry = asked(&own, &db, &["config", "apply", "--dry-run"]);
    assert_eq!(dry.code, Some(1), "{dry:?}");
    for piece in [
        "fingerprint.rules",
        "no rules",
        "1 rule",
        "config.toml:2",
        "+ 'tenant \\w+' → 'tenant #'",
    ] {
        assert!(dry.stdout.contains(piece), "no {piece}: {dry:?}");
    }
    let shown = asked(&own, &db, &["config", "show"]);
    assert!(shown.expect_answer().contains(USED_HERE_ONLY), "{shown:?}");
    let doctor = asked(&own, &db, &["doctor"]);
    let told = "fingerprint.rules in the database: no rules; config.toml:2 has 1 rule";
    assert!(doctor.stdout.contains(told), "{doctor:?}");
    assert!(
        doctor
            .stdout
            .contains("the fingerprint rules, which are used here only"),
        "{doctor:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_are_applied_hold_for_all() {
    let db = letters().await;
    let (own, plain) = (Home::with(TENANTS), Home::new());
    let order = [
        "config",
        "apply",
        "--yes",
        "--reason",
        "tenants are many",
        "--as=ana",
        "--json",
    ];
    let done = asked(&own, &db, &order).expect_json();
    let kept = json!([{ "pattern": "tenant \\w+", "replacement": "tenant #" }]);
    assert_eq!(done["outcome"], "applied", "{done}");
    assert_eq!(done["fingerprint_rules"]["to_apply"], kept, "{done}");
    let there: Json = db
        .one("select fingerprint_rules from dlqtop.settings")
        .await;
    assert_eq!(there, kept);
    assert_eq!(
        groups(&plain, &db),
        [3, 1],
        "they hold for who says nothing"
    );
    let shown = asked(&plain, &db, &["config", "show"]);
    assert!(shown.expect_answer().contains("set by ana, "), "{shown:?}");
    let shown = asked(&own, &db, &["config", "show"]);
    assert!(!shown.expect_answer().contains(USED_HERE_ONLY), "{shown:?}");
    let again = asked(&own, &db, &["config", "apply", "--dry-run"]);
    assert_eq!(again.code, Some(0), "{again:?}");

    // Other rules outrank them on that machine; so does an empty list.
    let other = Home::with("[[fingerprint.rules]]\npattern = 'quota'\nreplacement = 'limit'\n");
    assert_eq!(groups(&other, &db), [1, 1, 1, 1]);
    let empty = Home::with("[fingerprint]\nrules = []\n");
    assert_eq!(groups(&empty, &db), [1, 1, 1, 1]);
    let elsewhere = Home::with(&format!("{TENANTS}source = 'celery'\n"));
    assert_eq!(
        groups(&elsewhere, &db),
        [3, 1],
        "it says nothing of this source"
    );
    let order = [
        "config", "apply", "--yes", "--reason", "no more", "--as=bob",
    ];
    asked(&empty, &db, &order).expect_answer();
    assert_eq!(groups(&plain, &db), [1, 1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_this_program_cannot_read_are_told_and_not_used() {
    let db = letters().await;
    db.run("update dlqtop.settings set fingerprint_rules = '[{\"pattern\": \"a\", \"spell\": 1}]'")
        .await;
    let plain = Home::new();
    assert_eq!(groups(&plain, &db), [1, 1, 1, 1]);
    let shown = asked(&plain, &db, &["config", "show"]);
    assert!(
        shown.expect_answer().contains("unknown field `spell`"),
        "{shown:?}"
    );
    let refused = "select dlqtop.configure('{\"fingerprint_rules\": {}}', 'ana', 'x')";
    let error = sqlx::query(refused)
        .execute(&db.pool)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("fingerprint_rules cannot be {}: it is a list"),
        "{error}"
    );
}
