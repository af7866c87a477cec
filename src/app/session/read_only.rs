//! Whether anything can be changed from here, why not, and for how long. `writes/ask.rs` asks it before a
//! dialog opens, `writes/runs.rs` again before anything is sent.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::format::plural;
use crate::app::message::{Message, Reply};
use crate::data::messages::command::Command;
use crate::data::model::incident::Incident;

/// The longest that may be asked for: who needs more has forgotten to lock.
const LONGEST: Duration = Duration::from_hours(4);
const SHORTEST: Duration = Duration::from_secs(1);
/// How it is asked for, wherever it has to be explained.
pub const UNLOCK_EXAMPLE: &str = ":unlock 15m INC-4411";

/// Why nothing can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockReason {
    /// `--read-only`.
    Flag,
    /// The wall.
    Wall,
    /// The profile says so; this is its name.
    Profile(String),
    /// The profile is production, and nobody has unlocked it.
    Production(String),
    /// The server is on another machine, and no profile says how careful to be there; this is its address.
    Unknown(String),
    /// The server is a standby.
    Standby,
    /// The role or the database is set to read only.
    Session,
    /// The role has no right to act on Tasker's own schema.
    Role,
    /// The role has no right to act on a third-party system.
    Grants,
}

impl LockReason {
    /// A word for the header.
    #[must_use]
    pub const fn short(&self) -> &'static str {
        match self {
            Self::Flag => "--read-only",
            Self::Wall => "wall",
            Self::Profile(_) => "profile",
            Self::Production(_) | Self::Unknown(_) => "locked",
            Self::Standby => "standby",
            Self::Session => "session",
            Self::Role | Self::Grants => "role",
        }
    }

    /// In full.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Flag => "started with --read-only".to_owned(),
            Self::Wall => "the wall is read-only".to_owned(),
            Self::Profile(name) => format!("profile {name} is read-only"),
            Self::Production(name) => format!("profile {name} is production, and locked"),
            Self::Unknown(address) => {
                format!("{address} is another machine that no profile names, and locked")
            }
            Self::Standby => "this server is a standby".to_owned(),
            Self::Session => "this role or database is set to read only".to_owned(),
            Self::Role => "this role cannot write: it lacks dlqtop_operator".to_owned(),
            Self::Grants => "this role can only read this system".to_owned(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn way_out(&self) -> String {
        match self.refusal() {
            None => format!("{UNLOCK_EXAMPLE} allows writes for that long"),
            Some(_) => "nothing can be changed from here".to_owned(),
        }
    }

    /// Why it cannot be unlocked, if it cannot.
    #[must_use]
    pub const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Profile(_) | Self::Production(_) | Self::Unknown(_) => None,
            Self::Flag => Some("--read-only holds for the whole run: start without it"),
            Self::Wall => Some("the wall is read-only"),
            Self::Standby => Some("this server is a standby: nothing can be written to it"),
            Self::Session => {
                Some("the database refuses writes: this role or database is read only")
            }
            Self::Role => Some("this role cannot write: ask for a grant of dlqtop_operator"),
            Self::Grants => Some("this role cannot write: `dlqtop doctor` says what to ask for"),
        }
    }
}

/// Whether anything can be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Access {
    /// It can.
    #[default]
    Writable,
    /// It cannot.
    ReadOnly(LockReason),
    /// It can for a while.
    Unlocked(Unlocked),
}

/// A lock that was lifted for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlocked {
    /// Until when.
    pub until: DateTime<Utc>,
    /// For which incident.
    pub incident: Incident,
    /// What was lifted, and comes back.
    pub why: LockReason,
}

impl Access {
    /// Why nothing can be changed now, if nothing can.
    #[must_use]
    pub const fn read_only(&self) -> Option<&LockReason> {
        match self {
            Self::ReadOnly(why) => Some(why),
            Self::Writable | Self::Unlocked(_) => None,
        }
    }

    /// What it is unlocked for, if it is.
    #[must_use]
    pub const fn unlocked(&self) -> Option<&Unlocked> {
        match self {
            Self::Unlocked(unlocked) => Some(unlocked),
            Self::Writable | Self::ReadOnly(_) => None,
        }
    }

    /// The reason as it is logged: it names the incident it was unlocked for.
    #[must_use]
    pub fn reason(&self, typed: &str) -> String {
        match self {
            Self::Unlocked(unlocked) => unlocked.incident.in_reason(typed),
            Self::Writable | Self::ReadOnly(_) => typed.to_owned(),
        }
    }
}

impl Unlocked {
    /// How long is left, in whole seconds; never less than none.
    #[must_use]
    pub fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        TimeDelta::seconds((self.until - now).num_seconds().max(0))
    }
}

/// What was asked for: how long, and for which incident.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
fn parse(typed: &str) -> Result<(Duration, Incident), String> {
    let mut words = typed.split_whitespace();
    let Some(time) = words.next() else {
        return Err(format!(
            "how long, and for which incident? {UNLOCK_EXAMPLE}"
        ));
    };
    let lasting = humantime::parse_duration(time)
        .map_err(|_| format!("invalid duration \"{time}\": use 15m, 90s or 1h30m"))?;
    if lasting > LONGEST {
        return Err(format!(
            "{time} is too long: 4h at most; unlock again when it ends"
        ));
    }
    if lasting < SHORTEST {
        return Err(format!("{time} is too short: 1s at least"));
    }
    let Some(incident) = words.next() else {
        return Err(format!("for which incident? {UNLOCK_EXAMPLE}"));
    };
    if let Some(more) = words.next() {
        return Err(format!(
            "unexpected \"{more}\": an incident is one word, such as INC-4411"
        ));
    }
    Ok((lasting, Incident::new(incident)?))
}

