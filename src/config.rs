//! Settings: flags over environment over `config.toml` over defaults.
//!
//! [`load`] reads and checks all of them and reports every problem at once; the command line calls it
//! once, before a command begins. [`keys::KEYS`] lists every setting: add the next one there.
//! [`settings`] has the result, [`profile`] the databases by name, [`connection`] how to reach one,
//! [`fingerprint_rules`] which errors belong together, [`redaction`] what is hidden, [`write_lock`] whether anything may be written there, [`shared_settings`] what all dashboards share in the database, and [`template_file`] a file to begin
//! with. Nothing here imports the command line or the screens. Secrets never leave this room.

use crate::failure::Failure;

pub mod bound_keys;
pub mod connection;
mod environment;
pub mod file;
pub mod fingerprint_rules;
pub mod flags;
mod found;
pub mod global;
pub mod key;
pub mod keys;
mod known_names;
pub mod origin;
pub mod paths;
mod problem;
pub mod profile;
pub mod program_settings;
mod read_url;
pub mod redaction;
pub mod rules_difference;
pub mod settings;
pub mod shared_settings;
pub mod sources;
mod suggest;
pub mod template_file;
pub mod value;
pub mod write_lock;

pub use connection::{
    actor, address, connect_options, display_name, password_in_arguments, read_options,
};

use flags::{Detect, GlobalFlags};
use origin::Origin;
use settings::{Setting, Settings};

/// Everything that was said about settings, checked as a whole.
///
/// # Errors
///
/// A usage failure that lists all that is wrong, with the place of each.
pub fn load(flags: &GlobalFlags, detect: &Detect) -> Result<Settings, Failure> {
    let (path, file) = file::read(flags.config.as_deref());
    let environment = environment::read(std::env::vars_os());
    let (profile, unknown) = match file.profiles.choose(flags.profile.as_deref()) {
        Ok(profile) => (profile, None),
        // In a file that cannot be read it may well stand.
        Err(problem) => (None, file.problems.is_empty().then_some(problem)),
    };
    let problems: Vec<String> = (file.problems.iter())
        .chain(&environment.problems)
        .chain(&unknown)
        .chain(&sources::untrusted())
        .map(ToString::to_string)
        .collect();
    if !problems.is_empty() {
        let faults = match problems.len() {
            1 => "a fault".to_owned(),
            n => format!("{n} faults"),
        };
        return Err(Failure::usage_in_detail(
            format!("the configuration has {faults}; nothing was started"),
            problems,
        ));
    }
    let given = file.given.into_iter().chain(environment.given);
    let given = given.chain(given_by_flags(flags, detect)).collect();
    let mut settings = Settings::new(path, given);
    settings.profiles = file.profiles;
    settings.profile = profile;
    settings.keys = file.keys;
    settings.sources = file.sources;
    settings.rules = file.rules;
    settings.redaction = file.redaction;
    Ok(settings)
}

/// What the flags say; the command line's parser has checked them.
fn given_by_flags(flags: &GlobalFlags, detect: &Detect) -> impl Iterator<Item = Setting> {
    keys::KEYS.iter().filter_map(move |key| {
        let flag = key.flag?;
        Some(Setting {
            key,
            value: (flag.value)(flags, detect)?,
            origin: Origin::Flag(flag.name),
        })
    })
}
