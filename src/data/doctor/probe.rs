//! Describes a database: the source in use, others in the same database, and the rights of the session.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use super::installation::{Abilities, abilities};
use crate::data::companion::install;
use crate::data::connection::transaction::begin;
use crate::data::discovery::find;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::native::migrate;
use crate::data::reads::queries;
use crate::data::reads::queries::Session;
use crate::data::source::Source;
use crate::data::source::grants;
use crate::data::source::recognise::Wanted;

/// How long one statement may take: these are small questions.
const LIMIT: Duration = Duration::from_secs(10);

/// The description of a database.
#[derive(Debug)]
pub struct Probe {
    /// The source in use, or why there is none.
    pub source: Result<Arc<Source>, DataError>,
    /// The session, with that source's settings.
    pub session: Session,
    /// Why its rights could not be read, if they could not.
    pub not_asked: Option<String>,
    /// The status of the companion schema.
    pub companion: install::CompanionStatus,
    /// The native schema, if that is the source.
    pub native: Option<Native>,
}

/// The state of the native schema.
#[derive(Debug)]
pub struct Native {
    /// What the present role may do with it.
    pub abilities: Abilities,
    /// Its migrations.
    pub standing: migrate::SchemaStatus,
}

/// The wanted source, or why there is none. A failed connection is an error instead.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried at all.
pub(in crate::data) async fn find_source(
    db: &mut PgConnection,
    wanted: &Wanted,
) -> Result<Result<Arc<Source>, DataError>, DataError> {
    match find(db, wanted).await {
        Err(error) if error.is_connection() => Err(error),
        answer => Ok(answer),
    }
}

/// Whether the native schema is meant, even if it does not exist yet or cannot be used.
pub(in crate::data) fn is_native(found: &Result<Arc<Source>, DataError>) -> bool {
    match found {
        Ok(source) => source.is_native(),
        Err(error) => !matches!(
            error,
            DataError::NoSuchSource { .. }
                | DataError::SourceBroken { .. }
                | DataError::SeveralSources { .. }
                | DataError::SourceRefused { .. }
        ),
    }
}

/// Describes the database.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried.
pub async fn look(db: &mut PgConnection, wanted: &Wanted) -> Result<Probe, DataError> {
    let trusted = wanted.given.trusted_owners.as_slice();
    let source = find_source(db, wanted).await?;
    let native = Source::native();
    let of = source.as_ref().unwrap_or(&native);
    restart_transaction(db, of).await?;
    let (session, not_asked) = match queries::session(db, of).await {
        Ok(session) => (session, None),
        Err(error) if error.is_connection() => return Err(error),
        Err(error) => {
            let error = grants::explained(db, of, grants::READING, error).await;
            restart_transaction(db, &native).await?;
            let session = Session {
                may_act: false,
                may_sweep: false,
                ..queries::session(db, &native).await?
            };
            (session, Some(error.one_line()))
        }
    };
    let companion = install::status(db, trusted).await?;
    let native = if is_native(&source) {
        let abilities = abilities(db).await?;
        // Last: a role without any right may not read it, and then has none of ours.
        let standing = migrate::status(db, trusted).await?;
        Some(Native {
            abilities,
            standing,
        })
    } else {
        None
    };
    Ok(Probe {
        source,
        session,
        not_asked,
        companion,
        native,
    })
}

/// Begins a new transaction: the current one may have failed, or have another source's settings.
async fn restart_transaction(db: &mut PgConnection, source: &Source) -> Result<(), DataError> {
    db.execute("rollback")
        .await
        .while_doing("ask the database")?;
    begin(db, source.session(), LIMIT).await
}
