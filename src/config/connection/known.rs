//! Every connection parameter that libpq knows: its variable, and what is done with it here.

use super::given::ParamValue;
use crate::config::suggest;

/// What is done with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It decides something here.
    Taken,
    /// It tunes what this program does not have; to leave it out changes nothing that matters.
    Idle,
    /// The same, and it must be a number, else libpq refuses the address.
    Number,
    /// It asks for something that cannot be given, unless its value is among these.
    Only(&'static [&'static str]),
}

/// A parameter of libpq.
#[derive(Debug)]
pub(super) struct Known {
    /// Its name in an address.
    pub(super) name: &'static str,
    /// The variable of the environment that stands in for it.
    pub(super) variable: Option<&'static str>,
    what: Use,
}

const fn known(name: &'static str, variable: &'static str, what: Use) -> Known {
    Known {
        name,
        variable: Some(variable),
        what,
    }
}

const fn without_variable(name: &'static str, what: Use) -> Known {
    Known {
        name,
        variable: None,
        what,
    }
}

/// Nothing but what an empty value says.
const NOTHING: Use = Use::Only(&[""]);

/// Every parameter of libpq, to PostgreSQL 18.
#[rustfmt::skip]
pub(super) static KNOWN: [Known; 51] = [
    known("service",          "PGSERVICE",          Use::Taken),
    known("servicefile",      "PGSERVICEFILE",      Use::Taken),
    known("host",             "PGHOST",             Use::Taken),
    known("hostaddr",         "PGHOSTADDR",         Use::Taken),
    known("port",             "PGPORT",             Use::Taken),
    known("dbname",           "PGDATABASE",         Use::Taken),
    known("user",             "PGUSER",             Use::Taken),
    known("password",         "PGPASSWORD",         Use::Taken),
    known("passfile",         "PGPASSFILE",         Use::Taken),
    known("sslmode",          "PGSSLMODE",          Use::Taken),
    known("sslrootcert",      "PGSSLROOTCERT",      Use::Taken),
    known("sslcert",          "PGSSLCERT",          Use::Taken),
    known("sslkey",           "PGSSLKEY",           Use::Taken),
    known("application_name", "PGAPPNAME",          Use::Taken),
    known("options",          "PGOPTIONS",          Use::Taken),
    known("connect_timeout",  "PGCONNECT_TIMEOUT",  Use::Taken),
    without_variable("fallback_application_name",   Use::Idle),
    known("client_encoding",  "PGCLIENTENCODING",   Use::Idle),
    without_variable("keepalives",                  Use::Number),
    without_variable("keepalives_idle",             Use::Number),
    without_variable("keepalives_interval",         Use::Number),
    without_variable("keepalives_count",            Use::Number),
    without_variable("tcp_user_timeout",            Use::Number),
    known("krbsrvname",       "PGKRBSRVNAME",       Use::Idle),
    known("gsslib",           "PGGSSLIB",           Use::Idle),
    known("gssdelegation",    "PGGSSDELEGATION",    Use::Idle),
    known("sslcompression",   "PGSSLCOMPRESSION",   Use::Idle),
    known("sslsni",           "PGSSLSNI",           Use::Idle),
    known("max_protocol_version", "PGMAXPROTOCOLVERSION", Use::Only(&["", "3.0", "3.2", "latest"])),
    known("min_protocol_version", "PGMINPROTOCOLVERSION", Use::Only(&["", "3.0"])),
    known("gssencmode",       "PGGSSENCMODE",       Use::Only(&["disable", "prefer"])),
    known("channel_binding",  "PGCHANNELBINDING",   Use::Only(&["disable", "prefer"])),
    known("require_auth",     "PGREQUIREAUTH",      NOTHING),
    known("requirepeer",      "PGREQUIREPEER",      NOTHING),
    without_variable("sslpassword",                 NOTHING),
    known("sslcrl",           "PGSSLCRL",           NOTHING),
    known("sslcrldir",        "PGSSLCRLDIR",        NOTHING),
    known("sslcertmode",      "PGSSLCERTMODE",      Use::Only(&["", "allow"])),
    known("sslnegotiation",   "PGSSLNEGOTIATION",   Use::Only(&["", "postgres"])),
    known("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", Use::Only(&["", "TLSv1", "TLSv1.1", "TLSv1.2"])),
    known("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Use::Only(&["", "TLSv1.3"])),
    known("target_session_attrs", "PGTARGETSESSIONATTRS", Use::Only(&["any"])),
    known("load_balance_hosts", "PGLOADBALANCEHOSTS", Use::Only(&["disable"])),
    without_variable("replication", Use::Only(&["", "false", "off", "no", "0"])),
    without_variable("sslkeylogfile",               NOTHING),
    without_variable("scram_client_key",            NOTHING),
    without_variable("scram_server_key",            NOTHING),
    without_variable("oauth_issuer",                NOTHING),
    without_variable("oauth_client_id",             NOTHING),
    without_variable("oauth_client_secret",         NOTHING),
    without_variable("oauth_scope",                 NOTHING),
];

/// The parameter of this name, if libpq has one.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// The parameter that somebody who wrote this name may have meant.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    suggest::among(name, taken())
}

/// The names of those that decide something here.
pub(super) fn taken() -> impl Iterator<Item = &'static str> {
    let taken = |known: &&Known| known.what == Use::Taken;
    KNOWN.iter().filter(taken).map(|known| known.name)
}

impl Known {
    /// Whether its value can be done. What is wrong never repeats the value: that of `sslpassword` is a secret.
    ///
    /// # Errors
    ///
    /// What is wrong, with who gave it.
    pub(super) fn judge(&self, ParamValue { value, origin }: &ParamValue) -> Result<(), String> {
        let name = self.name;
        match self.what {
            Use::Number if number(value).is_none() => {
                Err(format!("{origin}: {name} must be a whole number"))
            }
            Use::Only(allowed) if !allowed.contains(&value.as_str()) => Err(if value.is_empty() {
                format!("{origin}: {name} is empty: take it out")
            } else {
                format!(
                    "{origin}: dlqtop cannot do what {name} asks for here, and to leave it undone could be unsafe: take it out"
                )
            }),
            _ => Ok(()),
        }
    }
}

/// Whether C has this for white space. Rust has more for it, and libpq is written in C.
pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// A whole number, as libpq reads one.
pub(super) fn number(text: &str) -> Option<i32> {
    text.trim_matches(is_space).parse().ok()
}
