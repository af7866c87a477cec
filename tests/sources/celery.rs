//! Celery's failed jobs: whose are seen, what is untouched for too long, and who may take them up.

mod groups;
mod reading;
mod remediation;
mod sightings;
mod tenants;
mod tenants_by_command;
mod times;
mod unknowns;

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::ad_hoc::once;
use dlqtop::data::discovery::find;
use dlqtop::data::error::DataError;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, Resolution, Write,
};
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::{
    AlertRow, Counts, Detail, EntryId, Fleet, Health, QueueRow, StalenessRow, Stats, TaskId,
};
use dlqtop::data::reads::queries;
use dlqtop::data::reads::queries::Session;
use dlqtop::data::source::recognise::{Given, Wanted};
use dlqtop::data::source::{Site, Source, SourceCatalog};
use dlqtop::data::worker::Writer;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use support::database::Database;
use support::eventually::eventually;
use uuid::Uuid;

const SCHEMA: &str = include_str!("../../src/demo/fleets/celery/schema.sql");
/// A tenant, and another.
const MINE: &str = "7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417";
const THEIRS: &str = "c0a4e6f2-8d35-4b19-a7c1-0e92d64b5f38";

/// A database of an application that keeps its workers' failed jobs.
struct Jobs {
    db: Database,
    site: Site,
}

/// What a profile says that names a tenant.
fn of_tenant(tenant: &str) -> Given {
    Given {
        profile: [("tenant".to_owned(), tenant.to_owned())].into(),
        ..Given::default()
    }
}

/// A configuration that has this setting.
fn setting(name: &str, value: toml::Value) -> Given {
    let own = [(name.to_owned(), value)].into();
    Given {
        settings: [("celery".to_owned(), own)].into(),
        ..Given::default()
    }
}

impl Jobs {
    async fn new() -> Self {
        Self::given(Given::default()).await
    }

    async fn given(given: Given) -> Self {
        Self::made_by(SCHEMA, given).await
    }

    async fn made_by(schema: &str, given: Given) -> Self {
        let db = Database::empty().await;
        db.run(schema).await;
        // No instant may depend on where the database thinks that it is.
        let name: String = db.one("select current_database()").await;
        let zone = format!("alter database {name} set timezone = 'Asia/Tokyo'");
        db.run(&zone).await;
        let site = attach(&db, given).await;
        Self { db, site }
    }

    /// The same, looked at by a role of its own with these rights on the failed jobs.
    async fn seen_by_role(self, rights: &str, given: Given) -> Self {
        let role: String = self.db.one("select current_database() || '_role'").await;
        self.db
            .run(&format!(
                "create role {role} login;
                 grant usage on schema public to {role};
                 grant select on all tables in schema public to {role};
                 grant {rights} on worker_failed_jobs to {role}"
            ))
            .await;
        let site = attach(&self.db, given).await;
        let options = site.options.username(&role);
        Self {
            site: Site { options, ..site },
            ..self
        }
    }

    /// A failed job with these columns besides its task, queue and error.
    async fn job(&self, columns: &str, values: &str) -> Uuid {
        self.db
            .one(&format!(
                "insert into worker_failed_jobs
                     (task_id, task_name, queue, error_type, exception_class, error_message, {columns})
                 values (gen_random_uuid()::text, 'app.tasks.llm.summarize', 'llm', 'RateLimitError',
                     'openai.RateLimitError', 'Error code: 429', {values})
                 returning id"
            ))
            .await
    }

    /// One that failed so long ago and has this status.
    async fn failed(&self, status: &str, ago: &str) -> Uuid {
        self.job(
            "status, failed_at",
            &format!("'{status}', now() - interval '{ago}'"),
        )
        .await
    }

    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection, &Source) -> Result<T, DataError>,
    ) -> T {
        let source = Arc::clone(&self.site.source);
        once(&self.site, "look", Duration::from_secs(10), async |db| {
            question(db, &source).await
        })
        .await
        .unwrap()
    }

    async fn session(&self) -> Session {
        self.ask(queries::session).await
    }

    async fn open(&self) -> Vec<QueueRow> {
        let first = QueueKey::START;
        self.ask(async |db, source| queries::queue(db, source, &first, 1_000).await)
            .await
    }

    async fn row(&self, job: Uuid) -> QueueRow {
        let rows = self.open().await;
        rows.into_iter().find(|row| row.task_uuid.0 == job).unwrap()
    }

    async fn taken(&self) -> Vec<StalenessRow> {
        let first = StalenessKey::START;
        self.ask(async |db, source| queries::staleness(db, source, &first, 1_000).await)
            .await
    }

    async fn counts(&self) -> Counts {
        self.ask(queries::counts).await
    }

    async fn stats(&self) -> Stats {
        self.ask(queries::stats).await
    }

    async fn fleet(&self) -> Fleet {
        self.ask(async |db, source| queries::fleet(db, source, 200).await)
            .await
    }

    async fn alert(&self, key: &str) -> AlertRow {
        let alerts = self.fleet().await.alerts;
        alerts.into_iter().find(|alert| alert.alert == key).unwrap()
    }

    async fn detail(&self, job: Uuid) -> Detail {
        let detail = self.ask(async |db, source| queries::detail(db, source, TaskId(job)).await);
        detail.await.unwrap()
    }

    async fn notes(&self, job: Uuid) -> Vec<(String, String)> {
        let notes = self.detail(job).await.notes;
        notes
            .iter()
            .map(|note| (note.author.to_string(), note.body.to_string()))
            .collect()
    }

    async fn status(&self, job: Uuid) -> String {
        self.db
            .one(&format!(
                "select status from worker_failed_jobs where id = '{job}'"
            ))
            .await
    }

    /// What became of doing this to a job as it was seen.
    async fn act(&self, actor: &str, verb: EntryVerb, seen: (Uuid, i32)) -> ItemResult {
        let write = write(verb, seen, "provider is back");
        carry_out(&self.site, actor, &write).await
    }
}

async fn attach(db: &Database, given: Given) -> Site {
    let mut link = PgConnection::connect_with(&db.options).await.unwrap();
    let wanted = Wanted {
        catalog: Arc::new(SourceCatalog::embedded()),
        given,
        ..Wanted::default()
    };
    let source = find(&mut link, &wanted).await.unwrap();
    assert_eq!(source.name, "celery");
    Site {
        options: db.options.clone(),
        source,
    }
}

fn write(verb: EntryVerb, (job, seen_version): (Uuid, i32), reason: &str) -> Write {
    let target = EntryTarget {
        entry: EntryId(job),
        seen_version,
        label: "llm/summarize".into(),
    };
    Write {
        batch: Uuid::now_v7(),
        change: Change::Entries(verb, vec![target]),
        reason: reason.to_owned(),
        pace: Pace::default(),
    }
}

async fn carry_out(site: &Site, actor: &str, write: &Write) -> ItemResult {
    let mut outcome = Writer::new(site, actor.to_owned()).carry_out(write).await;
    outcome.items.remove(0).result
}

const OWN: EntryVerb = EntryVerb::Claim {
    minutes: 60,
    take_over: false,
};
const RESOLVE: EntryVerb = EntryVerb::Close(Resolution::ManuallyResolved);

#[track_caller]
fn is_done(result: &ItemResult, now: &str) {
    let done = matches!(result, ItemResult::Done { now: is } if is == now);
    assert!(done, "{result:?}");
}
