//! Profiles: by name, the way to a database and how careful to be there.

mod keys;

use self::keys::{ADDRESS, SECRETS, text};
pub use self::keys::{PROFILE_KEYS, ProfileKey};
use super::connection;
use super::connection::secret::{Address, SecretLocation};
use super::problem::Problem;
use super::settings::Origin;
use super::value::Raw;
use super::value::ReadUrl;
use crate::cli::{Global, ThemeName};
use crate::config::suggest;
use crate::data::http_api::{Api, Token};
use crate::failure::Failure;

/// The section that each profile is a part of.
pub(super) const SECTION: &str = "profiles";
/// The key that names the profile to take where none was asked for.
pub(super) const DEFAULT: &str = "default_profile";
/// How the keys begin of which a profile has one.
const ONE_OF: [&str; 2] = ["database_url", "api_token"];
/// Longer names are no names: one is typed to confirm, and stands in the header.
const LONGEST_NAME: usize = 40;

/// `[profiles.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name: `prod-eu`.
    pub name: String,
    /// The database: where its address is kept.
    pub database: Option<SecretLocation>,
    /// The replica to poll.
    pub read_url: Option<Address>,
    /// The system to look at, where the database holds several.
    pub source: Option<String>,
    /// Who answers need not be certain.
    pub insecure_tls: bool,
    /// Nothing is written until unlocked.
    pub read_only: bool,
    /// It starts locked, says so, and asks for its name before anything is changed.
    pub production: bool,
    /// Colours.
    pub theme: Option<ThemeName>,
    /// Who acts.
    pub actor: Option<String>,
    /// Where the system's own interface is.
    pub api_url: Option<String>,
    /// Where the token for it is kept.
    pub api_token: Option<Token>,
    /// Whose rows to see, where a system keeps those of several tenants.
    pub tenant: Option<String>,
    /// The keys that were given, with their lines.
    pub given: Vec<(&'static str, usize)>,
}

/// All that a file says of profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles {
    /// Each of them.
    pub all: Vec<Profile>,
    /// The name of the one to take where none was asked for, with the file and line it stands in.
    pub default: Option<(String, Origin)>,
}

