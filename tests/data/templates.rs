//! Templates: what a plan says, and that nobody's change is lost.

use dlqtop::data::connection::Connection;
use dlqtop::data::native::templates;
use dlqtop::data::native::templates::{Applied, Origin, TemplatePlan};
use dlqtop::template::{self, Template};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use support::database::Database;
use uuid::Uuid;

/// The repository's two-step template with thresholds of two minutes.
pub const LIFECYCLE_TEST: &str = include_str!("../../templates/lifecycle_test.yaml");

pub fn read(file: &str) -> Template {
    template::read(file).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// `pay/charge 1.0.0` with this lifecycle and one step.
pub fn charge(lifecycle: &Value) -> Template {
    read(&format!(
        "{{name: charge, namespace_name: pay, version: 1.0.0, lifecycle: {lifecycle}, steps: [{{name: first}}]}}"
    ))
}

pub async fn planned(db: &Database, template: Template) -> TemplatePlan {
    let mut tx = db.pool.begin().await.unwrap();
    templates::plan(&mut tx, template).await.unwrap()
}

pub async fn applied(db: &Database, plan: &TemplatePlan, actor: &str) -> Applied {
    let mut link = Connection::new(&db.options);
    templates::apply(&mut link, plan, actor, "slow gateway")
        .await
        .unwrap()
}

/// Applies a template as `ana`.
pub async fn apply(db: &Database, template: Template) -> TemplatePlan {
    let plan = planned(db, template).await;
    applied(db, &plan, "ana").await;
    plan
}

/// The stale and the running tasks of a template, by the views.
pub async fn by_the_views(db: &Database, name: &str) -> (Vec<Uuid>, i64) {
    let stale = sqlx::query_scalar(
        "select task_uuid from v_task_staleness_monitoring
         where task_name = $1 and health_status = 'stale' order by 1",
    )
    .bind(name)
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let running = sqlx::query_scalar(
        "select count(*) from tasker_tasks t
         join tasker_named_tasks nt using (named_task_uuid)
         where nt.name = $1
           and dlqtop.task_state(t.task_uuid) not in ('complete', 'cancelled', 'resolved_manually', 'error')",
    )
    .bind(name)
    .fetch_one(&db.pool)
    .await
    .unwrap();
    (stale, running)
}

#[tokio::test]
async fn thresholds_in_force_name_who_says_so_and_agree_with_the_view() {
    let db = Database::new().await;
    db.run("update dlqtop.settings set max_waiting_for_retry_minutes = 17")
        .await;
    db.template(r#"{"max_steps_in_process_minutes": 4, "max_duration_minutes": "30m"}"#)
        .await;
    db.in_state_since("steps_in_process", 5.0).await;
    db.in_state_since("error", 5.0).await;
    let mut conn = db.pool.acquire().await.unwrap();
    let rows = templates::list(&mut conn).await.unwrap();
    let [row] = &rows[..] else {
        panic!("{rows:?}");
    };
    let t = &row.thresholds;
    let said = [
        t.max_waiting_for_dependencies_minutes,
        t.max_waiting_for_retry_minutes,
        t.max_steps_in_process_minutes,
        t.max_duration_minutes,
    ]
    .map(|threshold| (threshold.minutes, threshold.from));
    let settings = Origin::Settings;
    assert_eq!(
        said,
        [
            (60.0, settings),
            (17.0, settings),
            (4.0, Origin::Template),
            (1440.0, settings)
        ]
    );
    let agrees: bool = db
        .one(
            "select (max_waiting_for_dependencies_minutes, max_waiting_for_retry_minutes,
                     max_steps_in_process_minutes, max_lifetime_minutes) = (60, 17, 4, 1440)
             from v_template_lifecycle",
        )
        .await;
    assert!(agrees, "the sweep goes by other thresholds");
    assert_eq!((row.running, row.stale), (1, 1));
    assert_eq!(row.warnings, ["max_duration_minutes"]);
}

#[tokio::test]
async fn a_plan_tells_thresholds_old_and_new() {
    let db = Database::new().await;
    apply(&db, charge(&json!({"max_steps_in_process_minutes": 4}))).await;
    let plan = planned(&db, charge(&json!({"max_waiting_for_retry_minutes": 90}))).await;
    let told: Vec<_> = plan
        .thresholds
        .iter()
        .map(|change| {
            let before = change.before.unwrap();
            let own = |from| from == Origin::Template;
            (
                before.minutes,
                own(before.from),
                change.after.minutes,
                own(change.after.from),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (60.0, false, 60.0, false),
            (30.0, false, 90.0, true),
            (4.0, true, 30.0, false),
            (1440.0, false, 1440.0, false),
        ]
    );
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    assert!(!plan.is_new && !plan.unchanged);
}

#[tokio::test]
async fn applying_is_logged_and_applying_again_writes_nothing() {
    let db = Database::new().await;
    let file = || charge(&json!({"max_steps_in_process_minutes": 4}));
    let plan = planned(&db, file()).await;
    assert!(plan.is_new);
    assert_eq!(applied(&db, &plan, "ana").await, Applied::Done);
    let log = "select string_agg(concat_ws('|', actor, action, subject, reason, before, after,
                                           outcome), E'\\n' order by log_id)
               from dlqtop.operator_log";
    let first = "ana|apply_template|pay/charge 1.0.0|slow gateway|\
                 {\"max_steps_in_process_minutes\": 4}, 1 steps|done";
    assert_eq!(db.one::<String>(log).await, first);

    let version = "select xmin::text || ' ' || updated_at from tasker_named_tasks";
    let written: String = db.one(version).await;
    let again = planned(&db, file()).await;
    assert!(again.unchanged && !again.is_new);
    assert_eq!(applied(&db, &again, "bob").await, Applied::Unchanged);
    // The database says the same to whoever had not looked.
    assert_eq!(applied(&db, &plan, "bob").await, Applied::Unchanged);
    assert_eq!(db.one::<String>(version).await, written);
    assert_eq!(db.one::<String>(log).await, first);
}

