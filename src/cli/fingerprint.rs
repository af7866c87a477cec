//! `dlqtop fingerprint`: what an error has in common with others, so that rules can be tried and a corpus
//! scored. Needs no database.

mod input;

use std::io::{BufReader, BufWriter, Read, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};

use self::input::Lines;
use crate::cli::output::json::write_line;
use crate::cli::target;
use crate::config::global::Global;
use crate::data::fingerprint::rules::{Applied, Effect, ErrorText, Explanation, Rules};
use crate::data::model::safe_text::SafeText;
use crate::data::redaction;
use crate::failure::Failure;

/// What to read, and how it is printed.
#[derive(Debug, Clone, Args)]
pub struct FingerprintArgs {
    /// The file to read; standard input unless given, or for `-`.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Read a JSON string a line, each one error, and print a JSON string a line.
    #[arg(long)]
    pub json_lines: bool,
    /// Print the telling line and the rules that applied too; with --json-lines a JSON object a line.
    #[arg(long)]
    pub explain: bool,
    /// The template of the task, for rules of some templates only: `payments/charge_order`.
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
}

/// The rules that are applied, and whose errors are read.
struct RuleTrial {
    rules: Rules,
    /// The rules that are for other sources only.
    for_other_sources: Vec<usize>,
    template: String,
    explain: bool,
}

impl RuleTrial {
    fn new(global: &Global, args: &FingerprintArgs) -> Result<Self, Failure> {
        let wanted = target::wanted(global);
        let source = wanted.asked.unwrap_or_default();
        let known = wanted.catalog.kinds.iter().map(|kind| kind.name.as_str());
        if !source.is_empty() && !known.clone().any(|name| name == source) {
            let known: Vec<&str> = known.collect();
            return Err(Failure::usage(format!(
                "there is no source {source}: there are {}",
                known.join(", ")
            )));
        }
        let all = wanted.given.rules.unwrap_or_default();
        let rules = all.for_source(&source);
        let other = all
            .numbers()
            .filter(|number| !rules.numbers().any(|it| it == *number));
        Ok(Self {
            for_other_sources: other.collect(),
            rules,
            template: args.template.clone().unwrap_or_default(),
            explain: args.explain,
        })
    }

    fn explained(&self, text: &str) -> Explanation {
        let mut explanation = self.rules.explain(&ErrorText::of(&self.template, text));
        let hide = |text: &mut String| *text = redaction::text(text).into_owned();
        hide(&mut explanation.telling_line);
        hide(&mut explanation.fingerprint);
        for applied in &mut explanation.applied {
            match &mut applied.effect {
                Effect::Replaced { was, is } => [was, is].into_iter().for_each(hide),
                Effect::SplitBy(by) => hide(by),
            }
        }
        explanation
    }
}

/// Prints the fingerprint of an error, or of each of many.
///
/// # Errors
///
/// [`Failure`] if the input cannot be read or is no text.
pub fn run(global: &Global, args: &FingerprintArgs) -> Result<ExitCode, Failure> {
    let trial = RuleTrial::new(global, args)?;
    let (name, input) = input::open(args.file.as_deref())?;
    let mut out = BufWriter::new(stdout().lock());
    if args.json_lines {
        let answered = answer_lines(&trial, Lines::new(name, input), &mut out);
        // What was answered before a bad line stands.
        out.flush()?;
        answered?;
    } else {
        let text = input::whole(&name, input)?;
        print(&trial, &text, &mut out)?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers line by line. Whoever writes a line and waits for its answer gets it.
fn answer_lines(
    trial: &RuleTrial,
    mut lines: Lines<BufReader<Box<dyn Read>>>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    while let Some(text) = lines.read()? {
        let explanation = trial.explained(&text);
        if trial.explain {
            write_line(out, &as_json(trial, &explanation))?;
        } else {
            write_line(out, &explanation.fingerprint)?;
        }
        if lines.input.buffer().is_empty() {
            out.flush()?;
        }
    }
    Ok(())
}

fn print(trial: &RuleTrial, text: &str, out: &mut impl Write) -> Result<(), Failure> {
    let explanation = trial.explained(text);
    let safe = |text: &str| SafeText::new(text).to_string();
    if trial.explain {
        writeln!(out, "telling line  {}", safe(&explanation.telling_line))?;
        for applied in &explanation.applied {
            let name = format!("rule {}", applied.number);
            writeln!(out, "{name:<12}  {}", safe(&sentence(applied)))?;
        }
        for line in remarks(trial, &explanation) {
            writeln!(out, "rules         {line}")?;
        }
        write!(out, "fingerprint   ")?;
    }
    writeln!(out, "{}", safe(&explanation.fingerprint))?;
    Ok(())
}

fn sentence(applied: &Applied) -> String {
    match &applied.effect {
        Effect::Replaced { was, is } => format!("{was} → {is}"),
        Effect::SplitBy(by) => format!("split by {by}"),
    }
}

/// Why rules did not apply.
fn remarks(trial: &RuleTrial, explanation: &Explanation) -> Vec<String> {
    let mut remarks = Vec::new();
    let named = |numbers: &[usize]| {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        numbers.join(", ")
    };
    if explanation.applied.is_empty() {
        let tried = trial.rules.numbers().count() - explanation.for_other_templates.len();
        remarks.push(match tried {
            0 => "none to try".to_owned(),
            1 => "none applied, 1 was tried".to_owned(),
            n => format!("none applied, {n} were tried"),
        });
    }
    if !trial.for_other_sources.is_empty() {
        let rules = named(&trial.for_other_sources);
        remarks.push(format!("not tried, for other sources (--source): {rules}"));
    }
    if !explanation.for_other_templates.is_empty() {
        let rules = named(&explanation.for_other_templates);
        remarks.push(format!(
            "not tried, for other templates (--template): {rules}"
        ));
    }
    remarks
}

fn as_json(trial: &RuleTrial, explanation: &Explanation) -> Json {
    let applied = explanation
        .applied
        .iter()
        .map(|applied| match &applied.effect {
            Effect::Replaced { was, is } => {
                json!({ "rule": applied.number, "replaced": was, "by": is })
            }
            Effect::SplitBy(by) => json!({ "rule": applied.number, "split_by": by }),
        });
    json!({
        "telling_line": explanation.telling_line,
        "rules": applied.collect::<Vec<_>>(),
        "not_tried": {
            "for_other_sources": trial.for_other_sources,
            "for_other_templates": explanation.for_other_templates,
        },
        "fingerprint": explanation.fingerprint,
    })
}
