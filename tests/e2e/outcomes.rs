//! An incident retried to its end: what the screen says of it is what the database knows.

use std::time::Duration;

use dlqtop::demo;
use sqlx::FromRow;
use support::database::Database;
use support::eventually::eventually;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::many::filtered;

/// How long the demo's workers may take for all of it.
const LIMIT: Duration = Duration::from_mins(4);

/// What became of the steps that the operator on the screen has retried, counted without the program's views.
#[derive(Debug, Default, PartialEq, Eq, FromRow)]
struct Counted {
    passed: i64,
    failed_again: i64,
    running: i64,
}

async fn counted(db: &Database) -> Counted {
    sqlx::query_as(
        "with retried as (
             select l.subject_uuid as step, l.at, dlqtop.step_state(l.subject_uuid)::text as state
             from dlqtop.operator_log l
             where l.actor = 'tester@pty' and l.action = 'reset_for_retry' and l.outcome = 'done'
         ),
         judged as (
             select
                 r.state in ('complete', 'resolved_manually') as passed,
                 exists (
                     select from tasker_workflow_step_transitions t
                     where t.workflow_step_uuid = r.step and t.created_at > r.at
                       and t.to_state in ('error', 'waiting_for_retry')) as failed
             from retried r
         )
         select
             count(*) filter (where passed) as passed,
             count(*) filter (where not passed and failed) as failed_again,
             count(*) filter (where not passed and not failed) as running
         from judged",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap()
}

/// The numbers before `words` on the screen: 54 of `54 passed`.
fn number(shown: &str, words: &str) -> i64 {
    let Some((before, _)) = shown.split_once(words) else {
        return 0;
    };
    let digits = before.trim_end().rsplit(|c: char| !c.is_ascii_digit());
    digits
        .map(str::parse)
        .next()
        .and_then(Result::ok)
        .unwrap_or(0)
}

fn told(shown: &str) -> Counted {
    Counted {
        passed: number(shown, " passed"),
        failed_again: number(shown, " failed again"),
        running: number(shown, " running"),
    }
}

/// Marks what the filter lets through, and retries it all at once; how many that are.
fn retry_all(screen: &mut PseudoTerminal, filter: &str) -> usize {
    screen.type_keys("2/");
    screen.type_keys(filter);
    let end = format!("{} ─", filter.rsplit(' ').next().unwrap());
    let shown = screen.wait("the filter's rows", |shown| {
        shown.contains(&end) && filtered(shown).is_some_and(|count| count > 100)
    });
    let count = filtered(&shown).unwrap();
    screen.type_keys("\ra");
    screen.wait_for(&format!("{count} marked"));
    screen.type_keys("R");
    screen.wait_for(&format!("Retry {count} steps"));
    screen.type_keys("the gateway is up again");
    screen.wait_for("the gateway is up again");
    screen.type_keys("\x1b[B");
    screen.wait_for("● all at once");
    screen.type_keys("\r");
    screen.type_keys(&count.to_string());
    screen.wait_for("y: confirm");
    screen.type_keys("y");
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_retried_to_its_end_shows_what_the_database_knows() {
    let db = Database::new().await;
    demo::prepare_with_backlog(&db.pool, 3, 120).await.unwrap();
    let stop = CancellationToken::new();
    let fleet = tokio::spawn(demo::run(db.pool.clone(), 3, stop.clone()));
    let home = TempDir::new().unwrap();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
    let url = db.url();
    command.args(["--database-url", &url, "--as", "tester@pty", "--no-detect"]);
    command.args(["--db-budget", "off"]);
    let mut screen = PseudoTerminal::start_at_home(command, LARGE, home.path());
    screen.wait_for("· db ");

    // The outage that is over, and the cards that are refused for good.
    let count = retry_all(&mut screen, "ns:payments reason:max_retries");
    screen.wait_for(&format!("Retry {count} steps (o shows each): {count} sent"));
    assert!(!screen.screen().contains("Close "), "nothing is known yet");
    let running = screen.wait("the outcome as it comes", |shown| {
        shown.contains(" passed") && shown.contains(" running")
    });
    assert!(
        !running.contains("[ Cancel ]"),
        "it is not known yet: {running}"
    );

    // The offer comes by itself, when all is known, and is for those that passed.
    let offer = screen.wait_within(LIMIT, |shown| shown.contains("Close those that passed?"));
    let offer = offer.unwrap_or_else(|shown| panic!("no offer: {shown}"));
    let offered = told(&offer);
    assert_eq!(offered.running, 0, "{offer}");
    assert!(offered.passed > 0 && offered.failed_again > 0, "{offer}");
    screen.wait_for("Enter on to the buttons");
    screen.type_keys("\x1b");
    screen.wait_for(ROOT);
    screen.type_keys("o");
    screen.wait_for("Results of this session");
    let agree = eventually(LIMIT, async || {
        let (shown, known) = (told(&screen.screen()), counted(&db).await);
        (known.running == 0 && shown == known).then_some(known)
    });
    let Some(known) = agree.await else {
        panic!("{:?}: {}", counted(&db).await, screen.screen())
    };
    let all = usize::try_from(known.passed + known.failed_again).unwrap();
    assert_eq!(all, count, "{known:?}");
    screen.type_keys("\x1b");
    screen.wait_for(ROOT);
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    stop.cancel();
    fleet.await.unwrap();
}
