//! Plain tables for people: no frame, columns two spaces apart, so that `cut` and `awk` work too.

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

/// The table's lines without white space at their ends.
pub(super) fn lines(table: &Table) -> impl Iterator<Item = String> + '_ {
    table.lines().map(|line| line.trim_end().to_owned())
}
