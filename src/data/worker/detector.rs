//! Carries out what an operator decides about the detector. The database's functions enforce it; what they
//! refuse is an answer.

use sqlx::postgres::PgConnectOptions;

use crate::data::error::DataError;
use crate::data::messages::command::{DetectorAct, DetectorOrder, DetectorOutcome};
use crate::data::model::incident::Incident;
use crate::data::native::detector_control::{self, Decided, Decision, Undo};

/// Where decisions are carried out, and as whom.
#[derive(Debug, Clone)]
pub(super) struct Decider {
    pub(super) options: PgConnectOptions,
    pub(super) actor: String,
    pub(super) incident: Option<Incident>,
}

impl Decider {
    /// Carries out one decision.
    pub(super) async fn carry_out(&self, order: &DetectorOrder) -> DetectorOutcome {
        let act = order.act;
        let decision = Decision {
            actor: &self.actor,
            reason: &order.reason,
            incident: self.incident.as_ref(),
        };
        let options = &self.options;
        match act {
            DetectorAct::Arm(count) => {
                decided(act, detector_control::arm(options, count, decision).await)
            }
            DetectorAct::ConfirmSweep(count) => decided(
                act,
                detector_control::confirm(options, count, decision).await,
            ),
            DetectorAct::Disarm => match detector_control::disarm(options, decision).await {
                Ok(was_armed) => DetectorOutcome::done(act, was_armed),
                Err(error) => failed(act, &error),
            },
            DetectorAct::UndoSweep(sweep) => {
                let mut undo = Undo::new(options, sweep, Some(decision));
                let outcome = match undo.all().await {
                    Ok(()) => DetectorOutcome::done(act, true),
                    Err(error) => failed(act, &error),
                };
                // What was put back before a failure stays so.
                DetectorOutcome {
                    undone: undo.done,
                    ..outcome
                }
            }
        }
    }
}

fn decided(act: DetectorAct, answer: Result<Decided, DataError>) -> DetectorOutcome {
    match answer {
        Ok(Decided::Done) => DetectorOutcome::done(act, true),
        Ok(Decided::Refused(why)) => DetectorOutcome::refused(act, why),
        Err(error) => failed(act, &error),
    }
}

fn failed(act: DetectorAct, error: &DataError) -> DetectorOutcome {
    tracing::warn!(error = %error.one_line(), "a decision about the detector failed");
    DetectorOutcome::refused(act, error.one_line())
}
