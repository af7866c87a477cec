//! Whether a source keeps the contract: what can be said of its folder alone, and what a database that
//! holds the system says of its statements. Nothing is ever written: acts are read and not done.

mod executor;
mod folder;
mod pages;
mod result;
mod statements;

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

pub use self::result::CheckResult;
use super::Source;
use super::contract::{self, Does};
use super::recognise::{Given, recognise};
use super::trust::{Refusal, advice};
use crate::data::connection::Connection;
use crate::data::connection::transaction::{SessionSettings, begin};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::finding::Level;
use crate::data::source::catalog::{SourceCatalog, SourceKind};
use crate::data::source::check::executor::Executor;

/// How long one file may take with all that it is given.
const FILE_LIMIT: Duration = Duration::from_mins(1);

/// How thoroughly to look.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    /// How many of the tasks that were found are read closely.
    pub tasks: usize,
}

impl Default for Depth {
    fn default() -> Self {
        Self { tasks: 3 }
    }
}

/// What can be said of a folder without a database.
#[must_use]
pub fn folder(kind: &SourceKind) -> Vec<CheckResult> {
    folder::check_folder(kind)
}

/// What a database says of a source: every file of it, in the contract's order.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried at all.
pub async fn database(
    options: &PgConnectOptions,
    kind: &SourceKind,
    given: &Given,
    depth: Depth,
) -> Result<Vec<CheckResult>, DataError> {
    // Nothing is left prepared on the server: a PgBouncer lends the session to others.
    let options = options.clone().statement_cache_capacity(0);
    let mut connection = Connection::new(&options);
    let results = check_source(&mut connection, kind, given, depth).await;
    connection.close().await;
    results
}

/// What the present role cannot do of what a source has here: every statement is put once, as a poll puts
/// it, and acts are only explained. The current transaction is ended.
pub(in crate::data) async fn statements_of(
    db: &mut PgConnection,
    source: &Source,
) -> Result<Vec<CheckResult>, DataError> {
    let mut executor = Executor::new(source, 1);
    let mut results = Vec::new();
    for file in contract::files().filter(|file| source.text(file.name).is_some()) {
        results.extend(statements::check_statement(db, &mut executor, file).await?);
    }
    Ok(results)
}

/// The source as it stands in this database, or what keeps it from being read.
async fn attached(
    connection: &mut Connection,
    kind: &SourceKind,
    given: &Given,
) -> Result<Result<Source, CheckResult>, DataError> {
    let catalog = SourceCatalog {
        kinds: vec![kind.clone()],
        broken: Vec::new(),
    };
    let looking = "look what the database holds";
    let found = connection
        .run(looking, FILE_LIMIT, async |db| {
            begin(db, &SessionSettings::default(), FILE_LIMIT).await?;
            let found = recognise(db, &catalog, given).await?;
            db.execute("rollback").await.while_doing(looking)?;
            Ok(found)
        })
        .await?;
    let wrong = |what: String| CheckResult::wrong("source.toml", what);
    if let Some(refused) = found.refused.first() {
        let Refusal { why, line } = &refused.refusal;
        let result = wrong(format!("it is not read here: {why}"));
        return Ok(Err(match line {
            Some(line) => result.fix(&advice(line)),
            None => result,
        }));
    }
    if found.kinds.is_empty() {
        let lacks = found.catalogue.lacks(kind).join("; ");
        let what = format!("this database does not hold it: {lacks}");
        return Ok(Err(wrong(what).fix(
            "name a database that does, or change [recognise]; a table in no search path needs its schema's name",
        )));
    }
    let source = kind.attach(&found.catalogue, given);
    Ok(source.map_err(|error| wrong(error.one_line())))
}

async fn check_source(
    connection: &mut Connection,
    kind: &SourceKind,
    given: &Given,
    depth: Depth,
) -> Result<Vec<CheckResult>, DataError> {
    let source = match attached(connection, kind, given).await? {
        Ok(source) => source,
        Err(result) => return Ok(vec![result]),
    };
    let mut executor = Executor::new(&source, depth.tasks);
    let mut results = vec![CheckResult::new(
        "source.toml",
        Level::Fine,
        "this database holds it",
    )];
    for file in contract::files().filter(|file| kind.files.contains_key(file.name)) {
        if !source.has(file.name) {
            let name = format!("{}.sql", file.name);
            let why = source.why_not(file.name);
            results.push(CheckResult::new(&name, Level::NotLookedAt, why));
            continue;
        }
        let doing = "try a statement";
        let mut found = connection
            .run(doing, FILE_LIMIT, async |db| {
                statements::check_statement(db, &mut executor, file).await
            })
            .await?;
        if found
            .iter()
            .all(|results| results.finding.level <= Level::Fine)
            && file.does == Does::Reads
        {
            let more = connection.run(doing, FILE_LIMIT, async |db| {
                pages::check_pages(db, &mut executor, file).await
            });
            found.extend(more.await?);
        }
        results.extend(found);
    }
    results.extend(executor.silent_alerts());
    Ok(results)
}
