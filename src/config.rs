//! What the program was told: flags over environment over `config.toml` over defaults.
//!
//! [`keys::KEYS`] lists every setting. [`load`] checks all that was given and names everything
//! that is wrong at once; [`settings`] has the result, [`in_force`] puts what all share into the
//! database, [`profile`] knows the databases by name, [`skeleton`] is a file to begin with, and [`connection`] knows the way to the database.
//! Secrets never leave here.

use crate::cli::{Detect, Global};
use crate::failure::Failure;

pub mod bound_keys;
pub mod connection;
mod environment;
pub mod file;
pub(crate) mod flags;
pub mod key;
pub mod keys;
mod problem;
pub mod profile;
mod read_url;
pub mod settings;
pub mod shared_settings;
pub mod sources;
mod suggest;
pub mod template_file;
pub mod value;

pub use connection::{
    actor, address, called, connect_options, password_in_arguments, read_options,
};

use bound_keys::KeySetting;
use problem::Problem;
use profile::Profiles;
use settings::{Origin, Setting, Settings};

/// What one place says, and what is wrong with it.
#[derive(Debug, Default)]
struct Found {
    given: Vec<Setting>,
    problems: Vec<Problem>,
    profiles: Profiles,
    keys: Vec<KeySetting>,
    sources: Vec<sources::SourceSetting>,
}

impl Found {
    fn problem(at: String, what: String) -> Self {
        Self {
            problems: vec![Problem { at, what }],
            ..Self::default()
        }
    }
}

/// Everything that was said about settings, checked as a whole.
///
/// # Errors
///
/// A usage failure that lists all that is wrong, with the place of each.
pub fn load(global: &Global, detect: &Detect) -> Result<Settings, Failure> {
    let (path, file) = file::read(global.config.as_deref());
    let environment = environment::read(std::env::vars_os());
    let (profile, unknown) = match file.profiles.choose(global.profile.as_deref()) {
        Ok(profile) => (profile, None),
        // In a file that cannot be read it may well stand.
        Err(problem) => (None, file.problems.is_empty().then_some(problem)),
    };
    let problems: Vec<String> = (file.problems.iter())
        .chain(&environment.problems)
        .chain(&unknown)
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
    let given = given.chain(flags(global, detect)).collect();
    let mut settings = Settings::new(path, given);
    settings.profiles = file.profiles;
    settings.profile = profile;
    settings.keys = file.keys;
    settings.sources = file.sources;
    Ok(settings)
}

/// What the flags say; the command line's parser has checked them.
fn flags(global: &Global, detect: &Detect) -> impl Iterator<Item = Setting> {
    keys::KEYS.iter().filter_map(move |key| {
        let flag = key.flag?;
        Some(Setting {
            key,
            value: (flag.value)(global, detect)?,
            origin: Origin::Flag(flag.name),
        })
    })
}
