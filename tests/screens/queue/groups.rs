//! What the queue by error looks like, drawn to a buffer.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Move};
use dlqtop::data::fingerprint::rules::Rules;
use dlqtop::data::messages::command::{Answer, Template};
use dlqtop::data::model::{FixRow, Page, QueueRow, Snapshot, Total};
use dlqtop::ui::widgets::theme::Theme;
use insta::assert_snapshot;
use support::rows::acting::on_queue;
use support::rows::{
    entry_id, looking, minutes_ago, queued, render, render_with, snapshot, task_id,
};

fn rows_of(count: u128, from: u128, name: (&str, &str), error: &str) -> Vec<QueueRow> {
    (from..from + count)
        .map(|n| QueueRow {
            current_error: Some(error.replace('#', &n.to_string()).as_str().into()),
            dlq_timestamp: minutes_ago(i64::try_from(n * 7).unwrap()),
            ..queued(n, name, "max_retries_exceeded", 1.0)
        })
        .collect()
}

/// Groups as on a bad night: one large one, some small ones, one without an error.
fn night() -> App {
    let mut rows = rows_of(
        41,
        1,
        ("payments", "charge_order"),
        "card_declined: order # at gateway gw-#",
    );
    rows.extend(rows_of(
        9,
        50,
        ("payments", "refund"),
        "upstream timed out after #s: POST https://pay.example/refunds/#",
    ));
    rows.extend(rows_of(
        2,
        70,
        ("orders", "fulfill"),
        "no stock left for sku-#",
    ));
    rows.push(QueueRow {
        step_name: None,
        current_error: None,
        ..queued(
            90,
            ("billing", "close_month"),
            "dependency_cycle_detected",
            3.0,
        )
    });
    for row in &mut rows[41..50] {
        row.owner = Some("ana".into());
    }
    rows[3].owner = Some("bo".into());
    let mut app = on_queue(Snapshot {
        queue: Ok(Arc::new(Page {
            rows,
            total: Total::about(12_400),
        })),
        ..snapshot()
    });
    app.update(Action::Groups);
    fixed_before(&mut app);
    app
}

/// What fixed two of the groups before.
fn fixed_before(app: &mut App) {
    for (name, notes) in [
        ("charge_order", "restarted the gateway"),
        ("refund", "raised the time-out"),
    ] {
        let fix = |n| FixRow {
            dlq_entry_uuid: entry_id(n),
            task_uuid: task_id(n),
            dlq_reason: "max_retries_exceeded".into(),
            resolution_status: "manually_resolved".into(),
            resolution_timestamp: Some(minutes_ago(2_900)),
            resolution_notes: Some(notes.into()),
            resolved_by: Some("ana".into()),
            step_name: Some("charge_card".into()),
            error: Some("card_declined: order 7 at gateway gw-3".into()),
        };
        let template = Template {
            namespace: "payments".into(),
            name: name.into(),
        };
        let answer = Answer::Fixes(template, Ok((1..=3).map(fix).collect()));
        app.update(Action::QueryAnswered(Box::new(answer)));
    }
}

#[test]
fn groups_160x45() {
    assert_snapshot!(render(&night(), 160, 45).backend());
}

#[test]
fn groups_80x24() {
    let mut app = night();
    app.update(Action::Mark(Mark::Cursor));
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn groups_ascii_100x24() {
    let app = night();
    assert_snapshot!(render_with(&app, &Theme::PLAIN.in_ascii(), (100, 24)).backend());
}

#[test]
fn an_open_group_110x24() {
    let mut app = night();
    app.update(Action::Move(Move::Down));
    app.update(Action::Open);
    assert_snapshot!(render(&app, 110, 24).backend());
}

#[test]
fn the_detail_says_what_fixed_the_same_error() {
    let mut app = looking();
    let group = app
        .detail
        .as_ref()
        .and_then(|detail| detail.group_key(&Rules::default()))
        .unwrap();
    let (namespace, name) = group.template.split_once('/').unwrap();
    let template = Template {
        namespace: namespace.into(),
        name: name.into(),
    };
    let fix = FixRow {
        dlq_entry_uuid: entry_id(1),
        task_uuid: task_id(1),
        dlq_reason: "max_retries_exceeded".into(),
        resolution_status: "manually_resolved".into(),
        resolution_timestamp: Some(minutes_ago(2_900)),
        resolution_notes: Some("restarted the gateway".into()),
        resolved_by: Some("bo".into()),
        step_name: Some(group.step.as_str().into()),
        error: Some(group.error.as_str().into()),
    };
    app.update(Action::QueryAnswered(Box::new(Answer::Fixes(
        template,
        Ok(vec![fix]),
    ))));
    let screen = render(&app, 110, 40).backend().to_string();
    assert!(
        screen.contains("Same error  fixed once: last by bo 2d 0h ago: restarted the gateway"),
        "{screen}"
    );
}
