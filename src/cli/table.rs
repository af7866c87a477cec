//! Plain tables for people: no frame, columns two spaces apart, so that `cut` and `awk` work too.

use std::io;

use comfy_table::{CellAlignment, Table, presets};

/// A table with these headings; those that start with `>` are for numbers and stand to the right.
pub(super) fn table(headings: &[&str]) -> Table {
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

/// Writes the table, its lines without white space at their ends.
pub(super) fn put(out: &mut impl io::Write, table: &Table) -> io::Result<()> {
    table
        .lines()
        .try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
