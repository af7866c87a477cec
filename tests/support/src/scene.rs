//! Tasks in whatever state a test needs, made by the functions that production uses and then
//! dated back.

use uuid::Uuid;

use crate::database::Database;

/// A template with two steps, `first` and `second`, that allow one attempt each.
pub const TWO_STEPS: &str = r#"[
    {"name": "first", "retry": {"max_attempts": 1}},
    {"name": "second", "dependencies": ["first"], "retry": {"max_attempts": 1}}
]"#;

impl Database {
    /// A template `pay/charge` with this lifecycle (JSON) and [`TWO_STEPS`].
    pub async fn template(&self, lifecycle: &str) {
        self.template_named("charge", lifecycle, TWO_STEPS).await;
    }

    /// A template of the namespace `pay`.
    pub async fn template_named(&self, name: &str, lifecycle: &str, steps: &str) {
        self.run(&format!(
            "insert into tasker_task_namespaces (name) values ('pay') on conflict do nothing;
             insert into tasker_named_tasks (task_namespace_uuid, name, configuration)
             select task_namespace_uuid, '{name}',
                    jsonb_build_object('lifecycle', '{lifecycle}'::jsonb, 'steps', '{steps}'::jsonb)
             from tasker_task_namespaces"
        ))
        .await;
    }

    /// A task of `pay/charge` whose first step is enqueued.
    pub async fn started(&self) -> Uuid {
        let task = self.one("select dlqtop.create_task('pay', 'charge')").await;
        self.run("select dlqtop.advance_tasks('orchestrator')")
            .await;
        task
    }

    /// A task of `pay/charge` whose first step failed for good.
    pub async fn blocked(&self, error: &str) -> Uuid {
        let error = error.replace('\'', "''");
        let task = self.started().await;
        let step = self.claimed().await;
        self.run(&format!(
            "select dlqtop.fail_step('{step}', 'w1', '{error}', false)"
        ))
        .await;
        task
    }

    /// The step that a worker named `w1` has just claimed.
    pub async fn claimed(&self) -> Uuid {
        self.one("select workflow_step_uuid from dlqtop.claim_step('w1', 'pay')")
            .await
    }

    /// A blocked task that a sweep has moved to the dead-letter queue; its failed step.
    pub async fn dead_letter(&self, error: &str) -> DeadLetter {
        let task = self.blocked(error).await;
        self.swept_by_nobody().await;
        DeadLetter {
            task,
            step: self.step(task, "first").await,
            entry: self
                .one(&format!(
                    "select dlq_entry_uuid from tasker_tasks_dlq
                     where task_uuid = '{task}' and resolution_status = 'pending'"
                ))
                .await,
        }
    }

    /// One chunk of a sweep that no detector has on its record.
    async fn swept_by_nobody(&self) {
        self.run("select dlqtop.detect_and_transition_stale_tasks(false)")
            .await;
        self.run("delete from dlqtop.sweeps where instance = 'dlqtop'")
            .await;
    }

    /// A task that a sweep has taken while its worker was at work, which then finished all the same.
    pub async fn finished_too_late(&self) -> Uuid {
        let task = self.started().await;
        let step = self.claimed().await;
        self.date_back(task, 100.0).await;
        self.swept_by_nobody().await;
        self.run(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
        ))
        .await;
        task
    }

    /// A task's step by name.
    pub async fn step(&self, task: Uuid, name: &str) -> Uuid {
        self.one(&format!(
            "select workflow_step_uuid from tasker_workflow_steps
             where task_uuid = '{task}' and step_name = '{name}'"
        ))
        .await
    }

    /// Puts a started task into a state it could be in, `minutes` ago.
    pub async fn in_state_since(&self, state: &str, minutes: f64) -> Uuid {
        let task = self.started().await;
        let mut present = "steps_in_process";
        for next in ["evaluating_results", state] {
            if present != state {
                self.run(&format!(
                    "select dlqtop.transition_task('{task}', '{present}', '{next}', 'test')"
                ))
                .await;
                present = next;
            }
        }
        self.date_back(task, minutes).await;
        task
    }

    /// Moves everything about a task this far into the past.
    pub async fn date_back(&self, task: Uuid, minutes: f64) {
        self.run(&format!(
            "update tasker_task_transitions set created_at = created_at - {minutes} * interval '1 minute'
             where task_uuid = '{task}';
             update tasker_tasks set created_at = created_at - {minutes} * interval '1 minute'
             where task_uuid = '{task}';
             update tasker_workflow_step_transitions
             set created_at = created_at - {minutes} * interval '1 minute'
             where workflow_step_uuid in
                 (select workflow_step_uuid from tasker_workflow_steps where task_uuid = '{task}')"
        ))
        .await;
    }

    /// The state a task is in.
    pub async fn state(&self, task: Uuid) -> String {
        self.one(&format!("select dlqtop.task_state('{task}')"))
            .await
    }

    /// The state a step is in.
    pub async fn step_state(&self, step: Uuid) -> String {
        self.one(&format!("select dlqtop.step_state('{step}')"))
            .await
    }
}

/// A task in the dead-letter queue.
pub struct DeadLetter {
    /// The task.
    pub task: Uuid,
    /// Its failed step.
    pub step: Uuid,
    /// Its pending entry.
    pub entry: Uuid,
}
