//! Typing a filter: it works while it is typed.

use super::App;
use super::action::{Edit, Pane};
use super::field::Field;
use super::list::List;
use super::notice::Tone;
use super::overlay::Overlay;

impl App {
    pub(super) fn start_filter(&mut self) {
        if self.begin_search() {
            return;
        }
        if self.detail.is_some() || self.log.is_some() || self.focus == Pane::Stats {
            let why =
                "only Staleness and the Queue can be filtered, and a task's Snapshot searched";
            self.say(why);
        } else {
            self.filtering = true;
        }
    }

    pub(super) fn edit(&mut self, edit: &Edit) {
        match &mut self.overlay {
            Some(Overlay::Confirm(confirm)) => confirm.edit(edit),
            Some(Overlay::Palette(palette)) => palette.edit(edit),
            None if self.filtering => self.edit_filter(|field| field.apply(edit)),
            None => self.edit_search(edit),
            _ => {}
        }
    }

    pub(super) fn clear_filter(&mut self) {
        self.edit_filter(Field::clear);
    }

    fn edit_filter(&mut self, change: impl FnOnce(&mut Field)) {
        fn reread<Id>(list: &mut List<Id>, pane: Pane, change: impl FnOnce(&mut Field)) {
            change(&mut list.filter.field);
            list.filter.reread(pane);
        }
        match self.focus {
            Pane::Staleness => {
                reread(&mut self.staleness, Pane::Staleness, change);
                self.staleness.refresh(self.data.stale());
            }
            Pane::Queue => {
                reread(&mut self.queue, Pane::Queue, change);
                self.queue.refresh(self.data.entries());
            }
            Pane::Stats => {}
        }
    }

    pub(super) fn keep_filter(&mut self) {
        let error = match self.focus {
            Pane::Queue => &self.queue.filter.error,
            Pane::Staleness | Pane::Stats => &self.staleness.filter.error,
        };
        match error {
            Some(_) => self.tell(
                Tone::Bad,
                "mend the filter first, or press Esc to drop it".to_owned(),
            ),
            None => self.filtering = false,
        }
    }
}
