//! What is advised for a step that failed, by its error.

use dlqtop::app::detail::diagnosis::diagnose;
use support::rows::noon;

use super::{charge, task};

/// What is advised first for a step that failed with this error.
fn advised(error: &str) -> String {
    let mut failed = charge("error");
    failed.last_error = (!error.is_empty()).then(|| error.into());
    let detail = task(vec![failed]);
    let verdict = diagnose(&detail, noon());
    let retry = verdict.advice.iter().find(|it| it.key == Some('R'));
    retry.unwrap().text.clone()
}

#[test]
fn the_advice_goes_by_what_the_error_says_of_itself() {
    let transient = "retry charge_card: the error looks transient";
    let unknown = "look for the cause before you retry charge_card (resets its attempts): it is not known whether \
                   this error is transient";
    let cases = [
        ("HTTP 503 from the gateway: no healthy upstream", transient),
        (
            "ConnectionRefusedError: [Errno 111] Connection refused",
            transient,
        ),
        (
            "400 Client Error: Bad Request for url: https://a.example/connection/timeout",
            "correct its input or the code that refused it, then retry charge_card (resets its attempts)",
        ),
        (
            "ERROR: duplicate key value violates unique constraint \"connection_timeouts_pkey\"",
            "correct its input or the code that refused it, then retry charge_card (resets its attempts)",
        ),
        (
            "Traceback (most recent call last):\n  File \"/srv/connection.py\", line 503, in get\n    \
             connection.get(timeout=10)  # try again\nKeyError: 'timeout'",
            "fix the cause, then retry charge_card (resets its attempts)",
        ),
        (
            "OSError: [Errno 28] No space left on device",
            "make room for what is full, then retry charge_card (resets its attempts)",
        ),
        (
            "PermissionError: [Errno 13] Permission denied: '/srv/timeout'",
            "restore the right or the credentials that it lacks, then retry charge_card (resets its attempts)",
        ),
        (
            "Traceback (most recent call last):\n  File \"/srv/retry.py\", line 9, in run\n    \
             raise Failed(timeout=10)\nRuntimeError: step 3 out of 5 went wrong",
            unknown,
        ),
        ("it broke", unknown),
        (
            "",
            "fix the cause, then retry charge_card (resets its attempts)",
        ),
    ];
    for (error, advice) in cases {
        assert_eq!(advised(error), advice, "{error}");
    }
}
