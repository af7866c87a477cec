//! The companion schema: notes, claims, snoozes, the operators' log and samples of a third-party system
//! that cannot keep them. `dlqtop install` creates it.
//!
//! [`install`] creates and removes it, `write` records acts, `merge` and `samples` add its data to what the
//! source returns. The reads and the worker call it. Nothing in it is for one system alone, and nothing in
//! it refers to a table of that system. The native schema has all of this itself and never uses it.

use sqlx::postgres::PgConnection;

use crate::data::error::DataError;
pub use crate::data::source::companion_state::Companion;
use crate::data::source::companion_state::State;

pub mod install;
mod merge;
mod samples;
mod sightings;
mod write;

pub(super) use self::samples::{closed_since, flow, keep as keep_sample, last_hour};
pub(super) use self::sightings::{first_seen, keep as keep_sightings};
pub(super) use crate::data::companion::merge::{
    LogPage, log_batch, log_page, log_top, mark_entries, mark_queue, mark_records,
};
pub(super) use crate::data::companion::merge::{notes, recount, snoozed};
pub(super) use crate::data::companion::write::{LoggedAct, RefusalLine};

/// Reads the state of the companion schema in this database, given the owners that a profile trusts.
///
/// # Errors
///
/// [`DataError::Query`].
pub(super) async fn detect(
    db: &mut PgConnection,
    trusted: &[String],
) -> Result<Companion, DataError> {
    let status = install::status(db, trusted).await?;
    if let Some(refusal) = &status.refusal {
        return Ok(Companion::new(State::Unusable(refusal.one_line())));
    }
    let found = match &status.made {
        _ if !status.schema_is_there => State::Absent,
        None if !status.is_whole => State::Unusable(
            "there is a schema dlqtop that `dlqtop install` did not make".to_owned(),
        ),
        None => State::Unusable(format!(
            "you may not use the schema dlqtop: its owner, {}, can run `dlqtop install --grant {}`",
            status.owner, status.role_quoted
        )),
        Some(made) if made.is_behind() => State::Unusable(format!(
            "the schema dlqtop is version {}, this dlqtop knows {}: its owner, {}, can upgrade it with \
             `dlqtop install`",
            made.version,
            install::VERSION,
            status.owner
        )),
        Some(made) if made.version != install::VERSION => State::Unusable(format!(
            "the schema dlqtop is version {}, this dlqtop knows {}",
            made.version,
            install::VERSION
        )),
        Some(_) => State::Present {
            may_write: status.may_write,
        },
    };
    Ok(Companion::new(found))
}
