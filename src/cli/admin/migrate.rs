//! `dlqtop migrate`: creates or updates the schema that Tasker and this program share.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::act::ask::{can_ask, yes_to};
use crate::cli::args::Output;
use crate::cli::output::json;
use crate::cli::target;
use crate::config::global::Global;
use crate::config::write_lock::check_change;
use crate::config::{address, connect_options};
use crate::data::connection::Connection;
use crate::data::connection::pgbouncer;
use crate::data::native::migrate;
use crate::failure::Failure;

/// What to migrate, and how.
#[derive(Debug, Clone, Copy, Args)]
pub struct MigrateArgs {
    /// List what would be applied and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before a database that has no schema yet gets one. Needed without a terminal.
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    yes: bool,
    /// How it is printed.
    #[command(flatten)]
    output: Output,
}

/// Applies what is pending, or with `--dry-run` only lists it.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked, if a newer dlqtop or a pre-release made its schema, or in
/// read-only mode.
pub async fn run(global: &Global, args: MigrateArgs) -> Result<ExitCode, Failure> {
    let MigrateArgs {
        dry_run,
        yes,
        output,
    } = args;
    if !dry_run {
        check_change(global, "migrate", "add --dry-run to look only")?;
    }
    let options = connect_options(global)?;
    let mut link = Connection::new(&options);
    let db = link.get().await?;
    let standing = migrate::status(db, &target::trusted_owners(global)).await?;
    standing.can_migrate()?;
    if !dry_run && pgbouncer::shares_sessions(&options).await? {
        return Err(Failure::unavailable(
            "a PgBouncer in between lends out connections a transaction at a time, and migrations hold a \
             lock for longer: connect to the server itself",
        ));
    }
    if standing.empty && !dry_run && !yes {
        confirm_new_schema(&address(&options))?;
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

/// Asks before a database gets its first tables of ours: there is no command that takes them away.
fn confirm_new_schema(place: &str) -> Result<(), Failure> {
    if !can_ask() {
        return Err(Failure::usage(
            "this database has no schema of dlqtop yet, and there is no terminal to ask on: look with \
             --dry-run, then add --yes",
        ));
    }
    let question = format!(
        "The database at {place} has no schema of dlqtop yet. Create its tables, views and functions? [y/N] "
    );
    if yes_to(&question)? {
        Ok(())
    } else {
        Err(Failure::refused("nothing was changed"))
    }
}
