//! Whether a source has a companion schema, and what that can do for it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::data::error::DataError;

/// Whether anything is kept beside a source, and what may be done with it.
#[derive(Debug, Default)]
pub struct Companion {
    found: State,
    /// It was there once, and has been taken away since.
    gone: AtomicBool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::data) enum State {
    /// There is none.
    #[default]
    Absent,
    /// There is one that cannot be used: why.
    Unusable(String),
    /// It can be read.
    Present {
        /// And added to.
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
        }
    }

    /// Whether it can be read.
    #[must_use]
    pub fn is_present(&self) -> bool {
        matches!(self.found, State::Present { .. }) && !self.gone.load(Ordering::Relaxed)
    }

    /// Whether it can be added to.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.is_present() && self.found == State::Present { may_write: true }
    }

    /// Why it does not do what it could although it is there, in the operator's words.
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

    /// Looks whether it still is there, by what came of using it. One that was taken away is not asked
    /// for again.
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

/// Whether a source whose files these are could have this kept beside it.
pub(in crate::data) fn can_provide(name: &str, has_file: impl Fn(&str) -> bool) -> bool {
    let kept = PROVIDES.iter().find(|(kept, _)| *kept == name);
    let is_of_entries = !name.starts_with("log");
    kept.is_some_and(|(_, own)| !own.iter().any(|file| has_file(file)))
        && (!is_of_entries || has_file("queue"))
}

/// Whether that is something that is done, and not only read.
pub(in crate::data) fn is_write(name: &str) -> bool {
    PROVIDES
        .iter()
        .any(|(kept, own)| *kept == name && !own.is_empty())
}
