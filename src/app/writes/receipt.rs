//! What an operator can hand in after a change: a receipt of the latest, to a file or to the
//! clipboard.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::app::screen::copy::LIMIT;
use crate::app::screen::notification::{FinishedWrite, Tone};
use crate::data::bulk::receipt::{Circumstances, receipt};
use crate::data::messages::command::{Command, ReceiptFile};

impl App {
    /// Writes the receipt of the latest change: into the folder for receipts, unless a file is
    /// named.
    pub(in crate::app) fn save_receipt(&mut self, named: &str) -> Option<Command> {
        let (batch, text) = self.receipt()?;
        let path = match named.trim() {
            "" => self
                .writes
                .receipt_folder
                .as_deref()
                .map(|folder| default(folder, &batch)),
            name => Some(PathBuf::from(name)),
        };
        let Some(path) = path else {
            let text = "there is no folder for receipts (no HOME): name a file, :receipt FILE";
            self.tell(Tone::Bad, text.to_owned());
            return None;
        };
        Some(Command::Save(Box::new(ReceiptFile { path, text })))
    }

    /// Puts the receipt of the latest change on the clipboard.
    pub(in crate::app) fn copy_receipt(&mut self) -> Option<Command> {
        let (_, text) = self.receipt()?;
        if text.len() > LIMIT {
            let text = "the receipt is too long for a terminal's clipboard: :receipt writes a file";
            self.tell(Tone::Bad, text.to_owned());
            return None;
        }
        self.say("copied the receipt as JSON (where the terminal allows OSC 52)");
        Some(Command::Copy(text))
    }

    /// A file was written, or could not be; a run was given up, or could not be.
    pub(in crate::app) fn told(&mut self, what: Result<String, String>) {
        match what {
            Ok(text) => self.tell(Tone::Good, text),
            Err(text) => self.tell(Tone::Bad, text),
        }
    }

    /// The batch and the receipt of the latest change; says so if there is none.
    fn receipt(&mut self) -> Option<(String, String)> {
        let latest = self
            .writes
            .outcomes
            .iter()
            .rev()
            .find_map(|done| self.write_down(done));
        if latest.is_none() {
            self.say("nothing has been changed from here yet: there is no receipt");
        }
        latest
    }

    fn write_down(&self, done: &FinishedWrite) -> Option<(String, String)> {
        let write = done.write.as_ref()?;
        let when = Circumstances {
            actor: self.session.actor.as_str().into(),
            profile: self.session.profile.as_str().into(),
            at: done.at,
        };
        let receipt = receipt(write, &done.outcome, &when);
        let text = serde_json::to_string_pretty(&receipt).ok()?;
        Some((write.batch.to_string(), text))
    }
}

fn default(folder: &Path, batch: &str) -> PathBuf {
    folder.join(format!("{batch}.json"))
}
