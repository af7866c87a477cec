//! Numbers that decide and therefore stay: an HTTP status, an errno, an exit code, a SQLSTATE, a reply of a mail
//! server. Pure.

use super::super::text::{head, in_word, is_one_of, run, strip_start, tail, words_before};
use super::known::{is_code, is_code_word};

/// How far back one looks for what a number is.
const LOOK_BACK: usize = 64;

/// The length of the code at the beginning of a text that stays, for what is before and after it.
pub(super) fn kept(before: &str, rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    if !first.is_ascii_alphanumeric() && first != '-' {
        return None;
    }
    let sign = usize::from(first == '-');
    let length = sign + run(&rest[sign..], |c| c.is_ascii_alphanumeric());
    let token = &rest[..length];
    let numbered = token.contains(|c: char| c.is_ascii_digit());
    if length == sign || length > 12 || !(numbered || rest[length..].starts_with('-')) {
        return None;
    }
    let before = tail(before, LOOK_BACK);
    let end = before.trim_end_matches(|c| !in_word(c)).len();
    let begin = before[..end].rfind(|c| !in_word(c));
    let begin = begin.map_or(0, |at| before.ceil_char_boundary(at + 1));
    let place = Place {
        before,
        word: &before[begin..end],
        earlier: &before[..begin],
        gap: &before[end..],
        token,
        after: &rest[length..],
    };
    if first.is_ascii_uppercase() {
        let dashed = length + run(&rest[length..], |c| c == '-' || c.is_ascii_digit());
        if is_code(&rest[..dashed], place.is_expected()) {
            return Some(dashed);
        }
    }
    if !numbered {
        return None;
    }
    if let Some(length) = place.mail_code() {
        return Some(length);
    }
    let is_kept = place.is_named()
        || place.is_status()
        || place.is_sql_state()
        || place.is_first_of_arguments()
        || place.is_grpc()
        || place.is_result();
    is_kept.then_some(length)
}

/// A number or short code with what is around it.
struct Place<'t> {
    before: &'t str,
    /// The word before, what is before that, and what is between it and the code.
    word: &'t str,
    earlier: &'t str,
    gap: &'t str,
    token: &'t str,
    after: &'t str,
}

/// Words after which a number of three digits from 400 is an HTTP status.
const BEFORE_STATUS: &[&str] = &[
    "returned",
    "returns",
    "responded",
    "responds",
    "replied",
    "response",
    "got",
    "received",
    "with",
    "failed",
    "unexpected",
    "status",
    "http",
    "error",
    "httperror",
    "answered",
    "gave",
    "statuscode",
    "expected",
];

/// The first words of the reasons that HTTP and mail servers give.
const REASONS: &[&str] = &[
    "bad request",
    "unauthorized",
    "payment required",
    "forbidden",
    "not found",
    "method not",
    "not acceptable",
    "request timeout",
    "conflict",
    "gone",
    "precondition",
    "payload too",
    "request entity",
    "unsupported media",
    "unprocessable",
    "locked",
    "too many",
    "internal server",
    "not implemented",
    "bad gateway",
    "service unavailable",
    "service temporarily",
    "gateway time",
    "client error",
];

