//! Files and folders that matter for safety: whether what they hold can be trusted, and how the program's own
//! are made so that nobody else reads them.
//!
//! [`trust`] is asked before anything is read that decides what the program does or runs; [`private`] makes
//! the folders and files of the state, the log and the receipts. Nothing here knows what the files are for.

pub mod private;
pub mod trust;
