//! Row 13: whatever JSON stands in a template, a step or a transition, every panel shows the rest
//! and every namespace is swept.

use std::collections::HashSet;

use dlqtop::data::error::DataError;
use dlqtop::data::model::{QueueRow, StalenessRow, TaskId};
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use fastrand::Rng;
use support::database::Database;
use support::report::Row;
use support::seed::Tasks;
use uuid::Uuid;

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

/// A template's configuration, and what it must mean for a task that is in process.
struct Template {
    text: String,
    threshold: f64,
    lifetime: f64,
    taken: bool,
}

impl Template {
    fn any(rng: &mut Rng) -> Self {
        let mut template = Self {
            text: String::new(),
            threshold: DEFAULT,
            lifetime: 1440.0,
            taken: true,
        };
        let lifecycle = match any_json(rng, 2) {
            // An object may say something sensible.
            other if rng.u8(0..6) == 0 && !other.starts_with('{') => other,
            _ => template.any_lifecycle(rng),
        };
        template.text = format!(r#"{{"lifecycle": {lifecycle}}}"#);
        template
    }

    fn any_lifecycle(&mut self, rng: &mut Rng) -> String {
        let (mut alert, mut records, mut fails) = (false, true, true);
        let mut parts = Vec::new();
        for key in KEYS {
            if rng.u8(0..3) == 0 {
                continue;
            }
            let value = match any_json(rng, 2) {
                _ if key == "staleness_action" && rng.u8(0..4) == 0 => r#""alert""#.to_owned(),
                value => value,
            };
            let minutes = value
                .parse::<f64>()
                .ok()
                .filter(|n| (0.01..=5_256_000.0).contains(n));
            match key {
                "max_steps_in_process_minutes" => self.threshold = minutes.unwrap_or(DEFAULT),
                "max_duration_minutes" => self.lifetime = minutes.unwrap_or(1440.0),
                "staleness_action" => alert = value == r#""alert""#,
                "auto_dlq_on_timeout" => records = value != "false",
                "auto_fail_on_timeout" => fails = value != "false",
                _ => {}
            }
            parts.push(format!(r#""{key}": {value}"#));
        }
        self.taken = !alert && (records || fails);
        format!("{{{}}}", parts.join(", "))
    }

    /// Whether the sweep must take its task: by its time in the state, or by its age.
    fn is_due(&self) -> bool {
        self.taken && (MINUTES >= self.threshold || Tasks::STALE.age >= self.lifetime)
    }
}

fn read<T>(answer: Result<T, DataError>) -> Result<(), String> {
    answer.map(drop).map_err(|error| error.one_line())
}

/// How many of the panels cannot be read, or miss rows.
async fn panels_lost(db: &Database, staleness: i64) -> usize {
    let mut conn = db.pool.acquire().await.unwrap();
    let tasks: Vec<Uuid> = sqlx::query_scalar("select task_uuid from tasker_tasks")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    let mut said = vec![
        match keyset_pages::top::<StalenessRow>(&mut conn, &Source::native(), 500, 500).await {
            Ok(listed) if i64::try_from(listed.rows.len()) == Ok(staleness) => Ok(()),
            Ok(listed) => Err(format!("{} of {staleness} rows", listed.rows.len())),
            Err(error) => Err(error.one_line()),
        },
        read(keyset_pages::top::<QueueRow>(&mut conn, &Source::native(), 500, 500).await),
        read(queries::stats(&mut conn, &Source::native()).await),
        read(queries::counts(&mut conn, &Source::native()).await),
    ];
    for task in tasks {
        said.push(read(
            queries::detail(&mut conn, &Source::native(), TaskId(task)).await,
        ));
    }
    let lost = said.iter().filter_map(|said| said.as_ref().err());
    lost.inspect(|why| println!("a panel is lost: {why}"))
        .count()
}

/// A namespace for each template, and a task in each that carries the same poison in its steps.
async fn seed_poison(db: &Database, templates: &[Template], cursors: &[String]) {
    let texts: Vec<&str> = templates
        .iter()
        .map(|template| template.text.as_str())
        .collect();
    sqlx::query(
        "with spaces as (
             insert into tasker_task_namespaces (name)
             select 'ns' || n from generate_series(0, cardinality($1) - 1) n
             returning task_namespace_uuid, name)
         insert into tasker_named_tasks (task_namespace_uuid, name, configuration)
         select s.task_namespace_uuid, 'charge', c.text::jsonb
         from unnest($1::text[]) with ordinality c (text, n)
         join spaces s on s.name = 'ns' || (c.n - 1)",
    )
    .bind(&texts)
    .execute(&db.pool)
    .await
    .unwrap();
    for n in 0..templates.len() {
        let space = format!("ns{n}");
        let of = (space.as_str(), "charge");
        let tasks = Tasks {
            of,
            tag: &space,
            minutes: MINUTES,
            ..Tasks::STALE.count(1)
        };
        db.seed(tasks).await;
    }
    sqlx::query(
        "update tasker_workflow_steps s
         set results = jsonb_build_object('batch_cursor', case when p.n % 2 = 0 then p.text::jsonb
                 else jsonb_build_object('last_checkpoint', p.text::jsonb) end),
             inputs = p.text::jsonb
         from unnest($1::text[]) with ordinality p (text, n)
         join tasker_tasks t on t.initiator = 'ns' || (p.n - 1)
         where s.task_uuid = t.task_uuid",
    )
    .bind(cursors)
    .execute(&db.pool)
    .await
    .unwrap();
}

/// The templates whose thresholds are shown as something else than they are.
async fn misread<'t>(db: &Database, templates: &'t [Template]) -> Vec<&'t str> {
    let shown: Vec<(String, f64, f64)> = sqlx::query_as(
        "select namespace_name, staleness_threshold_minutes, max_lifetime_minutes
         from v_task_staleness_monitoring",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(shown.len(), templates.len(), "rows are missing");
    let wrong = shown.iter().filter_map(|(space, threshold, lifetime)| {
        let template = &templates[space[2..].parse::<usize>().unwrap()];
        let is_right = (threshold - template.threshold).abs() < 1e-6
            && (lifetime - template.lifetime).abs() < 1e-6;
        (!is_right).then_some(template.text.as_str())
    });
    wrong.collect()
}

/// The namespaces whose task should have been taken and was not, or the other way round.
async fn blocked(db: &Database, templates: &[Template]) -> Vec<usize> {
    let taken: Vec<String> = sqlx::query_scalar(
        "select t.initiator from tasker_tasks t
         where exists (select from tasker_tasks_dlq d where d.task_uuid = t.task_uuid)
            or dlqtop.task_state(t.task_uuid) = 'error'",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let taken: HashSet<usize> = taken
        .iter()
        .map(|space| space[2..].parse().unwrap())
        .collect();
    let wrong = templates.iter().enumerate();
    wrong
        .filter(|(n, template)| template.is_due() != taken.contains(n))
        .map(|(n, _)| n)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_json_takes_a_panel_away_or_a_namespace_from_the_sweep() {
    let seed = 13;
    let row = Row::begin("13", seed);
    let mut rng = Rng::with_seed(seed);
    let db = Database::new().await;
    let templates: Vec<Template> = (0..TEMPLATES).map(|_| Template::any(&mut rng)).collect();
    let cursors: Vec<String> = (0..TEMPLATES).map(|_| any_json(&mut rng, 2)).collect();
    seed_poison(&db, &templates, &cursors).await;

    let misread = misread(&db, &templates).await;
    let mut lost = panels_lost(&db, i64::try_from(TEMPLATES).unwrap()).await;
    db.sweep().await;
    let blocked = blocked(&db, &templates).await;
    let left = db
        .count("select count(*) from v_task_staleness_monitoring")
        .await;
    lost += panels_lost(&db, left).await;
    let due = templates
        .iter()
        .filter(|template| template.is_due())
        .count();
    row.found(
        TEMPLATES,
        format!(
            "panels lost {lost}, namespaces blocked {} of {due}, thresholds misread {}",
            blocked.len(),
            misread.len()
        ),
    );
    let said: Vec<_> = blocked
        .iter()
        .map(|n| (&templates[*n].text, &cursors[*n]))
        .collect();
    assert!(misread.is_empty(), "seed {seed}: {misread:#?}");
    assert!(blocked.is_empty(), "seed {seed}: {said:#?}");
    assert_eq!(lost, 0, "seed {seed}");
    assert_eq!(db.sweep().await.tasks.len(), 0);
    db.expect_tidy().await;
}
