//! The systems themselves: each source that there is, and a database that holds what it reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dlqtop::data::ad_hoc;
use dlqtop::data::discovery::find;
use dlqtop::data::source::recognise::{Given, Wanted};
use dlqtop::data::source::{NATIVE, Site, Source, SourceCatalog, SourceKind};
use dlqtop::demo;
use sqlx::postgres::PgConnectOptions;
use support::database::Database;

const OWN: &str = "examples/sources";
const FLEETS: [&str; 2] = ["src/demo/fleets", "examples/databases"];

/// Every source that was built in, and those that only tests have: as a user's own.
pub fn systems() -> Vec<SourceKind> {
    let catalog = SourceCatalog::with(Path::new(OWN));
    assert_eq!(catalog.broken, Vec::new());
    let own = catalog.kinds.iter().filter(|kind| kind.folder.is_some());
    assert_eq!(own.count(), fs::read_dir(OWN).unwrap().count());
    catalog.kinds
}

/// A database that holds a system.
pub struct Standing {
    /// The source.
    pub kind: SourceKind,
    /// The database.
    pub db: Database,
    /// The source as it stands there.
    pub source: Arc<Source>,
}

/// The fleet's file of this name.
fn fleet(kind: &SourceKind, file: &str) -> String {
    let found = FLEETS
        .map(|fleets| PathBuf::from(fleets).join(&kind.name).join(file))
        .into_iter()
        .find(|path| path.exists());
    let path = found.unwrap_or_else(|| panic!("{} has no {file} among the fleets", kind.name));
    fs::read_to_string(path).unwrap()
}

/// The system with nothing in it.
pub async fn empty(kind: &SourceKind) -> Standing {
    let db = if kind.name == NATIVE {
        Database::new().await
    } else {
        let name = format!("{}_empty", kind.name);
        Database::filled_once(&name, async |db| db.run(&fleet(kind, "schema.sql")).await).await
    };
    stand(kind, db).await
}

/// The system with a past.
pub async fn full(kind: &SourceKind) -> Standing {
    let db = Database::filled_once(&kind.name, async |db| {
        if kind.name == NATIVE {
            let mut session = db.pool.acquire().await.unwrap();
            dlqtop::data::native::migrate::apply(&mut session)
                .await
                .unwrap();
            demo::prepare(&db.pool, 7).await.unwrap();
        } else {
            db.run(&fleet(kind, "schema.sql")).await;
            db.run(&fleet(kind, "populate.sql")).await;
        }
        db.run("analyze").await;
    });
    stand(kind, db.await).await
}

async fn stand(kind: &SourceKind, db: Database) -> Standing {
    let source = found(kind, &db.options).await;
    Standing {
        kind: kind.clone(),
        db,
        source,
    }
}

/// The source as this role finds it.
pub async fn found(kind: &SourceKind, options: &PgConnectOptions) -> Arc<Source> {
    let wanted = Wanted {
        catalog: Arc::new(SourceCatalog {
            kinds: vec![kind.clone()],
            broken: Vec::new(),
        }),
        asked: Some(kind.name.clone()),
        given: Given::default(),
    };
    let limit = std::time::Duration::from_secs(10);
    ad_hoc::once(options, "look", limit, async |db| find(db, &wanted).await)
        .await
        .unwrap_or_else(|error| panic!("{}: {}", kind.name, error.one_line()))
}

impl Standing {
    /// The database and what it holds.
    pub fn site(&self) -> Site {
        self.site_with(self.db.options.clone())
    }

    /// The same, for sessions of another kind.
    pub fn site_with(&self, options: PgConnectOptions) -> Site {
        Site {
            options,
            source: Arc::clone(&self.source),
        }
    }

    /// The schemas that the system's own tables are in, and ours.
    pub async fn schemas(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select nspname::text from pg_namespace
             where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1",
        )
        .fetch_all(&self.db.pool)
        .await
        .unwrap()
    }
}
