//! What a profile can say, as one table.

use clap::ValueEnum as _;

use super::{Profile, SECTION};
use crate::config::connection::address::{fault, is_address};
use crate::config::connection::secret::{self, Address, SecretLocation};
use crate::config::flags::ThemeName;
use crate::config::problem::shown;
use crate::config::suggest;
use crate::config::value::Raw;
use crate::data::http_api::Token;
use crate::data::source::trust::KEY as TRUSTED;

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
        [
            "database_url_file",
            "database_url_command",
            "api_token_file",
            "api_key_file",
        ]
        .contains(&self.name)
    }
}

pub(super) const ADDRESS: &str = "an address such as postgres://user@host:5432/database";
/// How the keys begin of which a profile has one.
const ONE_OF: [&str; 3] = ["database_url", "api_token", "api_key"];
const COMMAND: &str = "a program and its arguments, as [\"pass\", \"show\", \"db\"]";
const FILE: &str = "a path that begins with / or ~/";
const API: &str = "an address such as https://tasker.example:8080";
const VARIABLE: &str = "the name of a variable, such as TASKER_TOKEN";
const SWITCH: &str = "true or false";
/// What may hold a secret and is not repeated.
pub(super) const SECRETS: [&str; 5] = [ADDRESS, COMMAND, FILE, API, VARIABLE];

