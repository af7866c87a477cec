//! A *source*: a system that can be monitored, as a folder of SQL files and a manifest.
//!
//! A missing file means a missing capability. Files have the names, parameters and columns of those in
//! `sql/sources/tasker/`; the code that reads them is the same for every source. [`recognise`] finds the
//! kinds of system in a database, `bind` fills in table names and settings, [`contract`] describes the
//! files, [`check`] tests a folder, [`vocabulary`] has the nouns. Code asks a source what it
//! [`has`](Source::has) and never for its name. A new system is a folder, not code.

mod bind;
mod catalog;
pub mod check;
pub mod companion_state;
pub mod contract;
pub(in crate::data) mod entries;
pub(in crate::data) mod grants;
pub mod manifest;
pub mod near_miss;
pub mod recognise;
mod row_ids;
mod rules_in_force;
mod settings;
pub mod trust;
pub mod vocabulary;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use self::companion_state::Companion;
pub use self::manifest::{Manifest, Words};
use self::near_miss::NearMiss;
pub use self::rules_in_force::RulesInForce;
use self::trust::{Refused, SEARCH_PATH};
use super::error::DataError;
use crate::data::connection::transaction::SessionSettings;
use crate::data::http_api::{Api, Call};
use crate::data::messages::change::{Change, EntryVerb, Resolution, StepVerb, TaskVerb};
pub use crate::data::source::catalog::{SourceCatalog, SourceKind};

/// The name of the native source.
pub const NATIVE: &str = "tasker";

static NATIVE_KIND: LazyLock<SourceKind> = LazyLock::new(|| {
    let kinds = SourceCatalog::embedded().kinds;
    let kind = kinds.into_iter().find(|kind| kind.name == NATIVE);
    // A test holds that it is there.
    kind.unwrap_or_default()
});

/// A source as it was found in one database, ready to be queried.
#[derive(Debug, PartialEq)]
pub struct Source {
    /// Its name: that of its folder.
    pub name: String,
    /// Its manifest.
    pub manifest: Manifest,
    statements: BTreeMap<String, Arc<str>>,
    /// Files of its folder that cannot be used here, and why.
    unusable: BTreeMap<String, String>,
    /// Settings for each transaction.
    session: SessionSettings,
    /// Where names are looked up that its own triggers leave unqualified.
    acting_path: Option<String>,
    /// The tables that were found, quoted and with their schemas.
    relations: Vec<String>,
    /// The state of its companion schema.
    pub companion: Companion,
    /// The names and titles of all systems in the database, this one included.
    pub siblings: Vec<(String, String)>,
    /// What looks like another system and is not read.
    pub refused: Vec<Refused>,
    /// What is nearly another system and is not read.
    pub near: Vec<NearMiss>,
    /// Which of its errors belong together.
    pub rules: RulesInForce,
    /// Its own API, if it has one.
    api: Option<Api>,
}

impl Source {
    /// The schema of this program's own migrations. Its folder is built in.
    #[must_use]
    pub fn native() -> Arc<Self> {
        static IT: LazyLock<Arc<Source>> = LazyLock::new(|| Arc::new(NATIVE_KIND.plain()));
        Arc::clone(&IT)
    }

