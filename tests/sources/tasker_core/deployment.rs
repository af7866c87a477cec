//! A deployment of one test's own.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::http_api::Api;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, StepTarget, StepVerb, TaskTarget, TaskVerb,
    Write,
};
use dlqtop::data::model::{EntryId, StepId, TaskId};
use dlqtop::data::reads::lookup;
use dlqtop::data::reads::lookup::LookedUp;
use dlqtop::data::source::recognise::{Given, Wanted};
use dlqtop::data::source::{Site, Source, SourceCatalog};
use dlqtop::data::worker::Writer;
use sqlx::AssertSqlSafe;
use support::database::Database;
use uuid::Uuid;

const SCHEMA: &str = include_str!("../../../src/demo/fleets/tasker-core/schema.sql");
const FLEET: &str = include_str!("../../../src/demo/fleets/tasker-core/populate.sql");
const TASK: &str = include_str!("task.sql");

/// A database with Tasker's schema, and how it is looked at.
pub struct Deployment {
    pub db: Database,
    pub site: Site,
}

/// A task whose second of three steps has failed three times, and its investigation.
#[derive(Debug, Clone, Copy)]
pub struct Stuck {
    pub task: Uuid,
    pub step: Uuid,
    pub entry: Uuid,
}

impl Deployment {
    /// That of the demo.
    pub async fn fleet() -> Self {
        Self::filled_with(&[FLEET]).await
    }

    /// One with a task that is stuck.
    pub async fn stuck() -> (Self, Stuck) {
        let deployment = Self::filled_with(&[TASK]).await;
        let (task, step, entry) = sqlx::query_as(
            "select d.task_uuid, s.workflow_step_uuid, d.dlq_entry_uuid
             from tasker.tasks_dlq d
             join tasker.workflow_steps s using (task_uuid)
             join tasker.named_steps n using (named_step_uuid)
             where n.name = 'capture'",
        )
        .fetch_one(&deployment.db.pool)
        .await
        .unwrap();
        (deployment, Stuck { task, step, entry })
    }

    async fn filled_with(scripts: &[&'static str]) -> Self {
        let db = Database::empty().await;
        for script in [SCHEMA].iter().chain(scripts) {
            sqlx::raw_sql(*script).execute(&db.pool).await.unwrap();
        }
        let source = recognised(&db, None).await;
        let site = Site {
            options: db.options.clone(),
            source,
        };
        Self { db, site }
    }

    /// The same, with acts by this interface.
    pub async fn acting_by(&self, api: Api) -> Site {
        Site {
            options: self.db.options.clone(),
            source: recognised(&self.db, Some(api)).await,
        }
    }

    /// The one value that this asks for.
    pub async fn one<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + sqlx::Type<sqlx::Postgres>,
        for<'r> T: sqlx::Decode<'r, sqlx::Postgres>,
    {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }

    pub async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&self.db.pool)
            .await
            .unwrap();
    }

    /// What an id means now.
    pub async fn named(&self, id: Uuid) -> LookedUp {
        let mut db = self.db.pool.acquire().await.unwrap();
        let found = lookup::look_up(&mut db, &self.site.source, &[id]).await;
        found.unwrap().remove(0)
    }

    /// The states of the tasks, as their transitions went after a sort key.
    pub async fn task_states_after(&self, sort_key: i32) -> Vec<String> {
        sqlx::query_scalar(
            "select to_state::text from tasker.task_transitions where sort_key > $1 order by sort_key",
        )
        .bind(sort_key)
        .fetch_all(&self.db.pool)
        .await
        .unwrap()
    }

    /// The state of a step.
    pub async fn state(&self, step: Uuid) -> String {
        self.one(&format!(
            "select to_state::text from tasker.workflow_step_transitions
             where workflow_step_uuid = '{step}' and most_recent"
        ))
        .await
    }
}

async fn recognised(db: &Database, api: Option<Api>) -> Arc<Source> {
    let wanted = Wanted {
        catalog: Arc::new(SourceCatalog::embedded()),
        asked: None,
        given: Given {
            api,
            ..Given::default()
        },
    };
    let limit = Duration::from_secs(20);
    let found = ad_hoc::once_found(&db.options, &wanted, "look", limit, async |_, source| {
        Ok(Arc::clone(source))
    });
    let source = found.await.unwrap();
    assert_eq!(source.name, "tasker-core");
    source
}

/// A write of one subject.
pub fn write(change: Change, reason: &str) -> Write {
    Write {
        batch: Uuid::now_v7(),
        change,
        reason: reason.to_owned(),
        pace: Pace::default(),
    }
}

pub fn on_step(verb: StepVerb, stuck: Stuck, seen: &str) -> Write {
    let target = StepTarget {
        step: StepId(stuck.step),
        task: TaskId(stuck.task),
        seen_state: seen.into(),
        seen_error: None,
        label: "pay/charge · capture".into(),
    };
    write(Change::Steps(verb, vec![target]), "gateway is back")
}

pub fn on_task(verb: TaskVerb, stuck: Stuck, seen: &str) -> Write {
    let target = TaskTarget {
        task: TaskId(stuck.task),
        seen_state: seen.into(),
        label: "pay/charge".into(),
    };
    write(Change::Tasks(verb, vec![target]), "gateway is back")
}

pub fn on_entry(verb: EntryVerb, stuck: Stuck, seen: i32) -> Write {
    let target = EntryTarget {
        entry: EntryId(stuck.entry),
        seen_version: seen,
        label: "pay/charge".into(),
    };
    write(Change::Entries(verb, vec![target]), "gateway is back")
}

/// Carries it out; what became of its one subject.
pub async fn carry_out(site: &Site, actor: &str, write: &Write) -> ItemResult {
    finish(Writer::new(site.clone(), actor.to_owned()), write).await
}

pub async fn finish(mut writer: Writer, write: &Write) -> ItemResult {
    let mut outcome = writer.carry_out(write).await;
    assert_eq!(outcome.items.len(), 1);
    outcome.items.remove(0).result
}

/// Moves a step as Tasker's state machine does, and changes nothing else.
pub async fn moved_by_tasker(db: &sqlx::PgPool, step: Uuid, to: &str) {
    sqlx::raw_sql(AssertSqlSafe(format!(
        "with ended as (
             update tasker.workflow_step_transitions set most_recent = false
             where workflow_step_uuid = '{step}' and most_recent
             returning to_state, sort_key)
         insert into tasker.workflow_step_transitions
             (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at, updated_at)
         select '{step}', to_state, '{to}', '{{\"event\": \"\"}}', sort_key + 1, true,
                now() at time zone 'UTC', now() at time zone 'UTC'
         from ended"
    )))
    .execute(db)
    .await
    .unwrap();
}

/// Puts the task into this state, as if it had come there instead of into error.
pub async fn task_is(on: &Deployment, state: &str) {
    on.run(&format!(
        "update tasker.task_transitions set to_state = '{state}' where most_recent"
    ))
    .await;
}
