//! Everything that talks to the database. Knows nothing of terminals or of the application's state.
//!
//! Rooms, from the bottom up; a room imports only rooms above it in this list:
//!
//! * [`redaction`]: what is a secret in texts and JSON of others, and how it is hidden.
//! * [`model`]: ids, rows, the snapshot of a poll. [`error`], [`finding`]: what can go wrong, what a
//!   check found. [`fingerprint`], [`error_class`]: what two errors of tasks have in common, and of what
//!   kind one is. [`messages`]: requests and results between the application and the tasks.
//! * [`connection`]: one connection that reconnects, and how transactions begin. [`http_api`]: acts that
//!   go through a system's own API.
//! * [`source`]: a system that can be monitored, as a folder of SQL files. [`companion`]: the schema that
//!   `dlqtop install` adds to a third-party system. [`native`]: what only dlqtop's own schema has.
//! * [`reads`]: one function for each statement that reads. [`discovery`]: finds the source in a database.
//! * [`poller`], [`ad_hoc`]: the tasks that read. [`worker`], [`bulk`]: the tasks that write.
//! * [`doctor`], [`handover`]: reports.
//!
//! All SQL is in `sql/`, one statement a file. A new statement of a source goes to `sql/sources/`, with its
//! function in [`reads`] and its row in [`model`].

pub mod ad_hoc;
pub mod bulk;
pub mod companion;
pub mod connection;
pub mod discovery;
pub mod doctor;
pub mod error;
pub mod error_class;
pub mod finding;
pub mod handover;
pub mod http_api;
pub mod messages;
pub mod model;
pub mod native;
pub mod poller;
pub mod private_postgres;
pub mod reads;
pub mod redaction;
pub mod source;
pub mod worker;

pub use dlqtop_fingerprint as fingerprint;
