//! Celery's failed jobs: whose are seen, what is untouched for too long, and who may take them up.

mod times;

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::asking::once;
use dlqtop::data::command::{Change, EntryTarget, EntryVerb, ItemResult, Pace, Resolution, Write};
use dlqtop::data::error::DataError;
use dlqtop::data::model::{
    AlertRow, Counts, Detail, EntryId, Fleet, Health, QueueRow, StalenessRow, Stats, TaskId,
};
use dlqtop::data::moment::Moment;
use dlqtop::data::queries::{self, Session};
use dlqtop::data::source::recognise::{Given, Wanted, find};
use dlqtop::data::source::{Shelf, Site, Source};
use dlqtop::data::worker::Writer;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::database::Database;
use crate::eventually::eventually;

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
        let first = (false, Moment::FIRST, EntryId(Uuid::nil()));
        self.ask(async |db, source| queries::queue(db, source, &first, 1_000).await)
            .await
    }

    async fn row(&self, job: Uuid) -> QueueRow {
        let rows = self.open().await;
        rows.into_iter().find(|row| row.task_uuid.0 == job).unwrap()
    }

    async fn taken(&self) -> Vec<StalenessRow> {
        let first = (Moment::FIRST, TaskId(Uuid::nil()));
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
        shelf: Arc::new(Shelf::embedded()),
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

const OWN: EntryVerb = EntryVerb::Own {
    minutes: 60,
    take_over: false,
};
const RESOLVE: EntryVerb = EntryVerb::Close(Resolution::ManuallyResolved);

#[track_caller]
fn is_done(result: &ItemResult, now: &str) {
    let done = matches!(result, ItemResult::Done { now: is } if is == now);
    assert!(done, "{result:?}");
}

#[tokio::test]
async fn a_session_sees_its_tenant_s_jobs_and_those_of_nobody_and_says_so() {
    let jobs = Jobs::given(of_tenant(MINE)).await;
    for tenant in [&format!("'{MINE}'"), &format!("'{THEIRS}'"), "null"] {
        jobs.job("tenant_id", tenant).await;
    }
    let all = jobs.session().await.scope.unwrap();
    assert_eq!((all.seeing.as_str(), all.may_hide), ("all tenants", false));
    assert_eq!(jobs.counts().await.pending, 3);

    let jobs = jobs.seen_by_role("select", of_tenant(MINE)).await;
    let scope = jobs.session().await.scope.unwrap();
    assert_eq!(scope.seeing.as_str(), format!("tenant {MINE}"));
    assert!(scope.may_hide);
    assert_eq!(jobs.counts().await.pending, 2);
    let stats = jobs.stats().await;
    assert_eq!(stats.reasons[0].pending, 2, "{:?}", stats.reasons);
    assert_eq!(stats.namespaces[0].pending, 2, "{:?}", stats.namespaces);
    assert_eq!(jobs.fleet().await.queues[0].failed, 2);
    let open = jobs.open().await;
    assert_eq!(open.len(), 2);
    let hints = jobs.detail(open[0].task_uuid.0).await.hints;
    let said = hints.iter().any(|hint| hint.text.as_str().contains(MINE));
    assert!(said, "nothing says that others may be hidden: {hints:?}");
}

#[tokio::test]
async fn without_a_tenant_only_the_jobs_of_nobody_are_seen() {
    let jobs = Jobs::new().await;
    jobs.job("tenant_id", &format!("'{MINE}'")).await;
    let nobodys = jobs.job("tenant_id", "null").await;
    let jobs = jobs.seen_by_role("select", Given::default()).await;
    let scope = jobs.session().await.scope.unwrap();
    assert_eq!((scope.seeing.as_str(), scope.may_hide), ("no tenant", true));
    let seen: Vec<Uuid> = (jobs.open().await.iter())
        .map(|row| row.task_uuid.0)
        .collect();
    assert_eq!(seen, [nobodys]);
}

#[tokio::test]
async fn what_is_hidden_cannot_be_changed_either() {
    let jobs = Jobs::new().await;
    let theirs = jobs.job("tenant_id", &format!("'{THEIRS}'")).await;
    let seen = jobs.row(theirs).await.version;
    let jobs = jobs.seen_by_role("update", of_tenant(MINE)).await;
    assert!(jobs.session().await.may_act);
    for verb in [OWN, RESOLVE, EntryVerb::Note] {
        let result = jobs.act("ana", verb, (theirs, seen)).await;
        let done = matches!(result, ItemResult::Done { .. });
        assert!(!done, "{verb:?}: {result:?}");
    }
    assert_eq!(jobs.status(theirs).await, "pending");
}

/// All of them wait for the row before any of them can have it.
async fn raced(jobs: &Jobs, job: Uuid, verb: EntryVerb) -> Vec<(String, ItemResult)> {
    const RACERS: usize = 4;
    let seen = jobs.row(job).await.version;
    let mut holder = PgConnection::connect_with(&jobs.db.options).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select from worker_failed_jobs where id = $1 for update")
        .bind(job)
        .execute(&mut *held)
        .await
        .unwrap();
    let racers = (0..RACERS).map(|n| {
        let site = jobs.site.clone();
        let write = write(verb, (job, seen), "provider is back");
        tokio::spawn(async move {
            let actor = format!("racer{n}@lap");
            let result = carry_out(&site, &actor, &write).await;
            (actor, result)
        })
    });
    let racers: Vec<_> = racers.collect();
    let all_wait = eventually(Duration::from_secs(10), async || {
        let waiting: i64 = jobs
            .db
            .one(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            )
            .await;
        (waiting == i64::try_from(RACERS).unwrap()).then_some(())
    });
    assert!(all_wait.await.is_some(), "there was no race");
    held.rollback().await.unwrap();
    let mut results = Vec::new();
    for racer in racers {
        results.push(racer.await.unwrap());
    }
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_do_the_same_one_has_done_it_and_the_others_are_told_who() {
    let jobs = Jobs::new().await;
    let abandon = EntryVerb::Close(Resolution::PermanentlyFailed);
    for (verb, label) in [
        (OWN, "in_progress"),
        (RESOLVE, "resolved"),
        (abandon, "abandoned"),
    ] {
        let job = jobs.failed("pending", "1 hour").await;
        let results = raced(&jobs, job, verb).await;
        let winners: Vec<&String> = results
            .iter()
            .filter(|(_, result)| matches!(result, ItemResult::Done { .. }))
            .map(|(actor, _)| actor)
            .collect();
        let [winner] = winners[..] else {
            panic!("{verb:?}: {results:?}")
        };
        for (actor, result) in &results {
            let told = match result {
                ItemResult::Changed { by, at, now } => {
                    by.as_ref().is_some_and(|by| by == winner.as_str())
                        && at.is_some()
                        && now == label
                }
                _ => actor == winner,
            };
            assert!(told, "{verb:?}: {actor} was told {result:?}");
        }
        assert_eq!(jobs.status(job).await, label);
        let notes = jobs.notes(job).await;
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!(&notes[0].0, winner);
    }
}

#[tokio::test]
async fn a_job_goes_from_hand_to_hand_to_its_end_and_the_notes_tell_how() {
    let jobs = Jobs::new().await;
    let job = jobs.failed("pending", "1 hour").await;
    let by_hand = "update worker_failed_jobs set remediation_notes = 'see ticket 7'";
    jobs.db.run(by_hand).await;

    let seen = jobs.row(job).await.version;
    is_done(&jobs.act("ana@lap7", OWN, (job, seen)).await, "in_progress");
    let row = jobs.row(job).await;
    assert_eq!(row.owner.unwrap().as_str(), "ana@lap7");
    assert_eq!(row.current_state.as_str(), "in_progress");
    assert_eq!(row.notes, 2);

    let late = jobs.act("ben@lap2", RESOLVE, (job, seen)).await;
    let told = matches!(&late, ItemResult::Changed { by: Some(by), .. } if by == "ana@lap7");
    assert!(told, "{late:?}");

    let note = EntryVerb::Note;
    is_done(&jobs.act("ben@lap2", note, (job, 0)).await, "in_progress");
    // the same once more, as when its answer was lost
    is_done(&jobs.act("ben@lap2", note, (job, 0)).await, "in_progress");
    let seen = jobs.row(job).await.version;
    is_done(
        &jobs.act("ana@lap7", RESOLVE, (job, seen)).await,
        "resolved",
    );

    let own = |what: &str| what.to_owned();
    assert_eq!(
        jobs.notes(job).await,
        [
            (own("somebody"), own("see ticket 7")),
            (own("ana@lap7"), own("took it up: provider is back")),
            (own("ben@lap2"), own("provider is back")),
            (own("ana@lap7"), own("resolved: provider is back")),
        ]
    );
    let detail = jobs.detail(job).await;
    let states: Vec<&str> = (detail.transitions.iter())
        .map(|change| change.to_state.as_str())
        .collect();
    assert_eq!(states, ["resolved", "in_progress", "failed"]);
    assert_eq!(
        detail.entries[0].resolution_status.as_str(),
        "manually_resolved"
    );
    assert_eq!(
        detail.entries[0].resolved_by.as_ref().unwrap().as_str(),
        "ana@lap7"
    );
    let closed: bool = jobs
        .db
        .one("select resolved_at > now() - interval '1 minute' from worker_failed_jobs")
        .await;
    assert!(closed);
    assert_eq!(jobs.counts().await.resolved_last_hour, Some(1));
}

#[tokio::test]
async fn what_somebody_writes_cannot_be_taken_for_somebody_else_s_note() {
    let jobs = Jobs::new().await;
    let job = jobs.failed("pending", "1 hour").await;
    let forged = "harmless\n[2026-01-01 00:00:00 UTC] boss: resolved: do it";
    let write = write(EntryVerb::Note, (job, 0), forged);
    is_done(
        &carry_out(&jobs.site, "eve: [x\n]", &write).await,
        "pending",
    );
    let notes = jobs.notes(job).await;
    assert_eq!(notes, [("eve:[x ]".to_owned(), forged.replace('\n', "⏎"))]);
    assert_eq!(jobs.row(job).await.notes, 1);
}

#[tokio::test]
async fn what_is_taken_up_and_not_touched_is_stale_until_somebody_touches_it() {
    let minutes = toml::Value::Integer(60);
    let jobs = Jobs::given(setting("in_progress_minutes", minutes)).await;
    let forgotten = jobs.failed("in_progress", "2 hours").await;
    let almost = jobs.failed("in_progress", "55 minutes").await;
    let fresh = jobs.failed("in_progress", "5 minutes").await;
    let ahead = jobs.failed("in_progress", "-1 day").await;
    jobs.failed("pending", "3 days").await;

    let rows = jobs.taken().await;
    let health: Vec<(Uuid, Health)> = rows
        .iter()
        .map(|row| (row.task_uuid.0, row.health_status))
        .collect();
    assert_eq!(
        health,
        [
            (forgotten, Health::Stale),
            (almost, Health::Warning),
            (fresh, Health::Healthy),
            (ahead, Health::Unknown),
        ]
    );
    assert_eq!(rows[0].condition.as_ref().unwrap().as_str(), "untouched");
    assert!(rows[3].age_suspect);
    let counts = jobs.counts().await;
    assert_eq!(
        (counts.stale, counts.warning, counts.healthy, counts.suspect),
        (1, 1, 1, 1)
    );
    assert_eq!((counts.pending, counts.unowned), (5, 1));

    let note = jobs.act("ana", EntryVerb::Note, (forgotten, 0)).await;
    is_done(&note, "in_progress");
    assert_eq!(jobs.counts().await.stale, 0, "it was touched");
}

#[tokio::test]
async fn queues_have_their_depth_their_routes_and_their_failures() {
    let routes = toml::toml! { "app.tasks.llm.*" = "llm" };
    let jobs = Jobs::given(setting("routes", toml::Value::Table(routes))).await;
    jobs.failed("pending", "1 hour").await;
    jobs.job("failed_at", "now()").await;
    let eager = "insert into worker_failed_jobs (task_name) values ('app.tasks.digest')";
    jobs.db.run(eager).await;
    jobs.db
        .run(
            "insert into kombu_queue (id, name) values (1, 'llm'), (2, 'celery@w1.celery.pidbox');
             insert into kombu_message (visible, timestamp, payload, queue_id)
             select visible, (now() at time zone 'UTC') - interval '20 minutes', '{}', queue
             from (values (true, 1), (true, 1), (false, 1), (true, 2)) m (visible, queue)",
        )
        .await;
    let fleet = jobs.fleet().await;
    let names: Vec<&str> = fleet
        .queues
        .iter()
        .map(|queue| queue.name.as_str())
        .collect();
    assert_eq!(names, ["llm", "(eager)"]);
    let llm = &fleet.queues[0];
    assert_eq!((llm.depth, llm.failed), (2, 2));
    assert_eq!(llm.routes[0].as_str(), "app.tasks.llm.*");
    let oldest = llm.oldest_seconds.unwrap();
    assert!((1_190.0..1_260.0).contains(&oldest), "{oldest}");
    assert_eq!((fleet.queues[1].depth, fleet.queues[1].failed), (0, 1));
    let alert = jobs.alert("waiting").await;
    assert!(
        alert.over && alert.text.as_str().starts_with("llm: "),
        "{alert:?}"
    );
    assert!(!jobs.alert("burst").await.over);
}

#[tokio::test]
async fn a_worker_that_fails_more_than_the_others_is_named() {
    let jobs = Jobs::new().await;
    for n in 0..24 {
        let worker = if n < 22 { "celery@w2" } else { "celery@w1" };
        jobs.job(
            "worker, failed_at",
            &format!("'{worker}', now() - interval '2 minutes'"),
        )
        .await;
    }
    let workers = jobs.fleet().await.workers;
    assert_eq!(workers[0].worker.as_str(), "celery@w2");
    assert_eq!(workers[0].host.as_ref().unwrap().as_str(), "w2");
    assert_eq!(workers[0].condition.as_ref().unwrap().as_str(), "failing");
    assert_eq!(workers[0].failed_last_hour, Some(22));
    assert!(workers[1].condition.is_none());
    assert!(jobs.alert("burst").await.over);
    let theirs = jobs.open().await;
    let job = theirs[0].task_uuid.0;
    let hints = jobs.detail(job).await.hints;
    let said = hints
        .iter()
        .any(|hint| hint.text.as_str().starts_with("celery@w2 failed 22"));
    assert!(said, "{hints:?}");
}

/// The table as it was called before, with other types, and no broker.
const BEFORE: &str = "
    create type failure_status as enum ('pending', 'in_progress', 'resolved', 'abandoned', 'parked');
    create table celery_task_failures (
        id uuid primary key, task_id uuid, task_name text, queue text, worker text, task_args jsonb,
        task_kwargs jsonb, tenant_id uuid, error_type text, exception_class text,
        error_message text, traceback text, retry_count int, last_retry_at timestamptz,
        status failure_status, remediation_notes text, resolved_at timestamptz,
        correlation_id uuid, failed_at timestamptz);
    insert into celery_task_failures (id) values ('00000000-0000-0000-0000-000000000001');
    insert into celery_task_failures (id, status)
    values ('00000000-0000-0000-0000-000000000002', 'parked');
    insert into celery_task_failures (id, status, failed_at, last_retry_at, resolved_at)
    select gen_random_uuid(), s, at, at, at
    from unnest(enum_range(null::failure_status)) s,
         unnest(array['infinity', '-infinity', '4713-01-02 BC', '294276-01-01', '2999-01-01']::timestamptz[]) at";

#[tokio::test]
async fn its_earlier_name_an_enum_nulls_and_instants_beyond_the_calendar_are_all_the_same_to_it() {
    let jobs = Jobs::made_by(BEFORE, Given::default()).await;
    let nulls = Uuid::from_u128(1);
    let open = jobs.open().await;
    assert_eq!(
        open.len(),
        11,
        "with no status it is open; parked it is not"
    );
    let row = jobs.row(nulls).await;
    assert_eq!(row.namespace_name.as_str(), "(eager)");
    assert_eq!(row.current_state.as_str(), "pending");
    assert_eq!(row.dlq_reason.as_str(), "unknown");
    assert!(row.current_error.is_none());
    let scope = jobs.session().await.scope.unwrap();
    assert_eq!(scope.seeing.as_str(), "all tenants");
    assert_eq!(jobs.counts().await.pending, 11);
    jobs.stats().await;
    assert_eq!(jobs.fleet().await.queues[0].depth, 0, "there is no broker");
    let parked = jobs.detail(Uuid::from_u128(2)).await;
    assert_eq!(parked.entries[0].resolution_status.as_str(), "parked");
    for row in &open {
        jobs.detail(row.task_uuid.0).await;
    }

    is_done(
        &jobs.act("ana", OWN, (nulls, row.version)).await,
        "in_progress",
    );
    let version = jobs.row(nulls).await.version;
    is_done(
        &jobs.act("ana", RESOLVE, (nulls, version)).await,
        "resolved",
    );
}

#[tokio::test]
async fn who_may_only_select_sees_everything_and_changes_nothing() {
    let jobs = Jobs::new().await;
    let job = jobs.failed("pending", "1 hour").await;
    let seen = jobs.row(job).await.version;
    let jobs = jobs.seen_by_role("select", Given::default()).await;
    assert!(!jobs.session().await.may_act);
    assert_eq!(jobs.open().await.len(), 1);
    jobs.taken().await;
    jobs.counts().await;
    jobs.stats().await;
    jobs.fleet().await;
    jobs.detail(job).await;
    for verb in [OWN, RESOLVE, EntryVerb::Note] {
        let result = jobs.act("ana", verb, (job, seen)).await;
        let refused =
            matches!(&result, ItemResult::Failed { why } if why.as_str().contains("permission"));
        assert!(refused, "{verb:?}: {result:?}");
    }
    assert_eq!(jobs.status(job).await, "pending");
}
