//! `~/.pgpass`, read as libpq reads it. The driver's own reader repeats lines in the log.

use std::fs;
use std::path::PathBuf;

use super::parameters::Parameters;
use crate::config::paths::home;
use crate::files::trust::{FileAccess, look};

/// Whom the password is for.
pub(super) struct PassfileQuery<'a> {
    pub(super) host: &'a str,
    /// Whether the host is the folder in which libpq looks for a socket unless told otherwise.
    pub(super) is_usual_folder: bool,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password from the file, if there is one for this; and what to warn of.
pub(super) fn look_up(
    parameters: &Parameters,
    whom: &PassfileQuery<'_>,
) -> (Option<String>, Option<String>) {
    let named = parameters.get("passfile").map(PathBuf::from);
    let Some(path) = named.or_else(|| home().map(|home| home.join(".pgpass"))) else {
        return (None, None);
    };
    match look(&path) {
        FileAccess::Missing => return (None, None),
        FileAccess::NoFile => {
            let path = path.display();
            return (
                None,
                Some(format!("{path} is ignored: it is not a plain file")),
            );
        }
        FileAccess::Open(mode) => {
            let path = path.display();
            let warning = format!(
                "{path} is ignored: others may read it (mode {mode:04o}); chmod 0600 {path}"
            );
            return (None, Some(warning));
        }
        FileAccess::Private => {}
    }
    match fs::read(&path) {
        // Bytes that are no text stand in other lines, or match nothing.
        Ok(bytes) => (find(&String::from_utf8_lossy(&bytes), whom), None),
        Err(error) => {
            let path = path.display();
            (None, Some(format!("{path} is ignored: {error}")))
        }
    }
}

fn find(text: &str, whom: &PassfileQuery<'_>) -> Option<String> {
    let port = whom.port.to_string();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let [host, its_port, database, user, password] = fields(line)?;
            let is = |pattern: &str, value: &str| pattern == "*" || pattern == value;
            let here = is(&host, whom.host) || (whom.is_usual_folder && host == "localhost");
            let whole = here
                && is(&its_port, &port)
                && is(&database, whom.database)
                && is(&user, whom.user);
            (whole && !password.is_empty()).then_some(password)
        })
}

/// The five fields of a line; a backslash takes the next character as it is.
fn fields(line: &str) -> Option<[String; 5]> {
    let mut fields = vec![String::new()];
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        let last = fields.len() - 1;
        match c {
            '\\' => fields[last].extend(rest.next()),
            ':' if last < 4 => fields.push(String::new()),
            ':' => break,
            c => fields[last].push(c),
        }
    }
    fields.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# db:5432:work:ana:no\nmalformed\n\
                        db:5432:work:ana:one\\:two\\\\\r\n\
                        db:*:*:bo:for bo:and more\n\
                        localhost:5432:*:*:here\n\
                        [\\:\\:1]:1:x:y:never\n\
                        *:*:*:cy:anywhere\n*:*:*:empty:\n";

    #[test]
    fn the_first_line_that_fits_counts() {
        let cases = [
            ("db", 5432, "work", "ana", Some("one:two\\")),
            ("db", 5433, "work", "ana", None),
            ("db", 1, "any", "bo", Some("for bo")),
            ("/tmp", 5432, "w", "u", Some("here")),
            ("/run/pg", 5432, "w", "u", None),
            ("localhost", 5432, "w", "u", Some("here")),
            ("x", 9, "w", "cy", Some("anywhere")),
            ("x", 9, "w", "empty", None),
            ("x", 9, "w", "nobody", None),
        ];
        for (host, port, database, user, wanted) in cases {
            let whom = PassfileQuery {
                host,
                is_usual_folder: host == "/tmp",
                port,
                database,
                user,
            };
            assert_eq!(find(FILE, &whom).as_deref(), wanted, "{user}@{host}:{port}");
        }
    }
}
