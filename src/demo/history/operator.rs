//! What an operator does to the task of a story.

use serde_json::json;

use super::story::Story;

impl Story<'_> {
    /// An operator acts on a step; the task is evaluated again.
    pub(in crate::demo) fn operate(
        &mut self,
        step: usize,
        action: &'static str,
        actor: &str,
        reason: &str,
    ) {
        let to = match action {
            "reset_for_retry" => "pending",
            _ => "resolved_manually",
        };
        self.push(Some(step), to, actor, Some(reason));
        self.mark_operator(actor, Some(action));
        let now = &mut self.steps[step];
        now.next_retry = None;
        if action == "reset_for_retry" {
            now.attempts = 0;
        }
        let path: &[&'static str] = match self.state {
            "error" => &["waiting_for_dependencies", "evaluating_results"],
            "waiting_for_dependencies" | "steps_in_process" => &["evaluating_results"],
            "blocked_by_failures" => &["enqueuing_steps", "steps_in_process", "evaluating_results"],
            _ => &[],
        };
        for &to in path {
            self.push(None, to, actor, Some("operator acted on a step"));
            self.mark_operator(actor, None);
        }
    }

    /// An operator calls the whole task off.
    pub(in crate::demo) fn cancel(&mut self, actor: &str, reason: &str) {
        for step in 0..self.steps.len() {
            if !matches!(self.steps[step].state, "complete" | "resolved_manually") {
                self.push(Some(step), "cancelled", actor, Some(reason));
                self.mark_operator(actor, Some("cancel_task"));
            }
        }
        self.push(None, "cancelled", actor, Some(reason));
        self.mark_operator(actor, None);
    }

    fn mark_operator(&mut self, actor: &str, action: Option<&str>) {
        if let Some(beat) = self.events.last_mut() {
            beat.metadata = match action {
                Some(action) => json!({ "operator": actor, "action": action }),
                None => json!({ "operator": actor }),
            };
        }
    }
}
