//! `dlqtop install` and `dlqtop uninstall`: the schema that keeps notes, claims, snoozes, a log and samples
//! beside a system of somebody else's.

mod answer;

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use self::answer::{Answer, Look, lost, print_answer};
use crate::app::format::plural;
use crate::cli::act::ask::{can_ask, typed_yes};
use crate::cli::query::ask;
use crate::cli::target;
use crate::config::connect_options;
use crate::config::global::Global;
use crate::config::write_lock::check_change;
use crate::data::companion::install;
use crate::data::companion::install::{CompanionStatus, Script, VERSION};
use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;
use crate::failure::Failure;

/// What `dlqtop install` is asked.
#[derive(Debug, Clone, Args)]
pub struct InstallArgs {
    /// Let this role use it too; may be given several times, also when all is installed.
    #[arg(long, value_name = "ROLE")]
    grant: Vec<String>,
    /// Say how.
    #[command(flatten)]
    how: UninstallArgs,
}

/// What both commands are asked.
#[derive(Debug, Clone, Copy, Args)]
pub struct UninstallArgs {
    /// Print the statements and run none.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask: for scripts.
    #[arg(long, short = 'y')]
    yes: bool,
    /// JSON instead of words.
    #[arg(long)]
    json: bool,
}

/// Makes the schema, or upgrades it, after showing the statements that do.
///
/// # Errors
///
/// [`Failure`] if it is Tasker's own schema, if the role may not, if nobody can be asked, or if the
/// database refuses.
pub async fn install(global: &Global, args: InstallArgs) -> Result<ExitCode, Failure> {
    let how = args.how;
    writable(global, "install", how)?;
    let options = connect_options(global)?;
    let (look, script) = ask(global, async |db, source| {
        let look = look(db, source, global).await?;
        let script = match &look.standing.made {
            _ if look.source.is_native() => None,
            None => Some(Script::install(db, &source.name, &args.grant).await?),
            Some(made) if made.is_behind() => Some(Script::upgrade(db, &args.grant).await?),
            Some(_) if args.grant.is_empty() => None,
            Some(_) => Some(Script::grant(db, &args.grant).await?),
        };
        Ok((look, script))
    })
    .await?;
    can_be_made(&look)?;
    let Some(script) = script else {
        return print_answer(&Answer::already(&look), how.json);
    };
    may_make(&look.standing, how)?;
    if how.dry_run {
        return print_answer(&Answer::dry(&look, &script), how.json);
    }
    let question = match &look.standing.made {
        None => format!("Run this in database {}?", look.standing.database),
        Some(made) if made.is_behind() => format!(
            "It is there, version {}. Upgrade it in database {}?",
            made.version, look.standing.database
        ),
        Some(_) => format!(
            "It is there already. Grant this in database {}?",
            look.standing.database
        ),
    };
    agreed(&script, &[], &question, how)?;
    match script.run(&options).await {
        Ok(()) => {}
        // Somebody else was quicker: what was asked for is there, or the reason why not is a better one.
        Err(error) if look.standing.made.is_none() => {
            return after_a_race(global, &options, &args, error).await;
        }
        Err(error) => return Err(error.into()),
    }
    print_answer(&Answer::done(&look, &script, &args.grant), how.json)
}

/// Takes the schema away, after showing what would be lost.
///
/// # Errors
///
/// [`Failure`] as of [`install()`], or if somebody else has put something there.
pub async fn uninstall(global: &Global, how: UninstallArgs) -> Result<ExitCode, Failure> {
    writable(global, "uninstall", how)?;
    let options = connect_options(global)?;
    let (look, kept, others) = ask(global, async |db, source| {
        let look = look(db, source, global).await?;
        let kept = match look.standing.made {
            Some(_) if !source.is_native() => Some(install::row_counts(db).await?),
            _ => None,
        };
        let others = install::other_sessions(db).await?;
        Ok((look, kept, others))
    })
    .await?;
    can_be_made(&look)?;
    let Some(kept) = kept else {
        return print_answer(&Answer::nothing(), how.json);
    };
    let script = Script::uninstall();
    may_take_away(&look.standing, how)?;
    let mut warned = vec![lost(&kept)];
    if others > 0 {
        warned.push(format!(
            "{} of dlqtop {} connected here; a dashboard shows less once it is gone",
            plural(
                usize::try_from(others).unwrap_or(usize::MAX),
                "other session"
            ),
            if others == 1 { "is" } else { "are" }
        ));
    }
    if how.dry_run {
        return print_answer(&Answer::would_lose(&script, &kept, warned), how.json);
    }
    let question = format!("Run this in database {}?", look.standing.database);
    agreed(&script, &warned, &question, how)?;
    script.run(&options).await?;
    print_answer(&Answer::report_removed(&script, &kept), how.json)
}

