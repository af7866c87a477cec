//! A small shop with a table of jobs, and what dlqtop knows of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use dlqtop::data::discovery::find;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, TaskTarget, TaskVerb, Until, Write,
};
use dlqtop::data::model::{EntryId, QueueRow, TaskId};
use dlqtop::data::source::recognise::Wanted;
use dlqtop::data::source::{Site, Source, SourceCatalog, SourceKind};
use dlqtop::data::worker::Writer;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use support::dlqtop::{Run, command, run};
use tempfile::TempDir;
use uuid::Uuid;

/// What the shop has, however it came by it.
const SCHEMA: &str = "
    create table shop_jobs (
        id uuid primary key, name text not null, status text not null default 'failed', error text,
        failed_at timestamptz not null default now(), runs int not null default 0,
        version int not null default 1);
    create index shop_jobs_by_status on shop_jobs (status, failed_at);
    create view shop_failed as select * from shop_jobs where status = 'failed'";

/// The folder that says what a shop is.
fn folder() -> &'static Path {
    Path::new("tests/sources/companion/shop")
}

/// A database of a shop.
pub struct Shop {
    pub db: Database,
    home: TempDir,
}

impl Shop {
    /// One with these jobs; the first has waited longest. Their ids follow from their places.
    pub async fn with(jobs: u32) -> Self {
        let db = Database::empty().await;
        db.run(SCHEMA).await;
        db.run(&format!(
            "insert into shop_jobs (id, name, error, failed_at)
             select lpad(to_hex(n), 32, '0')::uuid, 'job' || n, 'no stock', now() - ({jobs} + 1 - n) * interval '10 minutes'
             from generate_series(1, {jobs}) n"
        ))
        .await;
        let home = TempDir::new().unwrap();
        let own = home.path().join("dlqtop/sources/shop");
        std::fs::create_dir_all(&own).unwrap();
        for file in std::fs::read_dir(folder()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), own.join(file.file_name())).unwrap();
        }
        Self { db, home }
    }

    /// The same, with everything beside it.
    pub async fn furnished(jobs: u32) -> Self {
        let shop = Self::with(jobs).await;
        shop.asked(&["install", "--yes"]).expect_answer();
        shop
    }

    /// Runs a command there, without a terminal.
    pub fn asked(&self, arguments: &[&str]) -> Run {
        self.asked_at(&self.db.url(), arguments)
    }

    /// Runs a command as this role.
    pub fn asked_as(&self, role: &str, arguments: &[&str]) -> Run {
        let url = format!("{}&options[role]={role}", self.db.url());
        self.asked_at(&url, arguments)
    }

    fn asked_at(&self, url: &str, arguments: &[&str]) -> Run {
        run(command(arguments)
            .env("DATABASE_URL", url)
            .env("DLQTOP_ACTOR", "ana")
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path()))
    }

    /// Where dlqtop looks for sources.
    pub fn config_home(&self) -> &Path {
        self.home.path()
    }

    /// The shop as it is found now.
    pub async fn source(&self) -> Arc<Source> {
        self.source_as(&self.db.options).await
    }

    /// The shop as it is found by whoever connects so.
    pub async fn source_as(&self, options: &PgConnectOptions) -> Arc<Source> {
        let only_shop = SourceCatalog {
            kinds: vec![SourceKind::read(folder()).unwrap()],
            broken: Vec::new(),
        };
        let wanted = Wanted {
            catalog: Arc::new(only_shop),
            ..Wanted::default()
        };
        let mut db = options.connect().await.unwrap();
        find(&mut db, &wanted).await.unwrap()
    }

    /// The connections of a role that may do what is granted to it, and no more.
    pub async fn role(&self, name: &str, grants: &str) -> PgConnectOptions {
        // Roles are the server's: one database may have made it for all.
        self.db
            .run(&format!(
                "do $$ begin create role {name}; exception when duplicate_object or unique_violation then end $$; {grants}"
            ))
            .await;
        self.db.options.clone().options([("role", name)])
    }

    /// A writer there.
    pub async fn writer(&self, actor: &str) -> Writer {
        self.writer_at(self.db.options.clone(), actor).await
    }

    /// A writer that connects so.
    pub async fn writer_at(&self, options: PgConnectOptions, actor: &str) -> Writer {
        let source = self.source_as(&options).await;
        Writer::new(Site { options, source }, actor.to_owned())
    }

    /// Carries out one act as this one.
    pub async fn act(&self, actor: &str, write: &Write) -> ItemResult {
        let mut writer = self.writer(actor).await;
        let mut outcome = writer.carry_out(write).await;
        assert_eq!(outcome.items.len(), 1);
        outcome.items.remove(0).result
    }

    /// The queue as a poll reads it.
    pub async fn queue(&self) -> Vec<QueueRow> {
        let source = self.source().await;
        queue_of(&self.db, &source).await
    }

    /// Everything that the catalogue says of what is not in the schema dlqtop.
    pub async fn catalogue(&self) -> BTreeMap<String, String> {
        let rows: Vec<(String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(CATALOGUE))
            .fetch_all(&self.db.pool)
            .await
            .unwrap();
        rows.into_iter().collect()
    }

    /// How many things there are in the schema dlqtop, and in it alone made since.
    pub async fn things(&self, schema: &str) -> i64 {
        let sql = format!(
            "select (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                     where nspname = '{schema}')
                  + (select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                     where nspname = '{schema}')"
        );
        self.db.one(&sql).await
    }
}