impl Profile {
    /// One of this name that says nothing yet, or why there can be none of this name.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
            return Err(format!(
                "a profile's name has 1 to {LONGEST_NAME} letters, digits, dots, - and _"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            ..Self::default()
        })
    }

    /// Takes one of the things it can say. `given` is what stands there, for the complaint.
    pub(super) fn take(
        &mut self,
        (name, line): (&str, usize),
        raw: Raw<'_>,
        given: &str,
    ) -> Result<(), String> {
        let at = format!("{SECTION}.{}", self.name);
        let Some(key) = PROFILE_KEYS.iter().find(|key| key.name == name) else {
            let name = super::problem::shown(name);
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
            .and_then(|text| connection::fault(text, "it"));
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

impl Profiles {
    /// The one of this name, or what to say.
    fn find(&self, name: &str) -> Result<&Profile, String> {
        let names = || self.all.iter().map(|profile| profile.name.as_str());
        if let Some(found) = self.all.iter().find(|profile| profile.name == name) {
            return Ok(found);
        }
        let name = super::problem::shown(name);
        let known: Vec<&str> = names().collect();
        Err(match suggest::among(&name, names()) {
            Some(meant) => format!("there is no profile {name}: did you mean {meant}?"),
            None if known.is_empty() => {
                format!("there is no profile {name}: no file has any")
            }
            None => format!("there is no profile {name}: there are {}", known.join(", ")),
        })
    }

    /// The profile that was asked for, else the file's default, with who asked for it.
    pub(super) fn choose(&self, asked: Option<&str>) -> Result<Option<ActiveProfile>, Problem> {
        let asked = asked.filter(|name| !name.is_empty()).map(|name| {
            let origin = if on_the_command_line("--profile") {
                Origin::Flag("--profile")
            } else {
                Origin::Environment("DLQTOP_PROFILE".to_owned())
            };
            (name.to_owned(), origin)
        });
        let Some((name, origin)) = asked.or_else(|| self.default.clone()) else {
            return Ok(None);
        };
        match self.find(&name) {
            Ok(profile) => Ok(Some(ActiveProfile {
                profile: profile.clone(),
                origin,
                gives_the_address: false,
                gives_the_actor: false,
                gives_the_theme: false,
            })),
            Err(what) => Err(Problem {
                at: origin.to_string(),
                what,
            }),
        }
    }
}

/// Whether this flag was given, rather than its variable.
fn on_the_command_line(flag: &str) -> bool {
    std::env::args().any(|argument| {
        let rest = argument.strip_prefix(flag);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

/// The profile in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveProfile {
    /// The profile.
    pub profile: Profile,
    /// Who chose it.
    pub origin: Origin,
    /// The database is the profile's; else the environment named another one.
    pub gives_the_address: bool,
    /// Who acts is the profile's.
    pub gives_the_actor: bool,
    /// The colours are the profile's.
    pub gives_the_theme: bool,
}

impl ActiveProfile {
    /// The system's own interface, if the profile has one and the database is the profile's.
    ///
    /// # Errors
    ///
    /// What is wrong with its address.
    pub(crate) fn api(&self) -> Result<Option<Api>, Failure> {
        let profile = &self.profile;
        let Some(address) = profile.api_url.as_ref().filter(|_| {
            // Another database is that of another system.
            self.gives_the_address || profile.database.is_none()
        }) else {
            return Ok(None);
        };
        let token = profile.api_token.clone().unwrap_or(Token::None);
        let api = Api::new(address, token, profile.insecure_tls);
        api.map(Some)
            .map_err(|why| Failure::usage(format!("profile {}: api_url: {why}", profile.name)))
    }
}

/// Fills what was not said by a flag or the environment from the profile in force. A profile that
/// was chosen by flag outranks the environment's addresses: who writes `--profile` means that
/// database, whatever a shell has exported.
///
/// # Errors
///
/// A usage failure if two flags name two databases; one to ask with if the profile's address cannot be
/// fetched.
pub(crate) async fn fill_in(global: &mut Global) -> Result<(), Failure> {
    let Some(mut in_force) = global.settings.profile.take() else {
        return Ok(());
    };
    let profile = &in_force.profile;
    let by_flag = matches!(in_force.origin, Origin::Flag(_));
    let named = |url: &Option<Address>| url.as_ref().is_some_and(|url| !url.is_empty());
    let theirs = profile.database.as_ref();
    if by_flag && theirs.is_some() && on_the_command_line("--database-url") {
        return Err(Failure::usage(format!(
            "--database-url and --profile {} name a database each: leave one out",
            profile.name
        )));
    }
    if let Some(kept) = theirs.filter(|_| by_flag || !named(&global.database_url)) {
        global.database_url = Some(fetch(&profile.name, kept).await?);
        in_force.gives_the_address = true;
        // Another database's replica is of no use here.
        let said = on_the_command_line("--read-url") || (!by_flag && named(&global.read_url));
        if !said {
            global.read_url.clone_from(&profile.read_url);
        }
    } else if theirs.is_none() && !named(&global.read_url) {
        global.read_url.clone_from(&profile.read_url);
    }
    // What is good enough for the profile's database need not be so for another.
    global.insecure_tls |= profile.insecure_tls && (in_force.gives_the_address || theirs.is_none());
    in_force.gives_the_actor = global.actor.is_none() && profile.actor.is_some();
    global.actor = global.actor.take().or_else(|| profile.actor.clone());
    in_force.gives_the_theme = global.theme.is_none() && profile.theme.is_some();
    global.theme = global.theme.or(profile.theme);
    // Whether it can be used is known before anything is asked of anybody.
    in_force.api()?;
    global.settings.profile = Some(in_force);
    Ok(())
}

async fn fetch(name: &str, kept: &SecretLocation) -> Result<Address, Failure> {
    let fetched = kept.fetch().await;
    fetched.map_err(|why| Failure::could_not_ask(format!("profile {name}: {}: {why}", kept.key())))
}

/// Everything that was said, as if `--profile name` had been.
///
/// # Errors
///
/// A usage failure if there is no such profile, or it names no database.
pub(crate) async fn switched(global: &Global, name: &str) -> Result<Global, Failure> {
    let profile = global
        .settings
        .profiles
        .find(name)
        .map_err(Failure::usage)?;
    let Some(kept) = &profile.database else {
        return Err(Failure::usage(format!(
            "profile {name} names no database: give it a database_url"
        )));
    };
    let mut other = global.clone();
    other.insecure_tls = on_the_command_line("--insecure-tls") || profile.insecure_tls;
    other.database_url = Some(fetch(name, kept).await?);
    other.read_url.clone_from(&profile.read_url);
    other.settings.polling.read_url = ReadUrl::default();
    // What was asked for by a flag was meant of the database before.
    other.source = None;
    let before = global.settings.profile.as_ref();
    let actor_was_given = before.is_none_or(|it| !it.gives_the_actor);
    other.actor = other.actor.filter(|_| actor_was_given);
    let theme_was_given = before.is_none_or(|it| !it.gives_the_theme);
    other.theme = other.theme.filter(|_| theme_was_given);
    let in_force = ActiveProfile {
        profile: profile.clone(),
        origin: Origin::Flag(":profile"),
        gives_the_address: true,
        gives_the_actor: other.actor.is_none() && profile.actor.is_some(),
        gives_the_theme: other.theme.is_none() && profile.theme.is_some(),
    };
    in_force.api()?;
    other.settings.profile = Some(in_force);
    other.actor = other.actor.or_else(|| profile.actor.clone());
    other.theme = other.theme.or(profile.theme);
    Ok(other)
}

/// Why a command may not write here, if it may not: to be said with what to do instead.
#[must_use]
pub fn refuses_writes(global: &Global) -> Option<String> {
    if global.read_only {
        return Some("--read-only".to_owned());
    }
    let profile = &global.settings.profile.as_ref()?.profile;
    if profile.read_only {
        Some(format!("profile {} (read_only = true)", profile.name))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Profiles {
        let all = ["local", "prod-eu", "prod-us"]
            .map(|name| Profile::named(name).unwrap())
            .to_vec();
        Profiles { all, default: None }
    }

    #[test]
    fn an_unknown_profile_is_answered_with_the_nearest_or_with_all() {
        let found = three().choose(Some("prod-eu")).unwrap().unwrap();
        assert_eq!(found.profile.name, "prod-eu");
        let cases = [
            ("prdo-eu", "did you mean prod-eu?"),
            ("staging", "there are local, prod-eu, prod-us"),
            ("ana:pw@db", "no profile …"),
        ];
        for (asked, wanted) in cases {
            let problem = three().choose(Some(asked)).unwrap_err();
            assert!(problem.what.contains(wanted), "{problem}");
        }
        let none = Profiles::default();
        let problem = none.choose(Some("x")).unwrap_err();
        assert!(problem.what.contains("no file has any"), "{problem}");
        assert_eq!(none.choose(None), Ok(None));
        assert_eq!(none.choose(Some("")), Ok(None));
    }

    #[test]
    fn the_files_default_is_taken_where_none_was_asked_for() {
        let at = Origin::File("config.toml".to_owned(), 3);
        let mut profiles = three();
        profiles.default = Some(("prod-us".to_owned(), at.clone()));
        let found = profiles.choose(None).unwrap().unwrap();
        assert_eq!((found.profile.name.as_str(), found.origin), ("prod-us", at));
        let found = profiles.choose(Some("local")).unwrap().unwrap();
        assert_eq!(found.profile.name, "local");
    }

    #[test]
    fn names_can_be_typed_and_shown() {
        for name in ["prod-eu", "a", "eu.1_b"] {
            assert!(Profile::named(name).is_ok(), "{name}");
        }
        for name in ["", "two words", "ü", "a\u{1b}[2J", &"x".repeat(41)] {
            assert!(Profile::named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_address_is_not_even_printed_for_who_debugs() {
        let mut profile = Profile::named("p").unwrap();
        let url = "postgres://ana:canary-7731@db/prod";
        let took = profile.take(("database_url", 1), Raw::Text(url), url);
        assert_eq!(took, Ok(()));
        assert!(!format!("{profile:?}").contains("canary"));
        let wrong = profile.take(("read_url", 2), Raw::Text("canary-7731"), "canary-7731");
        assert!(!wrong.unwrap_err().contains("canary"));
    }
}
