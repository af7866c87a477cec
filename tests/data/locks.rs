//! No lock outlives its worth: nobody waits long, nobody waits for each other, and what is written while a
//! task is archived is not lost.

mod acts;
mod races;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use support::database::Database;
use tokio::task::JoinHandle;

/// A session of a test.
struct Session {
    connection: PgConnection,
    pid: i32,
}

/// What a statement of another session came to: its session again, and the error's SQLSTATE and message.
type Running = JoinHandle<(Session, Result<Option<PgRow>, (String, String)>)>;

impl Session {
    async fn of(db: &Database) -> Self {
        // A deadlock is found at once, and a wait is not cut short.
        let options = db.options.clone().options([("deadlock_timeout", "20ms")]);
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        let pid = connection
            .fetch_one("select pg_backend_pid()")
            .await
            .unwrap()
            .get(0);
        Self { connection, pid }
    }

    /// Runs one or several statements; the SQLSTATE and the message, if they are refused.
    async fn run(&mut self, sql: &str) -> Result<Option<PgRow>, (String, String)> {
        match self
            .connection
            .fetch_optional(AssertSqlSafe(sql.to_owned()))
            .await
        {
            Ok(row) => Ok(row),
            Err(sqlx::Error::Database(refused)) => Err((
                refused.code().unwrap_or_default().into_owned(),
                refused.message().to_owned(),
            )),
            Err(other) => panic!("{other}\n{sql}"),
        }
    }

    async fn must(&mut self, sql: &str) {
        self.run(sql)
            .await
            .unwrap_or_else(|(_, why)| panic!("{why}\n{sql}"));
    }

    /// Lets a statement run by itself.
    fn start(mut self, sql: &str) -> Running {
        let sql = sql.to_owned();
        tokio::spawn(async move {
            let result = self.run(&sql).await;
            (self, result)
        })
    }
}

/// Until the statement has ended, or its session waits for a lock; whether it waits.
async fn waits(db: &Database, running: &Running, pid: i32) -> bool {
    while !running.is_finished() {
        let waiting: bool = db
            .one(&format!(
                "select coalesce(bool_or(wait_event_type = 'Lock' or wait_event = 'PgSleep'), false)
                 from pg_stat_activity where pid = {pid}"
            ))
            .await;
        if waiting {
            return true;
        }
    }
    false
}

