//! What libpq calls connection parameters: which there are, and where each value came from.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::config::connection::pgoptions;
use crate::config::problem::shown;
use crate::config::suggest;

/// What is done with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It decides something here.
    Taken,
    /// It tunes what this program does not have; to leave it out changes nothing that matters.
    Idle,
    /// It asks for something that cannot be given, unless its value is among these.
    Only(&'static [&'static str]),
}

/// Every parameter of libpq with its variable.
#[rustfmt::skip]
const KNOWN: &[(&str, Option<&str>, Use)] = &[
    ("service",          Some("PGSERVICE"),         Use::Taken),
    ("servicefile",      Some("PGSERVICEFILE"),     Use::Taken),
    ("host",             Some("PGHOST"),            Use::Taken),
    ("hostaddr",         Some("PGHOSTADDR"),        Use::Taken),
    ("port",             Some("PGPORT"),            Use::Taken),
    ("dbname",           Some("PGDATABASE"),        Use::Taken),
    ("user",             Some("PGUSER"),            Use::Taken),
    ("password",         Some("PGPASSWORD"),        Use::Taken),
    ("passfile",         Some("PGPASSFILE"),        Use::Taken),
    ("sslmode",          Some("PGSSLMODE"),         Use::Taken),
    ("sslrootcert",      Some("PGSSLROOTCERT"),     Use::Taken),
    ("sslcert",          Some("PGSSLCERT"),         Use::Taken),
    ("sslkey",           Some("PGSSLKEY"),          Use::Taken),
    ("application_name", Some("PGAPPNAME"),         Use::Taken),
    ("options",          Some("PGOPTIONS"),         Use::Taken),
    ("connect_timeout",  Some("PGCONNECT_TIMEOUT"), Use::Taken),
    ("fallback_application_name", None,             Use::Idle),
    ("client_encoding",  Some("PGCLIENTENCODING"),  Use::Idle),
    ("keepalives",       None,                      Use::Idle),
    ("keepalives_idle",  None,                      Use::Idle),
    ("keepalives_interval", None,                   Use::Idle),
    ("keepalives_count", None,                      Use::Idle),
    ("tcp_user_timeout", None,                      Use::Idle),
    ("krbsrvname",       Some("PGKRBSRVNAME"),      Use::Idle),
    ("gsslib",           Some("PGGSSLIB"),          Use::Idle),
    ("gssdelegation",    Some("PGGSSDELEGATION"),   Use::Idle),
    ("sslcompression",   Some("PGSSLCOMPRESSION"),  Use::Idle),
    ("sslsni",           Some("PGSSLSNI"),          Use::Idle),
    ("gssencmode",       Some("PGGSSENCMODE"),      Use::Only(&["disable", "prefer"])),
    ("channel_binding",  Some("PGCHANNELBINDING"),  Use::Only(&["disable", "prefer"])),
    ("require_auth",     Some("PGREQUIREAUTH"),     Use::Only(&[])),
    ("requirepeer",      Some("PGREQUIREPEER"),     Use::Only(&[])),
    ("sslpassword",      None,                      Use::Only(&[])),
    ("sslcrl",           Some("PGSSLCRL"),          Use::Only(&[])),
    ("sslcrldir",        Some("PGSSLCRLDIR"),       Use::Only(&[])),
    ("sslcertmode",      Some("PGSSLCERTMODE"),     Use::Only(&["allow"])),
    ("sslnegotiation",   Some("PGSSLNEGOTIATION"),  Use::Only(&["postgres"])),
    ("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), Use::Only(&["TLSv1", "TLSv1.1", "TLSv1.2"])),
    ("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"), Use::Only(&["TLSv1.3"])),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS"), Use::Only(&["any"])),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS"), Use::Only(&["disable"])),
    ("replication",      None,                      Use::Only(&["false", "off", "no", "0"])),
];

/// A value and who gave it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ParamValue {
    pub(super) value: String,
    /// `the database URL`, `PGSSLMODE`, `~/.pg_service.conf:3`.
    pub(super) origin: String,
}

/// What was given, by name. Who gives first is heard.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    given: BTreeMap<&'static str, ParamValue>,
}

