//! Rows in columns. Columns that do not fit are left out, the least important first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::frame::draw_lines;
use crate::app::cursor::Window;
use crate::data::source::Words;
use crate::ui::widgets::text::{cut_name, fit, fit_right, width};
use crate::ui::widgets::theme::Theme;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui) struct Column {
    /// Its name.
    pub title: &'static str,
    /// Cells it needs.
    pub min: u16,
    /// Cells it can make use of.
    pub max: u16,
    /// Columns with a higher rank go first when it is narrow.
    pub rank: u8,
    /// Numbers stand to the right.
    pub right: bool,
    /// If not 0, it is there from this many cells on, and only then, whatever the rows hold: a
    /// column must not come and go with them.
    pub from: u16,
}

impl Column {
    /// The same column, there from this many cells on.
    pub(in crate::ui) const fn from(mut self, room: u16) -> Self {
        self.from = room;
        self
    }
}

/// A column with words in it.
pub(in crate::ui) const fn words(title: &'static str, min: u16, max: u16, rank: u8) -> Column {
    Column {
        title,
        min,
        max,
        rank,
        right: false,
        from: 0,
    }
}

/// A column with numbers in it.
pub(in crate::ui) const fn number(title: &'static str, width: u16, rank: u8) -> Column {
    Column {
        title,
        min: width,
        max: width,
        rank,
        right: true,
        from: 0,
    }
}

/// What stands in one column of one row.
#[derive(Debug, Clone)]
pub(in crate::ui) struct Cell {
    text: String,
    style: Style,
}

/// A cell.
pub(in crate::ui) fn cell(text: impl Into<String>, style: Style) -> Cell {
    Cell {
        text: text.into(),
        style,
    }
}

/// A row that is on screen.
pub(in crate::ui) struct Shown {
    /// One for each column, those that do not fit too.
    pub cells: Vec<Cell>,
    /// The cursor is on it.
    pub at_cursor: bool,
    /// It is marked.
    pub marked: bool,
}

/// What is drawn: the rows on screen and how their pane stands.
pub(in crate::ui) struct Sheet<'a> {
    /// The columns, left to right.
    pub columns: &'a [Column],
    /// The rows on screen, top to bottom.
    pub rows: Vec<Shown>,
    /// Keys act on this pane.
    pub focused: bool,
    /// What stands where the cursor is, if its row is gone.
    pub gone: Option<Gone>,
}

/// A line of its own for a cursor whose row is gone: where it went.
#[derive(Debug, Clone)]
pub(in crate::ui) struct Gone {
    /// How many rows on screen come before it.
    pub before: usize,
    /// Where the row went.
    pub text: String,
}

impl Gone {
    /// The line for this window, if the cursor has one.
    pub(in crate::ui) fn of(window: &Window, text: Option<String>) -> Option<Self> {
        let before = window.gone?;
        let text = text.unwrap_or_else(|| "gone".to_owned());
        Some(Self { before, text })
    }
}

/// Cells for the cursor and the mark, before the first column.
const GUTTER: u16 = 3;

/// A column wider than this is long text: it takes what the others leave.
const ELASTIC: u16 = 100;

/// The width of each column; `None` for those left out. `wanted` is what each could use.
///
/// The most important columns are made whole first. Of those that no longer fit whole, what is at
/// least `min` wide is cut and the rest left out.
pub(in crate::ui) fn widths(columns: &[Column], wanted: &[u16], room: u16) -> Vec<Option<u16>> {
    let mut by_rank: Vec<usize> = (0..columns.len())
        .filter(|at| columns[*at].from <= room)
        .collect();
    by_rank.sort_by_key(|at| (columns[*at].from == 0, columns[*at].rank));
    let mut widths = vec![None; columns.len()];
    let mut left = room;
    for (nth, at) in by_rank.iter().copied().enumerate() {
        let column = columns[at];
        let whole = match column.from {
            0 => wanted[at].min(column.max),
            _ => column.max,
        };
        let least = column.min.min(whole);
        let gap = u16::from(nth > 0);
        if nth > 0 && least + gap > left {
            continue;
        }
        let target = if column.max >= ELASTIC { least } else { whole };
        let width = target.min(left.saturating_sub(gap));
        widths[at] = Some(width);
        left -= (width + gap).min(left);
    }
    for at in by_rank {
        if let Some(width) = &mut widths[at] {
            let more = wanted[at]
                .min(columns[at].max)
                .saturating_sub(*width)
                .min(left);
            *width += more;
            left -= more;
        }
    }
    widths
}

/// What each column could use for the rows on screen. In steps of two, so that columns do not
/// twitch with every row that scrolls by.
fn wanted(sheet: &Sheet<'_>, titles: &[String]) -> Vec<u16> {
    let widest = |at: usize| {
        let cells = sheet.rows.iter().map(|row| width(&row.cells[at].text));
        cells.max().unwrap_or(0).max(width(&titles[at]))
    };
    let columns = sheet.columns.iter().enumerate();
    columns
        .map(|(at, column)| {
            let wanted = u16::try_from(widest(at)).unwrap_or(u16::MAX);
            wanted
                .max(column.min.min(8))
                .next_multiple_of(if column.right { 1 } else { 2 })
                .min(column.max)
        })
        .collect()
}

