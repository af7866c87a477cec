//! Creates and removes the companion schema, and reads its status. What is shown is what is run.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, FromRow, raw_sql};

use crate::data::connection::Connection;
use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::{SafeText, is_unsafe};
use crate::data::source::trust::{Reach, Refusal, refusal, strangers};

/// The version of the schema that this program creates and can use.
pub const VERSION: i32 = 3;
/// The oldest version that can be upgraded to it.
const OLDEST: i32 = 2;
/// Its name.
const SCHEMA: &str = "dlqtop";
/// Its tables.
const TABLES: [&str; 7] = [
    "installed",
    "actors",
    "operator_log",
    "notes",
    "claims",
    "snoozes",
    "samples",
];
/// How long all of a script may take; each of its statements has its own limit on the server.
const LIMIT: Duration = Duration::from_secs(30);

/// The status of the companion schema in a database, and the rights of the current role.
#[derive(Debug, Clone, FromRow)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, read as one row"
)]
pub struct CompanionStatus {
    /// The role.
    pub role: SafeText,
    /// The database.
    pub database: SafeText,
    /// The role, quoted for a statement.
    pub role_quoted: SafeText,
    /// The database, quoted for a statement.
    pub database_quoted: SafeText,
    /// There is a schema of this name.
    pub schema_is_there: bool,
    /// It has the tables that `dlqtop install` creates.
    pub is_whole: bool,
    /// The role owns it.
    pub is_mine: bool,
    /// Who owns it.
    pub owner: SafeText,
    /// The role may create a schema.
    pub may_create: bool,
    /// The role may read all of it.
    pub may_read: bool,
    /// The role may write to it.
    pub may_write: bool,
    /// Objects in it that `dlqtop install` did not create.
    pub strangers: Vec<SafeText>,
    /// Its version and origin, if it is ours and may be read.
    #[sqlx(skip)]
    pub made: Option<InstallAs>,
    /// Why it is not read, if it could be somebody else's.
    #[sqlx(skip)]
    pub refusal: Option<Refusal>,
}

impl InstallAs {
    /// Whether it can be upgraded to what this program uses.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        (OLDEST..VERSION).contains(&self.version)
    }
}

impl CompanionStatus {
    /// The status in a few words.
    #[must_use]
    pub fn sentence(&self) -> String {
        if let Some(refusal) = &self.refusal {
            return format!("not read: {}", refusal.one_line());
        }
        match &self.made {
            None if !self.schema_is_there => "nothing is installed".to_owned(),
            None if self.is_whole => format!("installed by {}; you may not use it", self.owner),
            None => "there is a schema dlqtop that `dlqtop install` did not make".to_owned(),
            Some(made) => {
                let may = if self.may_write { "use" } else { "only read" };
                let since = made.at.format("%F %R UTC");
                format!(
                    "installed: version {}, since {since}, beside {}; you may {may} it",
                    made.version, made.source
                )
            }
        }
    }
}

/// What was installed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize)]
pub struct InstallAs {
    /// The version of the schema.
    pub version: i32,
    /// The source it was installed for.
    pub source: SafeText,
    /// When.
    pub at: DateTime<Utc>,
}

/// How many rows would be lost with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow, Serialize)]
pub struct RowCounts {
    /// Notes.
    pub notes: i64,
    /// Claims that have not ended.
    pub claims: i64,
    /// Snoozes that have not ended.
    pub snoozes: i64,
    /// Lines of the operators' log.
    pub log_lines: i64,
    /// Samples.
    pub samples: i64,
}

/// Reads the status from the catalogue; writes nothing. A schema that could be somebody else's, given the
/// owners that a profile trusts, is not read.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn status(
    db: &mut PgConnection,
    trusted: &[String],
) -> Result<CompanionStatus, DataError> {
    const DOING: &str = "look what is installed";
    let tables = TABLES.map(str::to_owned).to_vec();
    let mut standing: CompanionStatus = rows(sql!("companion/status"))
        .bind(tables)
        .fetch_one(&mut *db)
        .await
        .while_doing(DOING)?;
    if standing.is_whole && standing.may_read {
        let reach = Reach {
            schemas: vec![SCHEMA.to_owned()],
            may_be_views: true,
            ..Reach::default()
        };
        let strangers = strangers(&mut *db, &reach, trusted).await?;
        standing.refusal = (!strangers.is_empty()).then(|| refusal(&strangers, trusted));
    }
    if standing.is_whole && standing.may_read && standing.refusal.is_none() {
        standing.made = rows(sql!("companion/version"))
            .fetch_optional(db)
            .await
            .while_doing(DOING)?;
    }
    Ok(standing)
}

