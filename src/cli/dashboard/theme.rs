//! Which colours: what was asked for, what the environment says, what the locale can show.

use crate::config::flags::ThemeName;
use crate::ui::widgets::theme::Theme;

/// The theme to draw with.
pub(in crate::cli) fn theme(name: ThemeName) -> Theme {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = match name {
        ThemeName::Auto if no_color => Theme::PLAIN,
        ThemeName::Auto | ThemeName::Dark => Theme::DARK,
        ThemeName::Light => Theme::LIGHT,
        ThemeName::HighContrast => Theme::HIGH_CONTRAST,
        ThemeName::Plain => Theme::PLAIN,
    };
    if is_utf8_locale() {
        theme
    } else {
        theme.in_ascii()
    }
}

/// Whether the locale can show more than ASCII; the first variable that is set decides.
pub(in crate::cli) fn is_utf8_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