impl Access {
    /// Why nothing may be changed and what to do about it, if that is so.
    #[must_use]
    pub fn refusal(&self) -> Option<Message> {
        let why = self.read_only()?;
        let text = format!("read-only: {}; {}", why.sentence(), why.way_out());
        Some(Message::bad(text))
    }

    /// Lifts the lock for a while: for how long and for which incident, as it was typed.
    ///
    /// # Errors
    ///
    /// What is wrong with what was typed, or why there is nothing to lift.
    pub fn unlock(&mut self, typed: &str, now: DateTime<Utc>) -> Result<Reply, String> {
        let why = match &*self {
            Self::Writable => return Err("nothing is locked here".to_owned()),
            Self::Unlocked(unlocked) => unlocked.why.clone(),
            Self::ReadOnly(why) => why.clone(),
        };
        if let Some(refusal) = why.refusal() {
            return Err(refusal.to_owned());
        }
        let (lasting, incident) = parse(typed)?;
        let time = humantime::format_duration(lasting);
        let text = format!("unlocked for {time} under {incident}; :lock ends it sooner");
        *self = Self::Unlocked(Unlocked {
            until: now + lasting,
            incident: incident.clone(),
            why,
        });
        Ok(Reply::new(
            Message::good(text),
            Command::Unlock { lasting, incident },
        ))
    }

    /// Ends the unlock before its time, with so many changes unanswered.
    pub fn lock(&mut self, unanswered: usize) -> Reply {
        match self {
            Self::Unlocked(_) => self.relock("locked", unanswered),
            Self::ReadOnly(_) => Message::info("it is read-only already").into(),
            Self::Writable => {
                let text = "nothing locks this session: start it with --read-only instead";
                Message::bad(text).into()
            }
        }
    }

    /// Ends the unlock when its time is over.
    pub fn expire(&mut self, now: DateTime<Utc>, unanswered: usize) -> Reply {
        match self.unlocked() {
            Some(unlocked) if unlocked.until <= now => {
                self.relock("the unlock has ended", unanswered)
            }
            _ => Reply::default(),
        }
    }

    fn relock(&mut self, what: &str, unanswered: usize) -> Reply {
        let Some(unlocked) = self.unlocked() else {
            return Reply::default();
        };
        let mut text = format!("{what}: read-only again ({})", unlocked.incident);
        if unanswered > 0 {
            // Somebody confirmed it in time.
            let changes = plural(unanswered, "change");
            text = format!("{text}; {changes} in progress will continue, but a paced run stops");
        }
        *self = Self::ReadOnly(unlocked.why.clone());
        Reply::new(Message::bad(text), Command::Lock)
    }

    /// The unlock could not be handed on to the data layer: it does not count.
    pub fn on_unlock_rejected(&mut self) -> Message {
        if let Some(unlocked) = self.unlocked() {
            *self = Self::ReadOnly(unlocked.why.clone());
        }
        Message::bad("not unlocked: still busy; try again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_and_an_incident_are_taken() {
        let cases = [
            ("15m INC-4411", 900, "INC-4411"),
            ("  1h30m   #77 ", 5_400, "#77"),
            ("4h x", 14_400, "x"),
            ("1s é", 1, "é"),
        ];
        for (typed, seconds, incident) in cases {
            let (lasting, found) = parse(typed).unwrap();
            assert_eq!(lasting.as_secs(), seconds, "{typed}");
            assert_eq!(found.as_str(), incident, "{typed}");
        }
    }

    #[test]
    fn anything_else_is_answered_with_what_would_be_right() {
        let cases = [
            ("", "how long, and for which incident?"),
            ("15 INC-4411", "invalid duration \"15\""),
            ("INC-4411 15m", "invalid duration \"INC-4411\""),
            ("15m", "for which incident?"),
            ("4h1s INC-1", "4h at most"),
            ("999ms INC-1", "1s at least"),
            ("-5m INC-1", "invalid duration \"-5m\""),
            ("99999999999999999999h INC-1", "invalid duration"),
            ("15m INC-1 please", "unexpected \"please\""),
            ("15m a\u{202e}b", "cannot be shown"),
        ];
        for (typed, wanted) in cases {
            let said = parse(typed).unwrap_err();
            assert!(said.contains(wanted), "{typed}: {said}");
        }
    }

    #[test]
    fn only_what_a_profile_or_the_lack_of_one_locked_can_be_unlocked() {
        let name = || "prod-eu".to_owned();
        for why in [
            LockReason::Profile(name()),
            LockReason::Production(name()),
            LockReason::Unknown(name()),
        ] {
            assert_eq!(why.refusal(), None, "{why:?}");
            assert!(why.way_out().contains(UNLOCK_EXAMPLE), "{why:?}");
        }
        for why in [
            LockReason::Flag,
            LockReason::Wall,
            LockReason::Standby,
            LockReason::Session,
            LockReason::Role,
            LockReason::Grants,
        ] {
            assert!(why.refusal().is_some(), "{why:?}");
            assert!(!why.way_out().contains(":unlock"), "{why:?}");
        }
    }
}
