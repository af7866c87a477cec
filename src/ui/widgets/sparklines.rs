//! Arrivals, resolutions and backlog as bars, for the stats pane and for the wall.

use std::ops::Add;

use crate::data::model::FlowBucket;
use crate::ui::widgets::text::per_bar;

/// Minutes of one [`FlowBucket`].
const BUCKET_MINUTES: usize = 5;

/// As many bars as there is room for, oldest first; none is left out, neighbours are put together.
pub(in crate::ui) struct Curves {
    /// Entries opened during each bar.
    pub arrived: Vec<i64>,
    /// Entries closed during each bar, as far as that is known.
    pub resolved: Vec<Option<i64>>,
    /// Entries open at the end of each bar.
    pub open: Vec<i64>,
    /// The highest of arrived and resolved. One scale for both, or a trickle of fixes would look
    /// like a match for a flood.
    pub top: i64,
    /// Minutes of one bar.
    pub minutes: usize,
}

impl Curves {
    /// The buckets in at most `room` bars.
    pub fn of(flow: &[FlowBucket], room: usize) -> Self {
        let together = per_bar(flow.len(), room);
        let bars = || flow.rchunks(together).rev();
        let arrived: Vec<i64> = bars()
            .map(|bar| bar.iter().map(|one| one.arrived).sum())
            .collect();
        let known = |bar: &[FlowBucket]| bar.iter().filter_map(|one| one.resolved).reduce(Add::add);
        let resolved: Vec<Option<i64>> = bars().map(known).collect();
        let top = arrived.iter().chain(resolved.iter().flatten()).max();
        Self {
            open: bars()
                .filter_map(|bar| bar.last().map(|b| b.pending))
                .collect(),
            top: top.copied().unwrap_or(0),
            minutes: together * BUCKET_MINUTES,
            arrived,
            resolved,
        }
    }
}
