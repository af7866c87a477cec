//! Typing a filter: it works while it is typed.

use super::Lists;
use super::filter::{Filter, NOT_KEPT};
use super::list::List;
use crate::app::action::Edit;
use crate::app::capabilities::{has_tab, list_names};
use crate::app::cursor::Cause;
use crate::app::message::Message;
use crate::app::pane::{Pane, Tab};
use crate::app::polled::Polled;
use crate::app::text_input::TextInput;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;

impl Lists {
    /// Begins to type a filter.
    ///
    /// # Errors
    ///
    /// The focused pane has no list to filter.
    pub fn start_filter(&mut self, source: &Source) -> Result<(), Message> {
        if self.focus == Pane::Stats {
            return Err(only_lists_can_be_filtered(source));
        }
        self.filtering = true;
        Ok(())
    }

    /// Changes what is typed.
    pub fn edit_filter(&mut self, edit: &Edit, polled: &Polled) {
        self.change_filter(|typed| typed.apply(edit), polled);
    }

    /// Takes the filter away.
    pub fn clear_filter(&mut self, polled: &Polled) {
        self.change_filter(TextInput::clear, polled);
    }

    fn change_filter(&mut self, change: impl FnOnce(&mut TextInput), polled: &Polled) {
        fn reread<Id>(list: &mut List<Id>, pane: Pane, change: impl FnOnce(&mut TextInput)) {
            change(&mut list.filter.field);
            list.filter.reread(pane);
        }
        match self.focus {
            Pane::Staleness => {
                reread(&mut self.staleness, Pane::Staleness, change);
                self.staleness.refresh(polled.stale(), Cause::Choice);
            }
            Pane::Queue => {
                reread(&mut self.queue, Pane::Queue, change);
                self.refresh_queue(polled, Cause::Choice);
            }
            Pane::Workers => {
                reread(&mut self.workers, Pane::Workers, change);
                self.workers.refresh(polled.workers(), Cause::Choice);
            }
            Pane::Queues => {
                reread(&mut self.queues, Pane::Queues, change);
                self.queues.refresh(polled.queues(), Cause::Choice);
            }
            Pane::Stats => {}
        }
    }

    /// Whether the focused list has a filter.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.focus != Pane::Stats && !self.focused_filter().is_empty()
    }

    fn focused_filter(&self) -> &Filter {
        match self.focus {
            Pane::Queue => &self.queue.filter,
            Pane::Workers => &self.workers.filter,
            Pane::Queues => &self.queues.filter,
            Pane::Staleness | Pane::Stats => &self.staleness.filter,
        }
    }

    fn focused_filter_mut(&mut self) -> &mut Filter {
        match self.focus {
            Pane::Queue => &mut self.queue.filter,
            Pane::Workers => &mut self.workers.filter,
            Pane::Queues => &mut self.queues.filter,
            Pane::Staleness | Pane::Stats => &mut self.staleness.filter,
        }
    }

    /// Enter: keeps the filter. One that is not understood is not kept: the cursor is put where it
    /// is wrong, and typing goes on.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn keep_filter(&mut self) -> Result<(), Message> {
        let filter = self.focused_filter_mut();
        let Some(error) = filter.error.clone() else {
            self.filtering = false;
            return Ok(());
        };
        filter
            .field
            .go_to(error.at + filter.word_at(error.at).chars().count());
        let place = SafeText::new(&filter.word_at(error.at));
        let text = format!(
            "{NOT_KEPT}at \"{place}\": {}; fix it, or press Esc to drop it",
            error.message
        );
        Err(Message::bad(text))
    }
}

/// What is said where nothing can be filtered.
#[must_use]
pub fn only_lists_can_be_filtered(source: &Source) -> Message {
    let lists = list_names(source).replace(" (1) or ", " and ");
    let lists = lists.trim_end_matches(" (1)").trim_end_matches(" (2)");
    let search = if has_tab(source, Tab::Snapshot) {
        let words = &source.manifest.words;
        words.fill(", and {a task}'s Snapshot searched")
    } else {
        String::new()
    };
    Message::info(format!("only {lists} can be filtered{search}"))
}
