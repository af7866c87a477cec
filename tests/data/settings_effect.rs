//! What other settings would change is counted before they are written, and is what they then change.

use dlqtop::data::native::settings::{self, SettingsEffect};
use serde_json::{Value as Json, json};
use support::database::Database;

async fn put_in_force(db: &Database, settings: &Json) {
    sqlx::query("select dlqtop.configure($1, 'ana', 'a slow night')")
        .bind(settings)
        .execute(&db.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_would_become_stale_is_counted_as_the_views_count_it_afterwards() {
    let db = Database::new().await;
    db.template("{}").await;
    for (state, minutes) in [
        ("steps_in_process", 20.0),
        ("steps_in_process", 40.0),
        ("waiting_for_retry", 20.0),
        ("waiting_for_retry", 40.0),
    ] {
        db.in_state_since(state, minutes).await;
    }
    let mut conn = db.pool.acquire().await.unwrap();
    let columns =
        json!({ "max_steps_in_process_minutes": 10, "max_waiting_for_retry_minutes": 60 });
    let effect = settings::effect(&mut conn, &columns).await.unwrap();
    let wanted = SettingsEffect {
        running: 4,
        stale_before: 2,
        stale_after: 2,
        become_stale: 1,
        stop_being_stale: 1,
        become_due: 1,
        disarms_beyond: None,
    };
    assert_eq!(effect, wanted);
    let alerts = json!({ "max_steps_in_process_minutes": 10, "auto_move_to_dlq": false,
                         "auto_transition_to_error": false });
    let alerts = settings::effect(&mut conn, &alerts).await.unwrap();
    assert_eq!((alerts.become_stale, alerts.become_due), (1, 0));
    let nothing = settings::effect(&mut conn, &json!({})).await.unwrap();
    assert_eq!((nothing.become_stale, nothing.stop_being_stale), (0, 0));

    let stale = "select count(*) from v_task_deadlines where health_status = 'stale'";
    assert_eq!(db.one::<i64>(stale).await, effect.stale_before);
    put_in_force(&db, &columns).await;
    assert_eq!(db.one::<i64>(stale).await, effect.stale_after);
}

#[tokio::test]
async fn that_a_change_disarms_the_detector_is_said_beforehand() {
    let db = Database::new().await;
    db.template("{}").await;
    for _ in 0..51 {
        db.in_state_since("steps_in_process", 20.0).await;
    }
    let mut conn = db.pool.acquire().await.unwrap();
    let columns = json!({ "max_steps_in_process_minutes": 10 });
    let effect = settings::effect(&mut conn, &columns).await.unwrap();
    assert_eq!((effect.become_due, effect.disarms_beyond), (51, Some(50)));
    let armed = "select detector_armed_at is not null from dlqtop.settings";
    assert!(db.one::<bool>(armed).await);
    put_in_force(&db, &columns).await;
    assert!(!db.one::<bool>(armed).await);
}
