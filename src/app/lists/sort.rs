//! The order of the lists.

use super::list::Column;
use crate::app::App;
use crate::app::action::{Action, Pane};
use crate::app::capabilities::list_names;
use crate::app::screen::popup::{Menu, Popup};

impl App {
    pub(in crate::app) fn open_sort_menu(&mut self) {
        let columns: &[Column] = match self.lists.focus {
            _ if self.detail.is_some() || self.screen.operator_log.is_some() => &[],
            Pane::Queue if self.is_grouped() => {
                return self.say("groups stand by their size; Enter opens one, s sorts it then");
            }
            Pane::Staleness => &Column::STALENESS,
            Pane::Queue => &Column::QUEUE,
            Pane::Stats | Pane::Workers | Pane::Queues => &[],
        };
        if columns.is_empty() {
            let lists = list_names(&self.session.source).replace(" or ", " and ");
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
        let current = match self.lists.focus {
            Pane::Queue => self.lists.queue.sort,
            _ => self.lists.staleness.sort,
        };
        let at = current
            .and_then(|sort| columns.iter().position(|one| *one == sort.column))
            .map_or(0, |at| at + 1);
        self.screen.popup = Some(Popup::Menu(Menu {
            title: "Sort by (again: other way round)",
            items,
            at,
        }));
    }

    pub(in crate::app) fn sort_by(&mut self, column: Option<Column>) {
        match self.lists.focus {
            Pane::Staleness => {
                self.lists.staleness.sort_by(column);
                self.lists.staleness.refresh(self.polled.stale());
            }
            Pane::Queue => {
                self.lists.queue.sort_by(column);
                self.refresh_queue();
            }
            Pane::Stats | Pane::Workers | Pane::Queues => {}
        }
    }
}
