//! What a body says of an error, and how that is put in one line. Pure.

use super::super::text::is_one_of;

/// Tells the line of a text that is inside a body: a stack trace for example.
pub(in super::super) type Tell = fn(&str) -> String;

/// The parts of a body that tell of the error, as they are written there.
#[derive(Default)]
pub(super) struct Said<'t> {
    /// A name or number that decides: `card_declined`.
    code: Option<&'t str>,
    /// A sentence.
    pub message: Option<&'t str>,
    /// What is called the error: a name or a sentence.
    error: Option<&'t str>,
    /// The kind of the error: `ValidationError`.
    kind: Option<&'t str>,
    /// The HTTP status, or a word.
    status: Option<&'t str>,
}

/// The names under which bodies give them.
const CODES: &[&str] = &[
    "code",
    "error_code",
    "errorcode",
    "err_code",
    "errcode",
    "sqlstate",
    "decline_code",
    "__type",
    "reason_code",
    "faultcode",
    "error_name",
];
const MESSAGES: &[&str] = &[
    "message",
    "msg",
    "error_message",
    "errormessage",
    "error_description",
    "detail",
    "description",
    "title",
    "faultstring",
    "error_msg",
];
const KINDS: &[&str] = &[
    "type",
    "errortype",
    "error_type",
    "exception",
    "class",
    "error_class",
    "name",
    "exception_class",
];
const ERRORS: &[&str] = &["error", "err", "fault", "reason"];
const STATUSES: &[&str] = &[
    "status",
    "statuscode",
    "status_code",
    "http_status",
    "httpstatus",
];

/// Codes that are data.
const DATA: &[&str] = &[
    "postcode",
    "zipcode",
    "zip_code",
    "countrycode",
    "country_code",
    "currencycode",
    "currency_code",
    "promocode",
    "promo_code",
    "barcode",
    "areacode",
    "languagecode",
    "language_code",
    "productcode",
    "product_code",
];

/// Statuses that say no more than that there is an error.
const EMPTY_STATUSES: &[&str] = &["error", "failed", "failure", "fail", "false", "nok"];

impl<'t> Said<'t> {
    /// Takes a value if its key says that it tells of the error. The first of a kind counts.
    pub fn take(&mut self, key: &str, value: &'t str) {
        let value = value.trim();
        let key = key.to_ascii_lowercase();
        let key = key.rsplit('.').next().unwrap_or_default();
        if value.contains("://") && KINDS.contains(&key) {
            return;
        }
        if value.is_empty() || matches!(value, "null" | "None" | "true" | "false") {
            return;
        }
        let place = if STATUSES.contains(&key) {
            &mut self.status
        } else if CODES.contains(&key) || (key.ends_with("code") && !DATA.contains(&key)) {
            &mut self.code
        } else if MESSAGES.contains(&key) {
            &mut self.message
        } else if ERRORS.contains(&key) {
            &mut self.error
        } else if KINDS.contains(&key) {
            &mut self.kind
        } else {
            return;
        };
        place.get_or_insert(value);
    }

    /// One line: `card_declined: Your card was declined. (status 402)`; none if there is neither a code
    /// nor a message.
    pub fn line(self, tell: Tell) -> Option<String> {
        let number = self.code.filter(|code| is_number(code));
        let code = self.code.filter(|code| !is_number(code));
        if self.code.is_none() && self.message.is_none() && self.error.is_none() {
            return None;
        }
        let (first, second) = if self.error.is_some_and(is_name) {
            (self.error, self.message)
        } else {
            (self.message, self.error)
        };
        let kind = self.kind.filter(|_| code.is_none());
        let mut line = String::new();
        for part in [code, kind, first, second].into_iter().flatten() {
            let part = sentence(part, tell);
            if part.is_empty() || line.contains(&part) {
                continue;
            }
            if !line.is_empty() {
                line.push_str(": ");
            }
            line.push_str(&part);
        }
        let status = self
            .status
            .filter(|status| !is_one_of(status, EMPTY_STATUSES));
        for (word, value) in [("code", number), ("status", status)] {
            if let Some(value) = value {
                line = format!("{line} ({word} {value})");
            }
        }
        Some(line.trim_start().to_owned())
    }
}

fn is_number(code: &str) -> bool {
    let digits = code.trim_start_matches('-');
    !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit())
}

/// Whether an error is a name, such as `rate_limited` or `Bad Request`, rather than a sentence.
fn is_name(error: &str) -> bool {
    error
        .split_whitespace()
        .all(|word| word.starts_with(char::is_uppercase))
        || !error.contains(char::is_whitespace)
}

/// The line of a value that says what happened, with its escapes read.
fn sentence(value: &str, tell: Tell) -> String {
    let value = unescaped(value);
    let value = value.trim();
    if value.contains('\n') || (value.starts_with('{') && value.ends_with('}')) {
        return tell(value);
    }
    value.to_owned()
}

/// A text of JSON without its escapes.
fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        match chars.next() {
            Some('n' | 'r') => plain.push('\n'),
            Some('t') => plain.push(' '),
            Some('u') => {
                let hex = chars.as_str().get(..4).unwrap_or_default();
                let unit = u32::from_str_radix(hex, 16).ok();
                // half of a pair is no character; the mark stays readable without it
                plain.extend(unit.and_then(char::from_u32).filter(|c| !c.is_control()));
                chars = chars.as_str()[hex.len()..].chars();
            }
            Some(other) => plain.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    plain.push_str(rest);
    plain
}
