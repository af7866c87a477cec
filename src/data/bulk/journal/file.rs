//! An open journal file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::content::{Header, JournalContent, JournalError, Line, read_content, remove_old};
use crate::data::bulk::identity::Identity;
use crate::data::messages::command::{ItemResult, Tally};
use crate::data::model::safe_text::SafeText;
use crate::files::private;

/// A process that only checks whether a journal is in use holds it for a shorter time.
const GLANCE: Duration = Duration::from_millis(20);
const GLANCES: u32 = 10;

/// An open journal: locked until it is dropped.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// The last line is incomplete, so the next must not be appended to it.
    torn: bool,
}

impl Journal {
    /// Creates a journal. When this returns, the header is on disk.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`]; also if this batch has a journal already.
    pub fn begin(folder: &Path, header: &Header) -> Result<Self, JournalError> {
        let written = |source| JournalError::Io {
            doing: "written",
            source,
        };
        private::own(folder).map_err(written)?;
        remove_old(folder);
        let path = folder.join(format!("{}.jsonl", header.write.batch));
        let file = private_file(&path).map_err(written)?;
        let begun = || -> io::Result<Self> {
            // Waits for processes that only read.
            file.lock()?;
            let mut journal = Self {
                file,
                path: path.clone(),
                torn: false,
            };
            journal.append(&Line::Header(Box::new(header.clone())))?;
            journal.file.sync_all()?;
            #[cfg(unix)]
            File::open(folder)?.sync_all()?;
            Ok(journal)
        };
        begun().map_err(|source| {
            // An incomplete header is useless.
            let _ = fs::remove_file(&path);
            written(source)
        })
    }

    /// Takes up the journal of a run that was interrupted, for this database only.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: it is in use, has ended, or belongs elsewhere.
    pub fn reopen(path: &Path, here: &Identity) -> Result<(Self, JournalContent), JournalError> {
        let read = |source| JournalError::Io {
            doing: "read",
            source,
        };
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(path)
            .map_err(read)?;
        lock(&file)?;
        let content = read_content(&file).map_err(read)?;
        let content = content.ok_or(JournalError::Torn)?;
        if content.header.identity != *here {
            return Err(JournalError::OtherDatabase {
                database: content.header.identity.database,
            });
        }
        if content.ended {
            return Err(JournalError::Ended);
        }
        let mut journal = Self {
            file,
            path: path.to_owned(),
            torn: false,
        };
        journal.torn = !journal.ends_whole().map_err(read)?;
        Ok((journal, content))
    }

    /// Records the result of a subject. It is on disk after [`Journal::syncing`].
    ///
    /// # Errors
    ///
    /// What the file system said.
    pub fn result(&mut self, place: usize, id: Uuid, result: &ItemResult) -> io::Result<()> {
        let result = result.clone();
        self.append(&Line::Result { place, id, result })
    }

    /// Records that the canary succeeded.
    ///
    /// # Errors
    ///
    /// What the file system said.
    pub fn canary_well(&mut self) -> io::Result<()> {
        self.append(&Line::CanaryWell)
    }

    /// Records who has resumed the run.
    ///
    /// # Errors
    ///
    /// What the file system said.
    pub fn resumed(&mut self, actor: SafeText, at: DateTime<Utc>) -> io::Result<()> {
        self.append(&Line::Resumed { actor, at })
    }

    /// Records that the run has ended.
    ///
    /// # Errors
    ///
    /// What the file system said.
    pub fn ended(&mut self, why: Option<SafeText>, tally: Tally) -> io::Result<()> {
        self.append(&Line::Ended { why, tally })?;
        self.file.sync_data()
    }

    /// A handle to flush what was written so far to disk.
    ///
    /// # Errors
    ///
    /// What the system said.
    pub fn syncing(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = Vec::new();
        if self.torn {
            text.push(b'\n');
        }
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
        // Until the line is complete.
        self.torn = true;
        self.file.write_all(&text)?;
        self.torn = false;
        Ok(())
    }

    fn ends_whole(&mut self) -> io::Result<bool> {
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        io::Read::read_exact(&mut self.file, &mut last)?;
        Ok(last == *b"\n")
    }
}

fn lock(file: &File) -> Result<(), JournalError> {
    for glance in 1.. {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if glance < GLANCES => std::thread::sleep(GLANCE),
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse),
            Err(TryLockError::Error(source)) => {
                return Err(JournalError::Io {
                    doing: "locked",
                    source,
                });
            }
        }
    }
    Ok(())
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = private::options();
    options.read(true).append(true).create_new(true);
    options.open(path)
}
