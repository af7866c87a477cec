//! What the database returns, as plain data: ids, rows, keys and the snapshot of a poll.
//!
//! Anyone may use these types; they use nothing but each other (a failed part of a poll holds its
//! [`DataError`](crate::data::error::DataError)). Field names are the columns of the views in `migrations/`,
//! and `--json` prints the same names. All text was made safe when it was decoded
//! ([`SafeText`](safe_text::SafeText)). A new row type goes into the file of its screen: [`staleness`],
//! [`queue`], [`detail`], [`stats`], [`fleet`], [`history`], [`handover`].

pub mod act;
mod any_instant;
pub mod any_json;
pub mod detail;
pub mod detector;
pub mod error_groups;
pub mod fleet;
pub mod handover;
pub mod history;
pub mod ids;
pub mod incident;
pub mod keys;
pub mod log_act;
pub mod lookup;
pub mod page;
pub mod pg_timestamp;
pub mod poll_cost;
pub mod queue;
pub mod replica;
pub mod retry;
mod revealed;
pub mod safe_text;
pub mod shown_fingerprint;
pub mod snapshot;
pub mod staleness;
pub mod stats;

pub use detail::{Detail, EntryRow, FixRow, LogRow, NoteRow, StepRow, TaskRow, TransitionRow};
pub use error_groups::{ErrorGroup, ErrorGroups, ErrorKey, GroupId};
pub use fleet::{AlertRow, Fleet, HintRow, QueueDepthRow, Scope, TypeRow, WorkerRow};
pub use ids::{EntryId, StepId, TaskId};
pub use keys::{QueueKey, StalenessKey};
pub use page::{FILTER_SCAN, LOG_ACTS, LOG_WINDOW, MAX_ROWS, PAGE_SIZE, Page, RowsWanted, Total};
pub use queue::QueueRow;
pub use snapshot::{LatestPoll, Part, PollResult, Reading, Snapshot};
pub use staleness::{Health, StalenessRow};
pub use stats::{
    AgeBucket, ArchiveRow, Counts, FlowBucket, NamespaceRow, ReasonStats, Sample, Stats, SweepRow,
    TemplateWarning,
};
