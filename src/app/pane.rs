//! The parts of the screen: panes of the dashboard, pages of a task, columns to sort by.
//!
//! Plain names. Every room may import them; a new pane, page or column begins here.

/// A part of the dashboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pane {
    /// Tasks that are stale or about to be.
    #[default]
    Staleness,
    /// Open entries.
    Queue,
    /// Rates, ages, sweeps.
    Stats,
    /// Who works, where the source knows.
    Workers,
    /// What waits where, where the source has queues.
    Queues,
}

/// A page of the detail screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// The verdict, and what to do first.
    #[default]
    Why,
    /// The graph and where it stands.
    Steps,
    /// What the task looked like when it was dead-lettered.
    Snapshot,
    /// State changes and earlier entries.
    History,
    /// What people wrote.
    Notes,
}

impl Tab {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 5] = [
        Self::Why,
        Self::Steps,
        Self::Snapshot,
        Self::History,
        Self::Notes,
    ];

    /// Its place in [`Tab::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What a list can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Time in state against the threshold.
    Ratio,
    /// Namespace and task.
    Name,
    /// The task's state.
    State,
    /// Time in state, or in the queue.
    Age,
    /// Time left to the breach.
    Left,
    /// The queue's score.
    Score,
    /// Why it is in the queue.
    Reason,
    /// Who has claimed it.
    Owner,
    /// The step's error.
    Error,
}

impl Column {
    /// What the staleness list can be ordered by.
    pub const STALENESS: [Self; 6] = [
        Self::Ratio,
        Self::Name,
        Self::State,
        Self::Age,
        Self::Left,
        Self::Error,
    ];
    /// What the queue can be ordered by.
    pub const QUEUE: [Self; 7] = [
        Self::Score,
        Self::Reason,
        Self::Name,
        Self::State,
        Self::Owner,
        Self::Age,
        Self::Error,
    ];

    /// What the menu calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ratio => "over threshold",
            Self::Name => "task",
            Self::State => "state",
            Self::Age => "age",
            Self::Left => "time left",
            Self::Score => "score",
            Self::Reason => "reason",
            Self::Owner => "owner",
            Self::Error => "error",
        }
    }

    /// Numbers are wanted largest first, words from A to Z.
    #[must_use]
    pub const fn is_descending(self) -> bool {
        matches!(self, Self::Ratio | Self::Age | Self::Score)
    }
}
