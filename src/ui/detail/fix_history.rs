//! What fixed the same error elsewhere, in one line of the page *Why stuck*.

use ratatui::text::{Line, Span};

use super::page::Page;

/// The line, if entries that failed alike were closed before.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let rules = page.app.session.source.rules.current();
    let detail = page.app.detail.as_ref();
    let fix = (detail.and_then(|detail| detail.group_key(&rules)))
        .and_then(|group| page.app.lists.fix_history.fix(&group));
    let Some(fix) = fix else { return Vec::new() };
    let words = fix.summary(page.app.polled.database_now(page.app.session.now));
    let mut lines = page.flow("            ", &words, page.theme.text);
    lines.truncate(3);
    if let Some(first) = lines.first_mut() {
        let text = first.to_string();
        *first = Line::from(vec![
            Span::styled("Same error  ", page.theme.focused),
            Span::styled(text.trim_start().to_owned(), page.theme.text),
        ]);
    }
    lines.push(Line::default());
    lines
}