/// These columns without those of which a source knows nothing.
pub(in crate::ui) fn without<const N: usize>(
    mut columns: [Column; N],
    absent: &[&str],
) -> [Column; N] {
    for column in &mut columns {
        if absent.contains(&column.title) {
            column.from = u16::MAX;
        }
    }
    columns
}

/// Draws the names of the columns and the rows.
pub(in crate::ui) fn draw(frame: &mut Frame<'_>, area: Rect, sheet: &Sheet<'_>, theme: &Theme) {
    draw_in(&Words::default(), frame, area, sheet, theme);
}

/// The same, with columns that are called as the source calls what is in them.
pub(in crate::ui) fn draw_in(
    words: &Words,
    frame: &mut Frame<'_>,
    area: Rect,
    sheet: &Sheet<'_>,
    theme: &Theme,
) {
    let columns = sheet.columns.iter();
    let names: Vec<String> = columns.map(|column| words.fill(column.title)).collect();
    let widths = widths(
        sheet.columns,
        &wanted(sheet, &names),
        area.width.saturating_sub(GUTTER),
    );
    let mut lines = vec![titles(sheet.columns, &names, &widths, theme)];
    lines.extend(
        sheet
            .rows
            .iter()
            .map(|row| line(row, sheet, &widths, theme)),
    );
    if let Some(gone) = &sheet.gone {
        // The names of the columns come first.
        let at = (gone.before + 1).min(lines.len());
        lines.insert(at, gone_line(gone, sheet, theme));
    }
    draw_lines(frame, area, lines);
}

/// `▸  3 closed by ana`.
fn gone_line(gone: &Gone, sheet: &Sheet<'_>, theme: &Theme) -> Line<'static> {
    let style = if sheet.focused {
        theme.focused
    } else {
        theme.muted
    };
    Line::from(vec![
        Span::styled("▸", style),
        Span::styled(format!("  {}", gone.text), theme.muted),
    ])
}

fn titles(
    columns: &[Column],
    names: &[String],
    widths: &[Option<u16>],
    theme: &Theme,
) -> Line<'static> {
    let mut text = " ".repeat(usize::from(GUTTER));
    for ((column, name), width) in columns.iter().zip(names).zip(widths) {
        let Some(width) = width else { continue };
        text.push_str(&aligned(name, *column, *width));
        text.push(' ');
    }
    Line::styled(text, theme.muted)
}

fn line(row: &Shown, sheet: &Sheet<'_>, widths: &[Option<u16>], theme: &Theme) -> Line<'static> {
    let over = match (row.at_cursor, sheet.focused) {
        (true, true) => Some(theme.selected),
        _ => None,
    };
    let style = |own: Style| over.unwrap_or(own);
    let mark = if row.marked { "●" } else { " " };
    let cursor = if row.at_cursor { "▸" } else { " " };
    let mut spans = vec![
        Span::styled(cursor, style(theme.focused)),
        Span::styled(mark, style(theme.marked)),
        Span::styled(" ", style(theme.text)),
    ];
    for ((cell, column), width) in row.cells.iter().zip(sheet.columns).zip(widths) {
        let Some(width) = width else { continue };
        let mut own = if row.marked && cell.style == theme.text {
            theme.marked
        } else {
            cell.style
        };
        if row.at_cursor && !sheet.focused {
            own = own.patch(theme.shadow);
        }
        spans.push(Span::styled(
            aligned(&cell.text, *column, *width),
            style(own),
        ));
        spans.push(Span::styled(" ", style(theme.text)));
    }
    Line::from(spans).style(over.unwrap_or_default())
}

fn aligned(text: &str, column: Column, width: u16) -> String {
    if column.right {
        fit_right(text, usize::from(width))
    } else {
        fit(&cut_name(text, usize::from(width)), usize::from(width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        words("task", 10, 20, 0),
        number("age", 5, 1),
        words("error", 8, 120, 2),
    ];

    #[test]
    fn a_column_with_a_place_of_its_own_does_not_come_and_go_with_the_rows() {
        let columns = [
            words("task", 10, 20, 0),
            words("error", 8, 120, 2),
            words("sweep", 6, 6, 7).from(40),
        ];
        for wanted in [[4, 0, 0], [20, 120, 6]] {
            assert_eq!(widths(&columns, &wanted, 39)[2], None, "{wanted:?}");
            assert_eq!(widths(&columns, &wanted, 40)[2], Some(6), "{wanted:?}");
        }
    }

    #[test]
    fn narrow_tables_lose_the_least_important_columns() {
        for (room, want) in [
            (60, [Some(16), Some(5), Some(30)]),
            (31, [Some(16), Some(5), Some(8)]),
            (30, [Some(16), Some(5), None]),
            (16, [Some(16), None, None]),
            (12, [Some(12), None, None]),
            (4, [Some(4), None, None]),
            (0, [Some(0), None, None]),
        ] {
            assert_eq!(widths(&COLUMNS, &[16, 5, 30], room), want, "{room} cells");
        }
    }
}