/// A task with a step that a worker has just taken in this session's open transaction.
async fn at_work(db: &Database, worker: &mut Session) -> (uuid::Uuid, uuid::Uuid) {
    db.template("{}").await;
    let task = db.started().await;
    worker.must("begin").await;
    let taken = worker.run("select workflow_step_uuid from dlqtop.claim_step('w1', 'pay')");
    let step = taken.await.unwrap().unwrap().get(0);
    (task, step)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_settings_behind_an_idle_transaction_stops_no_worker() {
    let db = Database::new().await;
    let mut idle = Session::of(&db).await;
    let (_, step) = at_work(&db, &mut idle).await;
    idle.must(&format!(
        "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
    ))
    .await;
    idle.must("select dlqtop.advance_tasks('orchestrator')")
        .await;

    // From plain SQL: this session has no limit of its own.
    let boss = Session::of(&db).await;
    let pid = boss.pid;
    let change = boss.start(
        "select dlqtop.configure('{\"max_steps_in_process_minutes\": 7}', 'ana', 'too slow')",
    );
    assert!(waits(&db, &change, pid).await);
    // Others go on meanwhile.
    let mut worker = Session::of(&db).await;
    worker.must("set statement_timeout = '2s'").await;
    while !change.is_finished() {
        worker
            .must("select dlqtop.create_task('pay', 'charge')")
            .await;
        worker
            .must("select dlqtop.advance_tasks('orchestrator')")
            .await;
    }
    let (mut boss, refused) = change.await.unwrap();
    let (code, why) = refused.unwrap_err();
    assert_eq!(code, "55P03", "{why}");
    assert!(
        why.starts_with("sessions with an open transaction use dlqtop.deadlines: "),
        "{why}"
    );
    assert!(why.contains(&idle.pid.to_string()), "{why}");
    idle.must("commit").await;
    boss.must(
        "select dlqtop.configure('{\"max_steps_in_process_minutes\": 7}', 'ana', 'too slow')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_stops_the_workers_may_not_stay_idle() {
    let db = Database::new().await;
    db.template("{}").await;
    let mut boss = Session::of(&db).await;
    let limit = "select current_setting('idle_in_transaction_session_timeout')";
    for act in [
        "dlqtop.configure('{\"max_steps_in_process_minutes\": 7}', 'ana', 'why')",
        "dlqtop.repair('deadlines', 'ana', 'why')",
        "dlqtop.repair('tallies', 'ana', 'why')",
    ] {
        boss.must(&format!("begin; select {act}")).await;
        let row = boss.run(limit).await.unwrap().unwrap();
        assert_eq!(row.get::<String, _>(0), "10s", "{act}");
        boss.must("rollback").await;
        let row = boss.run(limit).await.unwrap().unwrap();
        assert_eq!(row.get::<String, _>(0), "0", "{act}");
    }
    // A limit of one's own that is shorter stays, for locks as well.
    boss.must(
        "set idle_in_transaction_session_timeout = '2s'; set lock_timeout = '1s'; begin;
         select dlqtop.configure('{\"max_steps_in_process_minutes\": 7}', 'ana', 'why')",
    )
    .await;
    let both = "select current_setting('idle_in_transaction_session_timeout')
                    || ' ' || current_setting('lock_timeout')";
    let row = boss.run(both).await.unwrap().unwrap();
    assert_eq!(row.get::<String, _>(0), "2s 1s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acts_from_plain_sql_does_not_wait_for_ever() {
    let db = Database::new().await;
    let mut worker = Session::of(&db).await;
    let (task, _) = at_work(&db, &mut worker).await;
    let mut ana = Session::of(&db).await;
    let refused = ana
        .run(&format!(
            "select dlqtop.cancel_task('{task}', 'steps_in_process', 'ana', 'enough')"
        ))
        .await;
    assert_eq!(refused.unwrap_err().0, "55P03");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_takes_and_finishes_a_step_does_not_deadlock_with_an_operator() {
    let db = Database::new().await;
    let mut worker = Session::of(&db).await;
    let (task, step) = at_work(&db, &mut worker).await;
    let ana = Session::of(&db).await;
    let pid = ana.pid;
    let cancel = ana.start(&format!(
        "select outcome from dlqtop.cancel_task('{task}', 'steps_in_process', 'ana', 'enough')"
    ));
    assert!(waits(&db, &cancel, pid).await);
    worker
        .must(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
        ))
        .await;
    worker.must("commit").await;
    let (_, answer) = cancel.await.unwrap();
    let outcome: String = answer.unwrap().unwrap().get(0);
    assert_eq!(outcome, "changed", "the worker was first");
}

/// A task that was cancelled long ago, and its first step.
async fn due_for_the_archive(db: &Database) -> (uuid::Uuid, uuid::Uuid) {
    db.template("{}").await;
    let task = db.started().await;
    db.run(&format!(
        "select dlqtop.cancel_task('{task}', 'steps_in_process', 'ana', 'enough');
         update tasker_tasks set completed_at = now() - interval '90 days'"
    ))
    .await;
    (task, db.step(task, "first").await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transition_that_is_written_while_its_task_is_archived_is_not_lost() {
    let db = Database::new().await;
    let (task, step) = due_for_the_archive(&db).await;
    let mut late = Session::of(&db).await;
    // Plain SQL that takes none of our locks: the foreign key alone holds the step.
    late.must(&format!(
        "begin;
         update tasker_workflow_step_transitions set most_recent = false
         where workflow_step_uuid = '{step}' and most_recent;
         insert into tasker_workflow_step_transitions
             (workflow_step_uuid, from_state, to_state, most_recent, sort_key, processor)
         values ('{step}', 'cancelled', 'complete', true, 99, 'late')"
    ))
    .await;
    let archiver = Session::of(&db).await;
    let pid = archiver.pid;
    let archive =
        archiver.start("select tasks from dlqtop.archive_policy_batch('cancelled', 10, false)");
    waits(&db, &archive, pid).await;
    late.must("commit").await;
    archive.await.unwrap().1.unwrap();
    let written = "select count(*) from (
            select processor from tasker_workflow_step_transitions
            union all select processor from tasker_workflow_step_transitions_archive) t
        where processor = 'late'";
    assert_eq!(db.one::<i64>(written).await, 1);

    // The next batch takes all of it.
    db.run("select dlqtop.archive_policy_batch('cancelled', 10, false)")
        .await;
    let moved: i64 = db
        .one(&format!(
            "select count(*) from tasker_workflow_step_transitions_archive a
             where processor = 'late'
               and exists (select from tasker_tasks_archive where task_uuid = '{task}')"
        ))
        .await;
    assert_eq!(moved, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_the_archive_does_not_stop_archiving() {
    let db = Database::new().await;
    due_for_the_archive(&db).await;
    let mut reader = Session::of(&db).await;
    reader
        .must("begin; select count(*) from tasker_tasks_archive_default")
        .await;
    let archived: i64 = db
        .one("select tasks from dlqtop.archive_policy_batch('cancelled', 10, false)")
        .await;
    assert_eq!(archived, 1);
    let partition = "select count(*) from pg_class
        where relname ~ '^tasker_tasks_archive_[0-9]{4}_[0-9]{2}$'";
    assert_eq!(
        db.one::<i64>(partition).await,
        0,
        "it is made by a later batch"
    );
    reader.must("commit").await;
    db.run("select dlqtop.ensure_archive_partitions(now())")
        .await;
    assert_eq!(db.one::<i64>(partition).await, 1);
    let moved: i64 = db
        .one("select count(*) from only tasker_tasks_archive_default")
        .await;
    assert_eq!(
        moved, 0,
        "with the rows that had gone to the default partition"
    );
}
