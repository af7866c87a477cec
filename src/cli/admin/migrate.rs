//! `dlqtop migrate`: creates or updates the schema that Tasker and this program share.

mod announcement;
mod obstacles;

use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;

use clap::Args;

use self::announcement::{Announcement, Tense};
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
use crate::data::native::migration_plan::{MigrationPlan, plan};
use crate::failure::Failure;

/// What to migrate, and how.
#[derive(Debug, Clone, Copy, Args)]
pub struct MigrateArgs {
    /// List what would be applied, created and revoked, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before a database that has no schema yet gets one. Needed without a terminal.
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    yes: bool,
    /// Let a superuser own the schema. Its functions then run with a superuser's rights, whoever calls them.
    #[arg(long)]
    as_superuser: bool,
    /// How it is printed.
    #[command(flatten)]
    output: Output,
}

/// Says what is pending and what that creates, then applies it; with `--dry-run` it only says so.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked, if a newer dlqtop or a pre-release made its schema, if
/// something has to be settled first, or in read-only mode.
pub async fn run(global: &Global, args: MigrateArgs) -> Result<ExitCode, Failure> {
    let MigrateArgs {
        dry_run,
        yes,
        as_superuser,
        output,
    } = args;
    if !dry_run {
        check_change(global, "migrate", "add --dry-run to look only")?;
    }
    let options = connect_options(global)?;
    let mut link = Connection::new(&options);
    let db = link.get().await?;
    let plan = plan(db, &target::trusted_owners(global)).await?;
    let obstacle = obstacles::first(&plan, as_superuser);
    if dry_run {
        link.close().await;
        print(&plan, Tense::Would, output)?;
        return obstacle.map_or(Ok(ExitCode::SUCCESS), Err);
    }
    if let Some(obstacle) = obstacle {
        return Err(obstacle);
    }
    if pgbouncer::shares_sessions(&options).await? {
        return Err(Failure::unavailable(
            "a PgBouncer in between lends out connections a transaction at a time, and migrations hold a \
             lock for longer: connect to the server itself",
        ));
    }
    let asks = plan.status.empty && !yes;
    if asks && !can_ask() {
        return Err(Failure::usage(
            "this database has no schema of dlqtop yet, and there is no terminal to ask on: look with \
             --dry-run, then add --yes",
        ));
    }
    // With JSON, standard output is the answer's alone.
    let announcement = Announcement::new(&plan, Tense::Will);
    if !output.json {
        announcement.write(&mut stdout().lock())?;
    } else if asks {
        announcement.write(&mut stderr().lock())?;
    }
    if asks {
        confirm_new_schema(&address(&options))?;
    }
    migrate::apply(db).await?;
    link.close().await;

    let mut out = stdout().lock();
    if output.json {
        json::write(&mut out, &Announcement::new(&plan, Tense::Did).json())?;
    } else {
        for (version, name) in &plan.status.pending {
            writeln!(out, "applied {version} {name}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(plan: &MigrationPlan, tense: Tense, output: Output) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let announcement = Announcement::new(plan, tense);
    if output.json {
        json::write(&mut out, &announcement.json())?;
    } else {
        announcement.write(&mut out)?;
    }
    Ok(())
}

/// Asks before a database gets its first tables of ours: there is no command that takes them away.
fn confirm_new_schema(place: &str) -> Result<(), Failure> {
    let question = format!(
        "The database at {place} has no schema of dlqtop yet. Create its tables, views and functions? [y/N] "
    );
    if yes_to(&question)? {
        Ok(())
    } else {
        Err(Failure::refused("nothing was changed"))
    }
}
