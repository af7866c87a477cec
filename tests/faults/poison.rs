//! Row 13: whatever JSON stands in a template, a step or a transition, every panel shows the rest
//! and every namespace is swept.

use dlqtop::data::model::TaskId;
use dlqtop::data::queries;
use fastrand::Rng;
use uuid::Uuid;

use crate::database::Database;
use crate::report::Row;
use crate::seed::Tasks;

const TEMPLATES: usize = 200;
const DEFAULT: f64 = 30.0;
/// In their state for so many minutes.
const MINUTES: f64 = 100.0;

/// Any JSON value, as text: a sensible number is as likely as any other kind.
fn any_json(rng: &mut Rng, depth: u8) -> String {
    let chosen = |rng: &mut Rng, from: &[&str]| rng.choice(from.iter()).unwrap().to_string();
    match rng.u8(0..9) {
        0 => chosen(rng, &["null", "true", "false"]),
        1 => chosen(rng, &["45", "45.5", "0.02", "90000", "5256000", "1"]),
        2 => chosen(
            rng,
            &[
                "1e99", "1e-99", "1e400", "1e-400", "1e131071", "-0", "-5", "0", "0.009", "5256001",
            ],
        ),
        3 => format!("{}{}", if rng.bool() { "-" } else { "" }, rng.u64(..)),
        4 => chosen(
            rng,
            &[
                r#""30m""#,
                r#""45.5""#,
                r#""""#,
                r#""NaN""#,
                r#""Infinity""#,
                r#""now""#,
                r#""\u001b[31m""#,
                r#""true""#,
            ],
        ),
        5 => format!("\"{}\"", "9".repeat(rng.usize(0..400))),
        6 if depth > 0 => format!("[{}]", any_json(rng, depth - 1)),
        7 if depth > 0 => format!(
            r#"{{"max_steps_in_process_minutes": {}}}"#,
            any_json(rng, depth - 1)
        ),
        _ => chosen(rng, &["[]", "{}", "[1]", "[null]", r#"{"a": 1}"#]),
    }
}

const KEYS: [&str; 7] = [
    "max_waiting_for_dependencies_minutes",
    "max_waiting_for_retry_minutes",
    "max_steps_in_process_minutes",
    "max_duration_minutes",
    "staleness_action",
    "auto_dlq_on_timeout",
    "auto_fail_on_timeout",
];

/// A configuration, and the threshold and lifetime that it gives a task that is in process.
fn any_configuration(rng: &mut Rng) -> (String, f64, f64, bool) {
    if rng.u8(0..6) == 0 {
        let lifecycle = match any_json(rng, 2) {
            // An object may say something sensible; that case is below.
            object if object.starts_with('{') => "[]".to_owned(),
            other => other,
        };
        return (
            format!(r#"{{"lifecycle": {lifecycle}}}"#),
            DEFAULT,
            1440.0,
            true,
        );
    }
    let (mut threshold, mut lifetime, mut taken) = (DEFAULT, 1440.0, true);
    let (mut records, mut fails) = (true, true);
    let mut parts = Vec::new();
    for key in KEYS {
        if rng.u8(0..3) == 0 {
            continue;
        }
        let value = if key == "staleness_action" && rng.u8(0..4) == 0 {
            r#""alert""#.to_owned()
        } else {
            any_json(rng, 2)
        };
        let minutes = value
            .parse::<f64>()
            .ok()
            .filter(|n| (0.01..=5_256_000.0).contains(n));
        match key {
            "max_steps_in_process_minutes" => threshold = minutes.unwrap_or(DEFAULT),
            "max_duration_minutes" => lifetime = minutes.unwrap_or(1440.0),
            "staleness_action" => taken = value != r#""alert""#,
            "auto_dlq_on_timeout" => records = value != "false",
            "auto_fail_on_timeout" => fails = value != "false",
            _ => {}
        }
        parts.push(format!(r#""{key}": {value}"#));
    }
    let configuration = format!(r#"{{"lifecycle": {{{}}}}}"#, parts.join(", "));
    (
        configuration,
        threshold,
        lifetime,
        taken && (records || fails),
    )
}

/// How many of the panels cannot be read, or miss rows.
async fn panels_lost(db: &Database, staleness: i64) -> usize {
    let mut conn = db.pool.acquire().await.unwrap();
    let task: Uuid = db
        .one("select task_uuid from tasker_tasks order by random() limit 1")
        .await;
    let lost = [
        !queries::staleness(&mut conn, 500)
            .await
            .is_ok_and(|rows| rows.total == staleness),
        queries::queue(&mut conn, 500).await.is_err(),
        queries::stats(&mut conn).await.is_err(),
        queries::counts(&mut conn).await.is_err(),
        queries::detail(&mut conn, TaskId(task)).await.is_err(),
    ];
    lost.into_iter().filter(|lost| *lost).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_json_takes_a_panel_away_or_a_namespace_from_the_sweep() {
    let seed = 13;
    let row = Row::begin("13", seed);
    let mut rng = Rng::with_seed(seed);
    let db = Database::new().await;
    let made: Vec<_> = (0..TEMPLATES)
        .map(|_| any_configuration(&mut rng))
        .collect();
    let configurations: Vec<&str> = made.iter().map(|(text, ..)| text.as_str()).collect();
    sqlx::query(
        "with spaces as (
             insert into tasker_task_namespaces (name)
             select 'ns' || n from generate_series(0, $2 - 1) n returning task_namespace_uuid, name)
         insert into tasker_named_tasks (task_namespace_uuid, name, configuration)
         select s.task_namespace_uuid, 'charge', c.text::jsonb
         from unnest($1::text[]) with ordinality c (text, n)
         join spaces s on s.name = 'ns' || (c.n - 1)",
    )
    .bind(&configurations)
    .bind(i32::try_from(TEMPLATES).unwrap())
    .execute(&db.pool)
    .await
    .unwrap();
    // One task each; and the same poison in what its steps and transitions carry.
    let cursors: Vec<String> = (0..TEMPLATES).map(|_| any_json(&mut rng, 2)).collect();
    for n in 0..TEMPLATES {
        let space = format!("ns{n}");
        let of = (space.as_str(), "charge");
        db.seed(Tasks {
            of,
            tag: &space,
            minutes: MINUTES,
            ..Tasks::STALE.count(1)
        })
        .await;
    }
    sqlx::query(
        "update tasker_workflow_steps s
         set results = jsonb_build_object('batch_cursor', case when p.n % 2 = 0 then p.text::jsonb
                 else jsonb_build_object('last_checkpoint', p.text::jsonb) end),
             inputs = p.text::jsonb
         from unnest($1::text[]) with ordinality p (text, n)
         join tasker_tasks t on t.initiator = 'ns' || (p.n - 1)
         where s.task_uuid = t.task_uuid and p.text <> '\"now\"'",
    )
    .bind(&cursors)
    .execute(&db.pool)
    .await
    .unwrap();

    let shown: Vec<(String, f64, f64)> = sqlx::query_as(
        "select namespace_name, staleness_threshold_minutes, max_lifetime_minutes
         from v_task_staleness_monitoring",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut misread = 0;
    for (space, threshold, lifetime) in &shown {
        let n: usize = space[2..].parse().unwrap();
        let (text, expected, oldest, _) = &made[n];
        if (threshold - expected).abs() > 1e-6 || (lifetime - oldest).abs() > 1e-6 {
            misread += 1;
            println!("{text}: {threshold} and {lifetime}, not {expected} and {oldest}");
        }
    }
    let total = i64::try_from(TEMPLATES).unwrap();
    let mut lost = panels_lost(&db, total).await;
    // A task is also stale by its age, which is a little more than its time in the state.
    let due = |(_, threshold, lifetime, taken): &(String, f64, f64, bool)| {
        *taken && (MINUTES >= *threshold || Tasks::STALE.age >= *lifetime)
    };
    let expected = made.iter().filter(|one| due(one)).count();
    let report = db.sweep().await;
    let left: Vec<String> = sqlx::query_scalar(
        "select t.initiator from tasker_tasks t
         where not exists (select from tasker_tasks_dlq d where d.task_uuid = t.task_uuid)
           and task_state(t.task_uuid) <> 'error'",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    for space in left {
        let n: usize = space[2..].parse().unwrap();
        if due(&made[n]) {
            println!("{} with a step's {} is not taken", made[n].0, cursors[n]);
        }
    }
    let blocked = expected.abs_diff(report.tasks.len());
    lost += panels_lost(
        &db,
        db.count("select count(*) from v_task_staleness_monitoring")
            .await,
    )
    .await;
    row.found(
        TEMPLATES,
        format!("panels lost {lost}, namespaces blocked {blocked} of {expected}, thresholds misread {misread}, rows {}", shown.len()),
    );
    assert_eq!(
        (lost, blocked, misread, shown.len()),
        (0, 0, 0, TEMPLATES),
        "seed {seed}"
    );
    assert_eq!(db.sweep().await.tasks.len(), 0);
    db.expect_tidy().await;
}
