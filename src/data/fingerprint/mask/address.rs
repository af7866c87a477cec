//! Addresses: URLs, e-mail, hosts, IP and hardware addresses, UUIDs. Pure.

use super::super::text::{head, is_closing, run, without_stops};

/// The longest address that is recognised.
const LONGEST: usize = 300;

/// The ends of names of hosts that are hardly ever ends of anything else.
const DOMAINS: &[&str] = &[
    "com",
    "net",
    "org",
    "edu",
    "gov",
    "mil",
    "example",
    "invalid",
    "local",
    "localdomain",
    "localhost",
    "internal",
    "intranet",
    "lan",
    "corp",
    "svc",
    "arpa",
    "home",
    "de",
    "uk",
    "fr",
    "nl",
    "eu",
    "ru",
    "jp",
    "cn",
    "br",
    "au",
    "us",
    "ca",
    "ch",
    "se",
    "es",
    "hk",
    "tw",
    "kr",
    "mx",
    "om",
    "be",
    "dk",
    "fi",
    "pl",
    "cz",
    "at",
];

/// Others, that are an end only of a longer name: `db.eu.acme.io`.
const DOMAINS_OF_LONG_NAMES: &[&str] = &[
    "io", "co", "ai", "app", "dev", "cloud", "info", "biz", "it", "in", "no", "me", "tv", "cluster",
];

/// What names of packages begin with, and names of hosts do not.
const PACKAGES: &[&str] = &[
    "com", "org", "net", "io", "java", "javax", "de", "uk", "edu", "dev",
];

/// The length of the address at the beginning.
pub(super) fn found(before: &str, text: &str, first: char) -> Option<usize> {
    let text = head(text, LONGEST);
    if first == '[' {
        return in_brackets(text);
    }
    if first == ':' {
        return colons(text);
    }
    // what was no address from its beginning is none from its middle
    let goes_on = before.ends_with(['.', '-', '+', '%', '~', '!', '?', '&', '*', '$']);
    if !first.is_alphanumeric() || goes_on || (before.ends_with('/') && !first.is_ascii_digit()) {
        return None;
    }
    let chunk = &text[..run(text, |c| !c.is_whitespace() && !is_closing(c))];
    let has = |c: u8| chunk.as_bytes().contains(&c);
    if has(b'-')
        && let Some(length) = uuid(chunk)
    {
        return Some(length);
    }
    if chunk.len() >= 16
        && let Some(length) = base64(chunk)
    {
        return Some(length);
    }
    if has(b':')
        && let Some(length) = url(text).or_else(|| colons(chunk))
    {
        return Some(length);
    }
    if has(b'@')
        && let Some(length) = email(chunk)
    {
        return Some(length);
    }
    if has(b'.') {
        return ip(chunk).or_else(|| host(chunk));
    }
    None
}

fn uuid(chunk: &str) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let length = run(chunk, |c| c.is_ascii_hexdigit() || c == '-');
    let groups = chunk[..length].split('-').map(str::len);
    groups.eq(GROUPS).then_some(length)
}

/// A signature, token or id in base 64 with `/`, `+` or `=` in it.
fn base64(chunk: &str) -> Option<usize> {
    let length = run(chunk, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
    });
    let token = &chunk[..length];
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let has = |is: fn(&u8) -> bool| token.bytes().any(|c| is(&c));
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && digits >= 2;
    let is_marked = token.contains('+') || token.ends_with('=');
    (length >= 16 && is_mixed && is_marked).then_some(length)
}

fn url(text: &str) -> Option<usize> {
    if text.starts_with("arn:") || text.starts_with("urn:") || text.starts_with("data:") {
        return Some(without_stops(&text[..run(text, in_url)]));
    }
    let scheme = run(text, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')
    });
    let is_url = text[scheme..].starts_with("://") && text[scheme + 3..].starts_with(in_url);
    is_url.then(|| without_stops(&text[..run(text, in_url)]))
}

