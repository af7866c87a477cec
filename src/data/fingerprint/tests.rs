//! What is a value, which line tells of an error, and what must hold of any text.

mod telling;
mod values;

use proptest::prelude::*;

use super::*;

/// A value that differs from task to task.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u32>().prop_map(|n| n.to_string()),
        any::<i32>().prop_map(|n| n.to_string()),
        any::<f32>()
            .prop_filter("finite", |n| n.is_finite() && n.abs() < 1e9)
            .prop_map(|n| format!("{n:.3}")),
        any::<u128>().prop_map(|n| uuid::Uuid::from_u128(n).to_string()),
        any::<u64>().prop_map(|n| format!("{n:#x}")),
        any::<u64>().prop_map(|n| format!("{n:016x}")),
        any::<[u8; 4]>().prop_map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
        (any::<[u8; 4]>(), any::<u16>())
            .prop_map(|(ip, port)| { std::net::SocketAddrV4::new(ip.into(), port).to_string() }),
        "0[0-7][0-9A-HJKMNP-TV-Z]{24}",
        "/[a-z]{1,8}(/[a-z0-9._-]{1,8}[a-z]){0,3}",
        "https?://[a-z]{1,8}\\.example\\.com(/[a-z0-9]{1,8}){0,3}",
        "[a-z]{1,8}@[a-z]{1,8}\\.com",
        (0_i64..4_000_000_000).prop_map(|at| {
            chrono::DateTime::from_timestamp(at, 0)
                .unwrap()
                .to_rfc3339()
        }),
        (
            any::<u16>(),
            prop_oneof!["ms", " ms", "s", " s", " minutes", "h", " seconds"]
        )
            .prop_map(|(n, unit)| format!("{n}{unit}")),
    ]
}

/// Words between which values stand; none that would count as a value or a unit.
fn words() -> impl Strategy<Value = Vec<String>> {
    let word = "[gj-rt-z][g-z]{3,9}(_[g-z]{3,6})?:?";
    prop::collection::vec(word, 1..8)
}

fn between(words: &[String], values: &[String]) -> String {
    let mut error = String::new();
    for (at, word) in words.iter().enumerate() {
        error.push_str(word);
        error.push(' ');
        error.push_str(&values[at % values.len()]);
        error.push(' ');
    }
    error
}

/// What the rules look for, next to what they must not stumble over.
const PIECES: &[&str] = &[
    "a.py",
    ":",
    "12",
    "」",
    "「",
    "余",
    "é",
    "#",
    "'",
    "\"",
    "`",
    "\\",
    "/",
    "//",
    ".",
    "..",
    "-",
    "_",
    "=",
    " = ",
    "==",
    " ",
    "\n",
    "\n\n",
    "\t",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ";",
    "|",
    "@",
    "~",
    "$",
    "%",
    "\u{1b}[31m",
    "[0m",
    "\u{0}",
    "\r\n",
    "\u{202e}",
    "error",
    "Error: ",
    "code ",
    "HTTP ",
    "404",
    "503 Service",
    "550 5.1.1",
    "SQLSTATE[",
    "errno",
    "0x8",
    "-5",
    "Traceback (most recent call last):\n",
    "  File \"x\", line 4\n",
    "    at f (a:1)\n",
    "Caused by: ",
    "Caused by:\n",
    "    0: x\n",
    " ---> ",
    "** (",
    "exited in: ",
    "panicked at ",
    "' panicked at ",
    "goroutine 1",
    "panic: ",
    "PHP ",
    "Uncaught ",
    "Next ",
    "\n#0 ",
    ".rb:1:in ",
    "': ",
    "{\"code\":",
    "\"message\":\"",
    "\\n",
    "\\u00",
    "null",
    "level=",
    "msg=",
    "<title>",
    "</",
    "2026-02-01",
    "T10:00:03Z",
    " [main] ",
    "Feb  2 ",
    "E0201 ",
    "Mon, ",
    "Jan ",
    "3rd",
    "GMT",
    "example.com",
    "10.0.0.1",
    "::1",
    "a@b.de",
    "https://",
    "C:\\",
    "\\\\s",
    "~/",
    "blk_-",
    "x7",
    "7x",
    "sha256",
    "user ",
    "for ",
    "key ",
    "value ",
    " is not a valid",
    "╭",
    "╰",
    "+-+-",
    "  | ",
    "  + Exception Group ",
    "sub-exception)",
    "ß",
    "İ",
    "１",
];

proptest! {
    #[test]
    fn nothing_panics_whatever_is_next_to_what(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let error = pieces.concat();
        let once = fingerprint(&error);
        prop_assert!(once.chars().count() <= MAX_CHARS);
        prop_assert_eq!(&fingerprint(&once), &once);
    }

    #[test]
    fn nothing_panics_and_a_fingerprint_is_its_own(error in ".*") {
        let once = fingerprint(&error);
        prop_assert!(once.chars().count() <= MAX_CHARS);
        prop_assert_eq!(&fingerprint(&once), &once);
    }

    /// Nearly all of what the scanner has rules for, in any order.
    #[test]
    fn neither_with_awkward_text(error in "[a-f0-9x#'\"`/\\\\:.@_ \\-+«»“”né…\n]{0,300}") {
        let once = fingerprint(&error);
        prop_assert!(once.chars().count() <= MAX_CHARS);
        prop_assert_eq!(&fingerprint(&once), &once);
    }

    #[test]
    fn errors_that_differ_in_values_agree(
        words in words(),
        one in prop::collection::vec(value(), 1..8),
        other in prop::collection::vec(value(), 1..8),
    ) {
        let (one, other) = (between(&words, &one), between(&words, &other));
        prop_assert_eq!(fingerprint(&one), fingerprint(&other), "{} / {}", one, other);
    }

    #[test]
    fn errors_that_differ_in_words_do_not(
        one in words(),
        other in words(),
        values in prop::collection::vec(value(), 1..8),
    ) {
        prop_assume!(one != other);
        let (one, other) = (between(&one, &values), between(&other, &values));
        let cut = |text: &str| fingerprint(text).chars().count() == MAX_CHARS;
        prop_assume!(!cut(&one) && !cut(&other));
        prop_assert_ne!(fingerprint(&one), fingerprint(&other), "{} / {}", one, other);
    }

    #[test]
    fn what_is_assigned_to_a_key_is_a_value(
        words in words(),
        one in "(\"[a-z ]{0,12}\"|[a-z0-9]{0,12})",
        other in "(\"[a-z ]{0,12}\"|[a-z0-9]{0,12})",
    ) {
        let error = |value: &str| format!("{} user={value} attempt=7", words.join(" "));
        prop_assert_eq!(fingerprint(&error(&one)), fingerprint(&error(&other)));
    }

    #[test]
    fn any_text_has_one_line_to_show(error in "(.|[\\x00-\\x1f{}\\[\\]\"' :\n])*") {
        let line = telling_line(&error).into_owned();
        prop_assert!(!line.contains(char::is_control), "{line:?}");
        prop_assert_eq!(fingerprint(&error), masked(&line));
    }

    #[test]
    fn only_the_first_line_counts(first in "[a-z ]{1,40}[a-z]", rest in "(.|\n)*") {
        prop_assert_eq!(fingerprint(&first), fingerprint(&format!("{first}\n{rest}")));
    }
}
