//! The box that asks before anything is changed. What it will act on is fixed when it opens.

pub mod limits;
pub mod more;
pub mod result;
pub mod span;

use std::cell::Cell;

use chrono::{DateTime, Utc};

pub use self::more::More;
use super::action::{Edit, Verb};
use super::field::Field;
use super::gate::{COUNT_FROM, Gate};
use super::pacing::{How, Pacing};
use super::stale_set::Since;
use super::viewport::Viewport;
use super::words::plural;
use crate::data::command::{Change, EntryVerb, Pace, Resolution, StepVerb, TaskVerb, Unfinished};
use crate::data::model::{EntryId, TaskId};
use crate::data::safe_text::SafeText;

/// A row of a list, as marks know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A row of the staleness list.
    Task(TaskId),
    /// A row of the queue.
    Entry(EntryId),
    /// The detail screen.
    Detail,
}

/// A row left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// How it is named.
    pub label: SafeText,
    /// Why the verb does not apply to it.
    pub why: String,
}

/// What would be changed: the set as the operator saw it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was asked.
    pub verb: Verb,
    /// The change, with the states and versions seen.
    pub change: Change,
    /// The row each target came from, in the same order.
    pub origins: Vec<Origin>,
    /// The task of each target, in the same order.
    pub tasks: Vec<TaskId>,
    /// Rows the verb does not apply to.
    pub excluded: Vec<Excluded>,
    /// What else is to be known before agreeing: who else looks into it.
    pub told: Vec<String>,
}

impl Plan {
    /// `Retry 3 steps`, `Close 1 investigation`.
    #[must_use]
    pub fn title(&self) -> String {
        let (verb, noun) = match &self.change {
            Change::Steps(StepVerb::ResetForRetry, _) => ("Retry", "step"),
            Change::Steps(StepVerb::ResolveManually, _) => ("Resolve (bypass)", "step"),
            Change::Steps(StepVerb::CompleteManually(_), _) => ("Complete", "step"),
            Change::Steps(StepVerb::Cancel, _) => ("Cancel", "step"),
            Change::Steps(StepVerb::SetLimits(_), _) => ("Change the limits of", "step"),
            Change::Tasks(TaskVerb::Resume, _) => ("Put back to work", "task"),
            Change::Tasks(TaskVerb::Cancel, _) => ("Cancel", "task"),
            Change::Tasks(TaskVerb::SendToDlq, _) => ("Send to the DLQ:", "task"),
            Change::Entries(EntryVerb::Close(_), _) => ("Close", "investigation"),
            Change::Entries(EntryVerb::Note, _) => ("Add a note to", "investigation"),
            Change::Entries(
                EntryVerb::Own {
                    take_over: true, ..
                },
                _,
            ) => ("Take over", "investigation"),
            Change::Entries(EntryVerb::Own { .. }, _) => ("Own", "investigation"),
            Change::Entries(EntryVerb::Release, _) => ("Release", "investigation"),
            Change::Entries(EntryVerb::Snooze(_), _) => ("Snooze", "investigation"),
            Change::Entries(EntryVerb::Unsnooze, _) => ("Wake", "investigation"),
            Change::Entries(EntryVerb::Reopen, _) => ("Reopen", "investigation"),
        };
        format!("{verb} {}", plural(self.change.count(), noun))
    }

