//! Whose name stands in the companion log.

use sqlx::{Connection as _, Executor as _};

use super::scene::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_in_the_name_of_somebody_else() {
    let shop = Shop::with(1).await;
    shop.role("shop_ben", "").await;
    shop.asked(&["install", "--yes", "--grant", "shop_ben"])
        .expect_answer();
    shop.db
        .run("insert into dlqtop.actors values ('shop_ben', 'ben')")
        .await;
    let mut ben = sqlx::PgConnection::connect_with(&shop.db.options)
        .await
        .unwrap();
    ben.execute("set session authorization shop_ben")
        .await
        .unwrap();
    let log = |columns: &str, values: &str| {
        format!(
            "insert into dlqtop.operator_log (source, action, subject, {columns})
             values ('shop', 'resume_task', 'shop/job1', {values})"
        )
    };
    let refused = "the database user shop_ben may not act as ana";
    let now = "now() + interval '1 hour'";
    for (sql, expected) in [
        (log("actor, outcome", "'ben@desk', 'done'"), ""),
        (log("actor, outcome", "'ana', 'done'"), refused),
        // What did not happen is kept, under his own name.
        (log("actor, outcome", "'ana', 'failed: locked'"), ""),
        (log("actor, outcome, at", "'ben', 'done', now()"), "denied"),
        (
            log("actor, outcome, database_user", "'ben', 'done', 'ana'"),
            "denied",
        ),
        (
            format!(
                "insert into dlqtop.notes (source, entry, author, body) values ('shop', '{}', 'ana', 'x')",
                uuid::Uuid::nil()
            ),
            refused,
        ),
        (
            format!(
                "insert into dlqtop.claims (source, entry, owner, expires_at) values ('shop', '{}', 'ana', {now})",
                uuid::Uuid::nil()
            ),
            refused,
        ),
        (
            format!(
                "insert into dlqtop.snoozes (source, entry, snoozed_by, until) values ('shop', '{}', 'ana', {now})",
                uuid::Uuid::nil()
            ),
            refused,
        ),
        (
            "insert into dlqtop.actors values ('shop_ben', 'ana')".to_owned(),
            "denied",
        ),
    ] {
        let answer = ben.execute(sqlx::AssertSqlSafe(sql.clone())).await;
        let said = answer
            .err()
            .map_or_else(String::new, |error| error.to_string());
        let fits = if expected.is_empty() {
            said.is_empty()
        } else {
            said.contains(expected)
        };
        assert!(fits, "{sql}: {said}");
    }
    let lines: Vec<String> = shop
        .db
        .one("select array_agg(concat_ws(' ', actor, database_user, outcome) order by log_id) from dlqtop.operator_log")
        .await;
    assert_eq!(
        lines,
        ["ben@desk shop_ben done", "shop_ben shop_ben failed: locked"]
    );
    let row = &shop.asked(&["log", "--json"]).expect_json()["rows"][0];
    assert_eq!(row["database_user"], "shop_ben", "{row}");
}
