//! Plain tables for people: no frame, columns two spaces apart, so that `cut` and `awk` work too.

use std::io::{self, Write as _, stdout};
use std::process::ExitCode;

use comfy_table::{CellAlignment, Table, presets};

use crate::app::format::{count_or_estimate, count_usize};
use crate::data::model::Total;
use crate::data::source::Source;
use crate::failure::Failure;

/// A table with these headings; those that start with `>` are for numbers and stand to the right.
pub(in crate::cli) fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(
        headings
            .iter()
            .map(|heading| heading.trim_start_matches('>')),
    );
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if headings[at].starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A table of what a source knows, in its words.
pub(in crate::cli) struct SourceTable {
    /// What is printed.
    pub(in crate::cli) table: Table,
    there: Vec<bool>,
}

impl SourceTable {
    /// One with these headings, but for those of columns of which the source knows nothing.
    pub(in crate::cli) fn new(headings: &[&'static str], source: &Source) -> Self {
        let needs = [
            ("{STEP}", "steps"),
            ("BLOCKED BY", "steps"),
            ("OWNER", "own_entry"),
        ];
        let has = |heading: &&'static str| {
            let file = needs.iter().find(|(name, _)| name == heading);
            file.is_none_or(|(_, file)| source.has(file))
        };
        let there: Vec<bool> = headings.iter().map(has).collect();
        let words = &source.manifest.words;
        let shown = headings.iter().zip(&there).filter(|(_, there)| **there);
        let shown: Vec<String> = shown.map(|(heading, _)| words.fill(heading)).collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        let table = table(&shown);
        Self { table, there }
    }

    /// Adds a row: a cell for each heading that was asked for.
    pub(in crate::cli) fn add<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.into_iter().zip(&self.there);
        let shown = cells.filter(|(_, there)| **there).map(|(cell, _)| cell);
        self.table.add_row(shown);
    }
}

/// Writes the table, its lines without white space at their ends.
pub(in crate::cli) fn put(out: &mut impl io::Write, table: &Table) -> io::Result<()> {
    table
        .lines()
        .try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// What the rows of a table are, in the words of the source.
pub(in crate::cli) struct Counted<'a> {
    /// One of them: a sentence with placeholders.
    pub(in crate::cli) one: &'static str,
    /// Several.
    pub(in crate::cli) several: &'static str,
    /// Which of them were looked at.
    pub(in crate::cli) among: &'a str,
    /// The source.
    pub(in crate::cli) source: &'a Source,
}

/// The same as [`print_table`], in the words of the source.
pub(in crate::cli) fn print_in_source_words(
    shown: &SourceTable,
    rows: usize,
    length: Total,
    what: &Counted<'_>,
) -> Result<ExitCode, Failure> {
    let sentence = if length.rows == 1 {
        what.one
    } else {
        what.several
    };
    let noun = what.source.manifest.words.fill(sentence);
    print(&shown.table, rows, length, &format!("{noun}{}", what.among))
}

/// The table, and under it how much of the whole it is: a cap is never silent.
pub(in crate::cli) fn print_table(
    shown: &Table,
    rows: usize,
    length: Total,
    what: &str,
) -> Result<ExitCode, Failure> {
    let plural = if length.rows == 1 { "" } else { "s" };
    print(shown, rows, length, &format!("{what}{plural}"))
}

fn print(shown: &Table, rows: usize, length: Total, what: &str) -> Result<ExitCode, Failure> {
    let mut out = stdout().lock();
    if rows > 0 {
        put(&mut out, shown)?;
    }
    let (rows, length) = (count_usize(rows), count_or_estimate(length));
    writeln!(out, "{rows} of {length} {what}")?;
    Ok(ExitCode::SUCCESS)
}
