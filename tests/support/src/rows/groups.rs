//! A queue in which many fail alike.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::data::model::error_groups::Cause;
use dlqtop::data::model::{ErrorGroup, ErrorGroups, ErrorKey, Page, QueueRow, Snapshot, Total};

use super::acting::on_queue;
use super::{minutes_ago, queued, snapshot};

/// `count` entries of one template, from number `from` on, that failed with `error`.
pub fn failed(from: u128, count: u128, template: (&str, &str), error: &str) -> Vec<QueueRow> {
    let rows = (from..from + count).map(|n| QueueRow {
        current_error: Some(error.replace('#', &n.to_string()).as_str().into()),
        dlq_timestamp: minutes_ago(i64::try_from(n).unwrap()),
        ..queued(n, template, "max_retries_exceeded", 1.0)
    });
    rows.collect()
}

pub const CHARGE: (&str, &str) = ("payments", "charge_order");

/// Three groups: 3 declined, 2 timed out, and 1 of another template.
pub fn three_groups() -> Vec<QueueRow> {
    let mut rows = failed(1, 2, CHARGE, "gateway timed out after # ms");
    rows.extend(failed(
        11,
        3,
        CHARGE,
        "card_declined: order # at gw-#.bank.example.com:443",
    ));
    rows.extend(failed(
        21,
        1,
        ("orders", "fulfill"),
        "card_declined: order # at gw.bank.example.com",
    ));
    rows
}

pub fn queue_of(rows: Vec<QueueRow>, total: i64) -> Snapshot {
    Snapshot {
        queue: Ok(Arc::new(Page {
            rows,
            total: Total::about(total),
        })),
        ..snapshot()
    }
}

pub fn grouped(rows: Vec<QueueRow>, total: i64) -> App {
    let mut app = on_queue(queue_of(rows, total));
    app.update(Action::Groups);
    app
}

/// A group of the whole queue that was counted: so many entries of [`CHARGE`] at the usual step.
pub fn counted(fingerprint: &str, entries: i64) -> ErrorGroup {
    let cause = Cause {
        namespace_name: CHARGE.0.into(),
        task_name: CHARGE.1.into(),
        step_name: Some("charge_card".into()),
        dlq_reason: "max_retries_exceeded".into(),
    };
    ErrorGroup {
        key: Arc::new(ErrorKey::new(cause, fingerprint.to_owned())),
        entries,
        claimed: Some(0),
        owner: None,
        first_seen: minutes_ago(5_000),
        last_seen: minutes_ago(1),
    }
}

/// A queue of which these rows were read, and these groups counted.
pub fn counted_queue(rows: Vec<QueueRow>, total: i64, groups: Vec<ErrorGroup>) -> Snapshot {
    let read = groups.iter().map(|group| group.entries).sum();
    Snapshot {
        error_groups: Ok(Arc::new(ErrorGroups {
            groups,
            read,
            whole: read >= total,
            unread: false,
        })),
        ..queue_of(rows, total)
    }
}
