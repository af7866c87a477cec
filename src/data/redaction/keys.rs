//! Which keys hold secrets: by whole words of `snake_case`, `camelCase`, `kebab-case` and `dotted.names`. Pure.

use regex::Regex;

/// Words that follow each other in a key whose value is a secret.
#[derive(Debug)]
pub(super) struct Phrase {
    pub(super) words: Vec<String>,
    /// Where the words may stand.
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere, but not before a word that names a property of the secret: `token_count`.
    Anywhere,
    /// They are the whole key.
    Whole,
    /// Anywhere: the operator named them.
    Named,
}

/// The words of a key that hold a secret, as `snake_case`.
const HIDDEN: &[&str] = &[
    "password",
    "passwords",
    "pass_word",
    "passwd",
    "pwd",
    "passphrase",
    "pass_phrase",
    "passcode",
    "db_pass",
    "database_pass",
    "user_pass",
    "smtp_pass",
    "mail_pass",
    "email_pass",
    "ftp_pass",
    "sftp_pass",
    "ldap_pass",
    "redis_pass",
    "mysql_pass",
    "admin_pass",
    "root_pass",
    "login_pass",
    "secret",
    "secrets",
    // a name of a secret, but for this one, which opens a vault
    "secret_id",
    "token",
    "access_tokens",
    "refresh_tokens",
    "auth_tokens",
    "api_tokens",
    "bearer_tokens",
    "session_tokens",
    "id_tokens",
    "device_tokens",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "sessiontoken",
    "idtoken",
    "csrftoken",
    "xsrftoken",
    "csrfmiddlewaretoken",
    "bearertoken",
    "authorization",
    "basic_auth",
    "http_auth",
    "proxy_auth",
    "cookie",
    "cookies",
    "setcookie",
    "sessionid",
    "credential",
    "credentials",
    "creds",
    "api_key",
    "api_keys",
    "apikey",
    "apikeys",
    "apisecret",
    "access_key",
    "access_keys",
    "accesskey",
    "secret_key",
    "secretkey",
    "clientsecret",
    "private_key",
    "private_keys",
    "privatekey",
    "signing_key",
    "encryption_key",
    "decryption_key",
    "master_key",
    "account_key",
    "shared_key",
    "ssh_key",
    "deploy_key",
    "license_key",
    "subscription_key",
    "session_key",
    "amz_signature",
    "jwt",
    "bearer",
    "otp",
    "totp",
];

/// Whole keys.
const HIDDEN_WHOLE: &[&str] = &["auth"];

/// Words after those that make a key tell something about the secret, and not the secret.
const ABOUT: &[&str] = &[
    "count",
    "counts",
    "type",
    "types",
    "length",
    "len",
    "size",
    "limit",
    "limits",
    "max",
    "min",
    "expires",
    "expiry",
    "expire",
    "expiration",
    "expired",
    "exp",
    "at",
    "date",
    "time",
    "ttl",
    "age",
    "timeout",
    "ms",
    "seconds",
    "latency",
    "url",
    "uri",
    "endpoint",
    "path",
    "file",
    "filename",
    "name",
    "names",
    "id",
    "ids",
    "version",
    "policy",
    "policies",
    "usage",
    "budget",
    "bucket",
    "index",
    "position",
    "required",
    "enabled",
    "disabled",
    "valid",
    "invalid",
    "status",
    "state",
    "strength",
    "changed",
    "updated",
    "created",
    "rotated",
    "rotation",
    "field",
    "param",
    "parameter",
    "format",
    "algorithm",
    "alg",
    "provider",
    "kind",
    "mode",
    "method",
    "scope",
    "scopes",
    "issuer",
    "audience",
    "consent",
    "domain",
    "manager",
    "store",
    "service",
    "server",
    "handler",
    "validator",
    "parser",
    "error",
    "errors",
    "amount",
    "price",
    "cost",
    "rate",
    "per",
    "hint",
    "label",
    "description",
    "env",
    "ref",
    "arn",
    "reset",
];

/// Words that end so are passwords, whatever stands before: `dbpassword`.
pub(super) const ENDINGS: [&str; 2] = ["password", "passwd"];

/// `Authorization` is written without its name as well.
pub(super) const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// Finds the last words of all phrases, the ends of passwords, the schemes, and what begins the place of an address.
/// `None` if the operator's own words are too many to be looked for at once.
pub(super) fn candidates(hidden: &[Phrase]) -> Option<Regex> {
    let last = hidden.iter().filter_map(|phrase| phrase.words.last());
    let mut stems: Vec<&str> = last.map(String::as_str).chain(SCHEMES).collect();
    stems.sort_by_key(|stem| (stem.len(), *stem));
    let mut kept: Vec<&str> = Vec::new();
    for stem in stems {
        if !kept.iter().any(|one| stem.contains(one)) {
            kept.push(stem);
        }
    }
    let stems: Vec<String> = kept.iter().map(|stem| regex::escape(stem)).collect();
    Regex::new(&format!("(?i)://|{}", stems.join("|"))).ok()
}

/// All phrases: the built-in ones and those of the configuration.
pub(super) fn phrases(named: &[String]) -> Vec<Phrase> {
    let phrase = |place: Place| {
        move |key: &str| Phrase {
            words: words(key),
            place,
        }
    };
    let anywhere = HIDDEN.iter().copied().map(phrase(Place::Anywhere));
    let whole = HIDDEN_WHOLE.iter().copied().map(phrase(Place::Whole));
    let named = named.iter().map(String::as_str).map(phrase(Place::Named));
    let all = anywhere.chain(whole).chain(named);
    all.filter(|phrase| !phrase.words.is_empty()).collect()
}

/// The words of a key in small letters, without the numbers at their ends.
pub(super) fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = key.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins || !c.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    words.push(word);
    let plain = words.iter().map(|word| word.trim_matches(char::is_numeric));
    plain
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Phrase {
    /// Whether the words of a key mean the secret itself, where the phrase begins at `from`.
    pub(super) fn is_meant(&self, words: &[String], from: usize) -> bool {
        let rest = &words[from + self.words.len()..];
        match self.place {
            Place::Named => true,
            Place::Whole => from == 0 && rest.is_empty(),
            Place::Anywhere => {
                let before = from.checked_sub(1).map(|at| words[at].as_str());
                let is_about = rest.iter().any(|word| ABOUT.contains(&word.as_str()));
                !is_about && before != Some("per")
            }
        }
    }
}