/// Every object, with all that its row in the catalogue says, by what it is.
const CATALOGUE: &str = "
    with ours as (select oid from pg_namespace where nspname = 'dlqtop')
    select 'class ' || c.oid::text, row(c.*)::text from pg_class c
    where relnamespace not in (select oid from ours)
      and c.oid >= 16384 and c.relnamespace <> 'pg_toast'::regnamespace
    union all
    select 'schema ' || n.oid::text, row(n.*)::text from pg_namespace n
    where n.oid not in (select oid from ours)
    union all
    select 'column ' || a.attrelid || '.' || a.attnum, row(a.attname, a.atttypid, a.attnotnull, a.attacl)::text
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace not in (select oid from ours)
      and c.oid >= 16384 and c.relnamespace <> 'pg_toast'::regnamespace
    union all
    select 'function ' || p.oid::text, row(p.*)::text from pg_proc p
    where pronamespace not in (select oid from ours) and p.oid >= 16384
    union all
    select 'trigger ' || t.oid::text, row(t.*)::text from pg_trigger t
    join pg_class c on c.oid = t.tgrelid where c.relnamespace not in (select oid from ours)
    union all
    select 'constraint ' || t.oid::text, row(t.*)::text from pg_constraint t
    where t.connamespace not in (select oid from ours) and t.oid >= 16384
    union all
    select 'type ' || t.oid::text, row(t.*)::text from pg_type t
    where t.typnamespace not in (select oid from ours) and t.oid >= 16384
    union all
    select 'setting ' || setrole::text, setconfig::text from pg_db_role_setting s
    join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
    union all
    select 'database', row(datacl, datdba)::text from pg_database where datname = current_database()
    union all
    select 'description ' || objoid::text || '.' || objsubid, description from pg_description
    where objoid >= 16384 and objoid not in (select oid from ours)
    union all
    select 'row ' || id::text, row(j.*)::text from shop_jobs j";

/// What is not the same in both.
pub fn changes(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<(String, Option<String>, Option<String>)> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let pairs = keys.into_iter().map(|key| {
        (
            key.clone(),
            before.get(key).cloned(),
            after.get(key).cloned(),
        )
    });
    pairs.filter(|(_, before, after)| before != after).collect()
}

/// The queue as a poll reads it, of a source that was found.
pub async fn queue_of(db: &Database, source: &Source) -> Vec<QueueRow> {
    let mut connection = db.pool.acquire().await.unwrap();
    let start = dlqtop::data::model::QueueKey::START;
    dlqtop::data::reads::queries::queue(&mut connection, source, &start, 1_000)
        .await
        .unwrap()
}

/// The id of a job by its place.
pub fn job(place: u32) -> Uuid {
    Uuid::from_u128(u128::from(place))
}

/// A change of one job's entry as it was seen at first.
pub fn on(place: u32, verb: EntryVerb) -> Write {
    because(Change::Entries(
        verb,
        vec![EntryTarget {
            entry: EntryId(job(place)),
            seen_version: 1,
            label: format!("shop/job{place}").as_str().into(),
        }],
    ))
}

/// A job put back to work that was seen to have failed.
pub fn resume(place: u32) -> Write {
    because(Change::Tasks(
        TaskVerb::Requeue,
        vec![TaskTarget {
            task: TaskId(job(place)),
            seen_state: "failed".into(),
            label: format!("shop/job{place}").as_str().into(),
        }],
    ))
}

fn because(change: Change) -> Write {
    Write {
        batch: Uuid::now_v7(),
        change,
        reason: "stock came in".to_owned(),
        pace: Pace::default(),
    }
}

/// A claim for an hour.
pub const OWN: EntryVerb = EntryVerb::Claim {
    minutes: 60,
    take_over: false,
};

/// Put aside for an hour.
pub const SNOOZE: EntryVerb = EntryVerb::Snooze(Until::Minutes(60));

/// A note; the reason is what it says.
pub const NOTE: EntryVerb = EntryVerb::Note;
