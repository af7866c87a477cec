//! One function for each statement that reads.
//!
//! [`queries`] has the parts of a poll, `lists` and [`keyset_pages`] the long lists, `detail` one task,
//! [`error_groups`], [`error_scan`], [`stored_groups`] and [`whole_groups`] what fails alike, [`history`] the operators' log and all entries, [`lookup`] ids from a command line, [`collect`] all rows
//! that match a filter. The poller, the ad-hoc task and commands call them, in a transaction that they have
//! begun. They use the source's statements, and add what the companion schema knows. A new statement gets
//! its function here, under the statement's name.

pub mod collect;
pub(crate) mod detail;
pub mod error_groups;
pub mod error_scan;
pub mod history;
pub mod keyed;
pub mod keyset_pages;
pub(crate) mod lists;
pub mod lookup;
pub mod queries;
pub mod stored_groups;
pub mod whole_groups;
