//! One question to the database, in a transaction that can write nothing.

use std::io::{Write as _, stderr};
use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::postgres::PgConnection;

use crate::cli::target;
use crate::config::connect_options;
use crate::config::global::Global;
use crate::data::ad_hoc;
use crate::data::error::DataError;
use crate::data::model::Scope;
use crate::data::reads::queries;
use crate::data::source::Source;
use crate::failure::Failure;

/// A command that is asked once may take longer than a poll.
const STATEMENT_LIMIT: Duration = Duration::from_secs(30);

/// Asks one question in a read-only transaction, after a look at the schema.
pub(in crate::cli) async fn ask<T>(
    global: &Global,
    question: impl AsyncFnOnce(&mut PgConnection, &Arc<Source>) -> Result<T, DataError>,
) -> Result<T, Failure> {
    let options = connect_options(global)?;
    let wanted = target::wanted(global);
    let doing = "ask the database";
    let question = async |db: &mut PgConnection, source: &Arc<Source>| {
        target::name_others(source, &wanted);
        // First: what is kept beside the system is shown by it.
        let scope = queries::scope(db, source).await?;
        Ok((question(db, source).await?, scope))
    };
    let args = ad_hoc::once_found(&options, &wanted, doing, STATEMENT_LIMIT, question);
    let (answer, scope) = args.await?;
    warn_if_hidden(scope.as_ref());
    Ok(answer)
}

/// Says on standard error, to people and scripts, that what is printed or acted upon may not be all.
pub(in crate::cli) fn warn_if_hidden(scope: Option<&Scope>) {
    static SAID: Once = Once::new();
    if let Some(scope) = scope.filter(|scope| scope.may_hide) {
        // A command may ask several times.
        SAID.call_once(|| {
            let _ = writeln!(stderr(), "dlqtop: {}, others may be hidden", scope.seeing);
        });
    }
}

/// The same of a source that has such a statement, and that source.
pub(in crate::cli) async fn ask_for<T>(
    global: &Global,
    file: &'static str,
    question: impl AsyncFnOnce(&mut PgConnection, &Arc<Source>) -> Result<T, DataError>,
) -> Result<(T, Arc<Source>), Failure> {
    ask(global, async |db, source| {
        source.require(file)?;
        Ok((question(db, source).await?, Arc::clone(source)))
    })
    .await
}

/// The same as [`ask`], of the native schema alone.
pub(in crate::cli) async fn ask_native<T>(
    global: &Global,
    question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, DataError>,
) -> Result<T, Failure> {
    let options = connect_options(global)?;
    let wanted = target::native(global);
    let doing = "ask the database";
    let question = async |db: &mut PgConnection, _: &Arc<Source>| question(db).await;
    Ok(ad_hoc::once_found(&options, &wanted, doing, STATEMENT_LIMIT, question).await?)
}
