//! What is read agrees with what Tasker itself says, where that is right; and is right where it is not.

use std::collections::{BTreeMap, BTreeSet};

use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{Health, QueueRow, StalenessRow, TaskId};
use dlqtop::data::reads::keyset_pages::{self, Keyed as _};
use dlqtop::data::reads::queries;
use uuid::Uuid;

use super::deployment::Deployment;

/// All tasks that could become stale, read in pages of so many.
async fn staleness(on: &Deployment, page: i64) -> Vec<StalenessRow> {
    let mut db = on.db.pool.acquire().await.unwrap();
    let mut after = StalenessKey::START;
    let mut all: Vec<StalenessRow> = Vec::new();
    loop {
        let rows = queries::staleness(&mut db, &on.site.source, &after, page).await;
        let rows = rows.unwrap();
        let Some(last) = rows.last() else {
            return all;
        };
        after = last.key();
        all.extend(rows);
    }
}

#[tokio::test]
async fn the_staleness_list_has_the_rows_of_taskers_own_view_in_pages_of_any_size() {
    let on = Deployment::fleet().await;
    // One at work for days, and one dated in the future.
    on.run(
        "update tasker.tasks set created_at = now() - interval '3 days'
         where task_uuid = (select task_uuid from tasker.v_task_staleness_monitoring
                            where health_status = 'healthy' order by task_uuid limit 1);
         update tasker.task_transitions set created_at = now() + interval '2 hours'
         where most_recent and task_uuid = (
             select task_uuid from tasker.v_task_staleness_monitoring
             where health_status = 'healthy' and task_age_minutes < 1440 order by task_uuid desc limit 1)",
    )
    .await;
    let all = staleness(&on, 1_000).await;
    same_as_their_view(&on, &all).await;
    for page in [1, 7, 30] {
        let paged = staleness(&on, page).await;
        let ids = |rows: &[StalenessRow]| rows.iter().map(|row| row.task_uuid).collect::<Vec<_>>();
        assert_eq!(ids(&paged), ids(&all), "in pages of {page}");
    }
    assert_eq!(taken(&all), taken_by_them(&on).await);
    let mut db = on.db.pool.acquire().await.unwrap();
    let counts = queries::counts(&mut db, &on.site.source).await.unwrap();
    let count =
        |health| i64::try_from(all.iter().filter(|row| row.health_status == health).count());
    assert_eq!(
        (counts.stale, counts.warning, counts.healthy, counts.suspect),
        (
            count(Health::Stale).unwrap(),
            count(Health::Warning).unwrap(),
            count(Health::Healthy).unwrap(),
            1
        )
    );
    let stats = queries::stats(&mut db, &on.site.source).await.unwrap();
    let mut of_namespaces: BTreeMap<String, i64> = BTreeMap::new();
    for row in all.iter().filter(|row| row.health_status == Health::Stale) {
        *of_namespaces
            .entry(row.namespace_name.to_string())
            .or_default() += 1;
    }
    let counted = stats.namespaces.iter().filter(|row| row.stale > 0);
    let counted: BTreeMap<String, i64> = counted
        .map(|row| (row.namespace_name.to_string(), row.stale))
        .collect();
    assert_eq!(counted, of_namespaces);
}

/// Each row says what their view says of the task.
async fn same_as_their_view(on: &Deployment, all: &[StalenessRow]) {
    let theirs: Vec<(Uuid, String, String, f64)> = sqlx::query_as(
        "select task_uuid, current_state::text, health_status, staleness_threshold_minutes::float8
         from tasker.v_task_staleness_monitoring",
    )
    .fetch_all(&on.db.pool)
    .await
    .unwrap();
    assert!(theirs.len() > 25, "{}", theirs.len());
    // What is stuck is in no view of theirs.
    let all: Vec<&StalenessRow> = all.iter().filter(|row| !is_stuck(row)).collect();
    let ours: BTreeMap<Uuid, &StalenessRow> =
        all.iter().map(|row| (row.task_uuid.0, *row)).collect();
    assert_eq!((all.len(), ours.len()), (theirs.len(), theirs.len()));
    let (mut old, mut suspect) = (0, 0);
    for (task, state, health, threshold) in theirs {
        let row = ours[&task];
        assert_eq!(row.current_state, state.as_str());
        assert!((row.staleness_threshold_minutes - threshold).abs() < 1e-9);
        if row.age_suspect {
            // Shown, and never acted upon.
            let shown = (row.health_status, row.sweep_takes);
            assert_eq!(shown, (Health::Unknown, false));
            suspect += 1;
        } else if row.lifetime_exceeded {
            // Their view knows no lifetime; their sweep does.
            assert_eq!(row.health_status, Health::Stale);
            old += 1;
        } else {
            assert_eq!(row.health_status.as_str(), health);
        }
    }
    assert_eq!((old, suspect), (1, 1));
}