/// Counts its rows.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn row_counts(db: &mut PgConnection) -> Result<RowCounts, DataError> {
    rows(sql!("companion/row_counts"))
        .fetch_one(db)
        .await
        .while_doing("count what is kept")
}

/// How many other sessions of dlqtop use this database.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn other_sessions(db: &mut PgConnection) -> Result<i64, DataError> {
    sqlx::query_scalar(sql!("companion/other_sessions"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("look who is connected")
}

/// Statements of one transaction. What is shown is what is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script(String);

impl Script {
    /// Creates the schema for this source, with grants to these roles.
    ///
    /// # Errors
    ///
    /// [`DataError::NoSuchRole`], or [`DataError::Query`].
    pub async fn install(
        db: &mut PgConnection,
        source: &str,
        roles: &[String],
    ) -> Result<Self, DataError> {
        let (source, grants) = quoted(db, source, roles).await?;
        let text = sql!("companion/install").replace("{source}", &source);
        Ok(Self(text.replace("{grants}\n", &grants)))
    }

    /// Grants these roles the use of an existing schema.
    ///
    /// # Errors
    ///
    /// [`DataError::NoSuchRole`], or [`DataError::Query`].
    pub async fn grant(db: &mut PgConnection, roles: &[String]) -> Result<Self, DataError> {
        let (_, grants) = quoted(db, "", roles).await?;
        Ok(Self(sql!("companion/grant").replace("{grants}\n", &grants)))
    }

    /// Upgrades an existing schema, with grants to these roles.
    ///
    /// # Errors
    ///
    /// As [`Script::grant`].
    pub async fn upgrade(db: &mut PgConnection, roles: &[String]) -> Result<Self, DataError> {
        let upgrade = sql!("companion/upgrade").to_owned();
        if roles.is_empty() {
            return Ok(Self(upgrade));
        }
        let Self(grants) = Self::grant(db, roles).await?;
        Ok(Self(format!("{upgrade}\n{grants}")))
    }

    /// Removes the schema.
    #[must_use]
    pub fn uninstall() -> Self {
        Self(sql!("companion/uninstall").to_owned())
    }

    /// The statements.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Runs it: all of it, or none.
    ///
    /// # Errors
    ///
    /// [`DataError::Query`] with what the server said; then nothing was changed.
    pub async fn run(&self, options: &PgConnectOptions) -> Result<(), DataError> {
        const DOING: &str = "change the schema dlqtop";
        let mut connection = Connection::new(options);
        let work = async |db: &mut PgConnection| {
            // The server has quoted the names in it.
            let script = raw_sql(AssertSqlSafe(self.0.clone()));
            script.execute(db).await.while_doing(DOING).map(|_| ())
        };
        let answer = connection.run(DOING, LIMIT, work).await;
        connection.close().await;
        answer
    }
}

#[derive(FromRow)]
struct Quoted {
    source: String,
    roles: Vec<Option<String>>,
}

/// The source's name, quoted, and the grants to these roles.
async fn quoted(
    db: &mut PgConnection,
    source: &str,
    roles: &[String],
) -> Result<(String, String), DataError> {
    let quoted: Quoted = rows(sql!("companion/quote_names"))
        .bind(source)
        .bind(roles)
        .fetch_one(db)
        .await
        .while_doing("look the roles up")?;
    if source.chars().any(is_unsafe) {
        return Err(DataError::SourceBroken {
            name: SafeText::new(source).to_string(),
            why: "its name has characters that a terminal hides".to_owned(),
        });
    }
    let mut grants = String::new();
    for (asked, role) in roles.iter().zip(quoted.roles) {
        // What is shown must be what is run.
        let role = role
            .filter(|role| !role.chars().any(is_unsafe))
            .ok_or_else(|| DataError::NoSuchRole {
                name: asked.as_str().into(),
            })?;
        grants += &sql!("companion/grant_to_role").replace("{role}", &role);
    }
    Ok((quoted.source, grants))
}
