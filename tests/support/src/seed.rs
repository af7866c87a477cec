//! Many tasks at once, by one statement a table: what the functions of production would have
//! written, dated back.

use dlqtop::data::native::sweep::{SweepOptions, SweepReport, Sweeper};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::database::Database;

/// From here on the triggers would take most of a test's time.
const MANY: usize = 1_000;

/// Tasks to make. Each has two steps, `first` and `second`.
#[derive(Debug, Clone, Copy)]
pub struct Tasks<'a> {
    /// How many; the number of each is its `priority`, so that chances do not depend on ids.
    pub count: usize,
    /// The template's namespace and name.
    pub of: (&'a str, &'a str),
    /// The state they are in.
    pub state: &'a str,
    /// The state of their first step.
    pub first: &'a str,
    /// For how many minutes they have been in it.
    pub minutes: f64,
    /// How old they are, in minutes.
    pub age: f64,
    /// Names them among all: their `initiator`.
    pub tag: &'a str,
}

impl Tasks<'_> {
    /// Tasks of `pay/charge` that a sweep takes.
    pub const STALE: Tasks<'static> = Tasks {
        count: 100,
        of: ("pay", "charge"),
        state: "steps_in_process",
        first: "in_progress",
        minutes: 100.0,
        age: 110.0,
        tag: "seed",
    };
    /// Tasks of `pay/charge` whose first step has failed for good.
    pub const FAILED: Tasks<'static> = Tasks {
        state: "blocked_by_failures",
        first: "error",
        ..Self::STALE
    };
    /// So many of them.
    #[must_use]
    pub const fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// The tasks and their transitions, as SQL.
    fn rows(&self) -> String {
        let Tasks {
            count,
            of: (namespace, name),
            minutes,
            age,
            tag,
            ..
        } = self;
        let way = path(
            match self.state {
                "steps_in_process" => &WAY_IN[..4],
                _ => &WAY_IN,
            },
            self.state,
        );
        format!(
            "insert into tasker_tasks (named_task_uuid, priority, initiator, created_at, requested_at)
             select nt.named_task_uuid, n, '{tag}', now() - {age} * interval '1 minute',
                    now() - {age} * interval '1 minute'
             from generate_series(1, {count}) n
             cross join tasker_named_tasks nt
             join tasker_task_namespaces ns using (task_namespace_uuid)
             where ns.name = '{namespace}' and nt.name = '{name}';
             insert into tasker_task_transitions
                 (task_uuid, from_state, to_state, most_recent, sort_key, processor, created_at)
             select t.task_uuid, p.from_state, p.to_state, p.present, p.n, 'seed',
                    now() - case when p.present then {minutes} else {age} end * interval '1 minute'
             from tasker_tasks t cross join {way}
             where t.initiator = '{tag}' and not exists (
                 select from tasker_task_transitions tr where tr.task_uuid = t.task_uuid)"
        )
    }

    /// Their steps, the steps' transitions and edges, as SQL.
    fn steps(&self) -> String {
        let (tag, first) = (self.tag, self.first);
        let way = path(
            match first {
                "in_progress" => &["pending", "enqueued"],
                _ => &["pending", "enqueued", "in_progress"],
            },
            first,
        );
        format!(
            "with made as (
                 insert into tasker_workflow_steps
                     (task_uuid, step_name, step_number, attempts, last_error, created_at)
                 select t.task_uuid, s.name, s.n, case when s.n = 1 then 3 else 0 end,
                        case when s.n = 1 and '{first}' = 'error' then 'HTTP 503' end, t.created_at
                 from tasker_tasks t cross join (values (1, 'first'), (2, 'second')) s (n, name)
                 where t.initiator = '{tag}' and not exists (
                     select from tasker_workflow_steps s where s.task_uuid = t.task_uuid)
                 returning workflow_step_uuid, task_uuid, step_number, created_at),
             moved as (
                 insert into tasker_workflow_step_transitions
                     (workflow_step_uuid, from_state, to_state, most_recent, sort_key, processor, created_at)
                 select m.workflow_step_uuid, p.from_state, p.to_state, p.present, p.n, 'seed', m.created_at
                 from made m cross join {way} where m.step_number = 1
                 union all
                 select workflow_step_uuid, null, 'pending', true, 1, 'seed', created_at
                 from made where step_number = 2)
             insert into tasker_workflow_step_edges (parent_step_uuid, child_step_uuid)
             select p.workflow_step_uuid, c.workflow_step_uuid
             from made p join made c using (task_uuid)
             where p.step_number = 1 and c.step_number = 2"
        )
    }
}

