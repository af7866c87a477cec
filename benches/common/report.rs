//! One JSON object a line on standard output; what is going on, for people, on standard error.

use std::io::{Write as _, stderr, stdout};

use color_eyre::Result;
use serde_json::{Map, Value, json};

/// Says what is going on.
pub fn progress(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// One result.
pub fn line(result: &Value) -> Result<()> {
    writeln!(stdout(), "{result}")?;
    Ok(())
}

/// Thousandths are more than a shared machine's clock is worth.
pub fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// As [`rounded`], if there is a number.
pub fn rounded_if(number: Option<f64>) -> Option<f64> {
    number.map(rounded)
}

/// How many times `ours` fits into `reference`.
pub fn ratio(reference: f64, ours: f64) -> f64 {
    rounded(reference / ours)
}

/// The targets of a bench, and whether they held this time.
#[derive(Debug, Default)]
pub struct Holds(Map<String, Value>);

impl Holds {
    /// `got` should be `want` or more.
    pub fn at_least(&mut self, what: &str, want: f64, got: f64) {
        self.note(what, want, got, got >= want);
    }

    /// `got` should be `want` or less.
    pub fn at_most(&mut self, what: &str, want: f64, got: f64) {
        self.note(what, want, got, got <= want);
    }

    fn note(&mut self, what: &str, want: f64, got: f64, held: bool) {
        self.0.insert(
            what.to_owned(),
            json!({"want": want, "got": rounded(got), "held": held}),
        );
        let verdict = if held { "holds" } else { "DOES NOT HOLD" };
        progress(&format!("{what}: {got:.3} (target {want}) {verdict}"));
    }

    /// The last line of a bench.
    pub fn finish(self, bench: &str) -> Result<()> {
        line(&json!({"bench": bench, "holds": self.0}))
    }
}
