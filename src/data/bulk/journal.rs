//! The journal of a bulk run on disk, from which an interrupted run is resumed.
//!
//! A journal is a file of JSON lines: what was confirmed, before anything is sent; what became of
//! each subject; and that it has ended. A line that is lost costs nothing but time: the database
//! does one act of one batch to one subject once, so whatever is asked for again is answered and
//! not repeated. Nobody else may read a journal, and while its run is alive it is locked.

mod content;
mod file;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

pub use self::content::{Header, JournalContent, JournalError};
use self::content::{journals, read_content, read_header};
pub use self::file::Journal;
pub use crate::data::bulk::identity::Identity;
use crate::data::messages::command::Tally;
pub use crate::data::messages::interrupted::Unfinished;

/// The interrupted runs of this database that no process is carrying out, oldest first.
/// Reads files, so it may block.
#[must_use]
pub fn unfinished(folder: &Path, here: &Identity) -> Vec<Unfinished> {
    let mut found: Vec<Unfinished> = journals(folder)
        .filter_map(|path| read_unfinished(path, here))
        .collect();
    found.sort_by_key(|run| (run.started_at, run.write.batch));
    found
}

/// The journals of any database that cannot be read, or do not begin as one: what they were to do is not known.
/// The folder itself, if that is what cannot be read. Reads files, so it may block.
#[must_use]
pub fn unreadable(folder: &Path) -> Vec<PathBuf> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(_) => return vec![folder.to_owned()],
        Ok(_) => {}
    }
    let mut found: Vec<PathBuf> = journals(folder).filter(|path| !begins_well(path)).collect();
    found.sort();
    found
}

/// What to say of a journal that cannot be read.
#[must_use]
pub fn unreadable_words(path: &Path) -> String {
    format!(
        "a journal could not be read: {}: what it was to do is not known; `dlqtop log` says what was done",
        path.display()
    )
}

/// Whether a journal begins with what was confirmed, or belongs to a program that is alive.
fn begins_well(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        // Another dlqtop may have removed it.
        return !path.exists();
    };
    match file.try_lock_shared() {
        Ok(()) => read_header(&file).is_ok_and(|header| header.is_some()),
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
    }
}

/// Abandons a run: the remaining subjects are never sent.
///
/// # Errors
///
/// As [`Journal::reopen`].
pub fn give_up(run: &Unfinished, here: &Identity) -> Result<(), JournalError> {
    let (mut journal, content) = Journal::reopen(&run.path, here)?;
    let tally = Tally::of(content.results.iter().flatten());
    journal
        .ended(Some("given up".into()), tally)
        .map_err(|source| JournalError::Io {
            doing: "written",
            source,
        })
}

fn read_unfinished(path: PathBuf, here: &Identity) -> Option<Unfinished> {
    let file = File::open(&path).ok()?;
    // A shared lock: two processes that only read do not hide it from each other.
    file.try_lock_shared().ok()?;
    let content = read_content(&file).ok()??;
    if content.ended || content.header.identity != *here {
        return None;
    }
    Some(Unfinished {
        done: Tally::of(content.results.iter().flatten()),
        write: content.header.write,
        actor: content.header.actor,
        profile: content.header.profile,
        started_at: content.header.started_at,
        path,
    })
}
