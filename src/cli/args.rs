//! Arguments that several commands have in common.

use std::time::Duration;

use clap::Args;
use uuid::Uuid;

use crate::failure::Failure;

/// How a list is printed.
#[derive(Debug, Clone, Args)]
pub struct Listing {
    /// Only rows that match: words, `reason:` `ns:` `state:` `step:` `error:` `owner:` `health:`
    /// `group:`, `age>2h`; `!` inverts a term.
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Maximum number of rows.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub limit: i64,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// How the queue is printed.
#[derive(Debug, Clone, Args)]
pub struct QueueListing {
    /// What it has in common with other lists.
    #[command(flatten)]
    pub listing: Listing,
    /// Group by error, the most frequent first.
    #[arg(long)]
    pub group: bool,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// A span of time to look back: `90m`, `8h`, `3d`, up to a year.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    const YEAR: Duration = Duration::from_hours(366 * 24);
    let span = humantime::parse_duration(text.trim()).map_err(|error| error.to_string())?;
    if (Duration::from_secs(1)..=YEAR).contains(&span) {
        Ok(span)
    } else {
        Err("from 1s to a year, as in 8h".to_owned())
    }
}

/// An id typed by a person: a UUID, or the number of a system whose ids are numbers.
pub(super) fn parse_id(text: &str) -> Result<Uuid, Failure> {
    if text.contains(['@', '/']) {
        // Not repeated: there may be a password in it.
        return Err(Failure::usage(
            "an address stands where an id should: pass it with --database-url or as DATABASE_URL",
        ));
    }
    let text = text.trim();
    if let Some(number) = number(text) {
        return Ok(number);
    }
    Uuid::try_parse(text).map_err(|_| {
        Failure::usage(format!(
            "{text:?} is neither a command nor an id: ids look like \
             01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f; `dlqtop queue` lists them, `dlqtop --help` the commands"
        ))
    })
}

/// The UUID that stands for a row with this number, as sources write it: in its last half.
fn number(text: &str) -> Option<Uuid> {
    let number: i64 = text.parse().ok()?;
    let as_written = number.to_string() == text;
    as_written.then(|| Uuid::from_u128(u128::from(number.cast_unsigned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_or_a_number() {
        for (text, means) in [
            ("31", "00000000-0000-0000-0000-00000000001f"),
            (
                " 9223372036854775807 ",
                "00000000-0000-0000-7fff-ffffffffffff",
            ),
            ("-1", "00000000-0000-0000-ffff-ffffffffffff"),
            (
                "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f",
                "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f",
            ),
        ] {
            assert_eq!(parse_id(text).unwrap().to_string(), means, "{text}");
        }
        for text in ["031", "+31", "31a", "9223372036854775808", ""] {
            assert!(parse_id(text).is_err(), "{text}");
        }
    }
}