fn in_url(c: char) -> bool {
    !c.is_whitespace() && !is_closing(c)
}

/// An address of mail. `Proxy@2bd79ce` and `lodash@4.17` are no addresses: what is before the `@` stays.
fn email(chunk: &str) -> Option<usize> {
    let name = run(chunk, |c| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '=' | '/')
    });
    let host = chunk[name..].strip_prefix('@')?;
    let host = &host[..run(host, |c| c.is_alphanumeric() || matches!(c, '.' | '-'))];
    let host = &host[..without_stops(host)];
    let is_hash =
        host.bytes().all(|c| c.is_ascii_hexdigit()) && host.contains(|c: char| c.is_ascii_digit());
    let is_version = host.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    let is_host = !host.is_empty() && !is_hash && (!is_version || ip(host).is_some());
    (is_host && name > 0).then_some(name + 1 + host.len())
}

/// An address of the fourth version, with its port or the length of its net.
fn ip(chunk: &str) -> Option<usize> {
    let length = run(chunk, |c| c.is_ascii_digit() || c == '.');
    let address = chunk[..length].trim_end_matches('.');
    let mut parts = address.split('.');
    let is_part = |part: &str| (1..=3).contains(&part.len());
    if parts.clone().count() != 4 || !parts.all(is_part) {
        return None;
    }
    let rest = &chunk[address.len()..];
    // the names that providers give to addresses go on after it
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
        return host(chunk);
    }
    Some(address.len() + port(rest))
}

/// The name of a host, with its port.
fn host(chunk: &str) -> Option<usize> {
    let length = run(chunk, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
    });
    let name = chunk[..length].trim_end_matches(['.', '-', '_']);
    let labels = name.split('.');
    let count = labels.clone().count();
    let last = name.rsplit('.').next()?;
    let first = labels.clone().next()?;
    let is_domain = DOMAINS.contains(&last)
        || (count >= 3 && DOMAINS_OF_LONG_NAMES.contains(&last))
        || (count >= 2 && last == "compute");
    let is_label = |label: &str| {
        !label.is_empty() && (label == label.to_lowercase() || label == label.to_uppercase())
    };
    let rest = &chunk[name.len()..];
    let goes_on = rest.starts_with('.') && rest.len() > 1 || rest.starts_with('(');
    let is_host = count >= 2
        && is_domain
        && !PACKAGES.contains(&first)
        && labels.clone().all(is_label)
        && !goes_on;
    is_host.then(|| name.len() + port(rest))
}

/// The length of `:5432` or `/24`.
fn port(rest: &str) -> usize {
    let Some(number) = rest.strip_prefix([':', '/']) else {
        return 0;
    };
    let digits = run(number, |c| c.is_ascii_digit());
    if (1..=5).contains(&digits) && !number[digits..].starts_with(char::is_alphanumeric) {
        digits + 1
    } else {
        0
    }
}

/// An address of the sixth version or of hardware: groups of hexadecimal digits with colons between them.
fn colons(chunk: &str) -> Option<usize> {
    let length = run(head(chunk, 60), |c| {
        c.is_ascii_hexdigit() || c == ':' || c == '.' || c == '%'
    });
    let address = chunk[..length].trim_end_matches([':', '.', '%']);
    let mut groups = address.split([':', '.', '%']);
    let short = groups.clone().all(|group| group.len() <= 4);
    let enough = address.matches(':').count() >= 2 && groups.any(|group| !group.is_empty());
    let ends = chunk[address.len()..].chars().next();
    (short && enough && !ends.is_some_and(char::is_alphanumeric)).then_some(address.len())
}

/// `[2001:db8::7]:443`
fn in_brackets(text: &str) -> Option<usize> {
    let inside = &text[1..];
    let length = colons(inside).filter(|length| inside[*length..].starts_with(']'))?;
    Some(length + 2 + port(&inside[length + 1..]))
}
