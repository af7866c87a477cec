//! One function for each `.sql` file of a source that reads, under the same name. No SQL text here.
//! If a source has no such file, there are no rows.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::companion;
use crate::data::connection::sql::{QueryResult, rows, sql};
use crate::data::error::QueryContext as _;
use crate::data::model::replica::Position;
use crate::data::model::{ArchiveRow, Counts, Fleet, LogRow, Scope, Stats};
use crate::data::source::Source;
pub use crate::data::source::entries::find_task;

pub use crate::data::reads::detail::{detail, fixes};
pub use crate::data::reads::lists::{queue, queue_total, staleness, staleness_total};

/// How many sweeps, namespaces and unreadable templates the stats pane lists.
const STATS_LIMIT: i64 = 12;

/// The statements that [`stats`] sends.
pub const STATS: [&str; 8] = [
    "stats_reasons",
    "stats_flow",
    "stats_ages",
    "stats_archive",
    "stats_sweeps",
    "stats_templates",
    "stats_namespaces",
    "stats_types",
];
/// The statements that [`detail()`] sends.
pub const DETAIL: [&str; 8] = [
    "task",
    "same_error",
    "hints",
    "snapshot",
    "steps",
    "history",
    "entries",
    "notes",
];
/// The statements that [`fleet`] sends.
pub const FLEET: [&str; 3] = ["workers", "queues", "alerts"];

/// The database's clock.
///
/// # Errors
///
/// `DataError::Query`, as every function here.
pub async fn clock(db: &mut PgConnection) -> QueryResult<DateTime<Utc>> {
    sqlx::query_scalar(sql!("session/clock"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("read the database's clock")
}

/// What kind of session this is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, read as one row"
)]
pub struct Session {
    /// The database's name.
    pub database: String,
    /// The server's version.
    pub server_version: String,
    /// It is a standby.
    pub in_recovery: bool,
    /// The role or the database is set to read only.
    pub read_only_by_default: bool,
    /// The role may act on steps, tasks and entries.
    #[sqlx(skip)]
    pub may_act: bool,
    /// The role may sweep.
    #[sqlx(skip)]
    pub may_sweep: bool,
    /// Which part of the rows it sees, if the source has parts, such as tenants.
    #[sqlx(skip)]
    pub scope: Option<Scope>,
}

/// What kind of session this is.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn session(db: &mut PgConnection, source: &Source) -> QueryResult<Session> {
    const DOING: &str = "look at the session";
    let mut session: Session = rows(sql!("session/session"))
        .fetch_one(&mut *db)
        .await
        .while_doing(DOING)?;
    if let Some(sql) = source.sql("rights") {
        (session.may_act, session.may_sweep) =
            rows(sql).fetch_one(&mut *db).await.while_doing(DOING)?;
    }
    session.scope = scope(db, source).await?;
    Ok(session)
}

/// Which part of the rows the session sees, if the source has parts, such as tenants, or row-level security hides
/// some from this role. The source takes note of it for what is kept beside it.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn scope(db: &mut PgConnection, source: &Source) -> QueryResult<Option<Scope>> {
    const DOING: &str = "look whose rows are seen";
    let Some(sql) = source.sql("scope") else {
        if source.relations().is_empty() {
            return Ok(None);
        }
        let scope: Scope = rows(sql!("pg_catalog/hides_rows"))
            .bind(source.relations())
            .fetch_one(db)
            .await
            .while_doing(DOING)?;
        return Ok(Some(scope).filter(|scope| scope.may_hide));
    };
    let scope: Scope = rows(sql).fetch_one(db).await.while_doing(DOING)?;
    source.companion.note_scope(&scope);
    Ok(Some(scope))
}

/// How far behind this server is, if it is a replica.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn replica(db: &mut PgConnection) -> QueryResult<Position> {
    rows(sql!("session/replica_lag"))
        .fetch_one(db)
        .await
        .while_doing("ask the replica how far behind it is")
}

/// The system identifier, which a server shares only with its replicas.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn cluster(db: &mut PgConnection) -> QueryResult<i64> {
    sqlx::query_scalar(sql!("session/system_identifier"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("look at the server")
}

/// The numbers of the header.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn counts(db: &mut PgConnection, source: &Source) -> QueryResult<Counts> {
    let Some(sql) = source.sql("counts") else {
        return Ok(Counts::default());
    };
    let counts: Counts = rows(sql)
        .fetch_one(&mut *db)
        .await
        .while_doing("count what is stuck")?;
    let counts = companion::recount(&mut *db, source, counts.believed()).await?;
    let counts = companion::last_hour(&mut *db, source, counts).await?;
    let Some(sql) = source.sql("detector") else {
        return Ok(counts);
    };
    let detector = rows(sql)
        .fetch_optional(db)
        .await
        .while_doing("ask about the detector")?;
    Ok(Counts { detector, ..counts })
}

/// Everything of the stats pane.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn stats(db: &mut PgConnection, source: &Source) -> QueryResult<Stats> {
    const DOING: &str = "read the statistics";
    /// All rows of a part that takes no parameter, or only how many are wanted.
    macro_rules! part {
        ($name:literal $(, $limit:expr)?) => {
            match source.sql($name) {
                Some(sql) => rows(sql)$(.bind($limit))?.fetch_all(&mut *db).await.while_doing(DOING)?,
                None => Vec::new(),
            }
        };
    }
    let (flow, sample) = match part!("stats_flow") {
        flow if flow.is_empty() => (flow, None),
        flow => companion::flow(&mut *db, source, flow).await?,
    };
    Ok(Stats {
        sample,
        flow,
        reasons: part!("stats_reasons"),
        ages: part!("stats_ages"),
        archive: part!("stats_archive"),
        sweeps: part!("stats_sweeps", STATS_LIMIT),
        templates: part!("stats_templates", STATS_LIMIT),
        namespaces: part!("stats_namespaces", STATS_LIMIT),
        types: part!("stats_types", STATS_LIMIT),
    })
}

/// The archive's size and growth.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn archive(db: &mut PgConnection, source: &Source) -> QueryResult<Vec<ArchiveRow>> {
    const DOING: &str = "read the statistics";
    let sql = source.sql_or_err("stats_archive")?;
    rows(sql).fetch_all(db).await.while_doing(DOING)
}

/// Workers, queues and the source's own alerts; at most `most` of each.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn fleet(db: &mut PgConnection, source: &Source, most: usize) -> QueryResult<Fleet> {
    const DOING: &str = "read who works";
    let mut fleet = Fleet::default();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    if let Some(sql) = source.sql("workers") {
        let workers = rows(sql).bind(most).fetch_all(&mut *db);
        fleet.workers = workers.await.while_doing(DOING)?;
    }
    if let Some(sql) = source.sql("queues") {
        let queues = rows(sql).bind(most).fetch_all(&mut *db);
        fleet.queues = queues.await.while_doing(DOING)?;
    }
    if let Some(sql) = source.sql("alerts") {
        fleet.alerts = rows(sql).fetch_all(&mut *db).await.while_doing(DOING)?;
    }
    companion::first_seen(db, source, fleet).await
}

/// What operators did, newest first; at most `limit`.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn log(db: &mut PgConnection, source: &Source, limit: i64) -> QueryResult<Vec<LogRow>> {
    let own = match source.sql("log") {
        Some(sql) => rows(sql)
            .bind(limit)
            .fetch_all(&mut *db)
            .await
            .while_doing("read the operators' log")?,
        None => Vec::new(),
    };
    companion::log_top(db, source, own, limit).await
}
