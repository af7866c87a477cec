//! The dialog that asks before anything is changed. What it will act on is fixed when it opens.

pub mod duration_field;
pub mod extra_fields;
pub mod field;
mod fields;
pub mod json_field;
mod json_result;
pub mod limits;
pub mod target_drift;
pub mod typed_confirmation;

use std::cell::Cell;

use chrono::{DateTime, Utc};

use self::extra_fields::ExtraField;
use self::field::Field;
use self::target_drift::TargetDrift;
use self::typed_confirmation::{COUNT_FROM, TypedConfirmation};
use super::pace::{Noticed, PaceMode, PaceSettings};
use super::verb_plan::Plan;
use crate::app::text_input::TextInput;
use crate::app::viewport::Viewport;
use crate::data::bulk::retry_outcome::{detects_repeats, why_no_outcome};
use crate::data::messages::command::{Change, EntryVerb, Pace, Unfinished};

/// What is left of a run that was interrupted.
#[derive(Debug, Clone)]
pub struct InterruptedRun {
    /// Whether it is to be given up.
    pub give_up: bool,
    /// What is known of it, in a few sentences.
    pub story: String,
    /// The run.
    pub run: Unfinished,
}

/// The dialog that asks before anything is changed.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What it will do.
    pub plan: Plan,
    /// What it could do instead, fixed at the same time: the task instead of its step.
    pub instead: Option<Plan>,
    /// Why.
    pub reason: TextInput,
    /// What was typed at the [`TypedConfirmation`], if there is one.
    pub count: TextInput,
    /// What else is asked.
    pub extra: Option<ExtraField>,
    /// The database's time when that was last looked at.
    pub now: DateTime<Utc>,
    /// Whether a canary goes first; only retries of several have the choice.
    pub how: Option<PaceMode>,
    /// What that means here.
    pub pacing: PaceSettings,
    /// Set if it is about the rest of a run that was interrupted.
    pub left: Option<Box<InterruptedRun>>,
    /// What has happened to the targets since they were fixed.
    pub drift: TargetDrift,
    /// The profile's name, if it is production: it must be typed.
    pub production: Option<String>,
    /// What has the focus.
    pub field: Field,
    /// Why it was not done.
    pub complaint: Option<String>,
    /// The program asks by itself: because of what, and what is known of it.
    pub offered: Option<String>,
    /// Drawing notes here when the screen is too small to show the targets and the buttons:
    /// nobody may agree to what they cannot see.
    pub hidden: Cell<bool>,
    /// Which of the targets are named.
    pub view: Viewport,
}

impl Confirm {
    /// A dialog for `plan`, with the cursor in the reason and Cancel as the first button.
    #[must_use]
    pub fn new(plan: Plan, reason: &str) -> Self {
        Self {
            how: PaceMode::of(&plan.change, COUNT_FROM),
            plan,
            instead: None,
            reason: TextInput::with(reason),
            count: TextInput::default(),
            extra: None,
            now: DateTime::UNIX_EPOCH,
            pacing: PaceSettings::default(),
            left: None,
            drift: TargetDrift::default(),
            production: None,
            field: Field::Reason,
            complaint: None,
            offered: None,
            hidden: Cell::new(false),
            view: Viewport::default(),
        }
    }

    /// A dialog that the program opens by itself, because of what was just done.
    #[must_use]
    pub fn offer(plan: Plan, reason: &str, lead: String) -> Self {
        Self {
            offered: Some(lead),
            ..Self::new(plan, reason)
        }
    }

    /// A dialog about the rest of a run: its reason and its pace are what they were.
    #[must_use]
    pub fn of_interrupted(plan: Plan, left: InterruptedRun, production: Option<&String>) -> Self {
        let confirm = Self::new(plan, &left.run.write.reason);
        let mut confirm = confirm.require_profile_name(production);
        confirm.how = None;
        confirm.left = Some(Box::new(left));
        confirm.field = confirm.fields().first().copied().unwrap_or(Field::Cancel);
        confirm
    }

    /// What it would do: `Retry 3 steps`, `Go on: Retry 500 steps`.
    #[must_use]
    pub fn title(&self) -> String {
        let title = self.plan.title();
        match &self.left {
            None => title,
            Some(left) if left.give_up => format!("Discard the rest: {title}"),
            Some(_) => format!("Resume: {title}"),
        }
    }

    /// A dialog that offers `instead` as well, if that would change anything.
    #[must_use]
    pub fn with_alternative(mut self, instead: Option<Plan>) -> Self {
        self.instead = instead.filter(|plan| plan.change.count() > 0);
        self
    }

    /// The same, with more to ask at this time, and the cursor where that begins.
    #[must_use]
    pub fn with_extra(mut self, extra: Option<ExtraField>, now: DateTime<Utc>) -> Self {
        // A result that was written and checked before is asked about as it is.
        let open = extra.as_ref().filter(|extra| !extra.is_written());
        let first = open.and_then(|extra| extra.fields().first());
        // A claim is as long as they mostly are.
        let owns = matches!(
            self.plan.change,
            Change::Entries(EntryVerb::Claim { .. }, _)
        );
        self.field = first.filter(|_| !owns).copied().unwrap_or(self.field);
        self.extra = extra;
        self.now = now;
        self
    }

    /// The same, where many retries go like this.
    #[must_use]
    pub const fn with_pace(mut self, pacing: PaceSettings) -> Self {
        self.pacing = pacing;
        self
    }

    /// The same; a canary goes first if it is about a group, however few there are: they have one
    /// cause.
    #[must_use]
    pub fn for_group(mut self, group: bool) -> Self {
        if group {
            self.how = self.how.map(|_| PaceMode::Canary);
        }
        self
    }

    /// How fast it is to be done, and what stops it.
    #[must_use]
    pub fn pace(&self) -> Pace {
        if let Some(left) = &self.left {
            return left.run.write.pace;
        }
        let known = Noticed {
            outcome: self.no_canary().is_none(),
            return_of_error: self.halts(),
        };
        self.pacing.pace(self.how, known)
    }

    /// Why no canary can go first, if that is so: nobody could say how it turns out.
    #[must_use]
    pub fn no_canary(&self) -> Option<String> {
        why_no_outcome(&self.plan.source, &self.plan.change)
    }

    /// Whether it stops by itself when the error comes back.
    #[must_use]
    pub fn halts(&self) -> bool {
        detects_repeats(&self.plan.source, &self.plan.change)
    }

    /// Whether what is asked for was typed.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.typed_confirmation().passes(self.count.text())
    }

    /// The same; in production the name of the profile must be typed.
    #[must_use]
    pub fn require_profile_name(mut self, profile: Option<&String>) -> Self {
        self.production = profile.cloned();
        self
    }

    /// What must be typed besides the reason.
    #[must_use]
    pub fn typed_confirmation(&self) -> TypedConfirmation {
        if self.left.as_ref().is_some_and(|left| left.give_up) {
            // The database is not changed.
            return TypedConfirmation::None;
        }
        TypedConfirmation::of(self.plan.change.count(), self.production.as_deref())
    }

    /// Whether anything must be typed besides the reason.
    #[must_use]
    pub fn wants_count(&self) -> bool {
        self.typed_confirmation().asks()
    }
}
