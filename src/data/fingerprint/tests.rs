//! Errors as they are met in the wild, and what must hold of any.

use proptest::prelude::*;

use super::*;

/// Errors and what is left of them.
const TABLE: &[(&str, &str)] = &[
    // PostgreSQL
    (
        "ERROR: duplicate key value violates unique constraint \"orders_pkey\"\nDETAIL: Key (id)=(7) already exists.",
        "ERROR: duplicate key value violates unique constraint #",
    ),
    (
        "canceling statement due to statement timeout after 30000 ms",
        "canceling statement due to statement timeout after #",
    ),
    (
        "could not open file \"base/16384/2619\": No such file or directory",
        "could not open file #: No such file or directory",
    ),
    (
        "connection to server at \"10.0.0.7\", port 5432 failed: Connection refused",
        "connection to server at #, port # failed: Connection refused",
    ),
    (
        "Process 4711 waits for ShareLock on transaction 88123; blocked by process 4712.",
        "Process # waits for ShareLock on transaction #; blocked by process #.",
    ),
    // HTTP and the network
    (
        "POST https://api.stripe.com/v1/charges?expand=1 failed: 503 Service Unavailable (request req_8FhJ3kLm0Pq2Rs)",
        "POST # failed: # Service Unavailable (request req_#)",
    ),
    (
        "dial tcp 10.3.0.12:8443: i/o timeout",
        "dial tcp #: i/o timeout",
    ),
    (
        "dial tcp [2001:db8::ff00:42]:443: connect: no route to host",
        "dial tcp [#]:#: connect: no route to host",
    ),
    (
        "read tcp 127.0.0.1:41022->127.0.0.1:6379: read: connection reset by peer",
        "read tcp #->#: read: connection reset by peer",
    ),
    (
        "order 4711 timed out after 30s on gw-2:8443",
        "order # timed out after # on gw-#",
    ),
    (
        "GET /v1/orders/7f3a/lines returned HTTP 429, retry in 1m 30s",
        "GET # returned HTTP #, retry in #",
    ),
    // Rust
    (
        "thread 'tokio-runtime-worker' panicked at src/charge/mod.rs:42:17: called `Option::unwrap()` on a `None` value",
        "thread # panicked at #: called # on a # value",
    ),
    (
        "missing field `customer_id` at line 1 column 57",
        "missing field # at line # column #",
    ),
    (
        "No such file or directory (os error 2)",
        "No such file or directory (os error #)",
    ),
    // Python
    (
        "Traceback (most recent call last):\n  File \"/srv/app/jobs.py\", line 81, in run\n    charge(order)\nKeyError: 'customer_id'",
        "KeyError: #",
    ),
    (
        "ValueError: invalid literal for int() with base 10: 'n/a'",
        "ValueError: invalid literal for int() with base #: #",
    ),
    (
        "TypeError: 'NoneType' object is not subscriptable",
        "TypeError: # object is not subscriptable",
    ),
    // Ruby
    (
        "NoMethodError: undefined method `total' for nil:NilClass",
        "NoMethodError: undefined method # for nil:NilClass",
    ),
    (
        "ActiveRecord::RecordNotFound: Couldn't find Order with 'id'=4711",
        "ActiveRecord::RecordNotFound: Couldn't find Order with #=#",
    ),
    (
        "Net::ReadTimeout with #<TCPSocket:0x000055d0c9a1b2c8>",
        "Net::ReadTimeout with #<TCPSocket:#>",
    ),
    // JVM
    (
        "java.lang.OutOfMemoryError: Java heap space (4096 MB)",
        "java.lang.OutOfMemoryError: Java heap space (#)",
    ),
    // AWS
    (
        "An error occurred (ThrottlingException) when calling the PutItem operation (reached max retries: 4): Rate exceeded",
        "An error occurred (ThrottlingException) when calling the PutItem operation (reached max retries: #): Rate exceeded",
    ),
    (
        "User: arn:aws:sts::123456789012:assumed-role/worker/i-0abc12 is not authorized to perform: sqs:SendMessage",
        "User: # is not authorized to perform: sqs:SendMessage",
    ),
    (
        "AccessDenied: Access Denied (Service: Amazon S3; Status Code: 403; Request ID: TR1XZ9QW4K7P2M5N)",
        "AccessDenied: Access Denied (Service: Amazon S#; Status Code: #; Request ID: #)",
    ),
    // Ids, times, mail
    (
        "task 0198a2b4-0000-7000-8000-deadbeefcafe not claimed since 2026-02-01T10:00:03.123Z",
        "task # not claimed since #",
    ),
    (
        "job 01JBQF3W8ZK5T4V2N7M9P6R1SX expired at 2026-02-01 10:00:03 UTC",
        "job # expired at # UTC",
    ),
    ("no mailbox for ana.b+x@example.com", "no mailbox for #"),
    ("checksum sha256 differs", "checksum sha# differs"),
    ("balance is -12.50 after +3", "balance is # after #"),
    // Words stay
    (
        "card_declined: insufficient funds",
        "card_declined: insufficient funds",
    ),
    (
        "expected application/json and/or text",
        "expected application/json and/or text",
    ),
    ("  \n  two   spaces\t here ", "two spaces here"),
    (
        "{\"code\":\"card_declined\",\"charge\":\"ch_1\"}",
        "{\"code\":#,\"charge\":#}",
    ),
    ("", ""),
    (" \n \t", ""),
];

#[test]
fn errors_as_they_are_met() {
    for (error, expected) in TABLE {
        assert_eq!(fingerprint(error), *expected, "{error}");
        assert_eq!(fingerprint(expected), *expected, "again: {error}");
    }
}

#[test]
fn the_table_tells_its_errors_apart() {
    let mut all: Vec<_> = TABLE.iter().map(|(error, _)| fingerprint(error)).collect();
    all.retain(|one| !one.is_empty());
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

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
        "\"[a-z ]{0,12}\"",
        "'[a-z/]{0,12}'",
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

proptest! {
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
    fn only_the_first_line_counts(first in "[a-z ]{1,40}[a-z]", rest in "(.|\n)*") {
        prop_assert_eq!(fingerprint(&first), fingerprint(&format!("{first}\n{rest}")));
    }
}