#[tokio::test]
async fn a_change_that_was_overtaken_is_refused_with_who_and_when() {
    let db = Database::new().await;
    apply(&db, charge(&json!({}))).await;
    let mine = planned(&db, charge(&json!({"max_steps_in_process_minutes": 9}))).await;
    let theirs = planned(&db, charge(&json!({"max_steps_in_process_minutes": 8}))).await;
    assert_eq!(applied(&db, &theirs, "bob").await, Applied::Done);

    let Applied::Changed { by, at } = applied(&db, &mine, "ana").await else {
        panic!("overwritten");
    };
    assert_eq!(by.unwrap(), "bob");
    assert!(at.is_some());
    let kept: String = db
        .one("select configuration #>> '{lifecycle,max_steps_in_process_minutes}' from tasker_named_tasks")
        .await;
    assert_eq!(kept, "8");
    let logged: Vec<String> = sqlx::query_scalar(
        "select actor || ' ' || outcome from dlqtop.operator_log order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(logged, ["ana done", "bob done", "ana changed meanwhile"]);

    // Plain SQL leaves no name.
    let mine = planned(&db, charge(&json!({"max_steps_in_process_minutes": 9}))).await;
    db.run("update tasker_named_tasks set configuration = '{}', updated_at = now()")
        .await;
    let refused = applied(&db, &mine, "ana").await;
    assert!(
        matches!(refused, Applied::Changed { by: None, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn of_two_who_create_a_version_at_once_one_is_told_of_the_other() {
    let db = Database::new().await;
    for round in 0..10 {
        let file = |minutes: u32| {
            let mut template = charge(&json!({"max_duration_minutes": minutes}));
            template.version = round.to_string();
            template
        };
        let (one, two) = (planned(&db, file(7)).await, planned(&db, file(8)).await);
        let patiently = async |plan: &TemplatePlan, actor| {
            let mut tx = db.pool.begin().await.unwrap();
            let applied = templates::write(&mut tx, plan, actor, "new").await;
            tx.commit().await.unwrap();
            applied.unwrap()
        };
        let (one, two) = tokio::join!(patiently(&one, "ana"), patiently(&two, "bob"));
        let by = |applied: &Applied| match applied {
            Applied::Changed { by, .. } => by.as_ref().map(ToString::to_string),
            _ => None,
        };
        match (&one, &two) {
            (Applied::Done, lost) => assert_eq!(by(lost).unwrap(), "ana", "{lost:?}"),
            (lost, Applied::Done) => assert_eq!(by(lost).unwrap(), "bob", "{lost:?}"),
            _ => panic!("{one:?} {two:?}"),
        }
    }
    assert_eq!(
        db.one::<i64>("select count(*) from tasker_named_tasks")
            .await,
        10
    );
}

#[tokio::test]
async fn a_configuration_that_no_program_can_read_is_replaced_by_a_file() {
    let db = Database::new().await;
    db.template("{}").await;
    for unreadable in [
        "{\"lifecycle\": {\"max_duration_minutes\": 1e400}}",
        "[1]",
        "\"x\"",
    ] {
        db.run(&format!(
            "update tasker_named_tasks set configuration = '{unreadable}'"
        ))
        .await;
        let plan = planned(&db, charge(&json!({"max_duration_minutes": 5}))).await;
        assert!(!plan.is_new && !plan.unchanged);
        assert_eq!(applied(&db, &plan, "ana").await, Applied::Done);
    }
}

#[tokio::test]
async fn tasks_of_other_versions_keep_theirs_and_new_tasks_get_the_new_one() {
    let db = Database::new().await;
    db.template("{}").await;
    let old = db.started().await;
    db.date_back(old, 40.0).await;
    let mut newer = charge(&json!({"max_steps_in_process_minutes": 90}));
    newer.version = "1.1.0".to_owned();
    let plan = apply(&db, newer).await;
    assert_eq!((plan.effect.running, plan.effect.running_elsewhere), (0, 1));
    assert_eq!(by_the_views(&db, "charge").await.0, [old]);
    db.run("select dlqtop.create_task('pay', 'charge')").await;
    let version: String = db
        .one(
            "select nt.version from tasker_tasks join tasker_named_tasks nt using (named_task_uuid)
             order by tasker_tasks.created_at desc limit 1",
        )
        .await;
    assert_eq!(version, "1.1.0");
}

#[tokio::test]
async fn a_fixed_backoff_pauses_as_long_each_time() {
    let db = Database::new().await;
    let file = "{name: charge, namespace_name: pay, version: 1.0.0, steps: [{name: first,
                 retry: {backoff: fixed, backoff_base_ms: 60000, max_attempts: 5}}]}";
    apply(&db, read(file)).await;
    db.started().await;
    for _ in 0..3 {
        let step = db.claimed().await;
        db.run(&format!("select dlqtop.fail_step('{step}', 'w1', 'busy')"))
            .await;
        let pause: f64 = db
            .one("select extract(epoch from next_retry_at - now())::float8 from tasker_workflow_steps")
            .await;
        assert!((58.0..=60.0).contains(&pause), "{pause} s");
        db.run("update tasker_workflow_steps set next_retry_at = null")
            .await;
        db.run("select dlqtop.advance_tasks('orchestrator')").await;
    }
}

#[tokio::test]
async fn nobody_applies_without_a_name_or_a_reason() {
    let db = Database::new().await;
    let plan = planned(&db, charge(&json!({}))).await;
    let mut link = Connection::new(&db.options);
    for (actor, reason, want) in [
        (" ", "why", "actor is blank"),
        ("ana", "\t", "reason is blank"),
    ] {
        let refused = templates::apply(&mut link, &plan, actor, reason).await;
        let refused = refused.unwrap_err().one_line();
        assert!(refused.contains(want), "{refused}");
    }
    assert_eq!(
        db.one::<i64>("select count(*) from tasker_named_tasks")
            .await,
        0
    );
}

#[tokio::test]
async fn who_may_look_plans_and_who_may_act_applies() {
    let db = Database::new().await;
    apply(&db, charge(&json!({"max_steps_in_process_minutes": 4}))).await;
    let task = db.started().await;
    db.date_back(task, 9.0).await;
    for role in ["dlqtop_viewer", "dlqtop_operator"] {
        let mut tx = db.pool.begin().await.unwrap();
        let become_role = format!("set local role {role}");
        sqlx::query(AssertSqlSafe(become_role))
            .execute(&mut *tx)
            .await
            .unwrap();
        let rows = templates::list(&mut tx).await.unwrap();
        assert_eq!((rows[0].running, rows[0].stale), (1, 1), "{role}");
        let stored = templates::find(&mut tx, "pay", "charge", None).await;
        assert!(stored.unwrap().is_some(), "{role}");
        let raised = charge(&json!({"max_steps_in_process_minutes": 40}));
        let plan = templates::plan(&mut tx, raised).await.unwrap();
        assert_eq!(plan.effect.stop_being_stale, 1, "{role}");
        let applied = templates::write(&mut tx, &plan, "ana", "slow gateway").await;
        if role == "dlqtop_operator" {
            assert_eq!(applied.unwrap(), Applied::Done);
        } else {
            assert_eq!(applied.unwrap_err().sqlstate().as_deref(), Some("42501"));
        }
    }
}
