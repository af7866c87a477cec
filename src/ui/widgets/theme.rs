//! Colours by what they mean. Everything else asks for a role and never names a colour.
//!
//! Only the terminal's own 16 colours are used, so that its palette decides how they look.

use ratatui::style::{Color, Modifier, Style};

use crate::app::message::Tone;
use crate::app::polled::alerts::Severity;
use crate::data::model::Health;

/// A complete set of styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// What is read.
    pub text: Style,
    /// What is there if wanted.
    pub muted: Style,
    /// Titles and names of columns.
    pub heading: Style,
    /// The border of a pane.
    pub border: Style,
    /// The border of the pane that keys act on, and the keys themselves.
    pub focused: Style,
    /// The row under the cursor.
    pub selected: Style,
    /// The row under the cursor of a pane that keys do not act on.
    pub shadow: Style,
    /// A marked row.
    pub marked: Style,
    /// Fine.
    pub healthy: Style,
    /// Soon not fine.
    pub warning: Style,
    /// Not fine.
    pub stale: Style,
    /// Must be seen from across the room.
    pub loud: Style,
    /// Bars and curves.
    pub chart: Style,
    /// Draw with ASCII only, for a locale that is not UTF-8.
    pub ascii: bool,
}

impl Theme {
    /// For dark terminals; the default.
    pub const DARK: Self = Self {
        text: Style::new(),
        muted: Style::new().fg(Color::Gray).add_modifier(Modifier::DIM),
        heading: Style::new().add_modifier(Modifier::BOLD),
        border: Style::new().fg(Color::DarkGray),
        focused: Style::new().fg(Color::Cyan),
        selected: Style::new().fg(Color::Black).bg(Color::Cyan),
        shadow: Style::new().add_modifier(Modifier::BOLD),
        marked: Style::new().fg(Color::Magenta),
        healthy: Style::new().fg(Color::Green),
        warning: Style::new().fg(Color::Yellow),
        stale: Style::new()
            .fg(Color::LightRed)
            .add_modifier(Modifier::BOLD),
        loud: Style::new()
            .fg(Color::White)
            .bg(Color::Red)
            .add_modifier(Modifier::BOLD),
        chart: Style::new().fg(Color::Blue),
        ascii: false,
    };

    /// For light terminals.
    pub const LIGHT: Self = Self {
        muted: Style::new().fg(Color::DarkGray),
        border: Style::new().fg(Color::DarkGray),
        focused: Style::new().fg(Color::Blue),
        selected: Style::new().fg(Color::White).bg(Color::Blue),
        healthy: Style::new().fg(Color::Green),
        warning: Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD),
        stale: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        ..Self::DARK
    };

    /// For tired eyes and bad projectors: nothing dim, everything that matters bold.
    pub const HIGH_CONTRAST: Self = Self {
        text: Style::new().fg(Color::White),
        muted: Style::new().fg(Color::White),
        border: Style::new().fg(Color::White),
        focused: Style::new()
            .fg(Color::LightYellow)
            .add_modifier(Modifier::BOLD),
        selected: Style::new()
            .fg(Color::Black)
            .bg(Color::LightYellow)
            .add_modifier(Modifier::BOLD),
        healthy: Style::new().fg(Color::LightGreen),
        warning: Style::new()
            .fg(Color::LightYellow)
            .add_modifier(Modifier::BOLD),
        chart: Style::new().fg(Color::LightCyan),
        ..Self::DARK
    };

    /// For `NO_COLOR`: weight, underline and reverse video carry what words do not.
    pub const PLAIN: Self = Self {
        muted: Style::new(),
        border: Style::new(),
        focused: Style::new().add_modifier(Modifier::BOLD),
        selected: Style::new().add_modifier(Modifier::REVERSED),
        marked: Style::new().add_modifier(Modifier::UNDERLINED),
        healthy: Style::new(),
        warning: Style::new().add_modifier(Modifier::UNDERLINED),
        stale: Style::new().add_modifier(Modifier::BOLD),
        loud: Style::new()
            .add_modifier(Modifier::REVERSED)
            .add_modifier(Modifier::BOLD),
        chart: Style::new(),
        ..Self::DARK
    };

    /// The theme of this name, as the configuration writes it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(Self::DARK),
            "light" => Some(Self::LIGHT),
            "high-contrast" => Some(Self::HIGH_CONTRAST),
            "plain" => Some(Self::PLAIN),
            _ => None,
        }
    }

    /// The same theme drawn with ASCII only.
    #[must_use]
    pub const fn in_ascii(mut self) -> Self {
        self.ascii = true;
        self
    }

    /// How a task stands.
    #[must_use]
    pub const fn health(&self, health: Health) -> Style {
        match health {
            Health::Stale => self.stale,
            Health::Warning => self.warning,
            Health::Healthy => self.healthy,
            Health::Unknown => self.muted,
        }
    }

    /// The state of a step, a task or an entry.
    #[must_use]
    pub fn state(&self, state: &str) -> Style {
        match state {
            "error" | "blocked_by_failures" | "permanently_failed" => self.stale,
            "waiting_for_retry" | "pending" | "enqueued" | "waiting_for_dependencies" => {
                self.warning
            }
            "complete" | "resolved_manually" | "manually_resolved" => self.healthy,
            "cancelled" => self.muted,
            _ => self.text,
        }
    }

    /// News.
    #[must_use]
    pub const fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.text,
            Tone::Good => self.healthy,
            Tone::Bad => self.stale,
        }
    }

    /// An alert.
    #[must_use]
    pub const fn alert(&self, severity: Severity) -> Style {
        match severity {
            Severity::Bad => self.stale,
            Severity::Warning => self.warning,
        }
    }

    /// The border of a pane.
    #[must_use]
    pub const fn pane(&self, focused: bool) -> Style {
        if focused { self.focused } else { self.border }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_pale_on_a_light_ground() {
        let it = Theme::LIGHT;
        let all = [
            it.text,
            it.muted,
            it.heading,
            it.border,
            it.focused,
            it.selected,
            it.shadow,
            it.marked,
            it.healthy,
            it.warning,
            it.stale,
            it.loud,
            it.chart,
        ];
        for style in all.into_iter().filter(|style| style.bg.is_none()) {
            let pale = matches!(style.fg, Some(Color::Gray | Color::White | Color::Yellow));
            let dim = style.add_modifier.contains(Modifier::DIM);
            assert!(!pale && !dim, "{style:?}");
        }
    }
}
