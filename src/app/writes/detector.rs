//! The dialogs about the detector: arm, disarm, confirm a sweep that is held, undo one. What they are about
//! is asked once and then fixed; the database refuses if more is due by then.

pub mod decide;
pub mod facts;
pub mod outcome;

use std::cell::Cell;

use self::facts::Facts;
use super::confirm::field::{Field, FieldError};
use super::confirm::typed_confirmation::TypedConfirmation;
use crate::app::action::{DetectorAsk, Edit};
use crate::app::session::Session;
use crate::app::text_input::TextInput;
use crate::app::viewport::Viewport;
use crate::data::messages::command::{Answer, DetectorAct};
use crate::data::model::SweepRow;

/// A dialog about the detector.
#[derive(Debug, Clone)]
pub struct DetectorDialog {
    /// What it asks.
    pub ask: DetectorAsk,
    /// What the database says about it.
    pub facts: Facts,
    /// The sweep that would be undone.
    pub sweep: Option<SweepRow>,
    /// Why.
    pub reason: TextInput,
    /// The number of tasks that was typed.
    pub count: TextInput,
    /// The profile's name that was typed, in production.
    pub name: TextInput,
    /// The profile's name, if it is production: it must be typed.
    pub production: Option<String>,
    /// What has the focus.
    pub field: Field,
    /// Why it was not done.
    pub complaint: Option<String>,
    /// Drawing notes here when the screen is too small to show what is asked.
    pub hidden: Cell<bool>,
    /// Which of the lines are shown.
    pub view: Viewport,
}

/// The reason of a decision that was not carried out.
#[derive(Debug, Clone)]
pub struct DetectorDraft {
    /// What was asked.
    pub ask: DetectorAsk,
    /// Why.
    pub reason: String,
}

impl DetectorDialog {
    fn new(ask: DetectorAsk, facts: Facts, session: &Session) -> Self {
        Self {
            ask,
            facts,
            sweep: None,
            reason: TextInput::default(),
            count: TextInput::default(),
            name: TextInput::default(),
            production: session.production.clone(),
            field: Field::Reason,
            complaint: None,
            hidden: Cell::new(false),
            view: Viewport::default(),
        }
    }

    fn with_reason(mut self, reason: &str) -> Self {
        self.reason = TextInput::with(reason);
        self
    }

