//! What is a value and what is a name or code.

use super::super::{MAX_CHARS, fingerprint, masked};

/// Errors and what is left of them.
const TABLE: &[(&str, &str)] = &[
    // names in quotes tell errors apart, data in quotes does not
    (
        "ERROR: duplicate key value violates unique constraint \"orders_pkey\"",
        "ERROR: duplicate key value violates unique constraint \"orders_pkey\"",
    ),
    ("KeyError: 'customer_id'", "KeyError: 'customer_id'"),
    ("KeyError('customer_id')", "KeyError('customer_id')"),
    ("KeyError: 4711", "KeyError: #"),
    ("KeyError: 'ord_4711'", "KeyError: 'ord_#'"),
    (
        "undefined method 'total' for nil",
        "undefined method 'total' for nil",
    ),
    (
        "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'",
        "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'",
    ),
    (
        "missing field `currency` at line 1",
        "missing field `currency` at line #",
    ),
    (
        "Customer \"Anna Schmidt\" not found",
        "Customer # not found",
    ),
    (
        "invalid input syntax for type uuid: \"order-7\"",
        "invalid input syntax for type uuid: #",
    ),
    (
        "ValueError: invalid literal for int() with base 10: 'n/a'",
        "ValueError: invalid literal for int() with base #: #",
    ),
    (
        "strconv.Atoi: parsing \"\": invalid syntax",
        "strconv.Atoi: parsing #: invalid syntax",
    ),
    (
        "(1062, \"Duplicate entry '7' for key 'users.email'\")",
        "(1062, \"Duplicate entry # for key 'users.email'\")",
    ),
    ("客户「张伟」的地址无效", "客户#的地址无效"),
    (
        "Error: 'card declined by bank'",
        "Error: 'card declined by bank'",
    ),
    // digits inside a name
    ("OAuth2TokenExpired", "OAuth2TokenExpired"),
    ("S3UploadFailedError", "S3UploadFailedError"),
    ("Utf8DecodeError", "Utf8DecodeError"),
    ("checksum sha256 differs", "checksum sha256 differs"),
    (
        "java.lang.OutOfMemoryError: heap",
        "java.lang.OutOfMemoryError: heap",
    ),
    ("'utf-8' codec can't decode", "'utf-8' codec can't decode"),
    // no spaces between words
    ("订单9229支付失败：余额不足", "订单#支付失败：余额不足"),
    ("注文4の在庫が不足しています", "注文#の在庫が不足しています"),
    ("Заказ 26: карта отклонена", "Заказ #: карта отклонена"),
    // codes that decide
    (
        "HTTP 404 from https://billing.example/x/3",
        "HTTP 404 from #",
    ),
    (
        "POST https://api.example.com/v1/charges failed: 503 Service Unavailable (request req_8FhJ3kLm0Pq2Rs)",
        "POST # failed: 503 Service Unavailable (request req_#)",
    ),
    (
        "GET /v1/orders/7f3a returned 429 after 20 ms",
        "GET # returned 429 after #",
    ),
    (
        "gateway: 402 card_declined (charge ch_9f2a)",
        "gateway: 402 card_declined (charge ch_#)",
    ),
    ("the query returned 404 rows", "the query returned # rows"),
    (
        "\"GET /v1/orders/7 HTTP/1.1\" 200 176",
        "\"GET # HTTP/#\" #",
    ),
    (
        "\"GET /v1/orders/7 HTTP/1.1\" 502 176",
        "\"GET # HTTP/#\" 502 #",
    ),
    (
        "Request failed with status code 502",
        "Request failed with status code 502",
    ),
    (
        "OSError: [Errno 28] No space left: '/tmp/7'",
        "OSError: [Errno 28] No space left: #",
    ),
    (
        "No such file or directory (os error 2)",
        "No such file or directory (os error 2)",
    ),
    (
        "[WinError 5] Access is denied: 'C:\\jobs\\7'",
        "[WinError 5] Access is denied: #",
    ),
    (
        "worker-7 exited with code 137 after 5 min",
        "worker-# exited with code 137 after #",
    ),
    (
        "job 7 was killed by signal 9",
        "job # was killed by signal 9",
    ),
    (
        "conflict (SQLSTATE 40001) in task 47576",
        "conflict (SQLSTATE 40001) in task #",
    ),
    (
        "ERROR 1205 (HY000): Lock wait timeout",
        "ERROR 1205 (HY000): Lock wait timeout",
    ),
    (
        "SQLSTATE[HY000] [2002] Connection refused",
        "SQLSTATE[HY000] [2002] Connection refused",
    ),
    (
        "ORA-00942: table does not exist (session 7)",
        "ORA-00942: table does not exist (session #)",
    ),
    ("E11000 duplicate key error", "E11000 duplicate key error"),
    (
        "14 UNAVAILABLE: No connection",
        "14 UNAVAILABLE: No connection",
    ),
    (
        "rpc error: code = NotFound desc = order 7",
        "rpc error: code = NotFound desc = order #",
    ),
    (
        "550 5.1.1 <bo@example.org>: User unknown",
        "550 5.1.1 <#>: User unknown",
    ),
    ("(535, b'5.7.8 Error: no')", "(535, b'5.7.8 Error: no')"),
    ("promo code 4711 is used up", "promo code # is used up"),
    // hosts, addresses, paths
    (
        "read tcp 127.0.0.1:41022->127.0.0.1:6379: read: connection reset by peer",
        "read tcp #->#: read: connection reset by peer",
    ),
    (
        "dial tcp [2001:db8::ff00:42]:443: connect: no route to host",
        "dial tcp #: connect: no route to host",
    ),
    (
        "connection to server at \"db-7.prod.example.com\" (10.0.0.7), port 5432 failed",
        "connection to server at #, port # failed",
    ),
    ("no mailbox for ana.b+x@example.com", "no mailbox for #"),
    (
        "cannot open /var/in/7.csv or invoices.csv",
        "cannot open # or #",
    ),
    (
        "expected application/json and/or text",
        "expected application/json and/or text",
    ),
    (
        "com.acme.jobs.Charge is missing",
        "com.acme.jobs.Charge is missing",
    ),
    (
        "User: arn:aws:sts::123456789012:assumed-role/worker/i-0abc12 is not authorized to perform: sqs:SendMessage",
        "User: # is not authorized to perform: sqs:SendMessage",
    ),
    // keys, dates, ids, numbers
    (
        "authentication failed user=db-1 rhost=db-1.example.com attempt=7 uid= tty=ssh",
        "authentication failed user=# rhost=# attempt=# uid=# tty=#",
    ),
    ("Times: total = 41, boot = -83", "Times: total =#, boot =#"),
    (
        "Failed password for invalid user oracle from 10.1.1.1",
        "Failed password for invalid user # from #",
    ),
    ("due since Mon, 2 Feb 2026 10:00:00 GMT", "due since #"),
    ("expired at 2026-02-01 10:00:03 UTC", "expired at #"),
    (
        "job 01JBQF3W8ZK5T4V2N7M9P6R1SX and AWDy9kEUVAorrev4",
        "job # and #",
    ),
    ("attempt_1445_0020_m_000003_0 is gone", "attempt_# is gone"),
    ("added blk_-5815145248455404269", "added blk_#"),
    ("lost an14 an15 an16", "lost #"),
    (
        "lifetime <1 sec, balance is -12.50",
        "lifetime #, balance is #",
    ),
    // nothing but values
    ("4711", "4711"),
    (
        "8f6d0558-4ef8-4a38-8922-766581e27a1c",
        "8f6d0558-4ef8-4a38-8922-766581e27a1c",
    ),
    ("…", "…"),
    ("", ""),
    (" \n \t", ""),
];

#[test]
fn values_become_marks_and_names_and_codes_stay() {
    for (error, expected) in TABLE {
        assert_eq!(fingerprint(error), *expected, "{error}");
        assert_eq!(fingerprint(expected), *expected, "again: {error}");
    }
}

#[test]
fn words_of_an_own_rule_stay_as_they_are() {
    assert_eq!(
        masked("order # of <tenant> is late"),
        "order # of <tenant> is late"
    );
}

#[test]
fn a_long_error_is_cut() {
    let long = |end: &str| format!("ValueError: {}{end}", "x".repeat(5_000));
    assert_eq!(fingerprint(&long("a")), fingerprint(&long("b")));
    assert_eq!(fingerprint(&long("")).chars().count(), MAX_CHARS);
}

#[test]
fn hostile_text_is_read_too() {
    for part in [
        "[",
        "{\"a\":",
        "'",
        "a.",
        "k=(",
        "\u{0}\u{202e}\u{1b}[",
        "Caused by: ",
        "余",
        "/.",
    ] {
        let error = part.repeat((1 << 20) / part.len());
        let once = fingerprint(&error);
        assert!(once.chars().count() <= MAX_CHARS);
        assert_eq!(fingerprint(&once), once);
    }
}
