//! The real program, detecting.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use support::database::Database;
use support::dlqtop::command;

/// A `dlqtop` on this database whose words are kept.
pub fn dlqtop(url: &str, arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command
        .env("DATABASE_URL", url)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A `dlqtop detect --json` that goes on until it is told to stop.
pub struct Detecting {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// Everything it has said so far.
    pub said: Vec<Value>,
}

impl Detecting {
    /// Starts one, and waits for its first word: it is connected and will sweep within 100 ms.
    pub fn start(db: &Database) -> Self {
        let arguments = ["detect", "--json", "--interval", "100ms"];
        Self::spawn(&mut dlqtop(&db.url(), &arguments))
    }

    /// Starts any command that prints the same lines.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut started = Self {
            child,
            lines,
            said: Vec::new(),
        };
        if started.next().is_none() {
            let mut why = String::new();
            let mut err = started.child.stderr.take().unwrap();
            err.read_to_string(&mut why).unwrap();
            panic!("it did not start: {why}");
        }
        started
    }

    /// Waits for its next line; none if it has ended.
    pub fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        if self.lines.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
        self.said.push(said.clone());
        Some(said)
    }

    /// Kills it as nothing can be prevented from being killed.
    pub fn kill_dash_nine(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, waits for its end, and returns everything it said and its exit code.
    pub fn end(mut self, signal: Signal) -> (Vec<Value>, Option<i32>) {
        let process = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(process), signal).unwrap();
        while self.next().is_some() {}
        let status = self.child.wait().unwrap();
        (std::mem::take(&mut self.said), status.code())
    }
}

impl Drop for Detecting {
    fn drop(&mut self) {
        // A test that failed half-way leaves no program behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The sum of a figure over everything that was said.
pub fn sum(said: &[Value], figure: &str) -> i64 {
    said.iter().filter_map(|line| line[figure].as_i64()).sum()
}
