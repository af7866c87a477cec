//! What came of a decision about the detector, in one line.

use super::facts::UndoPlan;
use crate::app::format::{count_usize, plural};
use crate::app::message::Message;
use crate::app::writes::Writes;
use crate::data::messages::command::{DetectorAct, DetectorOutcome};
use crate::data::model::safe_text::SafeText;

impl Writes {
    /// A decision was carried out, or was not: says so.
    pub fn on_decided(&mut self, outcome: &DetectorOutcome) -> Message {
        self.deciding = None;
        if outcome.refused.is_none() {
            self.detector_draft = None;
        }
        message(outcome)
    }
}

fn message(outcome: &DetectorOutcome) -> Message {
    if let Some(why) = &outcome.refused {
        return Message::bad(refusal(outcome, why));
    }
    match outcome.act {
        DetectorAct::Arm(0) => Message::good("armed: sweeps act on this database from now on"),
        DetectorAct::Arm(count) => Message::good(format!(
            "armed: sweeps act on this database from now on, the first on at most {}",
            tasks(count)
        )),
        DetectorAct::Disarm if outcome.changed => {
            Message::good("disarmed: every sweep on this database is dry from now on")
        }
        DetectorAct::Disarm => Message::info("the detector was not armed here"),
        DetectorAct::ConfirmSweep(count) => Message::good(format!(
            "confirmed: the next sweep within ten minutes may take up to {}",
            tasks(count)
        )),
        DetectorAct::UndoSweep(sweep) => Message::good(format!(
            "sweep {sweep} undone: {}; the detector is disarmed, :arm",
            undone(outcome)
        )),
    }
}

/// `not armed: 19 tasks are due now, more than 12: look again`.
fn refusal(outcome: &DetectorOutcome, why: &SafeText) -> String {
    let why = why.first_line();
    match outcome.act {
        DetectorAct::Arm(_) => format!("not armed: {why}"),
        DetectorAct::Disarm => format!("not disarmed: {why}"),
        DetectorAct::ConfirmSweep(_) => format!("not confirmed: {why}"),
        DetectorAct::UndoSweep(sweep) if outcome.undone.is_empty() => {
            format!("sweep {sweep} not undone: {why}")
        }
        DetectorAct::UndoSweep(sweep) => format!(
            "sweep {sweep} undone in part, {}; undo it again for the rest: {why}",
            undone(outcome)
        ),
    }
}

/// `16 put back to work, 1 entry closed, 2 touched since`.
fn undone(outcome: &DetectorOutcome) -> String {
    let plan = UndoPlan::of(&outcome.undone);
    let mut parts = vec![format!("{} put back to work", count_usize(plan.put_back))];
    if plan.entry_closed > 0 {
        let entries = plural(plan.entry_closed, "entry");
        parts.push(format!("{entries} closed"));
    }
    let left = [
        (plan.touched_since(), "touched since"),
        (plan.blocked, "blocked by their steps"),
        (plan.gone, "gone"),
        (plan.busy, "busy (undo it again)"),
    ];
    for (number, words) in left.into_iter().filter(|(number, _)| *number > 0) {
        parts.push(format!("{} {words}", count_usize(number)));
    }
    parts.join(", ")
}

fn tasks(count: i32) -> String {
    plural(usize::try_from(count).unwrap_or_default(), "task")
}
