//! Whether a source has a companion schema, and what that can do for it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::data::error::DataError;
use crate::data::model::Scope;

/// The state of a source's companion schema.
#[derive(Debug, Default)]
pub struct Companion {
    found: State,
    /// It has been removed since it was found.
    gone: AtomicBool,
    /// Whose rows the session sees, in the words of the source; `None` within for all.
    seen: OnceLock<Option<String>>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::data) enum State {
    /// There is none.
    #[default]
    Absent,
    /// It cannot be used, and why.
    Unusable(String),
    /// It can be read.
    Present {
        /// And written to.
        may_write: bool,
    },
}

impl PartialEq for Companion {
    fn eq(&self, other: &Self) -> bool {
        self.found == other.found
    }
}

impl Companion {
    /// What was found.
    pub(in crate::data) const fn new(found: State) -> Self {
        Self {
            found,
            gone: AtomicBool::new(false),
            seen: OnceLock::new(),
        }
    }

    /// Whether it can be read.
    #[must_use]
    pub fn is_present(&self) -> bool {
        matches!(self.found, State::Present { .. }) && !self.gone.load(Ordering::Relaxed)
    }

    /// Whether it can be written to.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.is_present() && self.found == State::Present { may_write: true }
    }

    /// Takes note of what the source says whose rows are seen.
    pub(in crate::data) fn note_scope(&self, scope: &Scope) {
        let seen = scope.may_hide.then(|| scope.seeing.as_str().to_owned());
        // It is the same for all sessions of a program: the first answer is kept.
        let _ = self.seen.set(seen);
    }

    /// The tenant whose lines may be shown, and those that belong to none; `None` for all. Until the source was
    /// asked, only those that belong to none.
    pub(in crate::data) fn tenant(&self) -> Option<&str> {
        self.seen.get().map_or(Some(""), Option::as_deref)
    }

    /// Why it cannot be used although it exists, as a message for the operator.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        match &self.found {
            State::Unusable(why) => Some(why.clone()),
            State::Present { .. } if self.is_present() => Some(
                "you may read the schema dlqtop, and not add to it: its owner can run `dlqtop install \
                 --grant ROLE`"
                    .to_owned(),
            ),
            State::Absent | State::Present { .. } => None,
        }
    }

    /// Notes from the result of a statement that the schema was removed; it is not used again then.
    pub(in crate::data) fn note_missing<T>(
        &self,
        answer: Result<T, DataError>,
    ) -> Result<T, DataError> {
        if let Err(error) = &answer
            && matches!(error.sqlstate().as_deref(), Some("42P01" | "3F000"))
        {
            self.gone.store(true, Ordering::Relaxed);
        }
        answer
    }
}

/// What can be kept beside a source: by the name of the file that does it, and the files of a source
/// that does that, or what belongs to it, itself.
#[rustfmt::skip]
const PROVIDES: &[(&str, &[&str])] = &[
    ("add_note",       &["add_note"]),
    ("own_entry",      &["own_entry", "release_entry"]),
    ("release_entry",  &["own_entry", "release_entry"]),
    ("snooze_entry",   &["snooze_entry", "unsnooze_entry", "queue_snoozed"]),
    ("unsnooze_entry", &["snooze_entry", "unsnooze_entry", "queue_snoozed"]),
    ("notes",          &[]),
    ("log",            &[]),
    ("log_page",       &[]),
    ("samples",        &[]),
];

/// Whether a companion schema can provide this capability to a source with these files.
pub(in crate::data) fn can_provide(name: &str, has_file: impl Fn(&str) -> bool) -> bool {
    let kept = PROVIDES.iter().find(|(kept, _)| *kept == name);
    let is_of_entries = !name.starts_with("log");
    kept.is_some_and(|(_, own)| !own.iter().any(|file| has_file(file)))
        && (!is_of_entries || has_file("queue"))
}

/// Whether this capability writes.
pub(in crate::data) fn is_write(name: &str) -> bool {
    PROVIDES
        .iter()
        .any(|(kept, own)| *kept == name && !own.is_empty())
}
