//! What a profile can say, as one table.

use clap::ValueEnum as _;

use super::{DATABASE, Profile};
use crate::cli::ThemeName;
use crate::config::connection;
use crate::config::connection::secret::{self, Address, Kept};
use crate::config::value::Raw;

/// Something that a profile says.
#[derive(Debug)]
pub struct ProfileKey {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub docs: &'static str,
    /// An example.
    pub example: &'static str,
    /// What to write.
    pub wanted: &'static str,
    /// Takes it; false if it is something else than what is wanted.
    pub(super) take: fn(&mut Profile, Raw<'_>) -> bool,
}

impl ProfileKey {
    /// Whether it says in another way what a key before it says.
    pub(in crate::config) fn is_another_way(&self) -> bool {
        self.name.starts_with(DATABASE) && self.name != DATABASE
    }
}

pub(super) const ADDRESS: &str = "an address such as postgres://user@host:5432/database";
const COMMAND: &str = "a program and its arguments, as [\"pass\", \"show\", \"db\"]";
const FILE: &str = "a path that begins with / or ~/";
const SWITCH: &str = "true or false";
/// What may hold a secret and is not repeated.
pub(super) const SECRETS: [&str; 3] = [ADDRESS, COMMAND, FILE];

/// Everything that a profile can say.
pub static PROFILE_KEYS: [ProfileKey; 10] = [
    ProfileKey {
        name: "database_url",
        docs: "The database. Passwords are better kept in ~/.pgpass.",
        example: "\"postgres://ana@db.example:5432/tasker\"",
        wanted: ADDRESS,
        take: |profile, raw| fill(&mut profile.database, address(raw).map(Kept::Here)),
    },
    ProfileKey {
        name: "database_url_file",
        docs: "A file with the address in it, readable by nobody else (chmod 0600); instead of database_url.",
        example: "\"~/.config/dlqtop/prod.url\"",
        wanted: FILE,
        take: |profile, raw| {
            let path = text(raw).and_then(secret::path);
            fill(&mut profile.database, path.map(Kept::File))
        },
    },
    ProfileKey {
        name: "database_url_command",
        docs: "A program that prints the address within ten seconds; instead of database_url.",
        example: "[\"op\", \"read\", \"op://ops/db/url\"]",
        wanted: COMMAND,
        take: |profile, raw| fill(&mut profile.database, command(raw).map(Kept::Command)),
    },
    ProfileKey {
        name: "read_url",
        docs: "The streaming replica to poll.",
        example: "\"postgres://ana@replica.example:5432/tasker\"",
        wanted: ADDRESS,
        take: |profile, raw| fill(&mut profile.read_url, address(raw)),
    },
    ProfileKey {
        name: "source",
        docs: "The system to look at, as --source, where the database holds several.",
        example: "\"celery\"",
        wanted: "a source's name",
        take: |profile, raw| {
            let name = text(raw).map(str::trim).filter(|name| !name.is_empty());
            fill(&mut profile.source, name.map(str::to_owned))
        },
    },
    ProfileKey {
        name: "insecure_tls",
        docs: "Obey a weaker sslmode than verify-full to another machine, as --insecure-tls; the header says so in red.",
        example: "true",
        wanted: SWITCH,
        take: |profile, raw| switch(&mut profile.insecure_tls, raw),
    },
    ProfileKey {
        name: "read_only",
        docs: "Nothing is written, until `:unlock 15m INCIDENT`.",
        example: "true",
        wanted: SWITCH,
        take: |profile, raw| switch(&mut profile.read_only, raw),
    },
    ProfileKey {
        name: "production",
        docs: "It starts locked, the header says so, and every change asks for the profile's name.",
        example: "true",
        wanted: SWITCH,
        take: |profile, raw| switch(&mut profile.production, raw),
    },
    ProfileKey {
        name: "theme",
        docs: "Colours, as --theme.",
        example: "\"high-contrast\"",
        wanted: "auto, dark, light, high-contrast or plain",
        take: |profile, raw| {
            let theme = text(raw).and_then(|name| ThemeName::from_str(name, false).ok());
            fill(&mut profile.theme, theme)
        },
    },
    ProfileKey {
        name: "actor",
        docs: "Who acts, as --as.",
        example: "\"ana\"",
        wanted: "a name that is not blank",
        take: |profile, raw| {
            let name = text(raw).map(str::trim).filter(|name| !name.is_empty());
            fill(&mut profile.actor, name.map(str::to_owned))
        },
    },
];

fn fill<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

fn switch(place: &mut bool, raw: Raw<'_>) -> bool {
    if let Raw::Switch(on) = raw {
        *place = on;
    }
    matches!(raw, Raw::Switch(_))
}

pub(super) const fn text(raw: Raw<'_>) -> Option<&str> {
    match raw {
        Raw::Text(text) => Some(text),
        _ => None,
    }
}

fn address(raw: Raw<'_>) -> Option<Address> {
    let url = text(raw).filter(|url| connection::is_address(url))?;
    Some(Address::from(url.to_owned()))
}

fn command(raw: Raw<'_>) -> Option<Vec<String>> {
    match raw {
        Raw::Texts([program, rest @ ..]) if !program.trim().is_empty() => {
            Some([std::slice::from_ref(program), rest].concat())
        }
        _ => None,
    }
}
