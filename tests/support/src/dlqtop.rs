//! One run of the program, without a terminal.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{home, program};

/// What became of a run.
#[derive(Debug)]
pub struct Run {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said to the person at the keyboard.
    pub stderr: String,
}

/// A run about to begin, that knows nothing of who runs the tests.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("USER", "tester")
        // Neither a log nor a password file of whoever runs this.
        .env("HOME", home())
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(command: &mut Command) -> Run {
    let out = command.output().unwrap();
    Run {
        code: out.status.code(),
        stdout: String::from_utf8(out.stdout).unwrap(),
        stderr: String::from_utf8(out.stderr).unwrap(),
    }
}

/// Runs dlqtop with these arguments.
pub fn dlqtop(arguments: &[&str]) -> Run {
    run(&mut command(arguments))
}

/// Runs a command against a database.
pub fn asked(url: &str, arguments: &[&str]) -> Run {
    run(command(arguments).env("DATABASE_URL", url))
}

impl Run {
    /// Expects one line of complaint, in our own name, with all of these pieces; and nothing on
    /// standard output.
    pub fn expect_complaint(&self, code: i32, pieces: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert_eq!(self.stderr.matches('\n').count(), 1, "{self:?}");
        assert!(self.stderr.ends_with('\n'), "{self:?}");
        assert!(self.stderr.starts_with("dlqtop: "), "{self:?}");
        for piece in pieces {
            assert!(self.stderr.contains(piece), "no {piece:?}: {self:?}");
        }
    }

    /// Expects an answer and no word besides it.
    pub fn expect_answer(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.stderr, "", "{self:?}");
        &self.stdout
    }

    /// Expects an answer in JSON.
    pub fn expect_json(&self) -> serde_json::Value {
        serde_json::from_str(self.expect_answer()).unwrap()
    }
}

/// All files under a folder, as one text.
pub fn everything_in(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            all += &everything_in(&entry.path());
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
        }
    }
    all
}
