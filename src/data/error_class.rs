//! What kind of error it is: whether it can pass by itself, and what has to change if it cannot. Pure.
//!
//! An error is judged by what it says of itself, the surest first: a code (HTTP status, SQLSTATE, errno,
//! gRPC, SMTP, exit status), then the class of its exception, then the words of its message. Only the line
//! that says what happened counts, never a line of source in a traceback, and quoted text in that line
//! is data of the task: `KeyError: 'timeout'` is not a time-out. Words are whole words: there is no `access`
//! in `accessory` and no `out of memory` in `3 out of 5`.

mod class;
mod codes;
mod names;
mod said;
mod words;

pub use self::class::ErrorClass;
use self::said::Said;
use crate::data::fingerprint::telling_line;

/// The class of an error, by the line that says what happened.
#[must_use]
pub fn classify(error: &str) -> ErrorClass {
    let said = Said::of(&telling_line(error));
    codes::class(&said)
        .or_else(|| names::class(&said))
        .or_else(|| words::class(&said))
        .unwrap_or(ErrorClass::Unknown)
}

#[cfg(test)]
mod tests;
