//! Checks that no single statement can make: latency and clock of the server, the migrations, and the
//! rights of the current role.

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::finding::{Finding, Level};
use crate::data::model::safe_text::SafeText;
use crate::data::native::migrate;
use crate::data::native::migrate::MIGRATOR;

/// Clocks that differ by less are called equal.
const SKEW_SECONDS: f64 = 2.0;

/// The quickest of three answers says how far it is; halfway there the two clocks were read together.
pub(in crate::data) async fn check_clock(
    db: &mut PgConnection,
    clock: fn() -> DateTime<Utc>,
) -> Result<Finding, DataError> {
    let mut best: Option<(f64, f64)> = None;
    for _ in 0..3 {
        let (here, sent) = (clock(), Instant::now());
        let there: DateTime<Utc> = sqlx::query_scalar(sql!("doctor/clock"))
            .persistent(false)
            .fetch_one(&mut *db)
            .await
            .while_doing("read the database's clock")?;
        let took = sent.elapsed().as_secs_f64();
        let ahead = (here - there).as_seconds_f64() + took / 2.0;
        if best.is_none_or(|(shortest, _)| took < shortest) {
            best = Some((took, ahead));
        }
    }
    let (took, ahead) = best.unwrap_or_default();
    let answers = format!("it answers in {:.1} ms", took * 1000.0);
    // Within the time an answer takes nobody can tell.
    if ahead.abs() <= SKEW_SECONDS + took / 2.0 {
        let what = format!("{answers}; its clock and this machine's agree");
        return Ok(Finding::new(Level::Fine, what));
    }
    let side = if ahead > 0.0 { "ahead of" } else { "behind" };
    let what = format!(
        "{answers}; this machine's clock is {:.0} s {side} the database's",
        ahead.abs()
    );
    Ok(Finding::new(Level::Warning, what).fix(
        "nothing for ages and thresholds: they are all by the database's clock; \
         set this machine's (NTP) so that its logs can be compared",
    ))
}

/// The migrations that were applied, and whether each is the one that this program has.
pub(in crate::data) async fn check_schema(
    db: &mut PgConnection,
    trusted: &[String],
) -> Result<Vec<Finding>, DataError> {
    let standing = migrate::status(db, trusted).await?;
    let names = standing
        .pending
        .iter()
        .map(|(version, name)| format!("{version} {name}"));
    if let Err(error) = standing.usable() {
        let finding = Finding::new(Level::Wrong, error.one_line());
        let finding = match (standing.empty, standing.unknown.is_empty()) {
            (false, true) => finding.details(names),
            _ => finding,
        };
        return Ok(vec![finding]);
    }
    let applied: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql!("native/migrations_checksums"))
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing("read how migrations were applied")?;
    let newest = applied.last().map_or(0, |(version, _)| *version);
    let fine = format!("{} migrations, the newest is {newest}", applied.len());
    let mut findings = vec![Finding::new(Level::Fine, fine)];
    let others: Vec<String> = MIGRATOR
        .iter()
        .filter(|known| {
            applied.iter().any(|(version, checksum)| {
                *version == known.version && *checksum != *known.checksum
            })
        })
        .map(|known| format!("{} {}", known.version, known.description))
        .collect();
    if !others.is_empty() {
        let what = format!(
            "{} migration(s) were applied with another text",
            others.len()
        );
        let finding = Finding::new(Level::Warning, what)
            .fix("find out which build made this schema: `dlqtop migrate` will refuse to add to it")
            .details(others.into_iter());
        findings = vec![finding];
    }
    Ok(findings)
}

/// What the present role may do.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent rights, read as one row"
)]
pub struct Abilities {
    /// The role in force.
    pub role: SafeText,
    /// The role that logged in.
    pub login: SafeText,
    /// Read the screens.
    pub view: bool,
    /// Act on steps, tasks and entries.
    pub act: bool,
    /// Run a detector.
    pub sweep: bool,
    /// Change the shared settings.
    pub configure: bool,
    /// Recalculate data that has drifted.
    pub repair: bool,
}

impl Abilities {
    /// `ana may view, act; not sweep, configure, repair`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let rights = [
            ("view", self.view),
            ("act", self.act),
            ("sweep", self.sweep),
            ("configure", self.configure),
            ("repair", self.repair),
        ];
        let named = |wanted: bool| {
            let names = rights.iter().filter(|(_, may)| *may == wanted);
            names.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        let who = if self.role == self.login {
            self.role.to_string()
        } else {
            format!("{} (logged in as {})", self.role, self.login)
        };
        match (named(true), named(false)) {
            (may, none) if none.is_empty() => format!("{who} may {may}"),
            (none, _) if none.is_empty() => format!("{who} may do nothing here"),
            (may, not) => format!("{who} may {may}; not {not}"),
        }
    }

    pub(in crate::data) fn finding(&self) -> Finding {
        if self.view || self.sweep {
            return Finding::new(Level::Fine, self.sentence());
        }
        Finding::new(Level::Warning, self.sentence())
            .fix("ask for a grant of dlqtop_viewer or dlqtop_operator")
    }
}

/// What the present role may do.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn abilities(db: &mut PgConnection) -> Result<Abilities, DataError> {
    sqlx::query_as(sql!("native/privileges"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("look at the role's rights")
}
