//! One task with its secrets, for a screen where the operator asked for them.

use crate::data::model::detail::Detail;
use crate::data::model::safe_text::SafeText;

impl Detail {
    /// The same with its secrets; `None` if none is hidden in it.
    #[must_use]
    pub fn revealed(&self) -> Option<Self> {
        let mut revealed = self.clone();
        let mut found = false;
        if let Some(snapshot) = revealed.unredacted_snapshot.take() {
            revealed.task_snapshot = Some(*snapshot);
            found = true;
        }
        for text in revealed.texts() {
            if text.hides_secret() {
                *text = text.revealed();
                found = true;
            }
        }
        found.then_some(revealed)
    }

    /// The texts that others wrote at length.
    fn texts(&mut self) -> impl Iterator<Item = &mut SafeText> {
        let steps = self.steps.iter_mut();
        let steps = steps.flat_map(|step| step.last_error.iter_mut());
        let changes = self.transitions.iter_mut();
        let changes = changes.flat_map(|change| change.reason.iter_mut());
        let entries = self.entries.iter_mut();
        let entries = entries.flat_map(|entry| entry.resolution_notes.iter_mut());
        let notes = self.notes.iter_mut().map(|note| &mut note.body);
        let hints = self.hints.iter_mut().map(|hint| &mut hint.text);
        let initiator = self.task.initiator.iter_mut();
        (steps.chain(changes).chain(entries))
            .chain(notes)
            .chain(hints)
            .chain(initiator)
    }
}
