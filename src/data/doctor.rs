//! `dlqtop doctor`: checks of an installation, one at a time.
//!
//! Each check is one statement in its own transaction: if it cannot run, it says so, and the others
//! continue. What a check looks for, how bad it is and how to fix it is written in its SQL file; the few
//! checks that SQL cannot make are functions in `installation` and `foreign`. A new check is a file in
//! `sql/doctor/` and a line in `checks`.

mod checks;
mod foreign;
pub mod installation;
pub mod probe;
mod subject;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _};

pub use self::checks::{CHECKS, Check, FOREIGN_CHECKS};
use self::checks::{CheckKind, SHORT};
use super::error::{DataError, QueryContext as _};
use super::source::Source;
use super::source::recognise::Wanted;
use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::connection::transaction::begin;
use crate::data::doctor::subject::CheckContext;
pub use crate::data::finding::{Finding, Level};
use crate::data::model::safe_text::SafeText;

/// The time limit of a repair: the server's own limit, and a little for the network.
const REPAIR_LIMIT: Duration = Duration::from_secs(610);

/// Who repairs, for the log.
#[derive(Debug, Clone, Copy)]
pub struct Repairing<'a> {
    /// The actor.
    pub actor: &'a str,
}

/// Runs the checks.
#[derive(Debug)]
pub struct Doctor {
    connection: Connection,
    clock: fn() -> DateTime<Utc>,
    schema_is_ours: bool,
    context: CheckContext,
}

impl Doctor {
    /// Connects with the first check; `clock` is this machine's.
    #[must_use]
    pub fn new(options: &PgConnectOptions, clock: fn() -> DateTime<Utc>) -> Self {
        Self {
            connection: Connection::new(options),
            clock,
            schema_is_ours: true,
            context: CheckContext::default(),
        }
    }

    /// Connects and finds the source; [`checks`](Self::checks) are then those that apply to it.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database cannot be queried, or the wanted source is ambiguous or missing.
    pub async fn connect(&mut self, wanted: &Wanted) -> Result<(), DataError> {
        let doing = "look what the database holds";
        let found = self.connection.run(doing, SHORT, async |db| {
            begin(db, Source::native().session(), SHORT).await?;
            let found = probe::find_source(db, wanted).await?;
            db.execute("rollback").await.while_doing(doing)?;
            Ok(found)
        });
        let found = found.await?;
        self.context = CheckContext::new(found, wanted)?;
        Ok(())
    }

    /// The system that was found, if it is not the native schema.
    #[must_use]
    pub const fn foreign(&self) -> Option<&Arc<Source>> {
        match &self.context {
            CheckContext::Native { .. } => None,
            CheckContext::Foreign { source, .. } => Some(source),
        }
    }

    /// The checks that apply to the source.
    #[must_use]
    pub fn checks(&self) -> Vec<&'static Check> {
        let Some(source) = self.foreign() else {
            return CHECKS.iter().collect();
        };
        let can = |check: &&Check| match check.kind {
            CheckKind::Of(ask) => ask.can(source),
            _ => true,
        };
        FOREIGN_CHECKS.iter().filter(can).collect()
    }

    /// Carries out one check. A check that fails to run is a finding.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database cannot be queried at all.
    pub async fn run_check(&mut self, check: &Check) -> Result<Vec<Finding>, DataError> {
        if check.of_the_schema && !self.schema_is_ours {
            let finding = Finding::new(Level::NotLookedAt, "the schema comes first");
            return Ok(vec![finding]);
        }
        let Self {
            connection,
            clock,
            context,
            ..
        } = self;
        let (clock, context) = (*clock, &*context);
        let whole = check.limit + Duration::from_secs(5);
        let answer = connection
            .run("look at the database", whole, async |db| {
                let answer = context.run_check(db, check, clock).await;
                // A failed statement leaves the transaction open, and of no use.
                db.execute("rollback").await.while_doing("look there")?;
                answer
            })
            .await;
        let findings = match answer {
            Err(error) if error.is_connection() => return Err(error),
            Err(error) => vec![could_not_look(&error)],
            Ok(findings) => findings,
        };
        if matches!(check.kind, CheckKind::Schema) {
            // A role that may not read the migrations may still read the rest.
            self.schema_is_ours = !findings.iter().any(|found| found.level == Level::Wrong);
        }
        Ok(findings)
    }

    /// Repairs what this check found, if it can, then runs the check again.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database cannot be queried at all.
    pub async fn repair(
        &mut self,
        check: &Check,
        found: Vec<Finding>,
        by: Repairing<'_>,
    ) -> Result<Vec<Finding>, DataError> {
        let mut repairs: BTreeMap<String, Vec<SafeText>> = BTreeMap::new();
        for finding in &found {
            if let Some(remedy) = &finding.repair {
                let found = repairs.entry(remedy.to_string()).or_default();
                found.push(finding.what.clone());
            }
        }
        if repairs.is_empty() {
            return Ok(found);
        }
        let mut findings = Vec::new();
        for (remedy, whats) in &repairs {
            findings.push(match self.rebuild(remedy, by).await {
                Ok(()) => {
                    let was = whats.iter().map(|what| format!("it was: {what}"));
                    Finding::new(Level::Repaired, format!("recalculated: {remedy}")).details(was)
                }
                Err(error) if error.is_dead_link() => return Err(error),
                Err(error) => refused(remedy, &error),
            });
        }
        findings.extend(self.run_check(check).await?);
        Ok(findings)
    }

    async fn rebuild(&mut self, remedy: &str, by: Repairing<'_>) -> Result<(), DataError> {
        const DOING: &str = "repair";
        let work = async |db: &mut PgConnection| {
            // Rolls back when it is dropped before its end.
            let mut transaction = db.begin().await.while_doing(DOING)?;
            transaction
                .execute(sql!("session/repair_limits"))
                .await
                .while_doing(DOING)?;
            sqlx::query(sql!("doctor/repair"))
                .bind(remedy)
                .bind(by.actor)
                .bind("dlqtop doctor --repair")
                .persistent(false)
                .execute(&mut *transaction)
                .await
                .while_doing(DOING)?;
            transaction.commit().await.while_doing(DOING)
        };
        self.connection.run(DOING, REPAIR_LIMIT, work).await
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        self.connection.close().await;
    }
}

fn could_not_look(error: &DataError) -> Finding {
    let level = match error.sqlstate().as_deref() {
        // Refused, or out of time: the check says nothing about the installation.
        Some("42501" | "57014") => Level::NotLookedAt,
        _ => Level::Wrong,
    };
    Finding::new(level, error.one_line())
}

fn refused(remedy: &str, error: &DataError) -> Finding {
    let mut what = format!("{remedy}: {}", error.one_line());
    let first = match error.sqlstate().as_deref() {
        Some("42501") => {
            // Without the role to ask for: none of them may repair.
            what = format!("{remedy}: {error}: {}", error.cause());
            "repair as the owner of the schema"
        }
        Some("25006") => "repair at the primary, as a role that may write",
        Some("55P03") => "try again: a long transaction held the table",
        _ => "see the server's log",
    };
    Finding::new(Level::Wrong, what).fix(first)
}
