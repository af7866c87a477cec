//! Which part of the table is live.

use crate::app::App;
use crate::app::screen::popup::Popup;
use crate::app::writes::confirm::field::Field;

/// Which part of the table is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The three panes.
    Dashboard,
    /// One task.
    Detail,
    /// The log.
    Log,
    /// A filter is being typed.
    Filter,
    /// A search of the snapshot is being typed.
    Search,
    /// A line of the confirm box is being typed.
    Reason,
    /// The count of the confirm box is being typed.
    Count,
    /// What was written in the editor has the focus of the confirm box.
    Written,
    /// A choice of the confirm box has the focus.
    Choice,
    /// A button of the confirm box has the focus.
    Buttons,
    /// The command bar.
    Palette,
    /// A short list to choose from.
    Menu,
    /// Something to read lies over the screen.
    Reading,
    /// What became of the changes lies over the screen.
    Results,
    /// The wall.
    Watch,
}

impl Mode {
    /// The part that is live now.
    #[must_use]
    pub fn of(app: &App) -> Self {
        match &app.screen.popup {
            _ if app.session.is_wall => Self::Watch,
            Some(Popup::Confirm(confirm)) => match confirm.field {
                Field::Result => Self::Written,
                // Letters of a name are text: `y` may be one of them.
                Field::Reason | Field::Name | Field::Attempts | Field::Timeout | Field::Span => {
                    Self::Reason
                }
                Field::Count => Self::Count,
                Field::What | Field::Resolution | Field::Pace => Self::Choice,
                Field::Cancel | Field::DoIt => Self::Buttons,
            },
            Some(Popup::Detector(dialog)) => match dialog.field {
                Field::Count => Self::Count,
                Field::Cancel | Field::DoIt => Self::Buttons,
                _ => Self::Reason,
            },
            Some(Popup::Palette(_)) => Self::Palette,
            Some(Popup::Menu(_)) => Self::Menu,
            Some(Popup::Help(_) | Popup::LogLine(..)) => Self::Reading,
            Some(Popup::Results(_)) => Self::Results,
            None if app.lists.filtering => Self::Filter,
            None if app.is_searching() => Self::Search,
            None if app.screen.operator_log.is_some() => Self::Log,
            None if app.detail.is_some() => Self::Detail,
            None => Self::Dashboard,
        }
    }

    /// Whether letters are text here.
    pub(super) const fn is_typing(self) -> bool {
        matches!(
            self,
            Self::Filter | Self::Search | Self::Reason | Self::Count | Self::Palette
        )
    }
}
