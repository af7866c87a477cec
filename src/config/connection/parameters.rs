//! What libpq calls connection parameters: what was said of each, and by whom.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::given::{Pair, ParamValue};
use super::{keywords, known, pgoptions, uri};
use crate::config::problem::shown;

/// What was said, by name. An address is heard first, then its service, then the environment.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    given: BTreeMap<&'static str, ParamValue>,
}

impl Parameters {
    /// What an address says: a URL, or words such as `host=db dbname=work`. `which` names it for
    /// complaints, which never repeat what may be a password.
    pub(super) fn of_address(text: &str, which: &str) -> Result<Self, String> {
        let mut parameters = Self::default();
        if let Some(rest) = uri::without_scheme(text) {
            let url = uri::read(rest).map_err(|what| format!("{which}: {what}"))?;
            parameters.take_url(&url, which)?;
        } else if text.contains('=') && foreign_scheme(text).is_none() {
            let pairs = keywords::read(text).map_err(|what| format!("{which}: {what}"))?;
            // What follows a password may be the rest of it.
            let mut may_be_password = false;
            for pair in &pairs {
                parameters.say(pair, which, may_be_password)?;
                may_be_password |= pair.name == "password";
            }
        } else {
            return Err(no_address(text, which));
        }
        Ok(parameters)
    }

    fn take_url(&mut self, url: &uri::Uri, which: &str) -> Result<(), String> {
        let mut settings = Vec::new();
        for pair in &url.pairs {
            // Not libpq's, but of other drivers, and nothing else than options.
            let setting = pair.name.strip_prefix("options[");
            match setting.and_then(|rest| rest.strip_suffix(']')) {
                Some(setting) => settings.push(pgoptions::written(setting, &pair.value)),
                None => self.say(pair, which, url.may_be_password)?,
            }
        }
        if !settings.is_empty() {
            settings.extend(self.get("options").map(str::to_owned));
            self.put("options", settings.join(" "), which);
        }
        Ok(())
    }

    /// Takes what an address says: the last value counts, and an empty one is one. `hidden` if the name may be part
    /// of a password.
    fn say(
        &mut self,
        Pair { name, value }: &Pair,
        which: &str,
        hidden: bool,
    ) -> Result<(), String> {
        // The spelling of old times, as in libpq.
        let (name, value) = match name.as_str() {
            "requiressl" if value.starts_with('1') => ("sslmode", "require"),
            "requiressl" => ("sslmode", "prefer"),
            name => (name, value.as_str()),
        };
        match known::find(name) {
            Some(known) => self.put(known.name, value.to_owned(), which),
            None if hidden => return Err(unknown_and_hidden(name, which)),
            None => return Err(unknown(name, which)),
        }
        Ok(())
    }

    fn put(&mut self, name: &'static str, value: String, which: &str) {
        let origin = which.to_owned();
        self.given.insert(name, ParamValue { value, origin });
    }

    /// Takes a value unless something was said before.
    pub(super) fn add(&mut self, name: &str, value: String, origin: &str) -> Result<(), String> {
        let known = known::find(name).ok_or_else(|| unknown(name, origin))?;
        if !self.given.contains_key(known.name) {
            self.put(known.name, value, origin);
        }
        Ok(())
    }

    /// Fills what is missing from the environment, read by `variable`.
    pub(super) fn complete(
        &mut self,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), String> {
        for known in &known::KNOWN {
            let Some(from) = known.variable else { continue };
            if self.given.contains_key(known.name) {
                continue;
            }
            if let Some(value) = variable(from) {
                let value = value.into_string();
                let value = value.map_err(|_| format!("{from} is no text in UTF-8"))?;
                self.put(known.name, value, from);
            }
        }
        // The spelling of old times, as in libpq.
        let required = variable("PGREQUIRESSL");
        if required.is_some_and(|value| value.to_string_lossy().starts_with('1')) {
            self.add("sslmode", "require".to_owned(), "PGREQUIRESSL")?;
        }
        Ok(())
    }

    /// Whether everything that was said can be done, or left undone without harm.
    pub(super) fn judge(&self) -> Result<(), String> {
        self.given.iter().try_for_each(|(name, given)| {
            known::find(name).map_or(Ok(()), |known| known.judge(given))
        })
    }

    /// Its value, unless that is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.value(name).map(|given| given.value.as_str())
    }

    /// The same, with who gave it.
    pub(super) fn value(&self, name: &str) -> Option<&ParamValue> {
        self.said(name).filter(|given| !given.value.is_empty())
    }

    /// What was said of it, empty or not.
    pub(super) fn said(&self, name: &str) -> Option<&ParamValue> {
        self.given.get(name)
    }
}

/// What begins with the scheme of something else.
fn foreign_scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_one =
        !scheme.is_empty() && scheme.len() <= 12 && scheme.chars().all(char::is_alphanumeric);
    is_one.then_some(scheme)
}

fn no_address(text: &str, which: &str) -> String {
    if uri::without_scheme(text.trim_start()).is_some() {
        return format!("{which} begins with white space: take that out");
    }
    match foreign_scheme(text) {
        Some(scheme) => format!("{which} begins with {scheme}://: dlqtop speaks postgres:// only"),
        None => format!(
            "{which} cannot be read: it looks like postgres://user@host:5432/database, or host=db dbname=work"
        ),
    }
}

fn unknown(name: &str, origin: &str) -> String {
    if name == "ssl" {
        return format!("{origin}: ssl can be true, and nothing else: take sslmode=require");
    }
    let meant = known::meant(name);
    let name = shown(name);
    if let Some(meant) = meant {
        return format!("{origin}: there is no parameter {name}: did you mean {meant}?");
    }
    let names = known::taken().collect::<Vec<&str>>().join(", ");
    format!("{origin}: there is no parameter {name}: there are {names}")
}

fn unknown_and_hidden(name: &str, origin: &str) -> String {
    let meant =
        known::meant(name).map_or_else(String::new, |meant| format!(": did you mean {meant}?"));
    format!(
        "{origin}: one of its parameters is not known, and not repeated because it may be part of a password{meant} \
         (in a URL, write / in a password as %2F, @ as %40 and ? as %3F; in words, put it into quotes)"
    )
}

#[cfg(test)]
mod tests;