/// Whether it is stuck in a state that their sweep never takes it from.
fn is_stuck(row: &StalenessRow) -> bool {
    ["blocked_by_failures", "error"].contains(&row.current_state.as_str())
}

/// What their next sweep would take.
async fn taken_by_them(on: &Deployment) -> BTreeSet<Uuid> {
    let taken: Vec<Uuid> = sqlx::query_scalar(
        "select task_uuid from tasker.detect_and_transition_stale_tasks(true, 1000)",
    )
    .fetch_all(&mut *searching(on).await)
    .await
    .unwrap();
    taken.into_iter().collect()
}

fn taken(rows: &[StalenessRow]) -> BTreeSet<Uuid> {
    let taken = rows.iter().filter(|row| row.sweep_takes);
    taken.map(|row| row.task_uuid.0).collect()
}

/// A connection in whose search path Tasker's functions find their names.
async fn searching(on: &Deployment) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
    let mut db = on.db.pool.acquire().await.unwrap();
    sqlx::raw_sql("set search_path = tasker, public")
        .execute(&mut *db)
        .await
        .unwrap();
    db
}

/// What their function says of a step, in this order.
type Readiness = (Uuid, String, bool, bool, bool, i32, i32, i32, i32);

#[tokio::test]
async fn steps_are_as_ready_as_taskers_own_function_says() {
    let on = Deployment::fleet().await;
    let tasks: Vec<Uuid> = sqlx::query_scalar(
        "select task_uuid from tasker.tasks where not complete
         union all (select task_uuid from tasker.tasks where complete order by task_uuid limit 5)",
    )
    .fetch_all(&on.db.pool)
    .await
    .unwrap();
    assert!(tasks.len() > 40);
    let mut theirs_db = searching(&on).await;
    let mut db = on.db.pool.acquire().await.unwrap();
    let (mut ready, mut steps) = (0, 0);
    for task in tasks {
        let task = TaskId(task);
        let detail = queries::detail(&mut db, &on.site.source, task).await;
        let ours = detail.unwrap().unwrap().steps;
        let theirs: Vec<Readiness> = sqlx::query_as(
            "select workflow_step_uuid, current_state, dependencies_satisfied, retry_eligible,
                    ready_for_execution, total_parents, completed_parents, attempts, max_attempts
             from tasker.get_step_readiness_status($1)",
        )
        .bind(task)
        .fetch_all(&mut *theirs_db)
        .await
        .unwrap();
        assert_eq!(ours.len(), theirs.len());
        for their in theirs {
            let row = ours
                .iter()
                .find(|row| row.workflow_step_uuid.0 == their.0)
                .unwrap();
            let our = (
                row.workflow_step_uuid.0,
                row.current_state.as_str().to_owned(),
                row.dependencies_satisfied,
                row.retry_eligible,
                row.ready_for_execution,
                i32::try_from(row.total_parents).unwrap(),
                i32::try_from(row.satisfied_parents).unwrap(),
                row.attempts,
                row.max_attempts,
            );
            assert_eq!(our, their);
            ready += usize::from(row.ready_for_execution);
            steps += 1;
        }
        // Parents stand before their children.
        for (at, row) in ours.iter().enumerate() {
            for parent in &row.parents {
                let place = ours.iter().position(|other| other.step_name == *parent);
                let cycle = !row.dependencies_satisfied && row.step_name == "embed_titles";
                assert!(
                    place.unwrap() < at || cycle,
                    "{parent} and {}",
                    row.step_name
                );
            }
        }
    }
    assert!(ready > 5 && steps > 150, "{ready} of {steps}");
}

