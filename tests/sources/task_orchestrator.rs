//! The Go task orchestrator: what is called stuck and why, what may be put back to work, and by whom.

mod acting;
mod canaries;
mod judging;
mod reading;
mod single;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::ad_hoc::once;
use dlqtop::data::discovery::find;
use dlqtop::data::error::DataError;
use dlqtop::data::fingerprint::fingerprint;
use dlqtop::data::messages::command::{Change, ItemResult, Pace, TaskTarget, TaskVerb, Write};
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{
    AlertRow, Counts, Detail, Fleet, Health, QueueRow, StalenessRow, Stats, TaskId,
};
use dlqtop::data::reads::queries;
use dlqtop::data::source::recognise::{Given, Wanted};
use dlqtop::data::source::{Site, Source, SourceCatalog};
use dlqtop::data::worker::Writer;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use support::database::Database;
use uuid::Uuid;

const SCHEMA: &str = include_str!("../../src/demo/fleets/task-orchestrator/schema.sql");

/// A database of the system's own, in a zone that is not the one its instants are in.
struct Queue {
    db: Database,
    site: Site,
}

impl Queue {
    async fn new() -> Self {
        Self::given(Given::default()).await
    }

    async fn given(given: Given) -> Self {
        let db = Database::empty().await;
        db.run(SCHEMA).await;
        // What is made here is written as the system does, in UTC.
        db.run(
            "create function utc() returns timestamp language sql stable
                 as $$ select now() at time zone 'utc' $$;
             alter table workers add column heard interval",
        )
        .await;
        let name: String = db.one("select current_database()").await;
        db.run(&format!(
            "alter database {name} set timezone = 'Asia/Tokyo'"
        ))
        .await;
        let mut link = PgConnection::connect_with(&db.options).await.unwrap();
        let wanted = Wanted {
            catalog: Arc::new(SourceCatalog::embedded()),
            asked: None,
            given,
        };
        let source = find(&mut link, &wanted).await.unwrap();
        assert_eq!(source.name, "task-orchestrator");
        let site = Site {
            options: db.options.clone(),
            source,
        };
        Self { db, site }
    }

    /// A worker that was heard of so long ago.
    async fn worker(&self, id: &str, heard: &str) {
        self.db
            .run(&format!(
                "insert into workers (id, hostname, heard, last_heartbeat, pool_size, version)
                 values ('{id}', 'web', '{heard}', utc() - interval '{heard}', 4, 'v1')"
            ))
            .await;
    }

    /// A task with these columns besides its type.
    async fn task(&self, columns: &str, values: &str) -> Uuid {
        self.db
            .one(&format!(
                "insert into tasks (type, {columns}) values ('mail', {values}) returning id"
            ))
            .await
    }

    /// One that is held since then.
    async fn held(&self, status: &str, worker: &str, since: &str) -> Uuid {
        let started = match status {
            "running" => format!("utc() - interval '{since}'"),
            _ => "null".to_owned(),
        };
        self.task(
            "status, worker_id, created_at, claimed_at, started_at, attempts",
            &format!(
                "'{status}', {worker}, utc() - interval '{since}' - interval '5 s',
                 utc() - interval '{since}', {started}, 1"
            ),
        )
        .await
    }

    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection, &Source) -> Result<T, DataError>,
    ) -> T {
        self.try_to_ask(&self.site, question).await.unwrap()
    }

    async fn try_to_ask<T>(
        &self,
        site: &Site,
        question: impl AsyncFnOnce(&mut PgConnection, &Source) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let source = Arc::clone(&site.source);
        once(site, "look", Duration::from_secs(10), async |db| {
            question(db, &source).await
        })
        .await
    }

    async fn stale(&self) -> Vec<StalenessRow> {
        let first = StalenessKey::START;
        self.ask(async |db, source| queries::staleness(db, source, &first, 1_000).await)
            .await
    }

    /// Its row, while the workers were heard of as long ago as was said, however long the test takes.
    async fn row(&self, task: Uuid) -> StalenessRow {
        self.db
            .run("update workers set last_heartbeat = utc() - heard where heard is not null")
            .await;
        let rows = self.stale().await;
        rows.into_iter()
            .find(|row| row.task_uuid.0 == task)
            .unwrap()
    }

    async fn letters(&self) -> Vec<QueueRow> {
        let first = QueueKey::START;
        self.ask(async |db, source| queries::queue(db, source, &first, 1_000).await)
            .await
    }

    async fn counts(&self) -> Counts {
        self.ask(async |db, source| queries::counts(db, source).await)
            .await
    }

    async fn stats(&self) -> Stats {
        self.ask(async |db, source| queries::stats(db, source).await)
            .await
    }

    async fn fleet(&self) -> Fleet {
        self.ask(async |db, source| queries::fleet(db, source, Fleet::MAX_ROWS).await)
            .await
    }

    async fn alert(&self, key: &str) -> AlertRow {
        let alerts = self.fleet().await.alerts;
        alerts.into_iter().find(|alert| alert.alert == key).unwrap()
    }

    async fn detail(&self, task: Uuid) -> Detail {
        let detail = self.ask(async |db, source| queries::detail(db, source, TaskId(task)).await);
        detail.await.unwrap()
    }

    async fn hints(&self, task: Uuid) -> String {
        let hints = self.detail(task).await.hints;
        let hints: Vec<String> = hints.iter().map(|hint| hint.text.to_string()).collect();
        hints.join("\n")
    }

    /// What became of putting it back to work as it was seen.
    async fn put_back(&self, task: Uuid, seen: &str) -> ItemResult {
        put_back(&self.site, "ana", task, seen).await
    }

    async fn status(&self, task: Uuid) -> String {
        self.db
            .one(&format!(
                "select status::text from tasks where id = '{task}'"
            ))
            .await
    }
}

async fn put_back(site: &Site, actor: &str, task: Uuid, seen: &str) -> ItemResult {
    let target = TaskTarget {
        task: TaskId(task),
        seen_state: seen.into(),
        label: "mail".into(),
    };
    let write = Write {
        batch: Uuid::now_v7(),
        change: Change::Tasks(TaskVerb::Requeue, vec![target]),
        reason: "gateway is back".to_owned(),
        pace: Pace::default(),
    };
    let mut outcome = Writer::new(site, actor.to_owned()).carry_out(&write).await;
    outcome.items.remove(0).result
}

#[track_caller]
fn refused(result: &ItemResult, says: &str) {
    let ItemResult::Failed { why } = result else {
        panic!("{result:?}");
    };
    assert!(why.as_str().contains(says), "{why}");
}
