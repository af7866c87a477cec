//! What an operator can hand in after a change: a receipt of the latest, to a file or to the
//! clipboard.

use std::path::{Path, PathBuf};

use super::Writes;
use super::outcome_summary::FinishedWrite;
use super::retries::SentRetries;
use crate::app::action::CLIPBOARD_LIMIT;
use crate::app::message::{Message, Reply};
use crate::app::session::Session;
use crate::data::bulk::receipt::{Circumstances, receipt};
use crate::data::messages::command::{Command, ReceiptFile};

/// A receipt, and the batch it is of.
struct Receipt {
    batch: String,
    text: String,
}

impl Writes {
    /// Writes the receipt of the latest change: into the folder for receipts, unless a file is
    /// named.
    ///
    /// # Errors
    ///
    /// Why there is none, or nowhere to write it.
    pub fn save_receipt(&self, file: &str, session: &Session) -> Result<Command, Message> {
        let Receipt { batch, text } = self.latest_receipt(session)?;
        let path = match file.trim() {
            "" => (self.receipt_folder.as_deref()).map(|folder| default_path(folder, &batch)),
            name => Some(PathBuf::from(name)),
        };
        let Some(path) = path else {
            let text = "there is no folder for receipts (no HOME): name a file, :receipt FILE";
            return Err(Message::bad(text));
        };
        Ok(Command::Save(Box::new(ReceiptFile { path, text })))
    }

    /// Puts the receipt of the latest change on the clipboard.
    ///
    /// # Errors
    ///
    /// Why there is none, or it is too long.
    pub fn copy_receipt(&self, session: &Session) -> Result<Reply, Message> {
        let text = self.latest_receipt(session)?.text;
        if text.len() > CLIPBOARD_LIMIT {
            let text = "the receipt is too long for a terminal's clipboard: :receipt writes a file";
            return Err(Message::bad(text));
        }
        let message = "copied the receipt as JSON (where the terminal allows OSC 52)";
        Ok(Reply::new(Message::info(message), Command::Copy(text)))
    }

    fn latest_receipt(&self, session: &Session) -> Result<Receipt, Message> {
        let latest = (self.outcomes.iter().rev()).find_map(|done| self.receipt_of(done, session));
        latest.ok_or_else(|| {
            Message::info("nothing has been changed from here yet: there is no receipt")
        })
    }

    fn receipt_of(&self, done: &FinishedWrite, session: &Session) -> Option<Receipt> {
        let write = done.write.as_ref()?;
        let when = Circumstances {
            actor: session.actor.as_str().into(),
            profile: session.profile.as_str().into(),
            at: done.at,
        };
        let retries = self.retries.of(write.batch);
        let known = retries.filter(|retries| retries.why_unknown.is_none());
        let answers = known.map(SentRetries::answers);
        let receipt = receipt(write, &done.outcome, &when, answers);
        Some(Receipt {
            batch: write.batch.to_string(),
            text: serde_json::to_string_pretty(&receipt).ok()?,
        })
    }
}

fn default_path(folder: &Path, batch: &str) -> PathBuf {
    folder.join(format!("{batch}.json"))
}