#[tokio::test]
async fn a_template_value_that_cannot_be_read_stops_tasker_and_not_us() {
    let (on, stuck) = Deployment::stuck().await;
    on.run(
        r#"update tasker.task_transitions set to_state = 'waiting_for_retry' where most_recent;
           update tasker.named_tasks set configuration =
           '{"lifecycle": {"max_waiting_for_retry_minutes": "30m", "staleness_action": 7}}'"#,
    )
    .await;
    let theirs = sqlx::query("select * from tasker.v_task_staleness_monitoring")
        .fetch_all(&mut *searching(&on).await)
        .await;
    assert!(theirs.is_err());
    let rows = staleness(&on, 10).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].task_uuid.0, stuck.task);
    assert!((rows[0].staleness_threshold_minutes - 30.0).abs() < 1e-9);
    assert_eq!(
        rows[0].blocking_error.as_ref().unwrap().first_line(),
        "HTTP 503 \\x1b[31m at \"gateway\""
    );
    let mut db = on.db.pool.acquire().await.unwrap();
    let stats = queries::stats(&mut db, &on.site.source).await.unwrap();
    let warnings: Vec<&str> = (stats.templates[0].warnings.iter())
        .map(SafeText::as_str)
        .collect();
    assert_eq!(
        warnings,
        ["max_waiting_for_retry_minutes", "staleness_action"]
    );
}

#[tokio::test]
async fn times_to_resolve_are_those_of_resolved_entries_only() {
    let (on, _) = Deployment::stuck().await;
    on.run(
        "insert into tasker.tasks_dlq (task_uuid, original_state, dlq_reason, dlq_timestamp,
             task_snapshot, resolution_status, resolution_timestamp)
         select task_uuid, 'error', 'max_retries_exceeded', now() - interval '10 hours', '{}',
             'manually_resolved', now() - interval '10 hours' + minutes * interval '1 minute'
         from tasker.tasks, (values (10), (20), (60)) m (minutes);
         update tasker.tasks_dlq set dlq_timestamp = now() - interval '90 days'
         where resolution_status = 'pending'",
    )
    .await;
    let theirs: f64 = on
        .one("select avg_resolution_time_minutes::float8 from tasker.v_dlq_dashboard")
        .await;
    // Theirs counts the one that is open as if it were resolved now.
    assert!(theirs > 30_000.0, "{theirs}");
    let mut db = on.db.pool.acquire().await.unwrap();
    let stats = queries::stats(&mut db, &on.site.source).await.unwrap();
    let reason = &stats.reasons[0];
    assert_eq!((reason.total_entries, reason.pending), (4, 1));
    assert!((reason.avg_resolution_time_minutes.unwrap() - 30.0).abs() < 0.01);
    assert!((reason.p50_resolution_time_minutes.unwrap() - 20.0).abs() < 0.01);
}

#[tokio::test]
async fn an_error_that_is_going_to_be_retried_is_the_same_error() {
    let (on, stuck) = Deployment::stuck().await;
    let errors = async || {
        let mut db = on.db.pool.acquire().await.unwrap();
        let rows = keyset_pages::top::<QueueRow>(&mut db, &on.site.source, 10, 10).await;
        rows.unwrap().rows.remove(0).current_error.unwrap()
    };
    let at_last = errors().await;
    // As the orchestrator writes it while there are attempts left.
    on.run(&format!(
        r#"update tasker.workflow_step_transitions
           set to_state = 'waiting_for_retry', metadata = jsonb_build_object('event',
               '{{"type":"WaitForRetry","data":"HTTP 503 \u001b[31m at \"gateway\"\nmore - retryable"}}')
           where workflow_step_uuid = '{}' and most_recent"#,
        stuck.step
    ))
    .await;
    let before = errors().await;
    assert_eq!(before, at_last);
    assert!(before.as_str().ends_with("more"), "{before}");
    // What the error itself says in its middle stays.
    on.run(
        "update tasker.workflow_step_transitions
         set metadata = jsonb_build_object('error_message', 'it is - retryable, they say') where most_recent",
    )
    .await;
    assert_eq!(errors().await.as_str(), "it is - retryable, they say");
}