    /// What it means, for those who do not do it every day.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        match &self.change {
            Change::Steps(StepVerb::ResetForRetry, _) => "Runs it again, with all its attempts.",
            Change::Steps(StepVerb::ResolveManually, _) => {
                "Counts the step as done, without a result; its children may run."
            }
            Change::Steps(StepVerb::CompleteManually(_), _) => {
                "Counts the step as done, with this result; its children may run."
            }
            Change::Steps(StepVerb::Cancel, _) => {
                "The step never runs; what waits for it never will, and the task stays blocked."
            }
            Change::Steps(StepVerb::SetLimits(_), _) => {
                "For this step only; the template stays as it is."
            }
            Change::Tasks(TaskVerb::Resume, _) => {
                "No step needs anything done to it: the task goes on from where its steps are."
            }
            Change::Tasks(TaskVerb::Cancel, _) => "The whole task is called off.",
            Change::Tasks(TaskVerb::SendToDlq, _) => {
                "Opens an investigation. The task itself is not changed."
            }
            Change::Entries(EntryVerb::Close(_), _) => {
                "Ends the investigation. The task itself is not changed."
            }
            Change::Entries(EntryVerb::Note, _) => {
                "The note stays with the investigation; notes are never changed."
            }
            Change::Entries(EntryVerb::Own { .. }, _) => {
                "Everybody sees who looks into it. The claim ends by itself."
            }
            Change::Entries(EntryVerb::Release, _) => "Gives it back before the claim ends.",
            Change::Entries(EntryVerb::Snooze(_), _) => {
                "Takes it from the top of the queue; it comes back by itself."
            }
            Change::Entries(EntryVerb::Unsnooze, _) => "Brings it back to its place in the queue.",
            Change::Entries(EntryVerb::Reopen, _) => {
                "Opens the investigation again. The task itself is not changed."
            }
        }
    }

    /// What the reason is asked as.
    #[must_use]
    pub const fn reason_label(&self) -> &'static str {
        match self.change {
            Change::Entries(EntryVerb::Note, _) => "Note",
            _ => "Reason",
        }
    }
}

/// Where the focus of the box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Whether the step is meant or the whole task.
    What,
    /// How to close the investigation.
    Resolution,
    /// All at once, or a canary first.
    How,
    /// How often a step may run, being typed.
    Attempts,
    /// How long a run may take, being typed.
    Timeout,
    /// For how long or until when, being typed.
    Span,
    /// What a step is to have returned; written in an editor.
    Result,
    /// The reason being typed.
    Reason,
    /// The count being typed.
    Count,
    /// The profile's name being typed.
    Name,
    /// The button that changes nothing.
    Cancel,
    /// The button that does it.
    DoIt,
}

/// What is left of a run that was cut short.
#[derive(Debug, Clone)]
pub struct Left {
    /// Whether it is to be given up.
    pub give_up: bool,
    /// What is known of it, in a few sentences.
    pub story: String,
    /// The run.
    pub run: Unfinished,
}

/// The box.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What it will do.
    pub plan: Plan,
    /// What it could do instead, fixed at the same time: the task instead of its step.
    pub instead: Option<Plan>,
    /// Why.
    pub reason: Field,
    /// What was typed at the [`Gate`], if there is one.
    pub count: Field,
    /// What else is asked.
    pub more: Option<More>,
    /// The database's time when that was last looked at.
    pub now: DateTime<Utc>,
    /// Whether a canary goes first; only retries of several have the choice.
    pub how: Option<How>,
    /// What that means here.
    pub pacing: Pacing,
    /// Set if it is about the rest of a run that was cut short.
    pub left: Option<Box<Left>>,
    /// What has happened to the targets since they were fixed.
    pub since: Since,
    /// The profile's name, if it is production: it must be typed.
    pub production: Option<String>,
    /// What has the focus.
    pub spot: Spot,
    /// Why it was not done.
    pub complaint: Option<String>,
    /// The program asks by itself, because something else was just done.
    pub offered: bool,
    /// Drawing notes here when the screen is too small to show the targets and the buttons:
    /// nobody may agree to what they cannot see.
    pub hidden: Cell<bool>,
    /// Which of the targets are named.
    pub view: Viewport,
}

impl Confirm {
    /// A box for `plan`, with the cursor in the reason and Cancel as the first button.
    #[must_use]
    pub fn new(plan: Plan, reason: &str) -> Self {
        Self {
            how: How::of(&plan.change, COUNT_FROM),
            plan,
            instead: None,
            reason: Field::with(reason),
            count: Field::default(),
            more: None,
            now: DateTime::UNIX_EPOCH,
            pacing: Pacing::default(),
            left: None,
            since: Since::default(),
            production: None,
            spot: Spot::Reason,
            complaint: None,
            offered: false,
            hidden: Cell::new(false),
            view: Viewport::default(),
        }
    }

    /// A box that nobody asked for: what was just done makes it likely.
    #[must_use]
    pub fn offer(plan: Plan, reason: &str) -> Self {
        Self {
            offered: true,
            ..Self::new(plan, reason)
        }
    }

