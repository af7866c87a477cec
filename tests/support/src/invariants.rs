//! What must hold whatever happened, as SQL: each counts what breaks it.

use crate::database::Database;

/// Always true, of every database.
const ALWAYS: [(&str, &str); 7] = [
    (
        "tasks without exactly one present state",
        "select count(*) from (
             select t.task_uuid from tasker_tasks t
             left join tasker_task_transitions tr using (task_uuid)
             group by t.task_uuid having count(*) filter (where tr.most_recent) <> 1) wrong",
    ),
    (
        "steps without exactly one present state",
        "select count(*) from (
             select s.workflow_step_uuid from tasker_workflow_steps s
             left join tasker_workflow_step_transitions tr using (workflow_step_uuid)
             group by s.workflow_step_uuid
             having count(*) filter (where tr.most_recent) <> 1) wrong",
    ),
    (
        "tasks whose order has gaps or repeats, or does not end in the present",
        "select count(*) from (
             select task_uuid from tasker_task_transitions group by task_uuid
             having min(sort_key) <> 1 or max(sort_key) <> count(*)
                 or count(distinct sort_key) <> count(*)
                 or max(sort_key) <> max(sort_key) filter (where most_recent)) wrong",
    ),
    (
        "steps whose order has gaps or repeats, or does not end in the present",
        "select count(*) from (
             select workflow_step_uuid from tasker_workflow_step_transitions
             group by workflow_step_uuid
             having min(sort_key) <> 1 or max(sort_key) <> count(*)
                 or count(distinct sort_key) <> count(*)
                 or max(sort_key) <> max(sort_key) filter (where most_recent)) wrong",
    ),
    (
        "transitions that do not begin where the one before ended",
        "select count(*) from (
             select from_state, lag(to_state) over (partition by task_uuid order by sort_key) as before
             from tasker_task_transitions) t
         where from_state is distinct from before",
    ),
    (
        "transitions that are not allowed",
        "select (select count(*) from tasker_task_transitions
                 where not dlqtop.task_transition_allowed(from_state, to_state, true))
              + (select count(*) from tasker_workflow_step_transitions
                 where not dlqtop.step_transition_allowed(from_state, to_state, true))",
    ),
    (
        "tasks with more than one pending entry",
        "select count(*) from (
             select task_uuid from tasker_tasks_dlq where resolution_status = 'pending'
             group by task_uuid having count(*) > 1) wrong",
    ),
];

/// A task that the sweep failed, and that has no entry.
pub const ERROR_WITHOUT_DLQ: &str = "
    select count(*) from tasker_task_transitions tr
    where tr.most_recent and tr.to_state = 'error'
      and not exists (select from tasker_tasks_dlq d
                      where d.task_uuid = tr.task_uuid and d.resolution_status = 'pending')";

/// An entry for a task that the sweep did not fail.
pub const DLQ_WITHOUT_ERROR: &str = "
    select count(*) from tasker_tasks_dlq d
    join tasker_task_transitions tr on tr.task_uuid = d.task_uuid and tr.most_recent
    where d.resolution_status = 'pending' and tr.to_state <> 'error'";

/// An entry of a state that the task had already left when it was opened.
pub const PHANTOM: &str = "
    select count(*) from tasker_tasks_dlq d
    where d.resolution_status = 'pending'
      and d.original_state is distinct from (
          select tr.from_state from tasker_task_transitions tr
          where tr.task_uuid = d.task_uuid and tr.to_state = 'error'
          order by tr.sort_key desc limit 1)";

/// Tasks that were recorded or failed more than once.
pub const DUPLICATES: &str = "
    select count(*) from tasker_tasks t
    where (select count(*) from tasker_tasks_dlq d where d.task_uuid = t.task_uuid) > 1
       or (select count(*) from tasker_task_transitions tr
           where tr.task_uuid = t.task_uuid and tr.to_state = 'error') > 1";

/// Tasks that were not failed.
pub const NOT_IN_ERROR: &str = "
    select count(*) from tasker_task_transitions where most_recent and to_state <> 'error'";

impl Database {
    /// How many rows break an invariant.
    pub async fn count(&self, sql: &str) -> i64 {
        self.one(sql).await
    }

    /// Expects what always holds.
    pub async fn expect_tidy(&self) {
        for (what, sql) in ALWAYS {
            assert_eq!(self.count(sql).await, 0, "{what}");
        }
    }

    /// Tasks that were recorded or failed, not both, where templates ask for both.
    pub async fn partial(&self) -> i64 {
        self.expect_tidy().await;
        self.count(ERROR_WITHOUT_DLQ).await + self.count(DLQ_WITHOUT_ERROR).await
    }
}
