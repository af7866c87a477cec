//! What the pending migrations will create and revoke, and what has to be settled first. Writes nothing.
//!
//! The objects are listed in `own_objects.txt`, which a test makes from the catalogue of a migrated database
//! and compares with it.

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use super::migrate::{SchemaStatus, status};
use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;

/// `VERSION KIND NAME`, one object a line.
const OWN_OBJECTS: &str = include_str!("own_objects.txt");

/// The roles that the schema grants rights to.
pub const ROLES: [&str; 3] = ["dlqtop_viewer", "dlqtop_operator", "dlqtop_detector"];

/// An object that a migration creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnObject {
    /// The migration.
    pub version: i64,
    /// `table`, `view`, `index`, `sequence`, `type` or `function`.
    pub kind: &'static str,
    /// With its schema, and a function with its arguments.
    pub name: &'static str,
    /// A function that PostgreSQL would let everybody execute, and the migration does not.
    pub is_closed: bool,
}

/// All that the migrations create, in order.
pub fn own_objects() -> impl Iterator<Item = OwnObject> {
    OWN_OBJECTS.lines().filter_map(|line| {
        let (version, rest) = line.split_once(' ')?;
        let (kind, name) = rest.split_once(' ')?;
        let open = kind.strip_prefix("closed_");
        Some(OwnObject {
            version: version.parse().ok()?,
            kind: open.unwrap_or(kind),
            name,
            is_closed: open.is_some(),
        })
    })
}

/// An object of somebody else that has a name of ours.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TakenName {
    /// What it is.
    pub kind: String,
    /// Its name.
    pub name: SafeText,
    /// Who owns it.
    pub owner: SafeText,
}

/// A role, or everybody, who may create objects in schema `public` and has no other claim to it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OtherCreator {
    /// Its name.
    pub who: SafeText,
    /// The statement that takes the right away. Only an administrator can say whether somebody needs it.
    pub statement: SafeText,
}

/// The role that would migrate.
#[derive(Debug, Clone, FromRow)]
pub struct MigratingRole {
    /// Its name.
    pub role: SafeText,
    /// The database.
    pub database: SafeText,
    /// It is a superuser.
    pub is_superuser: bool,
    /// It may create roles.
    pub may_create_roles: bool,
    /// Who owns the schema, if it is there.
    pub owner: Option<SafeText>,
    /// It has the rights of that owner.
    pub acts_as_owner: bool,
    /// The grants that it lacks, as statements.
    pub lacking: Vec<SafeText>,
    /// Those of the three roles that the server has.
    pub roles_there: Vec<String>,
}

/// What the migrations will do here.
#[derive(Debug, Clone)]
pub struct MigrationPlan {
    /// Where the database stands.
    pub status: SchemaStatus,
    /// Who would migrate it.
    pub by: MigratingRole,
    /// What the pending migrations create.
    pub creates: Vec<OwnObject>,
    /// Names that are not free.
    pub taken: Vec<TakenName>,
    /// Who else may create in schema `public`.
    pub others: Vec<OtherCreator>,
}

impl MigrationPlan {
    /// The schema itself does not exist yet.
    #[must_use]
    pub const fn creates_schema(&self) -> bool {
        self.by.owner.is_none()
    }

    /// The three roles that the server does not have yet.
    pub fn roles_missing(&self) -> impl Iterator<Item = &'static str> {
        let there = &self.by.roles_there;
        let is_missing = |role: &&str| !there.iter().any(|name| name == role);
        ROLES.into_iter().filter(is_missing)
    }
}

/// Makes the plan.
///
/// # Errors
///
/// As [`status`] and [`SchemaStatus::can_migrate`].
pub async fn plan(db: &mut PgConnection, trusted: &[String]) -> Result<MigrationPlan, DataError> {
    const DOING: &str = "look what the migrations would meet";
    let status = status(db, trusted).await?;
    status.can_migrate()?;
    let is_pending = |object: &OwnObject| {
        let mut pending = status.pending.iter();
        pending.any(|(version, _)| *version == object.version)
    };
    let creates: Vec<OwnObject> = own_objects().filter(is_pending).collect();
    let names = |functions: bool| -> Vec<&str> {
        let wanted = |object: &&OwnObject| (object.kind == "function") == functions;
        let objects = creates.iter().filter(wanted);
        objects.map(|object| object.name).collect()
    };
    let by: MigratingRole = rows(sql!("native/migrating_role"))
        .fetch_one(&mut *db)
        .await
        .while_doing(DOING)?;
    let taken: Vec<TakenName> = rows(sql!("native/taken_names"))
        .bind(names(false))
        .bind(names(true))
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    let others: Vec<OtherCreator> = rows(sql!("native/other_creators"))
        .fetch_all(db)
        .await
        .while_doing(DOING)?;
    Ok(MigrationPlan {
        status,
        by,
        creates,
        taken,
        others,
    })
}
