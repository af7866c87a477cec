//! The native schema's versions: what the database has, what this program needs.
//!
//! Nothing here runs by itself. A database that is behind is somebody's decision.

use std::collections::BTreeSet;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, FromRow};

use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::source::NATIVE;
use crate::data::source::trust::{Reach, refusal, strangers};

/// The migrations this program was built with.
pub static MIGRATOR: Migrator = sqlx::migrate!();

const APPLY: &str = "apply the migrations";
/// Where the migrations that were applied are listed.
const LIST: &str = "dlqtop.migrations";

/// Where a database stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaStatus {
    /// Versions and names that are still to be applied, in order.
    pub pending: Vec<(i64, String)>,
    /// Versions the database has and this program does not know.
    pub unknown: Vec<i64>,
    /// There is nothing of ours at all.
    pub empty: bool,
    /// A pre-release made the schema. Its migrations were squashed before the first release, so that nothing
    /// leads from them to the present ones.
    pub is_pre_release: bool,
}

impl SchemaStatus {
    /// Says in one line why migrations cannot be applied, if they cannot.
    ///
    /// # Errors
    ///
    /// [`DataError::SchemaOfPreRelease`] or [`DataError::SchemaAhead`].
    pub fn can_migrate(&self) -> Result<(), DataError> {
        if self.is_pre_release {
            return Err(DataError::SchemaOfPreRelease);
        }
        if let Some(&newest) = self.unknown.last() {
            return Err(DataError::SchemaAhead { newest });
        }
        Ok(())
    }

    /// Says in one line why the schema cannot be used, if it cannot.
    ///
    /// # Errors
    ///
    /// As [`Self::can_migrate`], [`DataError::SchemaMissing`] or [`DataError::SchemaBehind`].
    pub fn usable(&self) -> Result<(), DataError> {
        self.can_migrate()?;
        if self.empty {
            return Err(DataError::SchemaMissing);
        }
        if !self.pending.is_empty() {
            return Err(DataError::SchemaBehind {
                behind: self.pending.len(),
            });
        }
        Ok(())
    }
}

/// Looks at what has been applied; writes nothing. The table of migrations is not read if it could be
/// somebody else's, given the owners that a profile trusts.
///
/// # Errors
///
/// [`DataError::Query`], or [`DataError::SourceRefused`].
pub async fn status(db: &mut PgConnection, trusted: &[String]) -> Result<SchemaStatus, DataError> {
    let reach = Reach {
        relations: vec![("dlqtop".to_owned(), "migrations".to_owned())],
        ..Reach::default()
    };
    let strangers = strangers(&mut *db, &reach, trusted).await?;
    if !strangers.is_empty() {
        return Err(DataError::SourceRefused {
            name: NATIVE.to_owned(),
            why: refusal(&strangers, trusted).one_line(),
        });
    }
    let lists = lists(db).await?;
    let applied: BTreeSet<i64> = if lists.has_list {
        sqlx::query_scalar(sql!("native/migrations_applied"))
            .persistent(false)
            .fetch_all(&mut *db)
            .await
            .while_doing("read which migrations were applied")?
            .into_iter()
            .collect()
    } else {
        BTreeSet::new()
    };
    let is_pre_release = !lists.has_list
        && lists.has_old_list
        && sqlx::query_scalar(sql!("native/pre_release"))
            .persistent(false)
            .fetch_one(&mut *db)
            .await
            .while_doing("look for the migrations of a pre-release")?;
    let known: BTreeSet<i64> = MIGRATOR.iter().map(|migration| migration.version).collect();
    Ok(SchemaStatus {
        pending: MIGRATOR
            .iter()
            .filter(|migration| !applied.contains(&migration.version))
            .map(|migration| (migration.version, migration.description.to_string()))
            .collect(),
        unknown: applied.difference(&known).copied().collect(),
        empty: applied.is_empty() && !is_pre_release,
        is_pre_release,
    })
}

/// Which lists of migrations there are.
#[derive(Debug, Clone, Copy, FromRow)]
struct Lists {
    has_list: bool,
    has_old_list: bool,
}

async fn lists(db: &mut PgConnection) -> Result<Lists, DataError> {
    sqlx::query_as(sql!("native/has_migrations"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("look for the schema")
}

/// Applies what is pending, each migration in its own transaction, under a lock that makes a
/// second dlqtop wait.
///
/// Whether it is a good idea to is for [`plan`](super::migration_plan::plan) to say, beforehand.
///
/// # Errors
///
/// [`DataError::Query`] with the migration's own error.
pub async fn apply(db: &mut PgConnection) -> Result<(), DataError> {
    db.execute(sql!("native/lock_migrations"))
        .await
        .while_doing(APPLY)?;
    let applied = apply_under_lock(db).await;
    for statement in [sql!("native/unlock_migrations"), sql!("session/reset_all")] {
        let given_back = db.execute(statement).await.while_doing(APPLY);
        if applied.is_ok() {
            given_back?;
        }
    }
    applied
}

async fn apply_under_lock(db: &mut PgConnection) -> Result<(), DataError> {
    db.execute(sql!("session/migrate"))
        .await
        .while_doing(APPLY)?;
    if !lists(db).await?.has_list {
        db.execute(sql!("native/create_list"))
            .await
            .while_doing(APPLY)?;
    }
    let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
    migrator.dangerous_set_table_name(LIST);
    // The library's lock would make programs of others wait for us, and us for them.
    migrator.set_locking(false);
    migrator
        .run(&mut *db)
        .await
        .map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(source)
            | sqlx::migrate::MigrateError::ExecuteMigration(source, _) => source,
            other => sqlx::Error::Migrate(Box::new(other)),
        })
        .while_doing(APPLY)
}
