//! Commands that are about the schema of this program's own migrations, and a database that holds
//! somebody else's.

use sqlx::postgres::PgConnection;

use crate::cli::target;
use crate::config::connect_options;
use crate::config::global::Global;
use crate::data::ad_hoc;
use crate::data::error::DataError;
use crate::data::native::migrate;
use crate::data::source::NATIVE;
use crate::data::source::recognise::recognise;
use crate::failure::Failure;

/// That the database is not somebody else's alone, and that what is there of this program's schema is not a
/// stranger's. What cannot be asked is left to the command to say.
///
/// # Errors
///
/// [`Failure`], if it is; of another system not if the native source was asked for by name.
pub(in crate::cli) async fn require_native(global: &Global, command: &str) -> Result<(), Failure> {
    let wanted = target::wanted(global);
    let options = connect_options(global)?;
    let look = async |db: &mut PgConnection| {
        let found = recognise(db, &wanted.catalog, &wanted.given).await?;
        let refused = found.refused.iter().find(|refused| refused.name == NATIVE);
        if let Some(refused) = refused {
            return Err(refused.error());
        }
        let names: Vec<String> = found.kinds.iter().map(|kind| kind.name.clone()).collect();
        let status = migrate::status(db, &wanted.given.trusted_owners).await?;
        Ok((names, status.empty))
    };
    let answer = ad_hoc::once(&options, "look at the database", target::LIMIT, look).await;
    let was_asked_for = wanted.asked.as_deref() == Some(NATIVE);
    match answer {
        Err(error @ DataError::SourceRefused { .. }) => Err(error.into()),
        Ok((names, true)) if !names.is_empty() && !was_asked_for => Err(Failure::usage(format!(
            "{command} is for Tasker's own schema, and this database holds {}: nothing was done \
             (--source {NATIVE} insists)",
            names.join(", ")
        ))),
        _ => Ok(()),
    }
}
