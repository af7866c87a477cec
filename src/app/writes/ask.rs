//! From a write key to the dialog, or to the reason why there is none: read-only mode refuses here, with the
//! sentence of `session/read_only.rs`.

use super::Writes;
use super::confirm::Confirm;
use super::inputs::{default_reason, extra_field, other_owners, toggle_verb};
use super::targets_on_screen::OnScreen;
use super::verb_plan::{Plan, alternative_plan, plan};
use crate::app::action::Verb;
use crate::app::capabilities::list_names;
use crate::app::message::Message;
use crate::app::pane::Pane;

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
