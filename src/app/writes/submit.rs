//! From a write key to the dialog, and from the dialog to the database. Read-only mode refuses here,
//! with the reason from `session/access.rs`.

use uuid::Uuid;

use super::Writes;
use super::confirm::Confirm;
use super::drafts::Draft;
use super::follow_up::entries_of;
use super::in_flight::Run;
use super::inputs::{default_reason, extra_field, other_owners, toggle_verb};
use super::selection::OnScreen;
use super::verb_plan::{Plan, alternative_plan, plan};
use crate::app::action::Verb;
use crate::app::capabilities::list_names;
use crate::app::format::count_usize;
use crate::app::message::{Message, Reply};
use crate::app::pane::Pane;
use crate::data::messages::command::{Command, Write};

/// What came of a dialog that was to be sent.
#[derive(Debug)]
pub enum Submitted {
    /// It was sent.
    Sent(Reply),
    /// It stays open: it says why.
    Stays(Box<Confirm>),
}

impl Writes {
    /// The dialog that asks whether to do this to what is chosen.
    ///
    /// # Errors
    ///
    /// Why there is nothing to ask.
    pub fn ask(&mut self, verb: Verb, seen: &OnScreen<'_>) -> Result<Confirm, Message> {
        let OnScreen {
            session,
            polled,
            lists,
            ..
        } = *seen;
        if let Some(refusal) = session.access.refusal() {
            return Err(refusal);
        }
        if seen.detail.is_none()
            && let Some(why) = lists.blocked_by_select_all()
        {
            return Err(why);
        }
        if let Some(why) = seen.why_not_under_cursor() {
            return Err(why);
        }
        let subjects = seen.subjects();
        if subjects.is_empty() {
            return Err(nothing_chosen(seen));
        }
        let source = &session.source;
        let verb = toggle_verb(verb, &subjects, source);
        if verb == Verb::Complete && subjects.len() > 1 {
            let text = "a result is for one step at a time: select one";
            return Err(Message::bad(text));
        }
        let mut plan = plan(verb, &subjects, source);
        if plan.change.count() == 0 {
            return Err(nothing_to_do(&plan));
        }
        plan.remarks = other_owners(&plan, &subjects, session, polled);
        plan.remarks.extend(left_out_unseen(seen.unseen()));
        // Only for the very same targets: one task's reason has no place in another's log.
        let draft = self
            .draft
            .take()
            .filter(|draft| draft.verb == verb && draft.tasks == plan.tasks);
        let mut extra = extra_field(verb, &subjects, session);
        let reason = draft.map_or_else(
            || default_reason(verb).to_owned(),
            |draft| {
                if let (Some(extra), Some(typed)) = (&mut extra, draft.extra) {
                    extra.recall(typed);
                }
                draft.reason
            },
        );
        let in_queue = lists.focus == Pane::Queue && seen.detail.is_none();
        Ok(Confirm::new(plan, &reason)
            .with_alternative(alternative_plan(verb, &subjects, source))
            .with_extra(extra, polled.database_now(session.now))
            .with_pace(self.pace)
            .for_group(in_queue && lists.is_grouped())
            .require_profile_name(session.production.as_ref()))
    }

    /// Sends what a dialog asks about: the only place a write leaves from.
    pub fn send(&mut self, mut confirm: Box<Confirm>, seen: &OnScreen<'_>) -> Submitted {
        let session = seen.session;
        if session.is_wall {
            return Submitted::Sent(Reply::default());
        }
        // Whoever opened the dialog: what production asks for is asked for.
        confirm.production.clone_from(&session.production);
        if session.access.read_only().is_some() {
            let why = "The unlock has ended: nothing was sent. Esc keeps the reason.";
            confirm.complaint = Some(why.to_owned());
            return Submitted::Stays(confirm);
        }
        confirm.now = seen.polled.database_now(session.now);
        if !confirm.ready() {
            return Submitted::Stays(confirm);
        }
        if confirm.plan.change.count() > 1 && !gives_up(&confirm) && self.is_running_many() {
            let why = "Another bulk run is in progress: wait for it to end, or stop it.";
            confirm.complaint = Some(why.to_owned());
            return Submitted::Stays(confirm);
        }
        Submitted::Sent(match confirm.left.take() {
            Some(left) => self.resume_run(*left, confirm.plan, session.now),
            None => self.begin_run(*confirm, seen),
        })
    }

    fn begin_run(&mut self, confirm: Confirm, seen: &OnScreen<'_>) -> Reply {
        let pace = confirm.pace();
        let Confirm {
            plan,
            reason,
            extra,
            ..
        } = confirm;
        let reason = reason.text().trim();
        let write = Write {
            batch: Uuid::now_v7(), // a name; nothing is decided by it
            change: plan.change.clone(),
            reason: seen.session.access.reason(reason),
            pace,
        };
        let message = Message::info(format!("{}…", plan.title()));
        let mut run = Run::new(write.clone(), plan, reason, seen.session.now);
        run.entries = entries_of(&run.plan, seen);
        run.extra = extra;
        self.in_flight.push(run);
        Reply::new(message, Command::Write(Box::new(write)))
    }

    /// Keeps what was typed in a dialog that is closed.
    pub fn save_draft(&mut self, confirm: &Confirm) {
        if let Some(draft) = Draft::of_dialog(confirm) {
            self.draft = Some(draft);
        }
    }

    /// A write could not be handed on: what was typed is kept.
    pub fn on_write_rejected(&mut self, batch: Uuid) -> Message {
        if let Some(run) = self.take_run(batch) {
            self.draft = Some(Draft::of_run(run));
        }
        Message::bad("not sent: earlier changes are still in progress; try again in a moment")
    }
}

fn nothing_chosen(seen: &OnScreen<'_>) -> Message {
    let source = &seen.session.source;
    Message::info(if seen.detail.is_some() && !seen.log_is_open {
        let words = &source.manifest.words;
        words.fill("the {task} is still loading: try again in a moment")
    } else {
        format!("nothing is selected here: go to {}", list_names(source))
    })
}

/// That rows which have only just come are left out.
fn left_out_unseen(unseen: usize) -> Option<String> {
    let came = match unseen {
        0 => return None,
        1 => "1 more has only just come, and is".to_owned(),
        n => format!("{} more have only just come, and are", count_usize(n)),
    };
    Some(format!("{came} left out"))
}

fn nothing_to_do(plan: &Plan) -> Message {
    let why = match plan.excluded.as_slice() {
        [only] => format!("{}: {}", only.label, only.why),
        [first, rest @ ..] => {
            format!("{}: {} (and {} more)", first.label, first.why, rest.len())
        }
        [] => String::new(),
    };
    Message::bad(format!("nothing to do: {why}"))
}

fn gives_up(confirm: &Confirm) -> bool {
    confirm.left.as_ref().is_some_and(|left| left.give_up)
}
