//! For a locale that is not UTF-8: whatever was drawn is spelt in ASCII before it is sent.

use ratatui::buffer::Buffer;

/// Replaces every symbol that is not ASCII.
pub fn transliterate(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let plain = plain(cell.symbol());
            cell.set_symbol(plain);
        }
    }
}

fn plain(symbol: &str) -> &'static str {
    match symbol {
        "─" | "━" | "═" | "−" | "–" | "—" | "·" => "-",
        "│" | "┃" | "║" | "▏" | "▎" | "▍" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" | "✓" | "✔" => {
            "+"
        }
        "█" | "▉" | "▊" | "▋" | "▌" | "▇" | "▀" | "▐" | "▄" | "■" => "#",
        "▁" => "_",
        "▂" | "░" => ".",
        "▃" => ":",
        "▅" => "=",
        "▸" | "→" | "›" | "»" => ">",
        "↻" => "@",
        "◂" | "←" | "‹" => "<",
        "↑" => "^",
        "↓" | "▾" => "v",
        "●" | "✖" | "✗" | "▆" => "*",
        "○" | "◌" => "o",
        "⚠" | "≠" => "!",
        "…" => "~",
        "×" => "x",
        "⏎" => "/",
        _ => "?",
    }
}