impl Parameters {
    /// What an address says: a URL, or words such as `host=db dbname=work`. `which` names it for
    /// complaints, which never repeat what may be a password.
    pub(super) fn of_address(text: &str, which: &str) -> Result<Self, String> {
        let mut parameters = Self::default();
        let text = text.trim();
        if !text.contains("://") && text.contains('=') {
            for (name, value) in words(text).map_err(|what| format!("{which}: {what}"))? {
                parameters.add(&name, value, which)?;
            }
        } else {
            parameters.read_url(text, which)?;
        }
        Ok(parameters)
    }

    fn read_url(&mut self, text: &str, which: &str) -> Result<(), String> {
        let url = Url::parse(text).map_err(|error| {
            format!(
                "{which} cannot be read ({error}): it looks like postgres://user@host:5432/database"
            )
        })?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            let scheme = shown(url.scheme());
            return Err(format!(
                "{which} begins with {scheme}://: dlqtop speaks postgres:// only"
            ));
        }
        let mut settings = Vec::new();
        // What follows the ? outranks what stands before it, as in libpq.
        for pair in url.query().unwrap_or_default().split('&') {
            if pair.is_empty() {
                continue;
            }
            let Some((name, value)) = pair.split_once('=') else {
                let name = shown(pair);
                return Err(format!("{which}: {name} lacks its =value"));
            };
            let (name, value) = (decoded(name, which)?, decoded(value, which)?);
            let setting = name.strip_prefix("options[");
            if let Some(setting) = setting.and_then(|rest| rest.strip_suffix(']')) {
                settings.push(pgoptions::written(setting, &value));
            } else {
                self.add(&name, value, which)?;
            }
        }
        if !settings.is_empty() {
            settings.extend(self.get("options").map(str::to_owned));
            let origin = which.to_owned();
            let value = settings.join(" ");
            self.given.insert("options", ParamValue { value, origin });
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.strip_prefix('[').unwrap_or(host);
        let host = host.strip_suffix(']').unwrap_or(host);
        let database = url.path().strip_prefix('/').unwrap_or_default();
        let port = url.port().map(|port| port.to_string());
        for (name, value) in [
            ("host", host),
            ("user", url.username()),
            ("password", url.password().unwrap_or_default()),
            ("dbname", database),
            ("port", port.as_deref().unwrap_or_default()),
        ] {
            self.add(name, decoded(value, which)?, which)?;
        }
        Ok(())
    }

    /// Takes a value unless there is one already; an empty one says nothing.
    pub(super) fn add(&mut self, name: &str, value: String, origin: &str) -> Result<(), String> {
        let Some((name, _, what)) = KNOWN.iter().find(|(known, ..)| *known == name) else {
            return Err(unknown(name, origin));
        };
        if let Use::Only(allowed) = what
            && !value.is_empty()
            && !allowed.contains(&value.as_str())
        {
            return Err(format!(
                "{origin}: dlqtop cannot do what {name} asks for here, and to leave it undone could be unsafe: take it out"
            ));
        }
        if !value.is_empty() {
            let origin = origin.to_owned();
            self.given
                .entry(name)
                .or_insert(ParamValue { value, origin });
        }
        Ok(())
    }

