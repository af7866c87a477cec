//! The command that opens the same database in another terminal.

use std::borrow::Cow;

use super::Target;
use crate::app::screen::copy::shell_command::quoted;
use crate::config::connection::{url, warning};
use crate::config::global::Global;

/// Opens the database that is on the screen, from another terminal: by its profile if it has one, else by
/// its address. Never with a password.
pub(in crate::cli) fn open_command(global: &Global, target: &Target) -> String {
    let source = &target.site.source;
    let chosen = match &global.flags.source {
        Some(_) if !source.is_native() => format!(" --source {}", word(&source.name)),
        _ => String::new(),
    };
    let profile = global.settings.profile.as_ref().map(|it| &it.profile.name);
    match profile {
        Some(name) if *name == target.profile => {
            format!("dlqtop --profile {}{chosen}", word(name))
        }
        _ => {
            let address = url(&target.site.options);
            // Without it, what is not as sure as usual of who answers would be refused.
            let insecure = warning(&target.site.options).map_or("", |_| " --insecure-tls");
            format!("dlqtop --database-url {}{insecure}{chosen}", word(&address))
        }
    }
}

/// One word for a shell; a name with a NUL in it names nothing.
fn word(text: &str) -> Cow<'_, str> {
    quoted(text).unwrap_or_default()
}
