//! What becomes of an act when the link to the database is lost.

use std::time::Duration;

use dlqtop::data::messages::command::{ItemResult, StepVerb, Tally};
use dlqtop::data::worker::Writer;
use support::database::Database;

use crate::acting::{carry_out, one_step};

#[tokio::test]
async fn a_link_that_died_while_idle_is_replaced_and_the_act_is_done() {
    let db = Database::new().await;
    db.template("{}").await;
    let (one, two) = (db.dead_letter("a").await, db.dead_letter("b").await);
    let mut writer = Writer::new(&db.options, "ana".to_owned());
    let write = one_step(StepVerb::ResetForRetry, one.task, one.step, "error");
    writer.carry_out(&write).await;

    db.run(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'dlqtop'",
    )
    .await;
    let write = one_step(StepVerb::ResetForRetry, two.task, two.step, "error");
    let outcome = writer.carry_out(&write).await;

    let tally = Tally {
        done: 1,
        ..Tally::default()
    };
    assert_eq!(outcome.tally(), tally, "{outcome:?}");
    assert_eq!(db.step_state(two.step).await, "pending");
}

#[tokio::test]
async fn an_act_whose_answer_stays_away_is_unknown_and_not_called_failed() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("a").await;
    // The backend dies in the middle of the act.
    db.run(
        "create function boom() returns trigger language plpgsql security definer as $$ begin
             perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
         create trigger boom before insert on dlqtop.operator_log
             for each row execute function boom()",
    )
    .await;
    let write = one_step(StepVerb::ResetForRetry, dead.task, dead.step, "error");
    let mut writer =
        Writer::new(&db.options, "ana".to_owned()).with_timeout(Duration::from_millis(500));
    let lost = writer.carry_out(&write).await.items.remove(0).result;
    assert_eq!(lost, ItemResult::Unknown);
    assert_eq!(db.step_state(dead.step).await, "error");

    // Once it no longer dies, asking again finds out.
    db.run("drop trigger boom on dlqtop.operator_log").await;
    let done = ItemResult::Done {
        now: "pending".into(),
    };
    assert_eq!(carry_out(&db, "ana", &write).await, done);
}