impl Place<'_> {
    /// Whether the word before says that it is a code: `code 7`, `[Errno 111]`, `exited with 137`.
    fn is_named(&self) -> bool {
        let (word, gap) = (self.word, self.gap);
        if self.is_named_in_cjk() || (word == "Msg" && self.before == "Msg ") {
            return true;
        }
        if word.is_empty() || gap.len() > 4 || gap.contains(['.', '/', ',', ';', '&']) {
            return false;
        }
        let is_small = self.token.len() <= 6;
        let mut words = words_before(self.earlier, LOOK_BACK);
        let earlier = words.next();
        let lower = |list: &[&str]| is_one_of(word, list);
        let earlier_is = |list: &[&str]| earlier.is_some_and(|earlier| is_one_of(earlier, list));
        if is_code_word(word, earlier) {
            return true;
        }
        if lower(&["error", "err", "errors"]) {
            let ends = self.after.is_empty() || self.after.starts_with([')', ']']);
            let direct = !gap.contains(':') || self.token.starts_with('-') || ends;
            return is_small && self.is_number() && (direct || earlier_is(&["os"]));
        }
        if lower(&["exit", "exited", "signal", "exitstatus", "killed"]) {
            return is_small;
        }
        let exited = ["exit", "exited", "terminated", "died", "failed", "finished"];
        let exit = || words.take(2).any(|word| is_one_of(word, &exited));
        lower(&["status"]) && (earlier_is(&["exit"]) || exit())
            || lower(&["with", "status"]) && earlier_is(&exited) && is_small && !self.counts()
    }

    /// `错误码：1205`, `コード：E401`
    fn is_named_in_cjk(&self) -> bool {
        let names = [
            "错误码",
            "状态码",
            "代码",
            "返回码",
            "错误号",
            "コード",
            "코드",
        ];
        let before = self.before.trim_end_matches([' ', ':', '：']);
        !before.is_ascii() && names.iter().any(|name| before.ends_with(name))
    }

    /// Whether it is an HTTP status.
    fn is_status(&self) -> bool {
        let is_three = self.token.len() == 3 && self.is_number();
        if !is_three || !self.token.starts_with(['1', '2', '3', '4', '5']) {
            return false;
        }
        let (word, gap) = (self.word, self.gap);
        let near = gap.len() <= 4 && !gap.contains([',', ';', '.']);
        let version = self
            .before
            .trim_end_matches(' ')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let protocol = self.before.contains("HTTP/") && version.len() <= 4;
        if self.is_success_of_request() {
            return false;
        }
        let is_called_so = ["Status", "StatusCode"]
            .iter()
            .any(|end| word.ends_with(end))
            || is_one_of(word, &["status", "http", "httpstatus", "statuscode"]);
        if near && is_called_so || protocol {
            return true;
        }
        let is_failure = self.token.starts_with(['4', '5']);
        let reason = self
            .after
            .strip_prefix(' ')
            .or_else(|| self.after.strip_prefix(": "));
        let reason = reason
            .unwrap_or_default()
            .trim_start_matches(['(', '-', ' ', '"', '\'']);
        let has_reason = REASONS.iter().any(|one| strip_start(reason, one).is_some());
        let begins = self.before.is_empty()
            || self.before.ends_with([':', '(', '\'', '"'])
            || self.before.ends_with(": ");
        // `402 Payment Required`, `402 card_declined`
        let name = &reason[..run(reason, in_word)];
        let is_title = name.starts_with(char::is_uppercase) || name.contains('_');
        let titled = begins && self.after.starts_with(' ') && is_title;
        let arrow = ["->", "→", "=>"]
            .iter()
            .any(|arrow| self.before.trim_end().ends_with(arrow));
        is_failure
            && (has_reason
                || titled
                || arrow
                || (near && is_one_of(word, BEFORE_STATUS) && !self.counts()))
    }

    /// Whether what follows is counted: `500 items`.
    fn counts(&self) -> bool {
        let Some(next) = self.after.strip_prefix(' ') else {
            return self.after.starts_with(['.', '%']) && self.after.len() > 1;
        };
        let word = &next[..run(next, char::is_alphanumeric)];
        let is_plural = word.len() > 3 && word.ends_with('s') && word != "status";
        (word.starts_with(char::is_lowercase) && is_plural) || matches!(word, "of" | "more" | "ms")
    }

    /// Whether it is what a web server writes to its log of a request that went well.
    fn is_success_of_request(&self) -> bool {
        let request = self.before.contains(" HTTP/1.") || self.before.contains(" HTTP/2");
        request && self.token.starts_with(['1', '2', '3'])
    }

    /// Whether letters and digits are a code at this place: at the beginning, in brackets, after "error" or "code".
    fn is_expected(&self) -> bool {
        let before = self.before.trim_end();
        before.is_empty()
            || self.before.ends_with(['[', '('])
            || (self.gap.len() <= 2 && is_one_of(self.word, &["error", "code", "errno"]))
    }

    /// `Win32Exception (0x80004005)`, `SocketException (111): …`: a result of Windows, the number of an exception.
    fn is_result(&self) -> bool {
        if self.token.len() != 10 && !self.after.starts_with("): ") {
            return false;
        }
        let of_class = self.before.ends_with("Exception (") || self.before.ends_with("Error (");
        if of_class && self.is_number() && self.after.starts_with("): ") {
            return true;
        }
        let is_result = self.token.len() == 10
            && (self.token.starts_with("0x8") || self.token.starts_with("0xC0"));
        is_result
            && (self.before.ends_with("Exception (") || tail(self.before, 12).contains("HRESULT"))
    }

    /// Whether it is one of PostgreSQL's or ODBC's five characters.
    fn is_sql_state(&self) -> bool {
        let token = self.token;
        if !(4..=5).contains(&token.len()) {
            return false;
        }
        let driver = self.before.ends_with("] [") || self.before.ends_with(": ");
        if driver
            && self.before.contains("SQLSTATE[")
            && token.len() == 4
            && self.after.starts_with([' ', ']'])
        {
            return true;
        }
        let is_five = token.len() == 5
            && token
                .bytes()
                .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        let of_mysql = self.after.starts_with(')') && self.before.contains("ERROR ");
        let ends = self.after.starts_with(": ") || of_mysql;
        let begins = self.before.is_empty() || self.before.trim_end().ends_with([':', ')', '(']);
        let classes = [
            "08", "21", "22", "23", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57",
            "58", "HY", "XX", "P0",
        ];
        is_five && ends && begins && classes.contains(&&token[..2])
    }

    /// `(1062, "Duplicate entry …")`, `ConnectionResetError(104, 'Connection reset by peer')`
    fn is_first_of_arguments(&self) -> bool {
        let Some(call) = self.before.strip_suffix('(') else {
            return false;
        };
        let text = self.after.strip_prefix(", ").unwrap_or_default();
        let text = text.strip_prefix('b').unwrap_or(text);
        let named = ["Error", "Exception", "Refused"]
            .iter()
            .any(|end| call.ends_with(end));
        let bare = call.is_empty() || call.ends_with([' ', ':', '(']);
        self.is_number()
            && self.token.len() <= 5
            && text.starts_with(['"', '\''])
            && (named || bare)
    }

    /// `14 UNAVAILABLE: …`
    fn is_grpc(&self) -> bool {
        const NAMES: &[&str] = &[
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED",
        ];
        let name = self.after.strip_prefix(' ').unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            return false;
        }
        let name = &name[..run(name, |c| c.is_ascii_uppercase() || c == '_')];
        self.token.len() <= 2 && self.is_number() && NAMES.contains(&name)
    }

    /// `550 5.1.1`, `451-4.7.0`: the reply and the extended code after it, or a reply of a mail server alone.
    fn mail_code(&self) -> Option<usize> {
        let is_reply =
            self.token.len() == 3 && self.is_number() && self.token.starts_with(['2', '4', '5']);
        if !is_reply {
            return None;
        }
        let gap = run(self.after, |c| {
            matches!(c, ' ' | '-' | ',' | 'b' | '\'' | '"')
        });
        let code = &self.after[gap..];
        let code = &code[..run(head(code, 10), |c| c.is_ascii_digit() || c == '.')];
        let mut parts = code.split('.');
        let class = parts.next().unwrap_or_default();
        let short = |part: &str| (1..=3).contains(&part.len());
        let is_code =
            ["2", "4", "5"].contains(&class) && parts.clone().count() == 2 && parts.all(short);
        (is_code && (1..=4).contains(&gap)).then(|| self.token.len() + gap + code.len())
    }

    fn is_number(&self) -> bool {
        let digits = self.token.trim_start_matches('-');
        digits.bytes().all(|c| c.is_ascii_digit()) && !digits.is_empty()
    }
}
