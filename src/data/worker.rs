//! The tasks that write on an operator's behalf, and the only callers of statements that do.
//!
//! `dispatcher` takes commands from the screen; `lifecycle` starts and ends the writing task with
//! the right to write; `writer` carries out an act on one subject. Bulk runs are in
//! [`bulk`](crate::data::bulk); decisions about the detector are in `detector`. A new act is a statement of the source and an arm in `statements`.

mod detector;
mod dispatcher;
mod filler;
mod filling;
mod finish_for_api;
mod lifecycle;
mod operator_log;
mod reconcile;
mod sampler;
mod sampling;
mod statements;
mod via_api;
pub(in crate::data) mod writer;

pub use self::dispatcher::{WorkerChannels, run};
pub use self::lifecycle::{Lock, Rights};
pub use self::writer::Writer;
