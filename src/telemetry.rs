//! What other programs can see of this one: a log file, metrics, and health.
//!
//! [`Meters`] counts what sweeps and operators did. [`server`] serves these counts to Prometheus together
//! with what the poller last read, and says whether the database answers. Ids never become labels, because
//! there is no limit to their number: they are in the [`log`].

pub mod health;
pub mod liveness;
pub mod log;
pub mod meters;
pub mod server;

pub use meters::Meters;