    /// Fills what is missing from the environment, read by `variable`.
    pub(super) fn complete(
        &mut self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        for (name, from, _) in KNOWN {
            let Some(from) = from else { continue };
            if let Some(value) = variable(from) {
                self.add(name, value, from)?;
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(|given| given.value.as_str())
    }

    pub(super) fn value(&self, name: &str) -> Option<&ParamValue> {
        self.given.get(name)
    }
}

fn unknown(name: &str, origin: &str) -> String {
    let name = shown(name);
    let names = KNOWN
        .iter()
        .filter(|(.., what)| *what == Use::Taken)
        .map(|(name, ..)| *name);
    if let Some(meant) = suggest::among(&name, names.clone()) {
        return format!("{origin}: there is no parameter {name}: did you mean {meant}?");
    }
    let names = names.collect::<Vec<&str>>().join(", ");
    format!("{origin}: there is no parameter {name}: there are {names}")
}

fn decoded(text: &str, which: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| format!("{which}: what its % signs stand for is no text"))?;
    Ok(decoded.into_owned())
}

/// `host=db password='it''s'`, as libpq reads it: quotes around, a backslash before a quote.
fn words(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(found);
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.next() != Some('=') || name.is_empty() {
            return Err("a word lacks its =value: it looks like host=db dbname=work");
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = rest.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match rest.next() {
                Some('\\') => value.extend(rest.next()),
                Some('\'') if quoted => break,
                None if quoted => return Err("a quote is not closed"),
                None => break,
                Some(c) if !quoted && c.is_whitespace() => break,
                Some(c) => value.push(c),
            }
        }
        found.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Parameters, String> {
        Parameters::of_address(text, "the database URL")
    }

    #[test]
    fn an_address_is_read_as_libpq_reads_it() {
        let cases = [
            (
                "postgres://ana:p%40ss@db.example:6432/work?sslmode=require",
                ["db.example", "6432", "work", "ana", "p@ss", "require"],
            ),
            (
                "postgresql:///work?host=%2Frun%2Fpg&user=ana&password=a+b",
                ["/run/pg", "-", "work", "ana", "a+b", "-"],
            ),
            (
                "postgres://ana@[::1]:5433/",
                ["::1", "5433", "-", "ana", "-", "-"],
            ),
            (
                "postgres://%2Frun%2Fpg/work",
                ["/run/pg", "-", "work", "-", "-", "-"],
            ),
            (
                "host=db port = 5 dbname='my work' password='it\\'s' user=a\\ b",
                ["db", "5", "my work", "a b", "it's", "-"],
            ),
            (
                "postgres://a:b@c/d?user=e&dbname=f",
                ["c", "-", "f", "e", "b", "-"],
            ),
        ];
        for (text, wanted) in cases {
            let found = of(text).unwrap();
            let names = ["host", "port", "dbname", "user", "password", "sslmode"];
            let found = names.map(|name| found.get(name).unwrap_or("-"));
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn a_slip_is_named_with_what_was_meant_and_no_secret() {
        let cases = [
            (
                "postgres://db/w?sslmod=require",
                "no parameter sslmod: did you mean sslmode?",
            ),
            (
                "postgres://db/w?ssl_root_cert=x",
                "did you mean sslrootcert?",
            ),
            (
                "postgres://db/w?zzz=canary",
                "no parameter zzz: there are service,",
            ),
            ("postgres://db/w?sslmode", "sslmode lacks its =value"),
            (
                "postgres://db/w?sslcrl=canary",
                "cannot do what sslcrl asks for",
            ),
            (
                "postgres://db/w?target_session_attrs=read-write",
                "cannot do what target_session_attrs asks for",
            ),
            ("postgres://a:canary@db:port/w", "it looks like postgres://"),
            ("postgres://a:canary%ff@db/w", "no text"),
            ("mysql://a:canary@db/w", "begins with mysql://"),
            ("a:canary@db/w", "begins with a://"),
            ("password='canary", "a quote is not closed"),
            ("password=canary host", "lacks its =value"),
        ];
        for (text, wanted) in cases {
            let said = of(text).err().unwrap();
            assert!(said.starts_with("the database URL"), "{text}: {said}");
            assert!(said.contains(wanted), "{text}: {said}");
            assert!(!said.contains("canary"), "{text}: {said}");
        }
        for text in [
            "postgres://db/w?target_session_attrs=any&keepalives=1&gssencmode=prefer",
            "postgres://db/w?ssl_min_protocol_version=TLSv1.2&connect_timeout=3",
            "postgres://db",
        ] {
            assert!(of(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_environment_fills_only_what_is_missing() {
        let mut found = of("postgres://db/w").unwrap();
        let variable = |name: &str| match name {
            "PGHOST" => Some("elsewhere".to_owned()),
            "PGUSER" => Some("bo".to_owned()),
            "PGPORT" => Some(String::new()),
            _ => None,
        };
        found.complete(variable).unwrap();
        assert_eq!(found.get("host"), Some("db"));
        assert_eq!(found.get("port"), None);
        let user = found.value("user").unwrap();
        assert_eq!(
            (user.value.as_str(), user.origin.as_str()),
            ("bo", "PGUSER")
        );
        let unsafe_one = |name: &str| (name == "PGREQUIREAUTH").then(|| "scram-sha-256".to_owned());
        let said = found.complete(unsafe_one).unwrap_err();
        assert!(said.starts_with("PGREQUIREAUTH: "), "{said}");
    }
}
