//! The order of the lists.

use super::list::Column;
use crate::app::App;
use crate::app::action::{Action, Pane};
use crate::app::capabilities::list_names;
use crate::app::screen::popup::{Menu, Overlay};

impl App {
    pub(in crate::app) fn open_sort_menu(&mut self) {
        let columns: &[Column] = match self.focus {
            _ if self.detail.is_some() || self.log.is_some() => &[],
            Pane::Queue if self.is_grouped() => {
                return self.say("groups stand by their size; Enter opens one, s sorts it then");
            }
            Pane::Staleness => &Column::STALENESS,
            Pane::Queue => &Column::QUEUE,
            Pane::Stats | Pane::Workers | Pane::Queues => &[],
        };
        if columns.is_empty() {
            let lists = list_names(&self.place.source).replace(" or ", " and ");
            return self.say(format!("only {lists} can be sorted"));
        }
        let mut items = vec![(
            "most urgent first (as the server says)".to_owned(),
            Action::SortBy(None),
        )];
        items.extend(
            columns
                .iter()
                .map(|one| (one.title().to_owned(), Action::SortBy(Some(*one)))),
        );
        let current = match self.focus {
            Pane::Queue => self.queue.sort,
            _ => self.staleness.sort,
        };
        let at = current
            .and_then(|sort| columns.iter().position(|one| *one == sort.column))
            .map_or(0, |at| at + 1);
        self.overlay = Some(Overlay::Menu(Menu {
            title: "Sort by (again: other way round)",
            items,
            at,
        }));
    }

    pub(in crate::app) fn sort_by(&mut self, column: Option<Column>) {
        match self.focus {
            Pane::Staleness => {
                self.staleness.sort_by(column);
                self.staleness.refresh(self.data.stale());
            }
            Pane::Queue => {
                self.queue.sort_by(column);
                self.refresh_queue();
            }
            Pane::Stats | Pane::Workers | Pane::Queues => {}
        }
    }
}
