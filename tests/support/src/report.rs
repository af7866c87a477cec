//! The line that each row of the matrix prints.

#![allow(clippy::print_stdout, reason = "each row prints its figure")]

use std::fmt::Display;
use std::time::Instant;

/// One row under test.
pub struct Row {
    number: &'static str,
    seed: u64,
    begun: Instant,
}

impl Row {
    /// Begins to measure. `seed` decides every random choice.
    pub fn begin(number: &'static str, seed: u64) -> Self {
        let begun = Instant::now();
        Self {
            number,
            seed,
            begun,
        }
    }

    /// Prints what was found among `n`.
    pub fn found(&self, n: impl Display, figure: impl Display) {
        println!(
            "row {} | seed {} | N {n} | {figure} | {:.1} s",
            self.number,
            self.seed,
            self.begun.elapsed().as_secs_f64()
        );
    }
}
