//! Where a server is fetched from, and what tells that it is the right one.

use target_tuple::TARGET;
use url::{Host, Url};

use super::error::PrivatePostgresError;
use super::options::{RELEASES_URL_VARIABLE, SHA256_VARIABLE};

/// The release that is fetched. Named, so that two people with one dlqtop have one server.
/// `scripts/pin-postgres.sh` reads it here.
pub(super) const RELEASE: &str = "17.11.0";
/// Where the releases are.
const RELEASES_URL: &str = "https://github.com/theseus-rs/postgresql-binaries";
/// The checksums that this build obeys: `scripts/pin-postgres.sh` writes them for a release. A
/// build from a checkout has none.
const PINS: &str = include_str!("pins.txt");

/// What an archive's SHA-256 must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// This one: pinned in this build, or named by whoever runs it.
    Known(String),
    /// The one that stands next to the archive: it shows that nothing was lost on the way.
    Published,
}

/// A place with releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    base: Url,
    pub(super) expected: Expected,
}

impl Place {
    /// The mirror, if one is named, else the usual place. A mirror may be anybody's, so that it
    /// needs the archive's checksum; and what comes without TLS may come from anybody as well.
    pub(super) fn choose(
        mirror: Option<&str>,
        given: Option<&str>,
    ) -> Result<Self, PrivatePostgresError> {
        choose_among(PINS, mirror, given)
    }

    /// Whether it must be asked over TLS, on every way that it points to.
    pub(super) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The address of the archive.
    pub(super) fn archive(&self) -> String {
        let base = self.base.as_str().trim_end_matches('/');
        format!("{base}/releases/download/{RELEASE}/postgresql-{RELEASE}-{TARGET}.tar.gz")
    }

    /// The same to be shown: without a name and a password.
    pub(super) fn shown(&self) -> String {
        let mut place = self.clone();
        place.base = without_password(place.base);
        place.archive()
    }

    /// The folder in the cache: a server is not taken for one with another checksum.
    pub(super) fn folder(&self) -> String {
        match &self.expected {
            Expected::Known(sum) => format!("{RELEASE}-{}", &sum[..16]),
            Expected::Published => RELEASE.to_owned(),
        }
    }
}

fn choose_among(
    pins: &str,
    mirror: Option<&str>,
    given: Option<&str>,
) -> Result<Place, PrivatePostgresError> {
    let base = Url::parse(mirror.unwrap_or(RELEASES_URL)).map_err(|error| {
        let (url, why) = (RELEASES_URL_VARIABLE.to_owned(), error.to_string());
        PrivatePostgresError::Refused { url, why }
    })?;
    let expected = if base.scheme() == "https" || is_plain_on_this_machine(&base) {
        expected(pins, mirror, given)
    } else {
        Err("only https is trusted".to_owned())
    };
    match expected {
        Ok(expected) => Ok(Place { base, expected }),
        Err(why) => Err(PrivatePostgresError::Refused {
            url: without_password(base).into(),
            why,
        }),
    }
}

fn expected(pins: &str, mirror: Option<&str>, given: Option<&str>) -> Result<Expected, String> {
    let no_sum = || format!("{SHA256_VARIABLE} is no SHA-256, which is 64 hexadecimal digits");
    let given = given
        .map(|sum| sha256(sum).ok_or_else(no_sum))
        .transpose()?;
    match (mirror, given) {
        (None, given) => pinned_or(pins, given),
        (Some(_), Some(given)) => Ok(Expected::Known(given)),
        (Some(_), None) => Err(format!(
            "a mirror needs the checksum of its archive: set {SHA256_VARIABLE}"
        )),
    }
}

/// What the usual place's archive is checked against.
fn pinned_or(pins: &str, given: Option<String>) -> Result<Expected, String> {
    let mut rows = pins
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|row| !row.is_empty())
        .peekable();
    if rows.peek().is_none() {
        return Ok(given.map_or(Expected::Published, Expected::Known));
    }
    let pin = rows
        .find(|row| row.starts_with(&[RELEASE, TARGET]))
        .and_then(|row| sha256(row.get(2)?))
        .ok_or_else(|| format!("this build obeys pinned checksums and has none for {TARGET}"))?;
    match given {
        Some(given) if given != pin => Err(format!(
            "{SHA256_VARIABLE} is not the checksum that this build has pinned"
        )),
        _ => Ok(Expected::Known(pin)),
    }
}