async fn look(
    db: &mut PgConnection,
    source: &Arc<Source>,
    global: &Global,
) -> Result<Look, DataError> {
    Ok(Look {
        source: Arc::clone(source),
        standing: install::status(db, &target::trusted_owners(global)).await?,
    })
}

fn writable(global: &Global, command: &str, how: UninstallArgs) -> Result<(), Failure> {
    if how.dry_run {
        return Ok(());
    }
    check_change(global, command, "add --dry-run to look only")
}

/// Whether this database is one for it.
fn can_be_made(look: &Look) -> Result<(), Failure> {
    let standing = &look.standing;
    if look.source.is_native() {
        return Err(Failure::usage(
            "this is Tasker's own schema: notes, claims, snoozes and the log are part of it, and `dlqtop \
             migrate` takes care of them",
        ));
    }
    if let Some(refusal) = &standing.refusal {
        let why = refusal.one_line();
        return Err(Failure::unavailable(format!(
            "the schema dlqtop is left alone: {why}"
        )));
    }
    match &standing.made {
        Some(made) if made.version != VERSION && !made.is_behind() => {
            Err(Failure::unavailable(format!(
                "the schema dlqtop here is version {}, and this dlqtop knows {VERSION}: use the dlqtop that \
             made it",
                made.version
            )))
        }
        None if standing.is_whole => Err(Failure::unavailable(format!(
            "the schema dlqtop is there and you, {}, may not use it: as its owner, {}, `dlqtop install \
             --grant {}`",
            standing.role, standing.owner, standing.role_quoted
        ))),
        None if standing.schema_is_there => Err(Failure::unavailable(format!(
            "there is a schema dlqtop in {} that `dlqtop install` did not make (its owner is {}): it is left \
             alone",
            standing.database, standing.owner
        ))),
        _ => Ok(()),
    }
}

/// Whether the role may make it, or grant it. The statements can be looked at all the same.
fn may_make(standing: &CompanionStatus, how: UninstallArgs) -> Result<(), Failure> {
    if how.dry_run {
        return Ok(());
    }
    match &standing.made {
        None if !standing.may_create => Err(Failure::unavailable(format!(
            "{} may not make a schema here: as the owner of the database, grant create on database {} to \
             {}; or let them run what `dlqtop install --dry-run` prints",
            standing.role, standing.database_quoted, standing.role_quoted
        ))),
        Some(_) => must_own(standing),
        None => Ok(()),
    }
}

fn may_take_away(standing: &CompanionStatus, how: UninstallArgs) -> Result<(), Failure> {
    if !standing.strangers.is_empty() {
        let names: Vec<&str> = standing.strangers.iter().map(SafeText::as_str).collect();
        return Err(Failure::unavailable(format!(
            "somebody has put more into the schema dlqtop than `dlqtop install` does: {}; move or drop that \
             first",
            names.join(", ")
        )));
    }
    if how.dry_run {
        Ok(())
    } else {
        must_own(standing)
    }
}

fn must_own(standing: &CompanionStatus) -> Result<(), Failure> {
    if standing.is_mine {
        return Ok(());
    }
    Err(Failure::unavailable(format!(
        "only the owner of the schema dlqtop may do that: {}, and you are {}",
        standing.owner, standing.role
    )))
}

/// Shows the statements and asks, unless that was answered beforehand.
fn agreed(
    script: &Script,
    warned: &[String],
    question: &str,
    how: UninstallArgs,
) -> Result<(), Failure> {
    if how.yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Failure::usage(
            "there is no terminal to ask on: --yes runs it, --dry-run shows what that would be",
        ));
    }
    // With JSON, standard output is the answer's alone.
    if how.json {
        show(&mut stderr().lock(), script, warned)?;
    } else {
        show(&mut stdout().lock(), script, warned)?;
    }
    if typed_yes(&format!("{question} Type yes: "))? {
        Ok(())
    } else {
        Err(Failure::refused("nothing was changed"))
    }
}

fn show(out: &mut impl Write, script: &Script, warned: &[String]) -> Result<(), Failure> {
    writeln!(out, "{}", script.as_str())?;
    for line in warned {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(())
}

/// What to say to somebody whose statements failed because somebody else had just run theirs.
async fn after_a_race(
    global: &Global,
    options: &PgConnectOptions,
    args: &InstallArgs,
    error: DataError,
) -> Result<ExitCode, Failure> {
    let (look, grants) = ask(global, async |db, source| {
        let look = look(db, source, global).await?;
        let grants = match look.standing.made {
            Some(_) if !args.grant.is_empty() => Some(Script::grant(db, &args.grant).await?),
            _ => None,
        };
        Ok((look, grants))
    })
    .await?;
    if look.standing.made.is_none() {
        return Err(error.into());
    }
    let Some(grants) = grants else {
        return print_answer(&Answer::already(&look), args.how.json);
    };
    grants.run(options).await?;
    print_answer(&Answer::done(&look, &grants, &args.grant), args.how.json)
}
