//! Commands that are about the schema of this program's own migrations, and a database that holds
//! somebody else's.

use sqlx::postgres::PgConnection;

use crate::cli::target;
use crate::config::connect_options;
use crate::config::global::Global;
use crate::data::ad_hoc;
use crate::data::native::migrate;
use crate::data::source::NATIVE;
use crate::data::source::recognise::recognise;
use crate::failure::Failure;

/// That the database is not somebody else's alone. What cannot be asked is left to the command to say.
///
/// # Errors
///
/// [`Failure`], if it is, unless the native source was asked for by name.
pub(in crate::cli) async fn require_native(global: &Global, command: &str) -> Result<(), Failure> {
    let wanted = target::wanted(global);
    if wanted.asked.as_deref() == Some(NATIVE) {
        return Ok(());
    }
    let options = connect_options(global)?;
    let look = async |db: &mut PgConnection| {
        let (found, _) = recognise(db, &wanted.catalog).await?;
        let names: Vec<String> = found.iter().map(|kind| kind.name.clone()).collect();
        Ok((names, migrate::status(db).await?.empty))
    };
    let answer = ad_hoc::once(&options, "look at the database", target::LIMIT, look).await;
    match answer {
        Ok((names, true)) if !names.is_empty() => Err(Failure::usage(format!(
            "{command} is for Tasker's own schema, and this database holds {}: nothing was done \
             (--source {NATIVE} insists)",
            names.join(", ")
        ))),
        _ => Ok(()),
    }
}
