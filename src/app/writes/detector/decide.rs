//! From a command about the detector to its dialog, and from the dialog to the database. Read-only mode
//! refuses here.

use super::facts::Facts;
use super::{DetectorDialog, DetectorDraft};
use crate::app::action::DetectorAsk;
use crate::app::format::duration;
use crate::app::message::{Message, Reply};
use crate::app::polled::Polled;
use crate::app::session::Session;
use crate::app::writes::Writes;
use crate::data::messages::command::{Command, DetectorOrder, Question};

const STILL_DECIDING: &str = "the last decision about the detector is still being carried out";

/// What came of a dialog that was to be sent.
#[derive(Debug)]
pub enum Decision {
    /// It was sent.
    Sent(Reply),
    /// It stays open: it says why.
    Stays(Box<DetectorDialog>),
}

impl Writes {
    /// The dialog that asks about the detector, and what it asks the database.
    ///
    /// # Errors
    ///
    /// Why there is nothing to ask.
    pub fn ask_detector(
        &self,
        ask: DetectorAsk,
        session: &Session,
        polled: &Polled,
    ) -> Result<(DetectorDialog, Option<Command>), Message> {
        if let Some(refusal) = session.access.refusal() {
            return Err(refusal);
        }
        if self.deciding.is_some() {
            return Err(Message::info(STILL_DECIDING));
        }
        let state = polled.detector_state();
        let armed = state.and_then(|state| state.armed_at);
        let asks = |question| Some(Command::Query(question));
        let drafted = self
            .detector_draft
            .as_ref()
            .filter(|draft| draft.ask == ask);
        let reason = drafted.map_or("", |draft| &draft.reason);
        let dialog = |facts| DetectorDialog::new(ask, facts, session).with_reason(reason);
        match (ask, state, armed) {
            (DetectorAsk::Arm, Some(state), Some(at)) => {
                let ago = (polled.database_now(session.now) - at).as_seconds_f64();
                let by = state.armed_by.as_ref();
                Err(Message::info(format!(
                    "the detector is armed already, since {} ago by {}",
                    duration(ago.max(0.0)),
                    by.map_or("somebody", |by| by.first_line())
                )))
            }
            (DetectorAsk::Disarm, Some(_), None) => {
                Err(Message::info("the detector is not armed here"))
            }
            (DetectorAsk::ConfirmSweep, Some(_), None) => Err(Message::info(
                "the detector is not armed here, so there is no sweep to confirm; :arm",
            )),
            (DetectorAsk::Arm | DetectorAsk::ConfirmSweep, ..) => {
                Ok((dialog(Facts::Waiting), asks(Question::SweepPreview)))
            }
            (DetectorAsk::Disarm, state, _) => {
                let facts = Facts::Armed(Box::new(state.cloned().unwrap_or_default()));
                Ok((dialog(facts), None))
            }
            (DetectorAsk::UndoSweep(id), ..) => {
                let sweep = polled.sweep(id).ok_or_else(|| {
                    Message::info(format!("sweep {id} is not among the last sweeps any more"))
                })?;
                if !sweep.acted() {
                    let text = format!("sweep {id} took nothing: there is nothing to undo");
                    return Err(Message::info(text));
                }
                let dialog = DetectorDialog {
                    sweep: Some(sweep.clone()),
                    ..dialog(Facts::Waiting)
                };
                Ok((dialog, asks(Question::UndoPreview(id))))
            }
        }
    }

    /// Sends what a dialog about the detector asks.
    pub fn decide(&mut self, mut dialog: Box<DetectorDialog>, session: &Session) -> Decision {
        dialog.production.clone_from(&session.production);
        if session.access.read_only().is_some() {
            let why = "The unlock has ended: nothing was sent.";
            dialog.complaint = Some(why.to_owned());
            return Decision::Stays(dialog);
        }
        let Some(act) = dialog.act() else {
            return Decision::Stays(dialog);
        };
        self.keep_reason(&dialog);
        self.deciding = Some(act);
        let order = DetectorOrder {
            act,
            reason: session.access.reason(dialog.reason.text().trim()),
        };
        let message = Message::info(format!("{}…", dialog.title()));
        Decision::Sent(Reply::new(message, Command::Decide(Box::new(order))))
    }

    /// Keeps the reason that was typed, for the next time that this is asked.
    pub fn keep_reason(&mut self, dialog: &DetectorDialog) {
        self.detector_draft = Some(DetectorDraft {
            ask: dialog.ask,
            reason: dialog.reason.text().to_owned(),
        });
    }

    /// A decision could not be handed on.
    pub fn on_decision_rejected(&mut self) -> Message {
        self.deciding = None;
        Message::bad("not sent: earlier changes are still in progress; try again in a moment")
    }
}