/// What every task goes through before it waits for something or is over.
const WAY_IN: [&str; 5] = [
    "pending",
    "initializing",
    "enqueuing_steps",
    "steps_in_process",
    "evaluating_results",
];

/// From one state to the next and to the last, as SQL's `values`.
fn path(way: &[&str], last: &str) -> String {
    let mut before = "null".to_owned();
    let mut rows = Vec::new();
    let ends = way.strip_suffix(&[last]).unwrap_or(way);
    for (n, state) in ends.iter().chain([&last]).enumerate() {
        let present = n == ends.len();
        rows.push(format!("({}, {before}::text, '{state}', {present})", n + 1));
        before = format!("'{state}'");
    }
    format!(
        "(values {}) as p (n, from_state, to_state, present)",
        rows.join(", ")
    )
}

impl Database {
    /// A template whose tasks are seeded here.
    pub async fn template_in(&self, (namespace, name): (&str, &str), lifecycle: &str) {
        self.run(&format!(
            r#"insert into tasker_task_namespaces (name) values ('{namespace}') on conflict do nothing;
               insert into tasker_named_tasks (task_namespace_uuid, name, configuration)
               select task_namespace_uuid, '{name}', jsonb_build_object(
                   'lifecycle', '{lifecycle}'::jsonb,
                   'steps', '[{{"name": "first"}}, {{"name": "second", "dependencies": ["first"]}}]'::jsonb)
               from tasker_task_namespaces where name = '{namespace}'"#
        ))
        .await;
    }

    /// A database with the template `pay/charge` and these tasks.
    pub async fn with(tasks: Tasks<'_>) -> Self {
        let db = Self::new().await;
        db.template_in(tasks.of, "{}").await;
        db.seed(tasks).await;
        db
    }

    /// Makes these tasks. Many of them are loaded as a dump is, with the triggers off.
    pub async fn seed(&self, tasks: Tasks<'_>) {
        let (rows, steps) = (tasks.rows(), tasks.steps());
        if tasks.count < MANY {
            self.run(&format!("begin; {rows}; {steps}; commit")).await;
            self.allow_one_large_sweep().await;
            return;
        }
        // So many at once would disarm the detector.
        self.run(&format!(
            "begin; set local session_replication_role = replica;
             create temp table before on commit drop as
                 select detector_armed_at, detector_armed_by, detector_armed_reason from dlqtop.settings;
             update dlqtop.settings set detector_armed_at = null, detector_armed_by = null,
                 detector_armed_reason = null;
             {rows}; analyze tasker_tasks, tasker_task_transitions;
             {steps}; analyze tasker_workflow_steps, tasker_workflow_step_transitions;
             select dlqtop.rebuild_deadlines();
             update dlqtop.settings set detector_armed_at = b.detector_armed_at,
                 detector_armed_by = b.detector_armed_by,
                 detector_armed_reason = b.detector_armed_reason
             from before b; commit"
        ))
        .await;
        self.allow_one_large_sweep().await;
    }

    /// A connection that sweeps.
    pub fn sweeper(&self, instance: &str) -> Sweeper {
        sweeper(&self.options, instance)
    }

    /// One sweep.
    pub async fn sweep(&self) -> SweepReport {
        let stop = CancellationToken::new();
        self.sweeper("d1").sweep(&stop).await.unwrap()
    }
}

/// A connection that sweeps, made as the options say.
pub fn sweeper(options: &sqlx::postgres::PgConnectOptions, instance: &str) -> Sweeper {
    Sweeper::new(
        options,
        SweepOptions {
            instance: instance.to_owned(),
            dry_run: false,
            budget: Duration::from_hours(1),
        },
    )
}