/// Everything that a profile can say.
pub static PROFILE_KEYS: [ProfileKey; 18] = [
    ProfileKey {
        name: "database_url",
        docs: "The database. Passwords are better kept in ~/.pgpass.",
        example: "\"postgres://ana@db.example:5432/tasker\"",
        wanted: ADDRESS,
        take: |profile, raw| {
            fill(
                &mut profile.database,
                address(raw).map(SecretLocation::Here),
            )
        },
    },
    ProfileKey {
        name: "database_url_file",
        docs: "A file with the address in it, readable by nobody else (chmod 0600); instead of database_url.",
        example: "\"~/.config/dlqtop/prod.url\"",
        wanted: FILE,
        take: |profile, raw| {
            let path = text(raw).and_then(secret::path);
            fill(&mut profile.database, path.map(SecretLocation::File))
        },
    },
    ProfileKey {
        name: "database_url_command",
        docs: "A program that prints the address within ten seconds; instead of database_url.",
        example: "[\"op\", \"read\", \"op://ops/db/url\"]",
        wanted: COMMAND,
        take: |profile, raw| {
            fill(
                &mut profile.database,
                command(raw).map(SecretLocation::Command),
            )
        },
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
        docs: "Allow an sslmode weaker than verify-full for remote hosts, as --insecure-tls; the header says so in red.",
        example: "true",
        wanted: SWITCH,
        take: |profile, raw| switch(&mut profile.insecure_tls, raw),
    },
    ProfileKey {
        name: "read_only",
        docs: "Nothing is written until `:unlock 15m INCIDENT`.",
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
    ProfileKey {
        name: "api_url",
        docs: "Where the system's own API is: acts that it knows go by it instead of SQL.",
        example: "\"https://tasker.example:8080\"",
        wanted: API,
        take: |profile, raw| {
            let url = text(raw).filter(|url| url.starts_with("http"));
            fill(&mut profile.api_url, url.map(str::to_owned))
        },
    },
    ProfileKey {
        name: "api_token_env",
        docs: "The variable of the environment that holds the token for it.",
        example: "\"TASKER_TOKEN\"",
        wanted: VARIABLE,
        take: |profile, raw| fill(&mut profile.api_token, in_variable(raw)),
    },
    ProfileKey {
        name: "api_token_file",
        docs: "A file with the token in it, readable by nobody else (chmod 0600); instead of api_token_env.",
        example: "\"~/.config/dlqtop/prod.token\"",
        wanted: FILE,
        take: |profile, raw| fill(&mut profile.api_token, in_file(raw)),
    },
    ProfileKey {
        name: "api_key_env",
        docs: "The variable of the environment that holds the API key for it, which is sent as X-API-Key.",
        example: "\"TASKER_API_KEY\"",
        wanted: VARIABLE,
        take: |profile, raw| fill(&mut profile.api_key, in_variable(raw)),
    },
    ProfileKey {
        name: "api_key_file",
        docs: "A file with the API key in it, readable by nobody else (chmod 0600); instead of api_key_env.",
        example: "\"~/.config/dlqtop/prod.key\"",
        wanted: FILE,
        take: |profile, raw| fill(&mut profile.api_key, in_file(raw)),
    },
    ProfileKey {
        name: "tenant",
        docs: "Whose rows to see, where row-level security keeps tenants apart.",
        example: "\"7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417\"",
        wanted: "a tenant's id",
        take: |profile, raw| {
            let id = text(raw).map(str::trim).filter(|id| !id.is_empty());
            fill(&mut profile.tenant, id.map(str::to_owned))
        },
    },
    ProfileKey {
        name: "show_secrets",
        docs: "Whether a key of the dashboard may show hidden values of the task on screen.",
        example: "true",
        wanted: SWITCH,
        take: |profile, raw| switch(&mut profile.show_secrets, raw),
    },
    ProfileKey {
        name: TRUSTED,
        docs: "Roles whose tables, functions and schemas are read and run with your rights, besides those of the database's owner, superusers and yourself.",
        example: "[\"app\"]",
        wanted: "a list of roles, as [\"app\", \"jobs\"]",
        take: |profile, raw| {
            let roles = match raw {
                Raw::Texts(roles) => roles,
                _ => &[],
            };
            profile.trusted_owners = roles.to_vec();
            !roles.is_empty() && roles.iter().all(|role| !role.trim().is_empty())
        },
    },
];

/// A token that was written here by mistake is no name, or is not repeated at least.
fn is_variable(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    !name.is_empty() && name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The variable that holds a secret.
fn in_variable(raw: Raw<'_>) -> Option<Token> {
    let name = text(raw).filter(|name| is_variable(name))?;
    Some(Token::Variable(name.to_owned()))
}

/// The file that holds a secret.
fn in_file(raw: Raw<'_>) -> Option<Token> {
    text(raw).and_then(secret::path).map(Token::File)
}

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
    let url = text(raw).filter(|url| is_address(url))?;
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

impl Profile {
    /// Accepts one of its possible values. `given` is the text as it was written, for the error message.
    pub(in crate::config) fn take(
        &mut self,
        name: &str,
        line: usize,
        raw: Raw<'_>,
        given: &str,
    ) -> Result<(), String> {
        let at = format!("{SECTION}.{}", self.name);
        let Some(key) = PROFILE_KEYS.iter().find(|key| key.name == name) else {
            let name = shown(name);
            let names = PROFILE_KEYS.iter().map(|key| key.name);
            return Err(match suggest::among(&name, names) {
                Some(meant) => format!("there is no key {at}.{name}: did you mean {meant}?"),
                None => {
                    format!("there is no key {at}.{name}: `dlqtop config init --stdout` lists all")
                }
            });
        };
        if let Some(begins) = ONE_OF.iter().find(|begins| name.starts_with(**begins))
            && let Some((other, _)) = (self.given.iter()).find(|(name, _)| name.starts_with(begins))
        {
            return Err(format!("{at} has both {other} and {name}: leave one out"));
        }
        self.given.push((key.name, line));
        if (key.take)(self, raw) {
            return Ok(());
        }
        let fault = text(raw)
            .filter(|_| key.wanted == ADDRESS)
            .and_then(|text| fault(text, "it"));
        // What should have been an address may be a password all the same.
        let secret = SECRETS.contains(&key.wanted);
        let given = if secret { "…" } else { given };
        let fault = fault.map_or_else(String::new, |fault| format!("; {fault}"));
        Err(format!(
            "{at}.{name} = {given}: must be {}{fault}",
            key.wanted
        ))
    }
}
