//! Profiles: by name, the way to a database and how careful to be there.

pub mod apply;
pub mod keys;

use super::connection::secret::{Address, SecretLocation};
use super::flags::ThemeName;
use super::origin::Origin;
use super::problem::Problem;
use crate::config::suggest;
use crate::data::http_api::{Api, Token};
use crate::failure::Failure;

/// The section that each profile is a part of.
pub(super) const SECTION: &str = "profiles";
/// The key that names the profile to take where none was asked for.
pub(super) const DEFAULT: &str = "default_profile";
/// Longer names are no names: one is typed to confirm, and stands in the header.
const LONGEST_NAME: usize = 40;

/// `[profiles.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the file, and any of them goes with any other"
)]
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
    /// Where the key for it is kept.
    pub api_key: Option<Token>,
    /// Whose rows to see, where a system keeps those of several tenants.
    pub tenant: Option<String>,
    /// Whether the operator may have hidden values shown.
    pub show_secrets: bool,
    /// Whose tables and functions to trust, besides the database's owner, superusers and oneself.
    pub trusted_owners: Vec<String>,
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
}

impl Profile {
    /// Whether an address in the file itself has its password with it.
    pub(super) fn holds_password(&self) -> bool {
        let here = self.database.as_ref().and_then(SecretLocation::here);
        let both = [here, self.read_url.as_ref()];
        both.into_iter().flatten().any(Address::holds_password)
    }
}

impl Profiles {
    /// The one of this name, or what to say.
    pub(super) fn find(&self, name: &str) -> Result<&Profile, String> {
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
pub(super) fn on_the_command_line(flag: &str) -> bool {
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
    /// Whether it speaks of the database in use: it names it, or names none and is meant of any.
    pub(super) const fn is_of_the_database(&self) -> bool {
        self.gives_the_address || self.profile.database.is_none()
    }

    /// The owners that it trusts in this database.
    #[must_use]
    pub fn trusted_owners(&self) -> &[String] {
        if self.is_of_the_database() {
            &self.profile.trusted_owners
        } else {
            &[]
        }
    }

    /// The system's own interface, if the profile has one and the database is the profile's.
    ///
    /// # Errors
    ///
    /// What is wrong with its address.
    pub(crate) fn api(&self) -> Result<Option<Api>, Failure> {
        let profile = &self.profile;
        // Another database is that of another system.
        let is_of_this = self.is_of_the_database();
        let Some(address) = profile.api_url.as_ref().filter(|_| is_of_this) else {
            return Ok(None);
        };
        let token = profile.api_token.clone().unwrap_or(Token::None);
        let key = profile.api_key.clone().unwrap_or(Token::None);
        let api = Api::new(address, token);
        api.map(|api| Some(api.with_key(key)))
            .map_err(|why| Failure::usage(format!("profile {}: api_url: {why}", profile.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Raw;

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
        let took = profile.take("database_url", 1, Raw::Text(url), url);
        assert_eq!(took, Ok(()));
        assert!(!format!("{profile:?}").contains("canary"));
        let wrong = profile.take("read_url", 2, Raw::Text("canary-7731"), "canary-7731");
        assert!(!wrong.unwrap_err().contains("canary"));
    }
}
