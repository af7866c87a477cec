//! What a database holds, and how each check is carried out there.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::checks::{Check, CheckKind};
use super::foreign::{self, CheckTarget};
use crate::data::connection::transaction::begin;
use crate::data::doctor::installation::{abilities, check_clock, check_schema};
use crate::data::doctor::probe;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::finding::{Finding, Level};
use crate::data::source::grants;
use crate::data::source::recognise::Wanted;
use crate::data::source::{Source, SourceKind};

/// What the database holds.
#[derive(Debug)]
pub(super) enum CheckContext {
    /// The native schema; or none that is known, and why.
    Native {
        source: Option<Arc<Source>>,
        why: Option<String>,
        trusted_owners: Vec<String>,
    },
    /// A third-party system.
    Foreign {
        source: Arc<Source>,
        kind: Box<SourceKind>,
        wanted: Box<Wanted>,
    },
}

impl Default for CheckContext {
    fn default() -> Self {
        Self::Native {
            source: None,
            why: None,
            trusted_owners: Vec::new(),
        }
    }
}

impl CheckContext {
    /// From what was found; an error if it is not clear which source is wanted.
    pub(super) fn new(
        found: Result<Arc<Source>, DataError>,
        wanted: &Wanted,
    ) -> Result<Self, DataError> {
        let is_native = probe::is_native(&found);
        match found {
            Err(error) if !is_native => Err(error),
            Err(error) => Ok(Self::Native {
                source: None,
                why: Some(error.one_line()),
                trusted_owners: wanted.given.trusted_owners.clone(),
            }),
            Ok(source) if is_native => Ok(Self::Native {
                source: Some(source),
                why: None,
                trusted_owners: wanted.given.trusted_owners.clone(),
            }),
            Ok(source) => {
                let mut kinds = wanted.catalog.kinds.iter();
                let kind = kinds.find(|kind| kind.name == source.name);
                Ok(Self::Foreign {
                    kind: Box::new(kind.cloned().unwrap_or_default()),
                    wanted: Box::new(wanted.clone()),
                    source,
                })
            }
        }
    }

    /// Carries out one check, in a transaction of its own.
    pub(super) async fn run_check(
        &self,
        db: &mut PgConnection,
        check: &Check,
        clock: fn() -> DateTime<Utc>,
    ) -> Result<Vec<Finding>, DataError> {
        if let (CheckKind::Of(ask), Some(target)) = (check.kind, self.foreign_target()) {
            begin(db, target.source.session(), check.limit).await?;
            return match foreign::run_check(db, ask, target).await {
                Ok(findings) => Ok(findings),
                Err(error) => {
                    Err(grants::explained(db, target.source, grants::READING, error).await)
                }
            };
        }
        begin(db, Source::native().session(), check.limit).await?;
        match check.kind {
            CheckKind::Clock => check_clock(db, clock).await.map(|finding| vec![finding]),
            CheckKind::Schema => check_schema(db, self.trusted_owners()).await,
            CheckKind::Role => abilities(db).await.map(|role| vec![role.finding()]),
            CheckKind::Source => Ok(vec![self.recognised()]),
            CheckKind::Of(_) => Ok(Vec::new()),
            CheckKind::Rows(sql) => sqlx::query_as(sql)
                .persistent(false)
                .fetch_all(db)
                .await
                .while_doing("look there"),
        }
    }

    fn trusted_owners(&self) -> &[String] {
        match self {
            Self::Native { trusted_owners, .. } => trusted_owners,
            Self::Foreign { wanted, .. } => &wanted.given.trusted_owners,
        }
    }

    fn foreign_target(&self) -> Option<CheckTarget<'_>> {
        match self {
            Self::Native { .. } => None,
            Self::Foreign {
                source,
                kind,
                wanted,
            } => Some(CheckTarget {
                source,
                kind,
                given: &wanted.given,
            }),
        }
    }

    fn recognised(&self) -> Finding {
        match self {
            Self::Native {
                source: Some(source),
                ..
            }
            | Self::Foreign { source, .. } => foreign::recognised(source),
            Self::Native { why: Some(why), .. } => Finding::new(Level::Warning, why.as_str()),
            Self::Native { .. } => foreign::recognised(&Source::native()),
        }
    }
}
