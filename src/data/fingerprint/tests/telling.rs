//! Which line of an error tells of it. More, of real programs, is in `tests/pure/corpus`.

use super::super::telling_line;

/// Errors and the lines that tell of them.
const TABLE: &[(&str, &str)] = &[
    (
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3, in f\n    h()\nacme.Refused: order 7\nwhile importing row 4\n[SQL: select 1]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)",
        "acme.Refused: order 7",
    ),
    // cut off before its exception
    (
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    charge(order)\n    ^^^^^^^^",
        "charge(order)",
    ),
    // its beginning is lost
    (
        "    charge(order)\n  File \"a.py\", line 4, in charge\n    raise Closed\nClosed: shop 7",
        "Closed: shop 7",
    ),
    (
        "2026-02-01 10:00:03,123 ERROR [main] com.acme.Job - settle failed",
        "settle failed",
    ),
    ("[31mError[0m: \u{1b}[1mred\u{1b}[0m", "Error: red"),
    (
        "node:events:502\n      throw er;\n      ^\n\nError: connect ECONNREFUSED 127.0.0.1:9\n    at TCPConnectWrap (node:net:1611:16)",
        "Error: connect ECONNREFUSED 127.0.0.1:9",
    ),
    (
        "TypeError: fetch failed\n    at fetch (node:internal:1:2) {\n  [cause]: Error: connect ECONNREFUSED 10.0.0.1:9\n      at x (node:net:1:1)\n}",
        "Error: connect ECONNREFUSED 10.0.0.1:9",
    ),
    (
        "java.lang.RuntimeException: java.io.IOException: full\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: full\n\tat a.B.d(B.java:2)",
        "java.io.IOException: full",
    ),
    // a message of its own
    (
        "com.acme.Refused: order 7\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: full\n\tat a.B.d(B.java:2)",
        "com.acme.Refused: order 7",
    ),
    (
        "System.AggregateException: One or more errors occurred. (full)\n ---> System.IO.IOException: full\n   at A.B() in /src/S.cs:line 30",
        "System.IO.IOException: full",
    ),
    (
        "panic: closed\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:3 +0x1d",
        "panic: closed",
    ),
    (
        "app/order.rb:12:in 'Order#total': undefined method 'x' for nil (NoMethodError)\n\tfrom app/a.rb:1:in 'b'",
        "undefined method 'x' for nil (NoMethodError)",
    ),
    (
        "** (RuntimeError) closed\n    (app 0.1.0) lib/a.ex:3: A.b/1",
        "** (RuntimeError) closed",
    ),
    (
        "thread 'main' panicked at src/main.rs:4:5:\nno rate\nnote: run with `RUST_BACKTRACE=1`",
        "no rate",
    ),
    (
        "Error: cannot settle\n\nCaused by:\n    0: no answer\n    1: timed out",
        "Error: cannot settle: no answer: timed out",
    ),
    (
        "PHP Fatal error:  Uncaught App\\Refused: card declined in /srv/a.php:12\nStack trace:\n#0 {main}\n  thrown in /srv/a.php on line 12",
        "App\\Refused: card declined",
    ),
    (
        "{\n  \"error\": {\n    \"code\": \"card_declined\",\n    \"message\": \"Your card was declined.\",\n    \"id\": \"74c9\"\n  }\n}",
        "card_declined: Your card was declined.",
    ),
    (
        "{\"error\": \"card_declined\", \"status\": 402, \"request\": \"5051\"}",
        "card_declined (status 402)",
    ),
    (
        "charge failed: {\"code\": \"E_1\", \"message\": \"\\u4f59\\u989d\", \"user\": {\"name\": \"Bo\"}} in the end",
        "charge failed: E_1: 余额 in the end",
    ),
    (
        "API error 402: {\n  \"code\": \"expired\"\n}",
        "API error 402: expired",
    ),
    // cut off in the middle
    (
        "{\"code\": \"expired\", \"message\": \"Your ca",
        "expired: Your ca",
    ),
    (
        "ts=2026-02-01T10:00:00Z level=error msg=\"settle failed\" err=\"ledger closed\" batch=7",
        "settle failed: ledger closed",
    ),
    (
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        "502 Bad Gateway",
    ),
    (
        "installing\ndone with 4\nERROR: disk is full\nbye",
        "ERROR: disk is full",
    ),
    ("The job stopped:\n  no paper", "The job stopped: no paper"),
    ("\n  two   spaces\t here \nmore", "two spaces here"),
];

#[test]
fn the_telling_line_of_errors_as_they_are_met() {
    for (error, expected) in TABLE {
        assert_eq!(telling_line(error), *expected, "{error}");
    }
}

#[test]
fn a_long_traceback_keeps_its_end() {
    let call = "  File \"/srv/app/deep.py\", line 4, in walk\n    walk(node)\n";
    for calls in [100, 1_000, 20_000] {
        let error = format!(
            "Traceback (most recent call last):\n{}ValueError: too deep\n",
            call.repeat(calls)
        );
        assert_eq!(telling_line(&error), "ValueError: too deep");
    }
}
