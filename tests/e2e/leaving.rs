//! Leaving while a change is under way: it is said, it is carried out, and it is not lost.

use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, dashboard, with_history};

/// Holds up every act until a row stands in `gate`.
const GATE: &str = "
    create table public.gate (open boolean);
    create function wait_for_gate() returns trigger language plpgsql security definer as $$ begin
        while not exists (select from public.gate) loop perform pg_sleep(0.02); end loop;
        return new;
    end $$;
    create trigger gate before insert on dlqtop.operator_log
        for each row execute function wait_for_gate()";

/// Closes the first investigation of the queue, and does not wait for the answer.
fn close_first(screen: &mut PseudoTerminal) {
    screen.type_keys("2U");
    screen.wait_for("Close 1 investigation");
    screen.type_keys("fixed at the source");
    screen.wait_for("fixed at the source");
    screen.type_keys("\r");
    screen.wait_for("press");
    screen.type_keys("y");
}

async fn closed(db: &Database) -> i64 {
    db.one(
        "select count(*) from tasker_tasks_dlq
         where resolved_by = 'tester@pty' and resolution_notes = 'fixed at the source'",
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_confirmed_is_carried_out_after_the_screen_has_closed() {
    let db = with_history().await;
    db.run(GATE).await;
    let mut screen = dashboard(&db, &["--no-detect", "--as", "tester@pty"], LARGE);
    close_first(&mut screen);

    screen.type_keys("q");
    screen.wait_for("q again quits");
    screen.type_keys("q");
    screen.wait_for("dlqtop: finishing 1 change");
    assert_eq!(closed(&db).await, 0, "it was not under way");
    db.run("insert into gate values (true)").await;

    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
    assert_eq!(closed(&db).await, 1);
}
