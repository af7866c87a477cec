//! What is kept beside a system that has no place for it: notes, claims, snoozes, the operators'
//! log and samples, in the schema that `dlqtop install` makes. Nothing here is for one system alone, and nothing
//! here refers to a table of theirs.
//!
//! The native schema has all of that itself; nothing here concerns it.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::postgres::PgConnection;

use super::error::DataError;

pub mod install;
mod merge;
mod samples;
mod write;

pub(super) use self::samples::{closed_since, flow, keep as keep_sample, last_hour};
pub(super) use crate::data::companion::merge::{
    log_page, log_top, mark_entries, mark_queue, mark_records,
};
pub(super) use crate::data::companion::merge::{notes, recount, snoozed};
pub(super) use crate::data::companion::write::{LoggedAct, RefusalLine};

/// Whether anything is kept beside a source, and what may be done with it.
#[derive(Debug, Default)]
pub struct Companion {
    found: State,
    /// It was there once, and has been taken away since.
    gone: AtomicBool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
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
    /// Whether it can be read.
    #[must_use]
    pub fn is_there(&self) -> bool {
        matches!(self.found, State::Present { .. }) && !self.gone.load(Ordering::Relaxed)
    }

    /// Whether it can be added to.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.is_there() && self.found == State::Present { may_write: true }
    }

    /// Why it does not do what it could although it is there, in the operator's words.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        match &self.found {
            State::Unusable(why) => Some(why.clone()),
            State::Present { .. } if self.is_there() => Some(
                "you may read the schema dlqtop, and not add to it: its owner can run `dlqtop install \
                 --grant ROLE`"
                    .to_owned(),
            ),
            State::Absent | State::Present { .. } => None,
        }
    }

    /// Looks whether it still is there, by what came of using it. One that was taken away is not asked
    /// for again.
    fn heed<T>(&self, answer: Result<T, DataError>) -> Result<T, DataError> {
        if let Err(error) = &answer
            && matches!(error.sqlstate().as_deref(), Some("42P01" | "3F000"))
        {
            self.gone.store(true, Ordering::Relaxed);
        }
        answer
    }
}

/// Looks what there is in this database.
///
/// # Errors
///
/// [`DataError::Query`].
pub(super) async fn look(db: &mut PgConnection) -> Result<Companion, DataError> {
    let standing = install::status(db).await?;
    let found = match &standing.made {
        _ if !standing.schema_is_there => State::Absent,
        None if !standing.is_whole => State::Unusable(
            "there is a schema dlqtop that `dlqtop install` did not make".to_owned(),
        ),
        None => State::Unusable(format!(
            "you may not use the schema dlqtop: its owner, {}, can run `dlqtop install --grant {}`",
            standing.owner, standing.role_quoted
        )),
        Some(made) if made.version != install::VERSION => State::Unusable(format!(
            "the schema dlqtop is version {}, this dlqtop knows {}",
            made.version,
            install::VERSION
        )),
        Some(_) => State::Present {
            may_write: standing.may_write,
        },
    };
    Ok(Companion {
        found,
        gone: AtomicBool::new(false),
    })
}

/// What can be kept beside a source: by the name of the file that does it, and the files of a source
/// that does that, or what belongs to it, itself.
#[rustfmt::skip]
const KEPT: &[(&str, &[&str])] = &[
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
pub(super) fn can_provide(name: &str, has_file: impl Fn(&str) -> bool) -> bool {
    let kept = KEPT.iter().find(|(kept, _)| *kept == name);
    let is_of_entries = !name.starts_with("log");
    kept.is_some_and(|(_, own)| !own.iter().any(|file| has_file(file)))
        && (!is_of_entries || has_file("queue"))
}

/// Whether that is something that is done, and not only read.
pub(super) fn is_write(name: &str) -> bool {
    KEPT.iter()
        .any(|(kept, own)| *kept == name && !own.is_empty())
}
