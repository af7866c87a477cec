//! `dlqtop doctor`: what is wrong with the installation, and what to do first.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use serde::Serialize;

use crate::app::format::plural;
use crate::cli::args::Output;
use crate::cli::clock::now;
use crate::cli::dashboard::theme::is_utf8_locale;
use crate::cli::output::json;
use crate::cli::query::ask_native;
use crate::cli::target;
use crate::config::global::Global;
use crate::config::shared_settings::{differences, line};
use crate::config::write_lock::check_change;
use crate::config::{actor, connect_options};
use crate::data::doctor::{Doctor, Finding, Level, Repairing};
use crate::data::model::safe_text::SafeText;
use crate::data::native::settings::in_force;
use crate::data::source::NATIVE;
use crate::failure::Failure;

/// What one check found.
#[derive(Debug, Serialize)]
struct Answer {
    check: &'static str,
    looked_at: &'static str,
    /// The worst of the findings.
    level: Level,
    findings: Vec<Finding>,
}

/// Makes all checks, and with `repair` puts right what they can put right.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked, or for a repair that may not write.
pub async fn run(global: &Global, repair: bool, output: Output) -> Result<ExitCode, Failure> {
    if repair {
        check_change(global, "doctor --repair", "leave --repair out to look only")?;
    }
    let actor = actor(global)?;
    let mut doctor = Doctor::new(&connect_options(global)?, now);
    doctor.connect(&target::wanted(global)).await?;
    if let Some(source) = doctor.foreign()
        && repair
    {
        return Err(Failure::usage(format!(
            "doctor --repair is for Tasker's own schema, and this database holds {}: leave --repair out",
            source.name
        )));
    }
    let source = doctor.foreign().map_or(NATIVE, |source| &source.name);
    let source = SafeText::new(source);
    let mut answers = Vec::new();
    for check in doctor.checks() {
        let mut findings = doctor.run_check(check).await?;
        if repair {
            let by = Repairing { actor: &actor };
            findings = doctor.repair(check, findings, by).await?;
        }
        if check.name == "settings" && doctor.foreign().is_none() {
            findings.extend(differing(global).await);
        }
        let level = findings.iter().map(|finding| finding.level).max();
        let answer = Answer {
            check: check.name,
            looked_at: check.looks_at,
            level: level.unwrap_or(Level::Fine),
            findings,
        };
        if !output.json {
            // As they come: some take their time.
            print(&answer)?;
        }
        answers.push(answer);
    }
    doctor.close().await;
    let mut out = stdout().lock();
    if output.json {
        let whole = serde_json::json!({
            "source": source,
            "verdict": verdict(&answers),
            "checks": answers,
        });
        json::write(&mut out, &whole)?;
    } else {
        writeln!(out, "\n{}", verdict(&answers))?;
    }
    let wrong = answers.iter().any(|answer| answer.level == Level::Wrong);
    Ok(ExitCode::from(u8::from(wrong)))
}

/// That settings that were given are not in force, if some are not. What cannot be asked was said by other checks.
async fn differing(global: &Global) -> Option<Finding> {
    if global.settings.for_the_database().next().is_none() && global.settings.rules.is_none() {
        return None;
    }
    let rows = ask_native(global, async |db| in_force(db).await).await;
    let found = differences(&global.settings, &rows.ok()?);
    let sentences = found.sentences();
    Some(Finding {
        level: Level::Warning,
        what: line(&found)?.into(),
        first: Some("dlqtop config apply, or take them out of the configuration".into()),
        details: sentences.into_iter().map(SafeText::from).collect(),
        repair: None,
    })
}

/// One line a finding, and below it which ones and what to do.
fn print(answer: &Answer) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let mut name = answer.check;
    for finding in &answer.findings {
        let mark = mark(finding.level, is_utf8_locale());
        writeln!(out, "{mark} {name:<11} {}", finding.what)?;
        for detail in &finding.details {
            writeln!(out, "{:15}{detail}", "")?;
        }
        if let Some(first) = &finding.first {
            writeln!(out, "{:15}first: {first}", "")?;
        }
        name = "";
    }
    Ok(())
}

/// The mark before what was found.
pub(in crate::cli) const fn mark(level: Level, utf8: bool) -> char {
    match (level, utf8) {
        (Level::Fine | Level::Repaired, true) => '✓',
        (Level::Fine | Level::Repaired, false) => '+',
        (Level::NotLookedAt, _) => '-',
        (Level::Warning, _) => '!',
        (Level::Wrong, true) => '✖',
        (Level::Wrong, false) => 'x',
    }
}

/// The whole in one line, with what to begin with.
fn verdict(answers: &[Answer]) -> String {
    let of = |level: Level| -> Vec<&str> {
        let answers = answers.iter().filter(|answer| answer.level == level);
        answers.map(|answer| answer.check).collect()
    };
    let (wrong, warnings, unseen) = (of(Level::Wrong), of(Level::Warning), of(Level::NotLookedAt));
    let begin = match (wrong.first(), warnings.first()) {
        (Some(name), _) => format!("{} wrong, begin with {name}", wrong.len()),
        (None, Some(name)) => format!("nothing is wrong; look at {name}"),
        (None, None) => "nothing is wrong".to_owned(),
    };
    let mut parts = vec![begin];
    if !warnings.is_empty() {
        parts.push(plural(warnings.len(), "warning"));
    }
    if !unseen.is_empty() {
        parts.push(format!("not looked at: {}", unseen.join(", ")));
    }
    parts.push(format!("{} in all", plural(answers.len(), "check")));
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_names_the_worst_first() {
        let answer = |check, level| Answer {
            check,
            looked_at: "",
            level,
            findings: Vec::new(),
        };
        let fine = answer("server", Level::Fine);
        let warned = answer("detector", Level::Warning);
        let wrong = answer("drift", Level::Wrong);
        let unseen = answer("archive", Level::NotLookedAt);
        assert_eq!(verdict(&[fine]), "nothing is wrong; 1 check in all");
        assert_eq!(
            verdict(&[warned, wrong, unseen]),
            "1 wrong, begin with drift; 1 warning; not looked at: archive; 3 checks in all"
        );
    }

    #[test]
    fn every_mark_has_an_ascii_twin() {
        for level in [
            Level::Fine,
            Level::Repaired,
            Level::NotLookedAt,
            Level::Warning,
            Level::Wrong,
        ] {
            assert!(mark(level, false).is_ascii(), "{level:?}");
        }
        assert_eq!(mark(Level::Wrong, true), '✖');
    }
}
