//! Text that somebody else wrote into the database, as labels.

use dlqtop::data::messages::command::DlqEvent;
use dlqtop::data::native::sweep::{SweepReport, SweptTask};
use dlqtop::telemetry::Meters;
use support::database::Database;
use uuid::Uuid;

use super::exposition::Scrape;
use super::served::Served;

/// Ends the value, the line and the sample, if it can; and then what a terminal obeys.
const HOSTILE: &str = "a\"} 7\\\n# TYPE x counter\\\"\u{1b}[2J\u{202e}";
/// The same, spelt out as all text from the database is.
const SPELT: &str = "a\"} 7\\\n# TYPE x counter\\\"\\x1b[2J\\u{202e}";

fn swept(state: &str, reason: &str) -> SweptTask {
    SweptTask {
        task_uuid: Uuid::now_v7(),
        original_state: Some(state.into()),
        dlq_reason: Some(reason.into()),
        action_taken: "transitioned_to_dlq_and_error".into(),
        detail: None,
        minutes_in_state: Some(f64::INFINITY),
        correlation_id: None,
        breached_at: None,
        sweep_id: Some(1),
    }
}

#[test]
fn states_and_reasons_are_escaped() {
    let meters = Meters::new().unwrap();
    let report = SweepReport {
        tasks: vec![swept(HOSTILE, HOSTILE)],
        ..SweepReport::default()
    };
    meters.sweep_ended(&report, false);
    meters.done(&DlqEvent::EntryOpened {
        dlq_reason: HOSTILE.into(),
        original_state: "pending".into(),
    });
    let text = meters.text().unwrap();
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text:?}"
    );
    let scrape = Scrape::parse(&text);
    let created = "tasker_dlq_entries_created_total";
    let both = [("dlq_reason", SPELT), ("original_state", SPELT)];
    assert_eq!(scrape.value(created, &both), Some(1.0), "{text}");
    let opened = [("dlq_reason", SPELT), ("original_state", "pending")];
    assert_eq!(scrape.value(created, &opened), Some(1.0), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reason_of_the_database_is_escaped() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let literal = HOSTILE.replace('\\', "\\\\").replace('\n', "\\n");
    db.run(&format!(
        "insert into tasker_tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot)
         values ('{task}', 'steps_in_process', 'manual_dlq', '{{}}')"
    ))
    .await;
    db.run(&format!(
        "alter type dlq_reason rename value 'manual_dlq' to E'{literal}'"
    ))
    .await;
    let served = Served::start(&db.options).await;
    served
        .scrape_until(|scrape| {
            let labels = [("dlq_reason", SPELT)];
            scrape.value("tasker_dlq_pending_investigations", &labels) == Some(1.0)
        })
        .await;
}

#[test]
fn neither_long_nor_many_labels_fill_the_memory() {
    let meters = Meters::new().unwrap();
    let tasks = (0..3_000).map(|n| swept(&format!("{n} {}", "x".repeat(500)), "r"));
    for task in tasks {
        let report = SweepReport {
            tasks: vec![task],
            ..SweepReport::default()
        };
        meters.sweep_broke_off(&report, false);
    }
    let text = meters.text().unwrap();
    let scrape = Scrape::parse(&text);
    let series = scrape.of("tasker_dlq_entries_created_total").count();
    assert!((1000..=2001).contains(&series), "{series}");
    assert!(text.len() < 1_000_000, "{}", text.len());
    // Nothing is lost but the name.
    let sum: f64 = scrape
        .of("tasker_dlq_entries_created_total")
        .map(|s| s.value)
        .sum();
    assert_eq!(sum, 3_000.0);
}
