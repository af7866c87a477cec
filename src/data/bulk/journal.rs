//! The journal of a bulk run on disk, from which an interrupted run is resumed.
//!
//! A journal is a file of JSON lines: what was confirmed, before anything is sent; what became of
//! each subject; and that it has ended. A line that is lost costs nothing but time: the database
//! does one act of one batch to one subject once, so whatever is asked for again is answered and
//! not repeated. Nobody else may read a journal, and while its run is alive it is locked.

mod content;
mod file;

use std::fs::File;
use std::path::{Path, PathBuf};

pub use self::content::{Header, JournalContent, JournalError};
use self::content::{journals, read_content};
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
