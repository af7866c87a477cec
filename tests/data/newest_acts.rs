//! The operator log by acts: a bulk run is one of them, however many lines it has.

use std::time::Duration;

use dlqtop::data::connection::transaction::begin;
use dlqtop::data::model::LOG_ACTS;
use dlqtop::data::model::log_act::{NewestActs, acts_of};
use dlqtop::data::reads::history::{LogWanted, newest_acts};
use dlqtop::data::source::Source;
use sqlx::Executor as _;
use support::database::Database;

/// So many lines of one bulk run; the oldest is `minutes` and as many seconds old as there are lines.
async fn bulk(db: &Database, lines: usize, minutes: usize) {
    db.run(&format!(
        "insert into dlqtop.operator_log (at, actor, action, subject, subject_uuid, batch, outcome)
         select now() - interval '{minutes} minutes' - n * interval '1 second', 'ana', 'reset_for_retry', 'x',
                gen_random_uuid(), b.batch, case when n % 10 = 0 then 'changed meanwhile' else 'done' end
         from (select gen_random_uuid() as batch) b, generate_series(1, {lines}) n"
    ))
    .await;
}

/// So many acts on one subject each, a minute apart, the newest `minutes` old.
async fn single(db: &Database, acts: usize, minutes: usize) {
    db.run(&format!(
        "insert into dlqtop.operator_log (at, actor, action, subject, outcome)
         select now() - ({minutes} + n) * interval '1 minute', 'bo', 'add_note', n::text, 'done'
         from generate_series(1, {acts}) n"
    ))
    .await;
}

async fn read(db: &Database) -> NewestActs {
    let mut connection = db.pool.acquire().await.unwrap();
    let source = Source::native();
    begin(&mut connection, source.session(), Duration::from_secs(5))
        .await
        .unwrap();
    let wanted = LogWanted {
        limit: LOG_ACTS,
        ..LogWanted::default()
    };
    let newest = newest_acts(&mut connection, &source, &wanted)
        .await
        .unwrap();
    // The pool gets it back as it was.
    connection.execute("rollback").await.unwrap();
    newest
}

#[tokio::test]
async fn a_run_of_thousands_takes_the_place_of_one_act() {
    let db = Database::new().await;
    assert_eq!(read(&db).await, NewestActs::default());
    bulk(&db, 6_000, 1).await;
    // Single acts came while it ran and before it.
    single(&db, 150, 10).await;
    single(&db, 30, 200).await;
    bulk(&db, 2_000, 300).await;
    let newest = read(&db).await;
    assert!(!newest.more);
    let acts = acts_of(newest.lines);
    assert_eq!(acts.len(), 182);
    let sizes: Vec<usize> = acts.iter().map(|act| act.lines.len()).collect();
    assert_eq!(
        sizes[0], 6_000,
        "the newest line counts, and all lines are there"
    );
    assert_eq!(sizes.iter().filter(|lines| **lines == 2_000).count(), 1);
    let ends = acts[0].ends();
    assert_eq!((ends.done, ends.changed, ends.failed), (5_400, 600, 0));

    single(&db, 100, 1_000).await;
    let newest = read(&db).await;
    assert!(newest.more);
    let acts = acts_of(newest.lines);
    assert_eq!(acts.len(), LOG_ACTS);
    assert_eq!(
        acts.iter().map(|act| act.lines.len()).sum::<usize>(),
        8_000 + LOG_ACTS - 2
    );
}