    /// A box about the rest of a run: its reason and its pace are what they were.
    #[must_use]
    pub fn of_rest(plan: Plan, left: Left, production: Option<&String>) -> Self {
        let confirm = Self::new(plan, &left.run.write.reason);
        let mut confirm = confirm.in_production(production);
        confirm.how = None;
        confirm.left = Some(Box::new(left));
        confirm.spot = confirm.spots().first().copied().unwrap_or(Spot::Cancel);
        confirm
    }

    /// What it would do: `Retry 3 steps`, `Go on: Retry 500 steps`.
    #[must_use]
    pub fn title(&self) -> String {
        let title = self.plan.title();
        match &self.left {
            None => title,
            Some(left) if left.give_up => format!("Give up the rest: {title}"),
            Some(_) => format!("Go on: {title}"),
        }
    }

    /// A box that offers `instead` as well, if that would change anything.
    #[must_use]
    pub fn or(mut self, instead: Option<Plan>) -> Self {
        self.instead = instead.filter(|plan| plan.change.count() > 0);
        self
    }

    /// The same, with more to ask at this time, and the cursor where that begins.
    #[must_use]
    pub fn asking(mut self, more: Option<More>, now: DateTime<Utc>) -> Self {
        // A result that was written and checked before is asked about as it is.
        let open = more.as_ref().filter(|more| !more.is_written());
        let first = open.and_then(|more| more.spots().first());
        // A claim is as long as they mostly are.
        let owns = matches!(self.plan.change, Change::Entries(EntryVerb::Own { .. }, _));
        self.spot = first.filter(|_| !owns).copied().unwrap_or(self.spot);
        self.more = more;
        self.now = now;
        self
    }

    /// The same, where many retries go like this.
    #[must_use]
    pub const fn paced(mut self, pacing: Pacing) -> Self {
        self.pacing = pacing;
        self
    }

    /// The same; a canary goes first if it is about a group, however few there are: they have one
    /// cause.
    #[must_use]
    pub fn of_a_group(mut self, group: bool) -> Self {
        if group {
            self.how = self.how.map(|_| How::Canary);
        }
        self
    }

