//! The order of the lists.

use super::Lists;
use crate::app::capabilities::list_names;
use crate::app::cursor::Cause;
use crate::app::message::Message;
use crate::app::pane::{Column, Pane};
use crate::app::polled::Polled;
use crate::data::source::Source;

/// What the focused list can be ordered by.
#[derive(Debug)]
pub struct SortChoices {
    /// The columns, besides the server's order.
    pub columns: &'static [Column],
    /// The one it is ordered by now, if not the server's order.
    pub current: Option<Column>,
}

impl Lists {
    /// What the focused list can be ordered by.
    ///
    /// # Errors
    ///
    /// Why it cannot be.
    pub fn sort_choices(&self, source: &Source) -> Result<SortChoices, Message> {
        match self.focus {
            Pane::Queue if self.is_grouped() => Err(Message::info(
                "groups are sorted by size; open one (Enter) to sort it (s)",
            )),
            Pane::Staleness => Ok(SortChoices {
                columns: &Column::STALENESS,
                current: self.staleness.sort.map(|sort| sort.column),
            }),
            Pane::Queue => Ok(SortChoices {
                columns: &Column::QUEUE,
                current: self.queue.sort.map(|sort| sort.column),
            }),
            Pane::Stats | Pane::Workers | Pane::Queues => Err(only_lists_can_be_sorted(source)),
        }
    }

    /// Orders the focused list by `column`, or turns its order round; `None` is the server's order.
    pub fn sort_by(&mut self, column: Option<Column>, polled: &Polled) {
        match self.focus {
            Pane::Staleness => {
                self.staleness.sort_by(column);
                self.staleness.refresh(polled.stale(), Cause::Order);
            }
            Pane::Queue => {
                self.queue.sort_by(column);
                self.refresh_queue(polled, Cause::Order);
            }
            Pane::Stats | Pane::Workers | Pane::Queues => {}
        }
    }
}

/// What is said where nothing can be sorted.
#[must_use]
pub fn only_lists_can_be_sorted(source: &Source) -> Message {
    let lists = list_names(source).replace(" or ", " and ");
    Message::info(format!("only {lists} can be sorted"))
}
