//! One function for each statement that reads.

pub mod collect;
pub(crate) mod detail;
pub mod history;
pub mod keyset_pages;
pub(crate) mod lists;
pub mod lookup;
pub mod queries;
