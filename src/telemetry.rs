//! What others may watch this program by: a log in a file, metrics, and whether it is well.
//!
//! [`Meters`] counts what the sweep and the operators did. [`server`] hands the counts to a
//! Prometheus that asks, together with what the poller last saw, and says whether the database
//! answers. Ids never become labels, because their number has no bound: they are in the [`log`].

pub mod health;
pub mod liveness;
pub mod log;
pub mod meters;
pub mod server;

pub use meters::Meters;
