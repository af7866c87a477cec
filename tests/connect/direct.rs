//! Row 25 without a pooler: the same polls and acts on the server itself, whichever it is.

use support::database::Database;
use support::report::Row;

use crate::operating::{EACH, operate};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_and_acts_on_the_server_itself_all_succeed() {
    let row = Row::begin("25", 0);
    let db = Database::new().await;
    let asked = operate(&db, &db.options).await;
    let failed = asked.failed.len();
    let (polls, acts) = (asked.polls, asked.acts);
    let server = db.server_version().await;
    row.found(
        polls + acts,
        format!("{server}, direct: polls {polls}, acts {acts}, failed {failed}"),
    );
    assert_eq!(asked.failed, Vec::<String>::new());
    assert_eq!((polls, acts), (EACH, EACH));
}