    /// What it would do: `Arm the detector`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.ask {
            DetectorAsk::Arm => "Arm the detector".to_owned(),
            DetectorAsk::Disarm => "Disarm the detector".to_owned(),
            DetectorAsk::ConfirmSweep => "Confirm a sweep".to_owned(),
            DetectorAsk::UndoSweep(sweep) => format!("Undo sweep {sweep}"),
        }
    }

    /// Its button.
    #[must_use]
    pub const fn button(&self) -> &'static str {
        match self.ask {
            DetectorAsk::Arm => "Arm",
            DetectorAsk::Disarm => "Disarm",
            DetectorAsk::ConfirmSweep => "Confirm",
            DetectorAsk::UndoSweep(_) => "Undo",
        }
    }

    /// Whether a number of tasks must be typed.
    #[must_use]
    pub fn wants_count(&self) -> bool {
        self.ask != DetectorAsk::Disarm
    }

    /// The number that must be typed, once it is known.
    #[must_use]
    pub fn count_gate(&self) -> Option<TypedConfirmation> {
        let number = self.facts.number().filter(|_| self.wants_count())?;
        Some(TypedConfirmation::Count(number))
    }

    fn name_gate(&self) -> Option<TypedConfirmation> {
        self.production.clone().map(TypedConfirmation::Profile)
    }

    /// What is asked before the field of the profile's name.
    #[must_use]
    pub fn name_prompt(&self) -> String {
        self.name_gate()
            .map_or_else(String::new, |gate| gate.prompt())
    }

    /// What has places for the focus, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::Reason];
        fields.extend(self.wants_count().then_some(Field::Count));
        fields.extend(self.production.as_ref().map(|_| Field::Name));
        fields.extend([Field::Cancel, Field::DoIt]);
        fields
    }

    /// Whether it waits for this answer.
    #[must_use]
    pub fn awaits(&self, answer: &Answer) -> bool {
        let asked = match answer {
            Answer::SweepPreview(_) => {
                matches!(self.ask, DetectorAsk::Arm | DetectorAsk::ConfirmSweep)
            }
            Answer::UndoPreview(sweep, _) => self.ask == DetectorAsk::UndoSweep(*sweep),
            _ => false,
        };
        asked && matches!(self.facts, Facts::Waiting)
    }

    /// Moves the focus, round and round.
    pub fn step(&mut self, by: isize) {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.field);
        let at = at.unwrap_or(0).cast_signed() + by;
        self.field = fields[at.rem_euclid(fields.len().cast_signed()).cast_unsigned()];
    }

    /// Between the buttons, the other one.
    pub const fn choose(&mut self) {
        match self.field {
            Field::Cancel => self.field = Field::DoIt,
            Field::DoIt => self.field = Field::Cancel,
            _ => {}
        }
    }

    /// Changes the line that has the focus.
    pub fn edit(&mut self, edit: &Edit) {
        match (self.field, edit) {
            (Field::Reason, edit) => self.reason.apply(edit),
            (Field::Name, edit) => self.name.apply(edit),
            // Digits and nothing else, so that `y` can mean what it means everywhere in the dialog.
            (Field::Count, Edit::Insert(letter)) if !letter.is_ascii_digit() => return,
            (Field::Count, Edit::Paste(text)) => {
                let digits = text.chars().filter(char::is_ascii_digit).collect();
                self.count.apply(&Edit::Paste(digits));
            }
            (Field::Count, edit) => self.count.apply(edit),
            _ => return,
        }
        self.complaint = None;
    }

    /// Enter in a field: on to the next one. It never does anything.
    pub fn advance(&mut self) {
        let passes = match self.field {
            Field::Reason => self.check_reason(),
            Field::Count => self.check_count(),
            Field::Name => self.check_name(),
            _ => return,
        };
        match passes {
            Ok(()) => self.step(1),
            Err(error) => self.show_error(error),
        }
    }

    /// What is decided, if all that is asked was typed; if not, says why and moves the focus there.
    fn act(&mut self) -> Option<DetectorAct> {
        let checked = self
            .check_facts()
            .and_then(|()| self.check_reason())
            .and_then(|()| self.check_count())
            .and_then(|()| self.check_name());
        if let Err(error) = checked {
            self.show_error(error);
            return None;
        }
        Some(self.planned())
    }

    /// What it would decide.
    #[must_use]
    pub fn planned(&self) -> DetectorAct {
        let count = i32::try_from(self.facts.number().unwrap_or(0)).unwrap_or(i32::MAX);
        match self.ask {
            DetectorAsk::Arm => DetectorAct::Arm(count),
            DetectorAsk::Disarm => DetectorAct::Disarm,
            DetectorAsk::ConfirmSweep => DetectorAct::ConfirmSweep(count),
            DetectorAsk::UndoSweep(sweep) => DetectorAct::UndoSweep(sweep),
        }
    }

    fn show_error(&mut self, error: FieldError) {
        self.field = error.field;
        self.complaint = Some(error.why);
    }

    fn check_facts(&self) -> Result<(), FieldError> {
        let why = if self.hidden.get() {
            "The terminal is too small to show what would be changed."
        } else {
            match &self.facts {
                Facts::Waiting => "The database has not answered yet: try again in a moment.",
                Facts::Failed(_) => "What would be changed is not known: Esc, then try again.",
                Facts::Undo(_) if self.facts.number() == Some(0) => {
                    "Nothing of this sweep can be put back any more."
                }
                Facts::Armed(_) | Facts::Preview(_) | Facts::Undo(_) => return Ok(()),
            }
        };
        Err(FieldError::new(self.field, why))
    }

    fn check_reason(&self) -> Result<(), FieldError> {
        if self.reason.is_blank() {
            let why = "Say why: the reason goes into the log.";
            return Err(FieldError::new(Field::Reason, why));
        }
        Ok(())
    }

    fn check_count(&self) -> Result<(), FieldError> {
        check(self.count_gate(), Field::Count, self.count.text())
    }

    fn check_name(&self) -> Result<(), FieldError> {
        check(self.name_gate(), Field::Name, self.name.text())
    }
}

fn check(gate: Option<TypedConfirmation>, field: Field, typed: &str) -> Result<(), FieldError> {
    match gate {
        Some(gate) if !gate.passes(typed) => Err(FieldError::new(field, gate.complaint())),
        _ => Ok(()),
    }
}
