//! The address of a replica as a setting: kept whole, shown without its password.

use std::fmt;
use std::str::FromStr;

use super::connection::address;

/// Where to read from, if not from the database itself. Whoever prints it gets no secret.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadUrl(Option<&'static str>);

impl ReadUrl {
    pub(super) const NONE: Self = Self(None);
    pub(super) const WANTED: &str = "an address such as postgres://user@host:5432/database, or off";

    /// The address itself, if there is one: for the driver's eyes only.
    pub(super) const fn text(self) -> Option<&'static str> {
        self.0
    }
}

impl ReadUrl {
    /// Whether the address has its password with it.
    pub(super) fn holds_password(self) -> bool {
        self.0.is_some_and(address::holds_password)
    }
}

impl FromStr for ReadUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::NONE);
        }
        // What is wrong is not repeated: it may hold a password.
        if !address::is_address(text) {
            return Err(format!("write {}", Self::WANTED));
        }
        // Settings are read once and last as long as the process.
        Ok(Self(Some(Box::leak(text.into()))))
    }
}

impl fmt::Display for ReadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => f.write_str(&address::shown_address(text).unwrap_or("…".to_owned())),
            None => f.write_str("off"),
        }
    }
}

impl fmt::Debug for ReadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_connects_with_its_password_and_is_shown_without() {
        let url: ReadUrl = "postgres://ana:canary-7731@replica.example:5433/orders"
            .parse()
            .unwrap();
        assert!(url.text().unwrap().contains("canary-7731"));
        for said in [url.to_string(), format!("{url:?}")] {
            assert!(
                said.contains("postgres://ana@replica.example:5433/orders"),
                "{said}"
            );
            assert!(!said.contains("canary"), "{said}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for text in [
            "",
            "ana:canary-7731@db",
            "mysql://ana:canary-7731@db/x",
            "host=db password=canary-7731 x",
        ] {
            let said = text.parse::<ReadUrl>().unwrap_err();
            assert_eq!(said, format!("write {}", ReadUrl::WANTED));
        }
        assert_eq!("off".parse(), Ok(ReadUrl::NONE));
        assert!(ReadUrl::NONE.text().is_none());
    }
}
