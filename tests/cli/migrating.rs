//! `dlqtop migrate`: looks, applies, and does nothing twice.

use support::database::Database;
use support::dlqtop::asked;

const TABLES: &str = "select count(*) from pg_stat_user_tables";

#[tokio::test(flavor = "multi_thread")]
async fn migrate_lists_then_applies_and_then_has_nothing_to_do() {
    let db = Database::empty().await;
    let url = db.url();

    let would = asked(&url, &["migrate", "--dry-run"]);
    let would = would.expect_answer();
    assert!(would.lines().count() > 10, "{would}");
    assert!(
        would.lines().all(|line| line.starts_with("would apply ")),
        "{would}"
    );
    let json = asked(&url, &["migrate", "--dry-run", "--json"]).expect_json();
    let listed = json["would_apply"].as_array().unwrap();
    assert_eq!(listed.len(), would.lines().count());
    assert_eq!(db.one::<i64>(TABLES).await, 0, "a dry run made tables");

    asked(&url, &["migrate"]).expect_complaint(2, &["no terminal to ask on", "--yes"]);
    assert_eq!(db.one::<i64>(TABLES).await, 0, "nobody agreed to tables");
    let applied = asked(&url, &["migrate", "--yes"]);
    let applied = applied.expect_answer().replace("applied ", "would apply ");
    assert_eq!(applied, would);
    assert!(db.one::<i64>(TABLES).await > 10);

    let again = asked(&url, &["migrate"]);
    assert!(again.expect_answer().contains("up to date"), "{again:?}");
    let json = asked(&url, &["migrate", "--json"]).expect_json();
    assert_eq!(json, serde_json::json!({ "applied": [] }));
    assert_eq!(
        asked(&url, &["queue"]).expect_answer(),
        "0 of 0 open investigations\n"
    );
}
