//! What a *source* is: a system that can be looked at, as a folder of SQL files and a manifest.
//!
//! A file that is missing is a capability that is missing. Files have the names, parameters and
//! columns of those in `sources/tasker/`; the code that reads them is the same for all.

mod bind;
mod catalog;
pub mod check;
pub mod companion_state;
pub mod contract;
pub(in crate::data) mod entries;
pub(in crate::data) mod grants;
pub mod manifest;
pub mod recognise;
mod settings;
pub mod vocabulary;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use self::companion_state::Companion;
pub use self::manifest::{Manifest, Words};
use super::error::DataError;
use crate::data::connection::transaction::SessionSettings;
use crate::data::http_api::{Api, Call};
use crate::data::messages::change::{Change, EntryVerb, Resolution, StepVerb, TaskVerb};
pub use crate::data::source::catalog::{SourceCatalog, SourceKind};

/// The name of the native source.
pub const NATIVE: &str = "tasker";

/// A source as it was found in one database: its statements can be sent.
#[derive(Debug, PartialEq)]
pub struct Source {
    /// Its name: that of its folder.
    pub name: String,
    /// What its folder says of it.
    pub manifest: Manifest,
    statements: BTreeMap<String, Arc<str>>,
    /// Files of its folder that cannot be used here, and why.
    unusable: BTreeMap<String, String>,
    /// What is set for each transaction: names, and their values.
    session: SessionSettings,
    /// What is kept beside it.
    pub companion: Companion,
    /// The names and titles of all systems that the database holds, this one among them.
    pub siblings: Vec<(String, String)>,
    /// Its own interface, where there is one.
    api: Option<Api>,
}

impl Source {
    /// The schema of this program's own migrations. Its folder was built in.
    #[must_use]
    pub fn native() -> Arc<Self> {
        static IT: LazyLock<Arc<Source>> = LazyLock::new(|| {
            let kinds = SourceCatalog::embedded().kinds;
            let kind = kinds.into_iter().find(|kind| kind.name == NATIVE);
            // A test holds that it is there.
            Arc::new(kind.unwrap_or_default().plain())
        });
        Arc::clone(&IT)
    }

    /// Whether it is the one that this program's migrations own: detector, retention, templates and
    /// settings are only there.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.name == NATIVE
    }

    /// Whether there is a statement of this name, or what it does is kept beside the source.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.statements.contains_key(name) || self.companion_provides(name)
    }

    /// Whether this could be kept beside the source, which does not do it itself.
    pub(super) fn companion_can_provide(&self, name: &str) -> bool {
        !self.is_native()
            && companion_state::can_provide(name, |file| self.statements.contains_key(file))
    }

    /// Whether this is kept beside the source, in the schema that `dlqtop install` makes.
    pub(super) fn companion_provides(&self, name: &str) -> bool {
        let is_open = if companion_state::is_write(name) {
            self.companion.may_write()
        } else {
            self.companion.is_present()
        };
        is_open && self.companion_can_provide(name)
    }

    /// Why there is none of this name, in the operator's words.
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
        // Files of the program itself, or such as the user has put there to be sent.
        Some(AssertSqlSafe(Arc::clone(text)).into_sql_str())
    }

    /// The text of a statement, as it is sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.statements.get(name).map(AsRef::as_ref)
    }

    /// The statement of this name; or what the server would do to carry it out, which does nothing but
    /// look at the rights it would take.
    pub(super) fn explain_sql(&self, name: &str, only_explained: bool) -> Option<SqlStr> {
        let text = self.text(name)?;
        let before = if only_explained { "explain " } else { "" };
        Some(AssertSqlSafe(format!("{before}{text}")).into_sql_str())
    }

    /// The statement of this name, or that there is none.
    pub(super) fn sql_or_err(&self, name: &'static str) -> Result<SqlStr, DataError> {
        self.sql(name).ok_or_else(|| self.missing(name))
    }

    /// That there is none of this name, and why.
    pub(super) fn missing(&self, name: &'static str) -> DataError {
        DataError::Unsupported {
            what: name,
            why: self.why_not(name),
        }
    }

    /// That there is a statement of this name.
    ///
    /// # Errors
    ///
    /// [`DataError::NotHere`], with why there is none.
    pub fn require(&self, name: &'static str) -> Result<(), DataError> {
        if self.has(name) {
            return Ok(());
        }
        let why = self.why_not(name);
        Err(DataError::Unsupported { what: name, why })
    }

    /// What is set for each transaction.
    #[must_use]
    pub const fn session(&self) -> &SessionSettings {
        &self.session
    }

    /// Whether such a change is done once by one batch, however often it is asked for: the system sees
    /// to that itself, or the log beside it does.
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

    /// The call that carries out a change, where it goes by the system's own interface.
    pub(super) fn call(&self, change: &Change) -> Option<(&Api, &Call)> {
        let call = self.manifest.api.get(file_of(change))?;
        Some((self.api.as_ref()?, call))
    }

    /// Which way a change goes, in the operator's words, where that is worth a word.
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

    /// Whether entries can be closed so.
    #[must_use]
    pub fn resolves(&self, resolution: Resolution) -> bool {
        let known = &self.manifest.resolutions;
        known.is_empty() || known.contains_key(resolution.as_str())
    }

    /// Whether the act of this file is open to something in this state; `None` if the folder does not
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
            source: Source::native(),
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
        let shelf = SourceCatalog::embedded();
        assert_eq!(shelf.broken, Vec::new());
        assert!(shelf.kinds.iter().any(|kind| kind.name == NATIVE));
        assert!(Source::native().has("queue"));
    }
}
