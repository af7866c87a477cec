//! `dlqtop config apply`: the only way of shared settings from a file into the database.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};

use crate::app::format::{count, plural};
use crate::cli::act::access::typed_confirmation;
use crate::cli::act::args::checked_reason;
use crate::cli::act::ask::{answer_to, can_ask, yes_to};
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask_native;
use crate::config::fingerprint_rules::RULES;
use crate::config::global::Global;
use crate::config::shared_settings::{Difference, Differences, as_columns, differences};
use crate::config::write_lock::check_change;
use crate::config::{actor, connect_options, display_name};
use crate::data::model::safe_text::SafeText;
use crate::data::native::settings::{Configured, SettingsEffect, configure, effect, in_force};
use crate::failure::Failure;

/// What to put in force, and how.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Show what differs and write nothing: exit code 1 if anything does.
    #[arg(long, conflicts_with = "reason")]
    dry_run: bool,
    /// Do not ask for confirmation. Needed without a terminal, with --reason.
    #[arg(long, short = 'y', conflicts_with = "dry_run", requires = "reason")]
    yes: bool,
    /// Why; asked for on a terminal. It goes into the operator log.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How it is printed.
    #[command(flatten)]
    output: Output,
}

/// What differs, and what it would do to running tasks.
struct Plan {
    differences: Differences,
    effect: SettingsEffect,
}

/// Shows where the settings that were given differ from the database, asks, and writes them there.
///
/// # Errors
///
/// [`Failure`] if nobody can be asked, if writing is locked here, if the role may not, or if the database
/// cannot be asked.
pub async fn run(global: &Global, args: ApplyArgs) -> Result<ExitCode, Failure> {
    if !args.dry_run {
        check_change(global, "config apply", "add --dry-run to look only")?;
        if !args.yes && !can_ask() {
            return Err(Failure::usage(
                "there is no terminal to ask on: look with --dry-run, then add --yes --reason WHY",
            ));
        }
    }
    let actor = actor(global)?;
    let settings = &global.settings;
    let plan = ask_native(global, async |db| {
        let differences = differences(settings, &in_force(db).await?);
        let effect = effect(db, &as_columns(&differences)).await?;
        Ok(Plan {
            differences,
            effect,
        })
    })
    .await?;
    let as_json = args.output.json;
    if !as_json {
        show(&mut stdout().lock(), global, &plan)?;
    }
    if plan.differences.is_empty() {
        return answered(as_json, &plan, "unchanged", ExitCode::SUCCESS);
    }
    if args.dry_run {
        return answered(as_json, &plan, "would_apply", ExitCode::from(1));
    }
    if as_json && !args.yes {
        show(&mut stderr().lock(), global, &plan)?;
    }
    let reason = agreed(global, &args, &actor, &plan)?;
    let settings = as_columns(&plan.differences);
    let configured = configure(&connect_options(global)?, &settings, &actor, &reason).await?;
    match configured {
        Configured::Changed(_) => answered(as_json, &plan, "applied", ExitCode::SUCCESS),
        Configured::NotAllowed => Err(Failure::unavailable(
            "nothing was changed: this role may not configure, or the server is read-only; ask the owner of \
             the schema",
        )),
    }
}

/// The reason, once somebody has agreed.
fn agreed(global: &Global, args: &ApplyArgs, actor: &str, plan: &Plan) -> Result<String, Failure> {
    let typed = match &args.reason {
        Some(reason) => reason.clone(),
        None => answer_to("Why? ")?,
    };
    let reason = checked_reason(global, &typed)?;
    if args.yes {
        return Ok(reason);
    }
    let place = format!(
        "{actor} on {}",
        display_name(global, &connect_options(global)?)
    );
    // What becomes stale is what a detector takes next.
    let stale = usize::try_from(plan.effect.become_stale).unwrap_or(usize::MAX);
    let gate = typed_confirmation(global, stale);
    let yes = if gate.asks() {
        gate.passes(&answer_to(&format!("As {place}. {}: ", gate.prompt()))?)
    } else {
        let them = plural(plan.differences.len(), "setting");
        yes_to(&format!("Put {them} in force for all, as {place}? [y/N] "))?
    };
    if yes {
        Ok(reason)
    } else {
        Err(Failure::refused("nothing was changed"))
    }
}

fn show(out: &mut impl Write, global: &Global, plan: &Plan) -> Result<(), Failure> {
    if plan.differences.is_empty() {
        let rules = global.settings.rules.is_some();
        let said = global.settings.for_the_database().count() + usize::from(rules);
        let why = match said {
            0 => "no shared setting was given".to_owned(),
            n => format!("the database has the {} already", plural(n, "setting")),
        };
        writeln!(out, "nothing to apply: {why}")?;
        return Ok(());
    }
    let mut rows = table(&["SETTING", "IN FORCE", "SET BY", "TO APPLY", "FROM"]);
    for one in &plan.differences.settings {
        rows.add_row([
            one.key.name.to_owned(),
            one.in_force.to_string(),
            one.there.changed().unwrap_or_default(),
            one.said.to_string(),
            one.origin.to_string(),
        ]);
    }
    if let Some(rules) = &plan.differences.rules {
        rows.add_row([
            RULES.to_owned(),
            rules.in_force(),
            rules.changed().unwrap_or_default(),
            rules.said(),
            rules.origin.clone(),
        ]);
    }
    put(out, &rows)?;
    if let Some(rules) = &plan.differences.rules {
        for line in rules.lines() {
            writeln!(out, "{}", SafeText::new(&line))?;
        }
    }
    let effect = &plan.effect;
    writeln!(
        out,
        "{} running {}, of them stale {} → {}: {} become stale, {} stop being so",
        count(effect.running),
        if effect.running == 1 { "task" } else { "tasks" },
        count(effect.stale_before),
        count(effect.stale_after),
        count(effect.become_stale),
        count(effect.stop_being_stale),
    )?;
    if let Some(limit) = effect.disarms_beyond {
        writeln!(
            out,
            "sweeps would take {} tasks more, over the limit of {}: this disarms the detector",
            count(effect.become_due),
            count(limit)
        )?;
    }
    Ok(())
}

/// Says what became of it.
fn answered(
    as_json: bool,
    plan: &Plan,
    outcome: &str,
    code: ExitCode,
) -> Result<ExitCode, Failure> {
    if as_json {
        print_json(&in_json(plan, outcome))?;
        return Ok(code);
    }
    match outcome {
        "applied" => writeln!(stdout().lock(), "applied: it holds for all from now on")?,
        "would_apply" => writeln!(stdout().lock(), "a dry run: nothing was written")?,
        _ => {}
    }
    Ok(code)
}

fn in_json(plan: &Plan, outcome: &str) -> Json {
    let one = |one: &Difference| {
        json!({
            "key": one.key.name,
            "column": one.column,
            "in_force": one.in_force.to_json(),
            "changed_by": one.there.changed_by,
            "changed_at": one.there.changed_at,
            "to_apply": one.said.to_json(),
            "from": one.origin.to_string(),
        })
    };
    let rules = plan.differences.rules.as_ref().map(|rules| {
        json!({
            "in_force": rules.there.value,
            "changed_by": rules.there.changed_by,
            "changed_at": rules.there.changed_at,
            "to_apply": rules.to_column(),
            "from": rules.origin,
        })
    });
    json!({
        "outcome": outcome,
        "settings": plan.differences.settings.iter().map(one).collect::<Vec<_>>(),
        "fingerprint_rules": rules,
        "effect": plan.effect,
    })
}
