//! What a run of many acts keeps on disk, so that it can be taken up where it was cut short.
//!
//! A journal is a file of JSON lines: what was confirmed, before anything is sent; what became of
//! each subject; and that it has ended. A line that is lost costs nothing but time: the database
//! does one act of one batch to one subject once, so whatever is asked for again is answered and
//! not repeated. Nobody else may read a journal, and while its run is alive it is locked.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::data::bulk::retry_outcome::Beginning;
use crate::data::messages::command::{ItemResult, Tally, Write};
use crate::data::model::safe_text::SafeText;
pub use file::Journal;

mod file;

/// How long the journal of a run that has ended is kept as its receipt.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// Which database a run belongs to: it is never taken up in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The server's own number, which its replicas share and nobody else has.
    pub system: SafeText,
    /// The database's name.
    pub database: SafeText,
}

impl From<&Beginning> for Identity {
    fn from(beginning: &Beginning) -> Self {
        Self {
            system: beginning.system.clone(),
            database: beginning.database.clone(),
        }
    }
}

/// What was confirmed: the first line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The change, with everything that was seen.
    pub write: Write,
    /// Who confirmed it.
    pub actor: SafeText,
    /// What the place is called.
    pub profile: SafeText,
    /// Which database it is.
    pub identity: Identity,
    /// When, by the database's clock.
    pub started_at: DateTime<Utc>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Header(Box<Header>),
    /// Somebody has taken it up.
    Resumed {
        actor: SafeText,
        at: DateTime<Utc>,
    },
    /// The canary has turned out well: the others may follow.
    CanaryWell,
    /// What became of one subject, by its place and its id.
    Result {
        place: usize,
        id: Uuid,
        result: ItemResult,
    },
    /// Nothing more will be done.
    Ended {
        /// Why some were not tried, if some were not.
        why: Option<SafeText>,
        tally: Tally,
    },
}

/// A run that was cut short and can be taken up.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// What was confirmed.
    pub write: Write,
    /// Who confirmed it.
    pub actor: SafeText,
    /// What the place was called.
    pub profile: SafeText,
    /// When, by the database's clock.
    pub started_at: DateTime<Utc>,
    /// What is known to have become of its subjects. What was done last may be missing.
    pub done: Tally,
    /// Its journal.
    pub path: PathBuf,
}

/// Why a journal cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("its journal cannot be {doing}: {source}")]
    Io {
        /// "written", "read".
        doing: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// Another process has it in hand.
    #[error("another dlqtop is carrying it out")]
    InUse,
    /// It has come to its end.
    #[error("it has come to its end already")]
    Ended,
    /// There is no header in it.
    #[error("its journal has no beginning: nothing was sent")]
    Torn,
    /// It was begun elsewhere.
    #[error("it belongs to the database {database} of another server")]
    OtherDatabase {
        /// The one it was begun in.
        database: SafeText,
    },
}

/// What a journal says.
#[derive(Debug)]
pub struct JournalContent {
    /// What was confirmed.
    pub header: Header,
    /// What became of each subject, as far as it is known.
    pub results: Vec<Option<ItemResult>>,
    /// The canary has turned out well.
    pub canary_well: bool,
    /// Nothing more will be done.
    pub ended: bool,
}

/// The runs of this database that were cut short and that nobody has in hand, oldest first.
/// Reads files: not for a thread that must answer at once.
#[must_use]
pub fn unfinished(folder: &Path, here: &Identity) -> Vec<Unfinished> {
    let mut found: Vec<Unfinished> = journals(folder)
        .filter_map(|path| look_at(path, here))
        .collect();
    found.sort_by_key(|run| (run.started_at, run.write.batch));
    found
}

/// Gives a run up: what was not tried never will be.
///
/// # Errors
///
/// As [`Journal::take_up`].
pub fn give_up(run: &Unfinished, here: &Identity) -> Result<(), JournalError> {
    let (mut journal, story) = Journal::take_up(&run.path, here)?;
    let tally = Tally::of(story.results.iter().flatten());
    journal
        .ended(Some("given up".into()), tally)
        .map_err(|source| JournalError::Io {
            doing: "written",
            source,
        })
}

fn look_at(path: PathBuf, here: &Identity) -> Option<Unfinished> {
    let file = File::open(&path).ok()?;
    // Shared: two that look do not hide it from each other.
    file.try_lock_shared().ok()?;
    let story = read_content(&file).ok()??;
    if story.ended || story.header.identity != *here {
        return None;
    }
    Some(Unfinished {
        done: Tally::of(story.results.iter().flatten()),
        write: story.header.write,
        actor: story.header.actor,
        profile: story.header.profile,
        started_at: story.header.started_at,
        path,
    })
}

/// What a journal says; nothing if it has no whole header. Lines that are not whole are passed over.
fn read_content(file: &File) -> io::Result<Option<JournalContent>> {
    let mut lines = BufReader::new(file);
    let mut text = Vec::new();
    let mut story: Option<JournalContent> = None;
    while {
        text.clear();
        lines.read_until(b'\n', &mut text)? > 0
    } {
        let Ok(line) = serde_json::from_slice(&text) else {
            continue;
        };
        match (&mut story, line) {
            (None, Line::Header(header)) => {
                let results = vec![None; header.write.change.count()];
                story = Some(JournalContent {
                    header: *header,
                    results,
                    canary_well: false,
                    ended: false,
                });
            }
            (Some(story), line) => story.take(line),
            (None, _) => {}
        }
    }
    Ok(story)
}

impl JournalContent {
    fn take(&mut self, line: Line) {
        match line {
            Line::Result { place, result, .. } => {
                if let Some(known) = self.results.get_mut(place) {
                    *known = Some(result);
                }
            }
            Line::CanaryWell => self.canary_well = true,
            Line::Ended { .. } => self.ended = true,
            Line::Header(_) | Line::Resumed { .. } => {}
        }
    }
}

fn journals(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
}

/// Removes the journals of runs that ended long ago. Those that were cut short stay.
fn remove_old(folder: &Path) {
    for path in journals(folder) {
        let age = fs::metadata(&path)
            .and_then(|about| about.modified())
            .ok()
            .and_then(|changed| changed.elapsed().ok());
        if age.is_some_and(|age| age > KEPT)
            && let Ok(file) = File::open(&path)
            && file.try_lock_shared().is_ok()
            && read_content(&file).is_ok_and(|story| story.is_none_or(|story| story.ended))
        {
            // Another dlqtop may have been faster.
            let _ = fs::remove_file(&path);
        }
    }
}
