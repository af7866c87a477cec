//! `dlqtop migrate`: the only command that changes the schema.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use serde_json::json;

use crate::cli::output::json;
use crate::cli::{Global, Output};
use crate::config::connect_options;
use crate::config::profile::refuses_writes;
use crate::data::connection::Connection;
use crate::data::connection::pgbouncer;
use crate::data::native::migrate;
use crate::failure::Failure;

/// Applies what is pending, or with `dry_run` only lists it.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked, if a newer dlqtop or a pre-release made its schema, or in
/// read-only mode.
pub async fn run(global: &Global, dry_run: bool, output: Output) -> Result<ExitCode, Failure> {
    if let Some(who) = refuses_writes(global)
        && !dry_run
    {
        return Err(Failure::usage(format!(
            "{who} and migrate contradict each other: add --dry-run to look only"
        )));
    }
    let options = connect_options(global)?;
    let mut link = Connection::new(&options);
    let db = link.get().await?;
    let standing = migrate::status(db).await?;
    standing.can_migrate()?;
    if !dry_run && pgbouncer::shares_sessions(&options).await? {
        return Err(Failure::could_not_ask(
            "a PgBouncer in between lends out connections a transaction at a time, and migrations hold a \
             lock for longer: connect to the server itself",
        ));
    }
    if !dry_run {
        migrate::apply(db).await?;
    }
    link.close().await;

    let mut out = stdout().lock();
    if output.json {
        let pending: Vec<_> = standing
            .pending
            .iter()
            .map(|(version, name)| json!({ "version": version, "name": name }))
            .collect();
        let key = if dry_run { "would_apply" } else { "applied" };
        json::write(&mut out, &json!({ key: pending }))?;
    } else if standing.pending.is_empty() {
        writeln!(out, "the schema is up to date: nothing to apply")?;
    } else {
        let verb = if dry_run { "would apply" } else { "applied" };
        for (version, name) in &standing.pending {
            writeln!(out, "{verb} {version} {name}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
