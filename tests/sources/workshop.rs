//! A small system of the tests' own: a table of jobs, some of them broken.

use std::path::Path;
use std::sync::Arc;

use dlqtop::data::discovery::find;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, Pace, TaskTarget, TaskVerb, Write,
};
use dlqtop::data::model::{EntryId, TaskId};
use dlqtop::data::source::recognise::Wanted;
use dlqtop::data::source::{Site, SourceCatalog, SourceKind};
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use uuid::Uuid;

pub const FOLDER: &str = "tests/sources/workshop";

const JOBS: &str = "
    create table workshop_jobs (
        id uuid primary key default gen_random_uuid(), bench text not null, name text not null,
        state text not null, error text, notes text[] not null default '{}',
        version int not null default 1, changed_at timestamptz not null default now())";

/// A database with so many broken jobs.
pub async fn with(broken: usize) -> Database {
    let db = Database::empty().await;
    db.run(JOBS).await;
    db.run(&format!(
        "insert into workshop_jobs (bench, name, state, error)
         select 'lathe', 'turn', 'broken', 'tool: worn out' from generate_series(1, {broken})"
    ))
    .await;
    db
}

/// The source as it stands in this database, reached like this.
pub async fn site(db: &Database, options: &PgConnectOptions) -> Site {
    let wanted = Wanted {
        catalog: Arc::new(SourceCatalog {
            kinds: vec![SourceKind::read(Path::new(FOLDER)).unwrap()],
            broken: Vec::new(),
        }),
        ..Wanted::native()
    };
    let wanted = Wanted {
        asked: None,
        ..wanted
    };
    let mut connection = db.pool.acquire().await.unwrap();
    Site {
        options: options.clone(),
        source: find(&mut connection, &wanted).await.unwrap(),
    }
}

/// The ids of all jobs.
pub async fn jobs(db: &Database) -> Vec<Uuid> {
    let ids: Vec<Uuid> = db
        .one("select array_agg(id order by id) from workshop_jobs")
        .await;
    ids
}

fn write(change: Change) -> Write {
    Write {
        batch: Uuid::now_v7(),
        change,
        reason: "a new tool".to_owned(),
        pace: Pace::default(),
    }
}

/// To do all of them again that were seen broken.
pub fn redo(jobs: &[Uuid]) -> Write {
    let target = |id: &Uuid| TaskTarget {
        task: TaskId(*id),
        seen_state: "broken".into(),
        label: "lathe/turn".into(),
    };
    let targets = jobs.iter().map(target).collect();
    write(Change::Tasks(TaskVerb::Requeue, targets))
}

/// To write a note on it.
pub fn note(job: Uuid) -> Write {
    let target = EntryTarget {
        entry: EntryId(job),
        seen_version: 1,
        label: "lathe/turn".into(),
    };
    write(Change::Entries(EntryVerb::Note, vec![target]))
}
