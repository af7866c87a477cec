//! The simulated fleet that gives `dlqtop demo` something real to show. Only the command line calls it.
//!
//! `catalog` has the templates, [`history`] the past, `fleet` the present, [`foreign`] the fleets of other
//! systems (SQL files in `src/demo/fleets`; a new system is a folder there). [`prepare`] fills an empty database with days of history that end in an incident; [`run`]
//! then runs the company: orders come in, workers do them through the same SQL functions as
//! production would, systems fail and recover. Nothing here reads a terminal, and nothing that
//! the screen shows of the demo comes from anywhere but the database.

mod catalog;
mod fleet;
pub mod foreign;
pub mod history;
mod summary;
mod text_template;

use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, PgPool};

use crate::data::error::{DataError, QueryContext as _};
use crate::data::native::migrate;

pub use fleet::run;
pub use summary::{Summary, started_now, summary};

/// Makes the demo's own database on a private server.
///
/// # Errors
///
/// When the server refuses or is gone.
pub async fn create_database(server: &mut PgConnection) -> Result<(), DataError> {
    server
        .execute(include_str!("demo/sql/create_database.sql"))
        .await
        .while_doing("create the demo's database")
        .map(drop)
}

/// Gives the demo's database its schema. An ordinary role owns it, as it should anywhere.
///
/// # Errors
///
/// When the server refuses or is gone.
pub async fn migrate(db: &mut PgConnection) -> Result<(), DataError> {
    const DOING: &str = "migrate the demo's database";
    db.execute(include_str!("demo/sql/become_owner.sql"))
        .await
        .while_doing(DOING)?;
    migrate::apply(db).await?;
    db.execute(include_str!("demo/sql/stop_being_owner.sql"))
        .await
        .while_doing(DOING)?;
    Ok(())
}

/// Makes a freshly migrated database ready: templates, history, and an incident under way.
///
/// Needs a superuser, which one is on one's own private server. The same seed gives the same
/// counts, names, errors and ages.
///
/// # Errors
///
/// When the database refuses or is gone.
pub async fn prepare(pool: &PgPool, seed: u64) -> Result<(), DataError> {
    prepare_with_backlog(pool, seed, 0).await
}

/// What the demo begins with.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The same seed gives the same data.
    pub seed: u64,
    /// So many dead letters more; see [`prepare_with_backlog`].
    pub backlog: usize,
    /// Sweeps act; else they are dry, as on a database that nobody has decided about.
    pub armed: bool,
}

/// As [`prepare`], with so many dead letters more that have one error in common and whose cause is
/// gone: retried, they pass. A tenth as many fail again with the error they had.
///
/// # Errors
///
/// As [`prepare`].
pub async fn prepare_with_backlog(
    pool: &PgPool,
    seed: u64,
    backlog: usize,
) -> Result<(), DataError> {
    let armed = true;
    let scenario = Scenario {
        seed,
        backlog,
        armed,
    };
    prepare_scenario(pool, scenario).await
}

/// As [`prepare`], with everything said.
///
/// # Errors
///
/// As [`prepare`].
pub async fn prepare_scenario(pool: &PgPool, scenario: Scenario) -> Result<(), DataError> {
    history::populate::put_templates(pool, scenario.armed).await?;
    history::populate::populate(pool, scenario.seed, scenario.backlog).await
}
