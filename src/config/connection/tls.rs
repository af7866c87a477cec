//! How sure one must be of who answers. On this machine, as libpq; anywhere else the server's
//! certificate and its name are verified, unless somebody has said in so many words that they need
//! not be.

use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::given::ParamValue;
use super::parameters::Parameters;
use crate::config::problem::shown;
use crate::config::suggest;

const MODES: [(&str, PgSslMode); 6] = [
    ("disable", PgSslMode::Disable),
    // The driver knows no "only if it must be": what is encrypted where it can be is no worse.
    ("allow", PgSslMode::Prefer),
    ("prefer", PgSslMode::Prefer),
    ("require", PgSslMode::Require),
    ("verify-ca", PgSslMode::VerifyCa),
    ("verify-full", PgSslMode::VerifyFull),
];

/// What libpq calls this mode.
pub(super) const fn name(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

/// The mode that was asked for, if one was.
///
/// # Errors
///
/// What would be right, if it is none.
pub(super) fn asked(parameters: &Parameters) -> Result<Option<PgSslMode>, String> {
    // As in libpq: who trusts every authority of the system must make sure of the name.
    let trusts_system = parameters.get("sslrootcert") == Some("system");
    let Some(ParamValue { value, origin }) = parameters.said("sslmode") else {
        return Ok(trusts_system.then_some(PgSslMode::VerifyFull));
    };
    if trusts_system && value != "verify-full" {
        return Err(format!(
            "{origin}: sslmode must be verify-full where sslrootcert=system"
        ));
    }
    if let Some((_, mode)) = MODES.iter().find(|(name, _)| name == value) {
        // As in libpq: who names an authority wants to be sure of it.
        let named = parameters.get("sslrootcert").is_some();
        return Ok(Some(match mode {
            PgSslMode::Require if named => PgSslMode::VerifyCa,
            mode => *mode,
        }));
    }
    let names = MODES.map(|(name, _)| name);
    let value = shown(value);
    let meant = suggest::among(&value, names.into_iter())
        .map_or_else(String::new, |meant| format!(" (did you mean {meant}?)"));
    let names = names.join(", ");
    Err(format!(
        "{origin}: sslmode={value}{meant}: must be one of {names}"
    ))
}

/// The mode to connect with.
///
/// # Errors
///
/// If it would not be known who answers, and nobody has said that this is all right.
pub(super) fn decide(
    host: &str,
    parameters: &Parameters,
    insecure: bool,
) -> Result<PgSslMode, String> {
    let asked = asked(parameters)?;
    if host.starts_with('/') {
        // There is no TLS on a socket, and nobody in between.
        return Ok(PgSslMode::Disable);
    }
    if is_here(host) {
        return Ok(asked.unwrap_or(PgSslMode::Prefer));
    }
    match asked {
        None if insecure => Ok(PgSslMode::Require),
        None | Some(PgSslMode::VerifyFull) => Ok(PgSslMode::VerifyFull),
        Some(weaker) if insecure => Ok(weaker),
        Some(_) => {
            let (value, origin) = parameters
                .value("sslmode")
                .map_or(("", ""), |given| (&given.value, &given.origin));
            Err(format!(
                "{origin}: sslmode={value} does not make sure who answers, and {host} is another machine: \
                 take verify-full (sslrootcert=FILE for an authority of your own), or --insecure-tls at your own risk"
            ))
        }
    }
}

/// Whether this is the machine we run on.
pub(super) fn is_here(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    name.parse::<IpAddr>()
        .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether the server is on this machine: a socket, or an address of this machine. What a tunnel leads to from
/// there nobody can tell.
#[must_use]
pub fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some() || host.starts_with('/') || is_here(host)
}

/// In words for the header, if it is not certain who answers there.
#[must_use]
pub fn warning(options: &PgConnectOptions) -> Option<&'static str> {
    if is_on_this_machine(options) {
        return None;
    }
    match options.get_ssl_mode() {
        PgSslMode::VerifyFull => None,
        PgSslMode::Disable | PgSslMode::Allow => Some("NO TLS"),
        PgSslMode::Prefer | PgSslMode::Require | PgSslMode::VerifyCa => Some("TLS not verified"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(host: &str, mode: &str, insecure: bool) -> Result<String, String> {
        let mut parameters = Parameters::default();
        if !mode.is_empty() {
            parameters.add("sslmode", mode.to_owned(), "PGSSLMODE")?;
        }
        decide(host, &parameters, insecure).map(|mode| format!("{mode:?}"))
    }

    #[test]
    fn on_this_machine_it_is_as_in_libpq_and_elsewhere_it_is_verified() {
        for (host, mode, insecure, wanted) in [
            ("localhost", "", false, "Prefer"),
            ("127.0.0.2", "require", false, "Require"),
            ("::1", "verify-full", false, "VerifyFull"),
            ("::ffff:127.0.0.1", "disable", false, "Disable"),
            ("x.localhost", "disable", false, "Disable"),
            ("/run/pg", "verify-full", false, "Disable"),
            ("db.example", "", false, "VerifyFull"),
            ("db.example", "verify-full", true, "VerifyFull"),
            ("db.example", "", true, "Require"),
            ("db.example", "disable", true, "Disable"),
            ("db.example", "verify-ca", true, "VerifyCa"),
        ] {
            assert_eq!(
                decided(host, mode, insecure).as_deref(),
                Ok(wanted),
                "{host} {mode}"
            );
        }
    }

    #[test]
    fn less_is_refused_elsewhere_unless_it_is_said_twice() {
        for host in [
            "db.example",
            "10.0.0.1",
            "0.0.0.0",
            "localhost.example",
            "fe80::1",
        ] {
            for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
                let said = decided(host, mode, false).unwrap_err();
                let wanted = format!("PGSSLMODE: sslmode={mode} does not make sure");
                assert!(said.starts_with(&wanted), "{said}");
                assert!(said.contains("--insecure-tls"), "{said}");
            }
        }
    }

    #[test]
    fn who_trusts_the_authorities_of_the_system_makes_sure_of_the_name() {
        let with = |mode: Option<&str>| {
            let mut parameters = Parameters::default();
            parameters.add("sslrootcert", "system".to_owned(), "it")?;
            if let Some(mode) = mode {
                parameters.add("sslmode", mode.to_owned(), "it")?;
            }
            decide("localhost", &parameters, true).map(name)
        };
        assert_eq!(with(None), Ok("verify-full"));
        assert_eq!(with(Some("verify-full")), Ok("verify-full"));
        assert!(with(Some("require")).unwrap_err().contains("verify-full"));
    }

    #[test]
    fn a_slip_is_an_error_everywhere() {
        for (mode, meant) in [
            ("requir", "(did you mean require?)"),
            ("verify_full", "(did you mean verify-full?)"),
            ("Require", "(did you mean require?)"),
            (
                "on",
                "sslmode=on: must be one of disable, allow, prefer, require, verify-ca, verify-full",
            ),
        ] {
            for host in ["/run/pg", "localhost", "db.example"] {
                let said = decided(host, mode, true).unwrap_err();
                assert!(said.contains(meant), "{said}");
            }
        }
    }

    #[test]
    fn what_is_in_doubt_has_a_word_for_it() {
        let to = |host: &str, mode| {
            let options = PgConnectOptions::new_without_pgpass();
            warning(&options.host(host).ssl_mode(mode))
        };
        assert_eq!(to("localhost", PgSslMode::Disable), None);
        assert_eq!(to("/run/pg", PgSslMode::Disable), None);
        assert_eq!(to("db.example", PgSslMode::VerifyFull), None);
        assert_eq!(
            to("db.example", PgSslMode::VerifyCa),
            Some("TLS not verified")
        );
        assert_eq!(to("db.example", PgSslMode::Disable), Some("NO TLS"));
    }
}
