//! Finds an installed PostgreSQL server. Knows where systems put it; starts nothing but
//! `postgres --version` and `pg_config --bindir`, with the rights that the server will have.
//! As root it looks only at programs that nobody but root can change.

use std::cmp::Reverse;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest major version that will do.
pub const OLDEST_MAJOR: u32 = 14;

/// A server's version. Orders by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion {
    /// 15 in 15.18.
    pub major: u32,
    /// 18 in 15.18; 0 for a beta.
    pub minor: u32,
}

impl ServerVersion {
    /// Reads what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0)`.
    #[must_use]
    pub fn parse(printed: &str) -> Option<Self> {
        let number = printed.split_once("(PostgreSQL)")?.1.split_whitespace();
        let mut parts = number
            .take(1)
            .flat_map(|word| word.split(|c: char| !c.is_ascii_digit()));
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        Some(Self { major, minor })
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A folder with a server's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder; it holds `initdb` and `postgres`.
    pub bindir: PathBuf,
    /// What its `postgres` says it is.
    pub version: ServerVersion,
}

/// Looks into one folder. `None` if it lacks a program, or the server is too old or does not run.
#[must_use]
pub fn inspect(bindir: &Path) -> Option<Binaries> {
    let bindir = std::path::absolute(bindir).ok()?;
    let postgres = program(&bindir, "postgres");
    if !program(&bindir, "initdb").is_file() || !postgres.is_file() {
        return None;
    }
    let printed = output_of(Command::new(postgres).arg("--version"))?;
    let version = ServerVersion::parse(&printed)?;
    (version.major >= OLDEST_MAJOR).then_some(Binaries { bindir, version })
}

fn program(bindir: &Path, name: &str) -> PathBuf {
    bindir.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// The newest server among `candidates`; of two alike, the one named first. Root passes over
/// those that others could change.
#[must_use]
pub fn newest(candidates: impl IntoIterator<Item = PathBuf>) -> Option<Binaries> {
    let mut seen = Vec::new();
    let mut found: Vec<Binaries> = Vec::new();
    for candidate in candidates {
        // `/bin` and `/usr/bin` are one folder on most systems: ask its server once. A link could
        // lead elsewhere by the time the server starts.
        let Ok(real) = candidate.canonicalize() else {
            continue;
        };
        let safe = ["postgres", "initdb"].map(|name| may_run(&program(&real, name)));
        if !seen.contains(&real) && safe == [true; 2] {
            found.extend(inspect(&real));
            seen.push(real);
        }
    }
    found.sort_by_key(|binaries| Reverse(binaries.version));
    found.into_iter().next()
}

/// Every folder on this system that may hold a server.
#[must_use]
pub fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = env::split_paths(&path)
        // Anything may be in the folder that we happen to stand in.
        .filter(|folder| folder.is_absolute())
        .filter_map(|folder| folder.canonicalize().ok())
        .collect();
    let config = path.iter().map(|folder| program(folder, "pg_config"));
    let mut folders: Vec<PathBuf> = config
        .filter(|config| config.is_file() && may_run(config))
        .find_map(|config| output_of(Command::new(config).arg("--bindir")))
        .map(|printed| PathBuf::from(printed.trim()))
        .into_iter()
        .collect();
    folders.extend(path);
    for (parent, prefix) in [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
        (r"C:\Program Files\PostgreSQL", ""),
    ] {
        folders.extend(bin_folders(Path::new(parent), prefix));
    }
    folders.push(PathBuf::from("/usr/bin"));
    folders
}

/// `parent/<prefix>*/bin`.
fn bin_folders(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join("bin"))
        .collect()
}

/// Whether this program, named by its real folder, may be run. Whoever could exchange it would act
/// as whoever runs it.
#[cfg(unix)]
fn may_run(program: &Path) -> bool {
    use super::trust::is_safe;

    let folder = program.parent().unwrap_or(program);
    // What a user's PATH leads to is the user's own choice.
    !nix::unistd::geteuid().is_root() || (is_safe(folder) && is_safe(program))
}

#[cfg(not(unix))]
fn may_run(_program: &Path) -> bool {
    true
}

fn output_of(command: &mut Command) -> Option<String> {
    #[cfg(unix)]
    super::os_user::ServerUser::choose()
        .ok()?
        .run(command.current_dir("/"));
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_packagers_print_them() {
        let cases = [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                Some((15, 18)),
            ),
            ("postgres (PostgreSQL) 17.2\n", Some((17, 2))),
            ("postgres (PostgreSQL) 18beta1\n", Some((18, 0))),
            ("postgres (PostgreSQL) 9.6.24\n", Some((9, 6))),
            ("postgres (Greenplum)\n", None),
            ("", None),
        ];
        for (printed, want) in cases {
            let want = want.map(|(major, minor)| ServerVersion { major, minor });
            assert_eq!(ServerVersion::parse(printed), want, "{printed:?}");
        }
    }
}
