//! What a change of thresholds would do to the tasks under way is what it does.

use dlqtop::data::native::templates::{Applied, Effect};
use serde_json::Value;
use support::database::Database;
use uuid::Uuid;

use crate::templates::{applied, by_the_views, charge, planned};

/// Tasks of all ages in all states; some an operator has just put back to work, some dated in the
/// future or further back than is believed. Ages end in 5 minutes, so that they are far from any threshold below.
async fn crowd(db: &Database, rng: &mut fastrand::Rng) {
    let states = [
        "waiting_for_dependencies",
        "waiting_for_retry",
        "steps_in_process",
        "blocked_by_failures",
        "error",
        "complete",
    ];
    for n in 0..60 {
        let state = states[n % states.len()];
        let in_state = f64::from(rng.u32(0..12)) * 10.0 + 5.0;
        let task = db.in_state_since(state, in_state).await;
        // Older than the state it is in.
        db.run(&format!(
            "update tasker_tasks set created_at = created_at - {} * interval '10 minutes'
             where task_uuid = '{task}'",
            rng.u32(0..30)
        ))
        .await;
        let minutes = rng.u32(0..12) * 10 + 5;
        match rng.u32(0..4) {
            0 => {
                db.run(&format!(
                    "insert into dlqtop.operator_log (at, actor, action, subject, task_uuid, outcome)
                     values (now() - {minutes} * interval '1 minute', 'bob', 'set_limits', 'x',
                             '{task}', 'done')"
                ))
                .await;
            }
            1 => {
                db.run(&format!(
                    "update tasker_task_transitions set metadata = '{{\"operator\": \"bob\"}}',
                         created_at = now() - {minutes} * interval '1 minute'
                     where task_uuid = '{task}' and most_recent"
                ))
                .await;
            }
            _ => {}
        }
    }
    let future = db.started().await;
    db.date_back(future, -30.0).await;
    let beyond_belief = db.started().await;
    db.date_back(beyond_belief, 6_000_000.0).await;
}

#[tokio::test]
async fn what_a_change_would_do_is_what_the_view_says_afterwards() {
    const SEED: u64 = 20_261_121;
    eprintln!("seed {SEED}");
    let mut rng = fastrand::Rng::with_seed(SEED);
    let db = Database::new().await;
    db.template("{}").await;
    crowd(&db, &mut rng).await;
    let keys = [
        "max_waiting_for_dependencies_minutes",
        "max_waiting_for_retry_minutes",
        "max_steps_in_process_minutes",
        "max_duration_minutes",
    ];
    let (mut became, mut stopped) = (0, 0);
    for round in 0..12 {
        let mut lifecycle = serde_json::Map::new();
        for key in keys {
            if rng.f64() < 0.8 {
                lifecycle.insert(key.to_owned(), (rng.u32(1..20) * 10).into());
            }
        }
        let lifecycle = Value::Object(lifecycle);
        let plan = planned(&db, charge(&lifecycle)).await;
        let (stale, running) = by_the_views(&db, "charge").await;
        assert_eq!(applied(&db, &plan, "ana").await, Applied::Done);
        let (stale_then, _) = by_the_views(&db, "charge").await;

        let count = |tasks: &[Uuid]| i64::try_from(tasks.len()).unwrap();
        let not_in = |tasks: &[Uuid], others: &[Uuid]| {
            let missing = tasks.iter().filter(|task| !others.contains(task));
            i64::try_from(missing.count()).unwrap()
        };
        let want = Effect {
            running,
            stale_before: count(&stale),
            stale_after: count(&stale_then),
            become_stale: not_in(&stale_then, &stale),
            stop_being_stale: not_in(&stale, &stale_then),
            // A sweep takes what is stale of this template.
            become_due: not_in(&stale_then, &stale),
            disarms_beyond: None,
            running_elsewhere: 0,
        };
        assert_eq!(plan.effect, want, "round {round}: {lifecycle}");
        became += want.become_stale;
        stopped += want.stop_being_stale;
    }
    assert!(became > 20 && stopped > 20, "{became} {stopped}");
}
