//! The lists on the screen: their rows, filter, order, marks and pages.
//!
//! Reads what was polled and who looks at it; knows neither the detail screen nor writes. A new pane
//! gets its list in [`Lists`], and its rows' ids and filter fields in `list` or `workers`.

pub mod arrivals;
mod counted;
mod error_to_group;
pub mod filter;
pub mod filter_input;
pub mod fix_history;
pub mod groups;
pub mod list;
pub mod lost;
mod marking;
pub mod named_rows;
pub mod paging;
mod queue_by_error;
mod rows_a_key_applies_to;
mod rows_wanted;
pub mod select_all;
mod shown_rows;
pub mod sort;
mod where_lost;
mod whole_queue;
pub mod workers;

use self::arrivals::Arrivals;
use self::fix_history::FixHistory;
use self::groups::Groups;
use self::list::List;
use self::lost::Lost;
use self::paging::Paging;
use self::select_all::SelectAll;
use self::workers::NameId;
use crate::app::pane::Pane;
use crate::app::viewport::Viewport;
use crate::data::model::{EntryId, TaskId};

/// The lists, and which of them has the keys.
#[derive(Debug, Default)]
pub struct Lists {
    /// The pane that keys act on.
    pub focus: Pane,
    /// The staleness list.
    pub staleness: List<TaskId>,
    /// The queue.
    pub queue: List<EntryId>,
    /// How far the stats are scrolled.
    pub stats: Viewport,
    /// The workers.
    pub workers: List<NameId>,
    /// The broker's queues.
    pub queues: List<NameId>,
    /// The queue by error.
    pub groups: Groups,
    /// A filter is being typed for the focused list.
    pub filtering: bool,
    /// How many rows are asked for.
    pub paging: Paging,
    /// Marks beyond the rows on screen.
    pub select_all: SelectAll,
    /// How entries like those on screen were closed before.
    pub fix_history: FixHistory,
    /// Where rows went that the cursor stood on.
    pub lost: Lost,
    /// The rows of the queue that came in the last second.
    pub arrivals: Arrivals,
}
