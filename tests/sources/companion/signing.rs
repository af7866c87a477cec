//! Whose name stands in the companion log.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::scene::Shop;

const REFUSED: &str = "the database user shop_ben may not act as ana";
const DENIED: &str = "permission denied for table";

/// A line of the log with these columns.
fn log(columns: &str, values: &str) -> String {
    format!(
        "insert into dlqtop.operator_log (source, action, subject, {columns})
         values ('shop', 'resume_task', 'shop/job1', {values})"
    )
}

/// A row of another table, in ana's name.
fn of_ana(table: &str, name: &str, more: &str) -> String {
    format!(
        "insert into dlqtop.{table} (source, entry, {name}, {more})
         values ('shop', '00000000-0000-0000-0000-000000000001', 'ana', now() + interval '1 hour')"
    )
}

async fn why_not(session: &mut PgConnection, sql: String) -> String {
    let answer = session.execute(AssertSqlSafe(sql)).await;
    answer
        .err()
        .map_or_else(String::new, |error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_in_the_name_of_somebody_else() {
    let shop = Shop::with(1).await;
    shop.role("shop_ben", "").await;
    shop.asked(&["install", "--yes", "--grant", "shop_ben"])
        .expect_answer();
    shop.db
        .run("insert into dlqtop.actors values ('shop_ben', 'ben')")
        .await;
    let mut ben = PgConnection::connect_with(&shop.db.options).await.unwrap();
    ben.execute("set session authorization shop_ben")
        .await
        .unwrap();

    let himself = log("actor, outcome", "'ben@desk', 'done'");
    assert_eq!(why_not(&mut ben, himself).await, "");
    // What did not happen is kept, under his own name.
    let failed = log("actor, outcome", "'ana', 'failed: locked'");
    assert_eq!(why_not(&mut ben, failed).await, "");
    let me_too = "insert into dlqtop.actors values ('shop_ben', 'ana')".to_owned();
    for (sql, expected) in [
        (log("actor, outcome", "'ana', 'done'"), REFUSED),
        (of_ana("notes", "author", "body"), REFUSED),
        (of_ana("claims", "owner", "expires_at"), REFUSED),
        (of_ana("snoozes", "snoozed_by", "until"), REFUSED),
        (log("actor, outcome, at", "'ben', 'done', now()"), DENIED),
        (
            log("actor, outcome, database_user", "'ben', 'done', 'ana'"),
            DENIED,
        ),
        (me_too, DENIED),
    ] {
        let said = why_not(&mut ben, sql.clone()).await;
        assert!(said.contains(expected), "{sql}: {said}");
    }
    let lines: Vec<String> = shop
        .db
        .one(
            "select array_agg(concat_ws(' ', actor, database_user, outcome) order by log_id)
             from dlqtop.operator_log",
        )
        .await;
    assert_eq!(
        lines,
        ["ben@desk shop_ben done", "shop_ben shop_ben failed: locked"]
    );
    let row = &shop.asked(&["log", "--json"]).expect_json()["rows"][0];
    assert_eq!(row["database_user"], "shop_ben", "{row}");
}