    /// Whether it is the native schema: only that has the detector, retention, templates and settings.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.name == NATIVE
    }

    /// The tables that were found, quoted and with their schemas.
    pub(in crate::data) fn relations(&self) -> &[String] {
        &self.relations
    }

    /// The tenant whose lines of the companion schema may be shown, and those that belong to none; `None` for
    /// all, as of a system that knows of no tenants.
    pub(in crate::data) fn tenant(&self) -> Option<&str> {
        self.text("scope").and_then(|_| self.companion.tenant())
    }

    /// Whether the source, or its companion schema, has this capability.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.statements.contains_key(name) || self.companion_provides(name)
    }

    /// Whether a companion schema could provide this capability, which the source itself does not have.
    pub(super) fn companion_can_provide(&self, name: &str) -> bool {
        !self.is_native()
            && companion_state::can_provide(name, |file| self.statements.contains_key(file))
    }

    /// Whether the companion schema provides this capability.
    pub(super) fn companion_provides(&self, name: &str) -> bool {
        let is_open = if companion_state::is_write(name) {
            self.companion.may_write()
        } else {
            self.companion.is_present()
        };
        is_open && self.companion_can_provide(name)
    }

    /// Why a capability is missing, as a message for the operator.
    #[must_use]
    pub fn why_not(&self, name: &str) -> String {
        match self.unusable.get(name) {
            Some(why) => why.clone(),
            None => (self
                .companion
                .why_not()
                .filter(|_| self.companion_can_provide(name)))
            .unwrap_or_else(|| self.lacks(name)),
        }
    }

    /// The names of all statements.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.statements.keys().map(String::as_str)
    }

    /// The statement of this name, if there is one.
    pub(super) fn sql(&self, name: &'static str) -> Option<SqlStr> {
        let text = self.statements.get(name)?;
        // Files of the program, or of a folder that the user has configured.
        Some(AssertSqlSafe(Arc::clone(text)).into_sql_str())
    }

    /// The text of a statement, as it is sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.statements.get(name).map(AsRef::as_ref)
    }

    /// The statement of this name, or `explain` of it, which checks rights and does nothing else.
    pub(super) fn explain_sql(&self, name: &str, only_explained: bool) -> Option<SqlStr> {
        let text = self.text(name)?;
        let before = if only_explained { "explain " } else { "" };
        Some(AssertSqlSafe(format!("{before}{text}")).into_sql_str())
    }

    /// The statement of this name, or an error that says why it is missing.
    pub(super) fn sql_or_err(&self, name: &'static str) -> Result<SqlStr, DataError> {
        self.sql(name).ok_or_else(|| self.missing(name))
    }

    /// The error that this capability is missing, and why.
    pub(super) fn missing(&self, name: &'static str) -> DataError {
        DataError::Unsupported {
            what: name,
            why: self.why_not(name),
        }
    }

    /// Requires this capability.
    ///
    /// # Errors
    ///
    /// [`DataError::Unsupported`], with why it is missing.
    pub fn require(&self, name: &'static str) -> Result<(), DataError> {
        if self.has(name) {
            return Ok(());
        }
        let why = self.why_not(name);
        Err(DataError::Unsupported { what: name, why })
    }

    /// Settings for each transaction.
    #[must_use]
    pub const fn session(&self) -> &SessionSettings {
        &self.session
    }

    /// Settings for a transaction that acts: triggers of the system may name things without their schemas.
    #[must_use]
    pub fn acting_session(&self) -> SessionSettings {
        let mut session = self.session.clone();
        if let Some(path) = &self.acting_path {
            session.names.push(SEARCH_PATH.to_owned());
            session.values.push(path.clone());
        }
        session
    }

    /// Whether such a change is done once per batch, however often it is sent: the system ensures that
    /// itself, or the companion log does.
    pub(super) fn acts_once(&self, change: &Change) -> bool {
        self.manifest.once || (self.companion.may_write() && self.call(change).is_none())
    }

    /// Whether this source can carry out a change at all.
    #[must_use]
    pub fn can(&self, change: &Change) -> bool {
        let offered = match change {
            Change::Entries(EntryVerb::Close(resolution), _) => self.resolves(*resolution),
            _ => true,
        };
        offered && self.has(file_of(change))
    }

    /// The API call that carries out a change, if the system's own API does.
    pub(super) fn call(&self, change: &Change) -> Option<(&Api, &Call)> {
        let call = self.manifest.api.get(file_of(change))?;
        Some((self.api.as_ref()?, call))
    }

    /// How a change is carried out, for the operator, if that is worth mentioning.
    #[must_use]
    pub fn route_note(&self, change: &Change) -> Option<String> {
        match self.call(change) {
            Some((api, _)) => {
                let title = &self.manifest.title;
                Some(format!("by {title}'s API at {}", api.address()))
            }
            None => self.manifest.actions.get(file_of(change))?.way.clone(),
        }
    }

    /// What is to be known before a change of something whose task is in this state.
    #[must_use]
    pub fn remark(&self, change: &Change, task_state: &str) -> Option<&str> {
        let action = self.manifest.actions.get(file_of(change))?;
        action.remarks.get(task_state).map(String::as_str)
    }

    /// Whether entries can be closed with this resolution.
    #[must_use]
    pub fn resolves(&self, resolution: Resolution) -> bool {
        let known = &self.manifest.resolutions;
        known.is_empty() || known.contains_key(resolution.as_str())
    }

    /// Whether the act of this file applies to something in this state; `None` if the manifest does not
    /// say.
    #[must_use]
    pub fn open_to(&self, file: &str, state: &str) -> Option<bool> {
        let action = self.manifest.actions.get(file)?;
        Some(action.from.iter().any(|from| from == state))
    }
}

/// The file of a change.
#[must_use]
pub const fn file_of(change: &Change) -> &'static str {
    match change {
        Change::Steps(verb, _) => verb.file(),
        Change::Tasks(verb, _) => verb.file(),
        Change::Entries(verb, _) => verb.file(),
    }
}

impl StepVerb {
    /// The file that does it.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        match self {
            Self::ResetForRetry => "reset_for_retry",
            Self::ResolveManually => "resolve_manually",
            Self::CompleteManually(_) => "complete_manually",
            Self::Cancel => "cancel_step",
            Self::SetLimits(_) => "set_step_limits",
        }
    }
}

impl TaskVerb {
    /// The file that does it.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Requeue => "resume_task",
            Self::Cancel => "cancel_task",
            Self::SendToDlq => "send_to_dlq",
        }
    }
}

impl EntryVerb {
    /// The file that does it.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Close(_) => "close_entry",
            Self::Note => "add_note",
            Self::Claim { .. } => "own_entry",
            Self::Release => "release_entry",
            Self::Snooze(_) => "snooze_entry",
            Self::Unsnooze => "unsnooze_entry",
            Self::Reopen => "reopen_entry",
        }
    }
}

/// A database and what it holds.
#[derive(Clone)]
pub struct Site {
    /// How to reach it.
    pub options: PgConnectOptions,
    /// What it holds.
    pub source: Arc<Source>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the options: they hold the password.
        f.debug_struct("Site")
            .field("source", &self.source.name)
            .finish_non_exhaustive()
    }
}

/// A database with the native schema.
impl From<&PgConnectOptions> for Site {
    fn from(options: &PgConnectOptions) -> Self {
        Self {
            options: options.clone(),
            // One of its own: the rules in force are those of a database.
            source: Arc::new(NATIVE_KIND.plain()),
        }
    }
}

impl From<PgConnectOptions> for Site {
    fn from(options: PgConnectOptions) -> Self {
        Self::from(&options)
    }
}

impl From<&Self> for Site {
    fn from(site: &Self) -> Self {
        site.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_that_was_built_in_can_be_read() {
        let catalog = SourceCatalog::embedded();
        assert_eq!(catalog.broken, Vec::new());
        assert!(catalog.kinds.iter().any(|kind| kind.name == NATIVE));
        assert!(Source::native().has("queue"));
    }
}