    /// How fast it is to be done, and what stops it.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match &self.left {
            Some(left) => left.run.write.pace,
            None => self.pacing.pace(self.how),
        }
    }

    /// Whether what is asked for was typed.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.gate().passes(self.count.text())
    }

    /// The box in a profile that is production, if it is: its name must be typed.
    #[must_use]
    pub fn in_production(mut self, profile: Option<&String>) -> Self {
        self.production = profile.cloned();
        self
    }

    /// What must be typed besides the reason.
    #[must_use]
    pub fn gate(&self) -> Gate {
        if self.left.as_ref().is_some_and(|left| left.give_up) {
            // The database is not changed.
            return Gate::None;
        }
        Gate::of(self.plan.change.count(), self.production.as_deref())
    }

    /// Whether anything must be typed besides the reason.
    #[must_use]
    pub fn wants_count(&self) -> bool {
        self.gate().asks()
    }

    /// Where that is typed.
    fn gate_spot(&self) -> Option<Spot> {
        match self.gate() {
            Gate::None => None,
            Gate::Count(_) => Some(Spot::Count),
            Gate::Profile(_) => Some(Spot::Name),
        }
    }

    /// What has places for the focus, in order.
    #[must_use]
    pub fn spots(&self) -> Vec<Spot> {
        let mut spots = Vec::with_capacity(6);
        if self.instead.is_some() {
            spots.push(Spot::What);
        }
        let closes = matches!(self.plan.change, Change::Entries(EntryVerb::Close(_), _));
        if closes && self.left.is_none() {
            spots.push(Spot::Resolution);
        }
        if self.how.is_some() {
            spots.push(Spot::How);
        }
        if self.left.is_none() {
            spots.extend(self.more.iter().flat_map(More::spots));
            spots.push(Spot::Reason);
        }
        spots.extend(self.gate_spot());
        spots.extend([Spot::Cancel, Spot::DoIt]);
        spots
    }

    /// Moves the focus, round and round.
    pub fn step(&mut self, by: isize) {
        let spots = self.spots();
        let at = spots
            .iter()
            .position(|spot| *spot == self.spot)
            .unwrap_or(0);
        let len = spots.len().cast_signed();
        self.spot = spots[(at.cast_signed() + by).rem_euclid(len).cast_unsigned()];
    }

    /// Chooses the next or previous way to close or to go about it; between the buttons, the
    /// other one.
    pub fn choose(&mut self, by: isize) {
        match (self.spot, &mut self.plan.change) {
            (Spot::Cancel, _) => self.spot = Spot::DoIt,
            (Spot::DoIt, _) => self.spot = Spot::Cancel,
            // As it was begun, so it goes on.
            _ if self.left.is_some() => {}
            (Spot::Span, _) => {
                if let Some(More::Span(span)) = &mut self.more {
                    span.choose(by);
                }
                self.complaint = None;
            }
            (_, Change::Entries(EntryVerb::Close(resolution), _)) => {
                let all = Resolution::ALL;
                let at = all.iter().position(|one| one == resolution).unwrap_or(0);
                let len = all.len().cast_signed();
                *resolution = all[(at.cast_signed() + by).rem_euclid(len).cast_unsigned()];
            }
            _ if self.instead.is_some() => self.turn(),
            _ => self.how = self.how.map(How::other),
        }
    }

    /// Takes the other plan. A count that was typed was for this one.
    fn turn(&mut self) {
        if let Some(instead) = &mut self.instead {
            std::mem::swap(&mut self.plan, instead);
            self.how = How::of(&self.plan.change, COUNT_FROM);
            self.since = Since::default();
            self.count = Field::default();
            self.complaint = None;
        }
    }

    /// Changes the line that has the focus.
    pub fn edit(&mut self, edit: &Edit) {
        match self.spot {
            Spot::Reason => self.reason.apply(edit),
            Spot::Name => self.count.apply(edit),
            // Digits and nothing else, so that `y` can mean what it means everywhere in the box.
            Spot::Count => match edit {
                Edit::Insert(letter) if !letter.is_ascii_digit() => return,
                Edit::Paste(text) => {
                    let digits = text.chars().filter(char::is_ascii_digit).collect();
                    self.count.apply(&Edit::Paste(digits));
                }
                edit => self.count.apply(edit),
            },
            spot => match self.more.as_mut().and_then(|more| more.field(spot)) {
                Some(field) => field.apply(edit),
                None => return,
            },
        }
        self.complaint = None;
    }

    /// Whether it may be done; if not, says why and goes to the place to mend.
    pub fn ready(&mut self) -> bool {
        let asked = self.put();
        let gate = self.gate();
        let (spot, complaint) = if self.hidden.get() {
            let why = "The terminal is too small to show what would be changed.";
            (self.spot, why.to_owned())
        } else if let Err(wrong) = asked {
            wrong
        } else if self.reason.is_blank() {
            let why = match self.plan.change {
                Change::Entries(EntryVerb::Note, _) => "Write the note first.".to_owned(),
                _ => "Say why first: it goes into the log that everybody reads.".to_owned(),
            };
            (Spot::Reason, why)
        } else if !gate.passes(self.count.text()) {
            let spot = self.gate_spot().unwrap_or(self.spot);
            (spot, gate.complaint())
        } else {
            return true;
        };
        self.spot = spot;
        self.complaint = Some(complaint);
        false
    }

    /// Puts what else was asked into the change.
    fn put(&mut self) -> Result<(), (Spot, String)> {
        match &self.more {
            Some(more) => more.put(&mut self.plan.change, self.now),
            None => Ok(()),
        }
    }

    /// Enter in a field: on to the next field, then to Cancel. It never does anything.
    pub fn onward(&mut self) {
        match self.spot {
            Spot::What | Spot::Resolution | Spot::How => self.spot = Spot::Reason,
            Spot::Attempts => self.spot = Spot::Timeout,
            Spot::Timeout | Spot::Span | Spot::Result => match self.put() {
                Ok(()) => self.spot = Spot::Reason,
                Err((spot, why)) => {
                    self.spot = spot;
                    self.complaint = Some(why);
                }
            },
            Spot::Reason if self.reason.is_blank() => {
                self.ready();
            }
            Spot::Reason if self.wants_count() => {
                self.spot = self.gate_spot().unwrap_or(Spot::Cancel);
            }
            Spot::Reason | Spot::Count | Spot::Name => {
                if self.ready() {
                    self.spot = Spot::Cancel;
                }
            }
            Spot::Cancel | Spot::DoIt => {}
        }
    }
}