/// A SHA-256 as the rest of the program writes it.
pub(super) fn sha256(word: &str) -> Option<String> {
    let word = word.trim();
    (word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| word.to_ascii_lowercase())
}

/// Named by its number: what a name means is for a resolver to say.
fn is_plain_on_this_machine(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    url.scheme() == "http" && loopback
}

fn without_password(mut url: Url) -> Url {
    // Fails only for addresses that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "00000000000000000000000000000000000000000000000000000000000000AA";

    fn known() -> Expected {
        Expected::Known(SUM.to_ascii_lowercase())
    }

    #[test]
    fn a_build_with_pins_takes_what_is_pinned_and_nothing_else() {
        let pins = format!(
            "# comment\n{RELEASE} {TARGET} {SUM}\n{RELEASE} other {}\n",
            "1".repeat(64)
        );
        let place = choose_among(&pins, None, None).unwrap();
        assert_eq!(place.expected, known());
        assert_eq!(place.folder(), format!("{RELEASE}-{}", "0".repeat(16)));
        assert!(choose_among(&pins, None, Some(SUM)).is_ok());
        for (pins, given, says) in [
            (
                pins.as_str(),
                Some("1".repeat(64)),
                "not the checksum that this build has pinned",
            ),
            (&format!("{RELEASE} other {SUM}\n"), None, TARGET),
            (&format!("1.0.0 {TARGET} {SUM}\n"), None, TARGET),
            (&format!("{RELEASE} {TARGET} {}\n", &SUM[1..]), None, TARGET),
        ] {
            let error = choose_among(pins, None, given.as_deref()).unwrap_err();
            assert!(error.one_line().contains(says), "{error}");
        }
    }

    #[test]
    fn a_build_without_pins_checks_what_is_published_unless_told() {
        for pins in ["", "# none\n\n"] {
            let place = choose_among(pins, None, None).unwrap();
            assert_eq!(place.expected, Expected::Published);
            assert!(place.is_https());
            let place = choose_among(pins, None, Some(SUM)).unwrap();
            assert_eq!(place.expected, known());
        }
    }

    #[test]
    fn the_pins_of_this_build_are_of_the_release_that_it_fetches() {
        for line in PINS.lines().filter(|line| !line.starts_with('#')) {
            let row: Vec<&str> = line.split_whitespace().collect();
            let [release, _target, sum] = row[..] else {
                panic!("not a release, a target and a checksum: {line:?}");
            };
            assert_eq!(release, RELEASE, "{line}");
            assert_eq!(sha256(sum).as_deref(), Some(sum), "{line}");
        }
    }

    #[test]
    fn a_mirror_needs_https_and_a_checksum_and_its_password_is_not_shown() {
        let mirror = "https://ana:canary@mirror.example/pg/";
        let place = choose_among("", Some(mirror), Some(SUM)).unwrap();
        assert_eq!(place.expected, known());
        assert!(
            place
                .archive()
                .starts_with("https://ana:canary@mirror.example/pg/releases/")
        );
        assert!(
            place
                .shown()
                .starts_with("https://mirror.example/pg/releases/download/")
        );
        for loopback in ["http://127.0.0.1:8080/x", "http://[::1]/x"] {
            assert!(
                choose_among("", Some(loopback), Some(SUM)).is_ok(),
                "{loopback}"
            );
        }
        for (mirror, given, says) in [
            (mirror, None, SHA256_VARIABLE),
            ("http://127.0.0.1/x", None, SHA256_VARIABLE),
            (mirror, Some("abc"), "64 hexadecimal digits"),
            ("http://ana:canary@mirror.example", Some(SUM), "only https"),
            ("http://localhost.example", Some(SUM), "only https"),
            ("file:///tmp/x", Some(SUM), "only https"),
            ("canary", Some(SUM), RELEASES_URL_VARIABLE),
        ] {
            let line = choose_among("", Some(mirror), given)
                .unwrap_err()
                .one_line();
            assert!(line.contains(says), "{mirror}: {line}");
            assert!(!line.contains("canary"), "{line}");
        }
    }
}
