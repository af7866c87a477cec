//! Typing a filter: it works while it is typed.

use crate::app::App;
use crate::app::action::{Edit, Pane, Tab};
use crate::app::capabilities::{has_tab, list_names};
use crate::app::lists::filter::NOT_KEPT;
use crate::app::lists::list::List;
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::Popup;
use crate::app::text_input::TextInput;
use crate::data::model::safe_text::SafeText;

impl App {
    pub(in crate::app) fn start_filter(&mut self) {
        if self.begin_search() {
            return;
        }
        if self.detail.is_some()
            || self.screen.operator_log.is_some()
            || self.lists.focus == Pane::Stats
        {
            let source = &self.session.source;
            let lists = list_names(source).replace(" (1) or ", " and ");
            let lists = lists.trim_end_matches(" (1)").trim_end_matches(" (2)");
            let search = if has_tab(source, Tab::Snapshot) {
                source
                    .manifest
                    .words
                    .tell(", and a task's Snapshot searched")
            } else {
                String::new()
            };
            self.say(format!("only {lists} can be filtered{search}"));
        } else {
            self.lists.filtering = true;
        }
    }

    pub(in crate::app) fn edit(&mut self, edit: &Edit) {
        match &mut self.screen.popup {
            Some(Popup::Confirm(confirm)) => confirm.edit(edit),
            Some(Popup::Palette(palette)) => palette.edit(edit),
            None if self.lists.filtering => self.edit_filter(|field| field.apply(edit)),
            None => self.edit_search(edit),
            _ => {}
        }
    }

    pub(in crate::app) fn clear_filter(&mut self) {
        self.edit_filter(TextInput::clear);
    }

    fn edit_filter(&mut self, change: impl FnOnce(&mut TextInput)) {
        fn reread<Id>(list: &mut List<Id>, pane: Pane, change: impl FnOnce(&mut TextInput)) {
            change(&mut list.filter.field);
            list.filter.reread(pane);
        }
        match self.lists.focus {
            Pane::Staleness => {
                reread(&mut self.lists.staleness, Pane::Staleness, change);
                self.lists.staleness.refresh(self.polled.stale());
            }
            Pane::Queue => {
                reread(&mut self.lists.queue, Pane::Queue, change);
                self.refresh_queue();
            }
            Pane::Workers => {
                reread(&mut self.lists.workers, Pane::Workers, change);
                self.lists.workers.refresh(self.polled.workers());
            }
            Pane::Queues => {
                reread(&mut self.lists.queues, Pane::Queues, change);
                self.lists.queues.refresh(self.polled.queues());
            }
            Pane::Stats => {}
        }
    }

    /// Enter: keeps the filter. One that is not understood is said to be so, with the cursor put
    /// where it is wrong, and typing goes on.
    pub(in crate::app) fn keep_filter(&mut self) {
        let filter = match self.lists.focus {
            Pane::Queue => &mut self.lists.queue.filter,
            Pane::Workers => &mut self.lists.workers.filter,
            Pane::Queues => &mut self.lists.queues.filter,
            Pane::Staleness | Pane::Stats => &mut self.lists.staleness.filter,
        };
        let Some(error) = filter.error.clone() else {
            self.lists.filtering = false;
            // What was wrong has been mended.
            self.screen
                .notification
                .take_if(|news| news.text.starts_with(NOT_KEPT));
            return;
        };
        filter
            .field
            .go_to(error.at + filter.word_at(error.at).chars().count());
        let place = SafeText::new(&filter.word_at(error.at));
        let text = format!(
            "{NOT_KEPT}at \"{place}\": {}; mend it, or Esc drops it",
            error.message
        );
        self.tell(Tone::Bad, text);
    }
}
