//! The lines of a journal, and what they say together.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::data::bulk::identity::Identity;
use crate::data::messages::command::{ItemResult, Tally, Write};
use crate::data::model::safe_text::SafeText;

/// How long the journal of a finished run is kept as its receipt.
pub(super) const KEPT: Duration = Duration::from_hours(30 * 24);

/// The first line of a journal: what was confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The change, with everything that was seen.
    pub write: Write,
    /// Who confirmed it.
    pub actor: SafeText,
    /// The profile.
    pub profile: SafeText,
    /// Which database it is.
    pub identity: Identity,
    /// When, by the database's clock.
    pub started_at: DateTime<Utc>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Header(Box<Header>),
    /// Someone has resumed it.
    Resumed {
        actor: SafeText,
        at: DateTime<Utc>,
    },
    /// The canary has succeeded: the others may follow.
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

/// Why a journal cannot be resumed.
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
    /// Another process has it open.
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

/// The contents of a journal.
#[derive(Debug)]
pub struct JournalContent {
    /// What was confirmed.
    pub header: Header,
    /// What became of each subject, as far as it is known.
    pub results: Vec<Option<ItemResult>>,
    /// The canary has succeeded.
    pub canary_well: bool,
    /// Nothing more will be done.
    pub ended: bool,
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

/// Reads the first line of a journal; nothing if that is no complete header.
pub(super) fn read_header(file: &File) -> io::Result<Option<Header>> {
    let mut text = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut text)?;
    Ok(match serde_json::from_slice(&text) {
        Ok(Line::Header(header)) => Some(*header),
        _ => None,
    })
}

/// Reads a journal; nothing if it has no complete header. Incomplete lines are skipped.
pub(super) fn read_content(file: &File) -> io::Result<Option<JournalContent>> {
    let mut lines = BufReader::new(file);
    let mut text = Vec::new();
    let mut content: Option<JournalContent> = None;
    while {
        text.clear();
        lines.read_until(b'\n', &mut text)? > 0
    } {
        let Ok(line) = serde_json::from_slice(&text) else {
            continue;
        };
        match (&mut content, line) {
            (None, Line::Header(header)) => {
                let results = vec![None; header.write.change.count()];
                content = Some(JournalContent {
                    header: *header,
                    results,
                    canary_well: false,
                    ended: false,
                });
            }
            (Some(content), line) => content.take(line),
            (None, _) => {}
        }
    }
    Ok(content)
}

pub(super) fn journals(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
}

/// Removes the journals of runs that finished long ago. Interrupted runs keep theirs.
pub(super) fn remove_old(folder: &Path) {
    for path in journals(folder) {
        let age = fs::metadata(&path)
            .and_then(|about| about.modified())
            .ok()
            .and_then(|changed| changed.elapsed().ok());
        if age.is_some_and(|age| age > KEPT)
            && let Ok(file) = File::open(&path)
            && file.try_lock_shared().is_ok()
            && read_content(&file).is_ok_and(|content| content.is_none_or(|content| content.ended))
        {
            // Another dlqtop may have removed it first.
            let _ = fs::remove_file(&path);
        }
    }
}
