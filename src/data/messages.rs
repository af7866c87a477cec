//! What the application and the tasks send to each other. Plain data: nothing here asks the database.
//!
//! [`command`] has what the screen asks for ([`command::Command`]) and what it receives
//! ([`command::Report`]); each kind of request or result has a file of its own. Anyone may use these
//! types. They may use `model` and `error` and nothing else. A new request is a variant of `Command`.

pub mod change;
pub mod command;
pub mod detector;
pub mod interrupted;
pub mod outcome;
pub mod query;
pub mod receipt_file;
pub mod switch;
pub mod write;
