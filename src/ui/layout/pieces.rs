//! Pieces of a line, the least important of which go when it is narrow.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::ui::widgets::text::width;

/// From this many columns on, the header says what the budget is.
pub(super) const ROOMY: usize = 100;

/// From this many columns on, it says how long a poll took.
pub(super) const WIDE: usize = 140;

/// A piece of a line; pieces of a higher rank go first when it is narrow.
pub(super) struct Piece {
    pub(super) rank: u8,
    pub(super) spans: Vec<Span<'static>>,
}

impl Piece {
    pub(super) fn one(rank: u8, text: String, style: Style) -> Self {
        Self {
            rank,
            spans: vec![Span::styled(text, style)],
        }
    }

    pub(super) fn width(&self) -> usize {
        self.spans.iter().map(|span| width(&span.content)).sum()
    }
}

/// Leaves out pieces until the rest fits with `gap` cells between them.
pub(super) fn keep(mut pieces: Vec<Piece>, room: usize, gap: usize) -> Vec<Piece> {
    let needed = |pieces: &[Piece]| {
        pieces
            .iter()
            .map(|piece| piece.width() + gap)
            .sum::<usize>()
    };
    while needed(&pieces) > room + gap && pieces.len() > 1 {
        let worst = (0..pieces.len())
            .max_by_key(|at| pieces[*at].rank)
            .unwrap_or(0);
        pieces.remove(worst);
    }
    pieces
}
