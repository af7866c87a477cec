//! The second server of a dashboard: a replica to poll, looked at before the screen is taken.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::cli::target::{Target, trusted_owners};
use crate::config::global::Global;
use crate::config::read_options;
use crate::data::ad_hoc;
use crate::data::error::DataError;
use crate::data::native::migrate;
use crate::data::reads::queries;
use crate::data::reads::queries::Session;
use crate::data::source::Source;
use crate::failure::Failure;

/// How long one statement of a look may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Joins a target with the replica to poll, if one was named.
///
/// # Errors
///
/// [`Failure`] if its address cannot be read, or it cannot be asked, has not our schema, or follows another server: an
/// operator would act on rows that are not those shown.
pub(in crate::cli) async fn join(target: Target, global: &Global) -> Result<Target, Failure> {
    let Some(reads) = read_options(global)? else {
        return Ok(target);
    };
    let (session, theirs) = look(&reads, &trusted_owners(global))
        .await
        .map_err(|error| {
            Failure::unavailable(format!("the replica (--read-url): {}", error.one_line()))
        })?;
    if session.in_recovery {
        let ours = cluster(&target.site.options).await;
        // Who may not look at a server's number is not kept from reading it.
        let another = matches!((ours, theirs), (Some(ours), Some(theirs)) if ours != theirs);
        if another || session.database != target.session.database {
            return Err(Failure::usage(
                "the replica (--read-url) does not follow this database: it is a standby of another one",
            ));
        }
    }
    Ok(Target {
        reads: Some(reads),
        ..target
    })
}

/// What kind of session the replica gives, and which cluster's it is.
async fn look(
    options: &PgConnectOptions,
    trusted: &[String],
) -> Result<(Session, Option<i64>), DataError> {
    let session = ad_hoc::once(options, "look at the replica", LIMIT, async |db| {
        migrate::status(db, trusted).await?.usable()?;
        queries::session(db, &Source::native()).await
    });
    Ok((session.await?, cluster(options).await))
}

async fn cluster(options: &PgConnectOptions) -> Option<i64> {
    let number = ad_hoc::once(options, "look at the server", LIMIT, queries::cluster);
    number.await.ok()
}
