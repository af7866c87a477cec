//! The lists on the screen: their rows, filter, order, marks and pages.

pub mod filter;
pub mod fix_history;
pub mod groups;
pub mod list;
pub(in crate::app) mod paging;
pub(in crate::app) mod select_all;
pub(in crate::app) mod sort;
pub mod workers;
