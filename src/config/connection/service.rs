//! `pg_service.conf`: databases by name, in libpq's own file.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::known::is_space;
use super::parameters::Parameters;
use crate::config::paths::home;
use crate::config::problem::shown;
use crate::config::suggest;

/// Where Debian's libpq looks for the file of all users.
const SYSTEM: &str = "/etc/postgresql-common";

/// Fills what is missing from the service that was named, if one was: by the address, or by
/// `PGSERVICE`.
pub(super) fn complete(parameters: &mut Parameters) -> Result<(), String> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    // An empty name is one that no file has, as in libpq.
    let Some(name) = parameters
        .said("service")
        .map(|given| given.value.clone())
        .or_else(|| env::var("PGSERVICE").ok())
    else {
        return Ok(());
    };
    let chosen = parameters
        .get("servicefile")
        .map(str::to_owned)
        .or_else(|| variable("PGSERVICEFILE"));
    let usual = || home().map(|home| home.join(".pg_service.conf"));
    let folder = variable("PGSYSCONFDIR").unwrap_or_else(|| SYSTEM.to_owned());
    let system = PathBuf::from(folder).join("pg_service.conf");
    let must_be_there = chosen.is_some();
    let own = chosen.map(PathBuf::from).or_else(usual);
    let mut known = Vec::new();
    for (path, needed) in own
        .map(|own| (own, must_be_there))
        .into_iter()
        .chain([(system, false)])
    {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if !needed && error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        if read(&path, &text, &name, parameters, &mut known)? {
            return Ok(());
        }
    }
    if name.is_empty() {
        return Err("the name of the service is empty: take it out, or unset PGSERVICE".to_owned());
    }
    let name = shown(&name);
    Err(
        match suggest::among(&name, known.iter().map(String::as_str)) {
            Some(meant) => format!("there is no service {name}: did you mean {meant}?"),
            None if known.is_empty() => {
                format!("there is no service {name}: no pg_service.conf has any")
            }
            None => format!("there is no service {name}: there are {}", known.join(", ")),
        },
    )
}

/// Takes what the file says of this service; whether it says anything.
fn read(
    path: &Path,
    text: &str,
    wanted: &str,
    parameters: &mut Parameters,
    known: &mut Vec<String>,
) -> Result<bool, String> {
    let (mut here, mut found) = (false, false);
    for (number, line) in (1..).zip(text.lines()) {
        let at = || format!("{}:{number}", path.display());
        let line = line.trim_matches(is_space);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            if found {
                return Ok(true);
            }
            // What follows the name's bracket says nothing, as in libpq.
            let name = rest.split_once(']').map_or(rest, |(name, _)| name);
            known.push(name.to_owned());
            here = name == wanted;
            found = here;
        } else if here {
            if line.starts_with("ldap") {
                return Err(format!(
                    "{}: dlqtop does not ask LDAP: write host=, port= and dbname=",
                    at()
                ));
            }
            let Some((name, value)) = line.split_once('=') else {
                return Err(format!("{}: a line looks like host=db.example", at()));
            };
            if matches!(name, "service" | "servicefile") {
                return Err(format!("{}: a service cannot name another one", at()));
            }
            parameters.add(name, value.to_owned(), &at())?;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[local]\nhost=localhost\n\n[prod]\nhost=db.example\nuser=ana\n\
                        password=canary=7731\n[typo] # ours\nhost=x\nsslmod=require\n[nested]\nservice=prod\n\
                        [bare]\nnonsense\n[ldap]\nldap://x/y\n[prod]\nport=1\n";

    fn service(name: &str) -> Result<(bool, Parameters, Vec<String>), String> {
        let (mut parameters, mut known) = (Parameters::default(), Vec::new());
        let path = Path::new("s.conf");
        let found = read(path, FILE, name, &mut parameters, &mut known)?;
        Ok((found, parameters, known))
    }

    #[test]
    fn the_first_section_of_the_name_counts() {
        let (found, prod, _) = service("prod").unwrap();
        assert!(found);
        assert_eq!(prod.get("host"), Some("db.example"));
        assert_eq!(prod.get("password"), Some("canary=7731"));
        assert_eq!(prod.value("user").unwrap().origin, "s.conf:7");
        assert_eq!(prod.get("port"), None);
        let (found, _, known) = service("prdo").unwrap();
        assert!(!found);
        assert_eq!(known[..2], ["local", "prod"]);
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        for (name, wanted) in [
            (
                "typo",
                "s.conf:11: there is no parameter sslmod: did you mean sslmode?",
            ),
            ("nested", "s.conf:13: a service cannot name another one"),
            ("bare", "s.conf:15: a line looks like"),
            ("ldap", "s.conf:17: dlqtop does not ask LDAP"),
        ] {
            let said = service(name).err().unwrap();
            assert!(said.starts_with(wanted), "{said}");
        }
    }
}
