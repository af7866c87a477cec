//! Which process is surely a server's. Before a process is sent a signal, all of this must hold;
//! only Linux can tell, elsewhere nothing is ever proved.

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// One process and no other: not the one that gets its number later, nor after the next boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// In ticks since the boot.
    started: u64,
    boot: String,
}

impl Process {
    /// The process that has this number now.
    pub(super) fn running(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before it is in parentheses and may hold anything; the start is field 22.
        let (_, after_name) = stat.rsplit_once(") ")?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self {
            pid,
            started: after_name.split(' ').nth(19)?.parse().ok()?,
            boot: boot.trim().to_owned(),
        })
    }

    /// Whether it still runs.
    pub(super) fn is_running(&self) -> bool {
        Self::running(self.pid).as_ref() == Some(self)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.pid, self.started, self.boot)
    }
}

impl FromStr for Process {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split_whitespace();
        let mut word = || words.next().ok_or(());
        Ok(Self {
            pid: word()?.parse().map_err(drop)?,
            started: word()?.parse().map_err(drop)?,
            boot: word()?.to_owned(),
        })
    }
}

/// Where the processes of one server are, and what they run.
pub(super) struct Whereabouts {
    /// Their working folder, which is the server's user's.
    pub(super) data: PathBuf,
    pub(super) programs: [PathBuf; 2],
}

impl Whereabouts {
    /// The processes that work there, belong to whom the folder belongs to, and run one of these
    /// programs. A shell that somebody left there is none.
    pub(super) fn processes(&self) -> Vec<u32> {
        let Ok(processes) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        processes
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|process| self.include(*process))
            .collect()
    }

    /// Whether this process is one of them.
    pub(super) fn include(&self, process: u32) -> bool {
        let Ok(data) = self.data.symlink_metadata() else {
            return false;
        };
        let proc = PathBuf::from(format!("/proc/{process}"));
        let runs = |program: &PathBuf| {
            let program = program.metadata();
            program.is_ok_and(|program| is_at(&proc.join("exe"), &program))
        };
        data.is_dir()
            && proc.metadata().is_ok_and(|is| is.uid() == data.uid())
            && is_at(&proc.join("cwd"), &data)
            && self.programs.iter().any(runs)
    }
}

fn is_at(path: &Path, place: &Metadata) -> bool {
    path.metadata()
        .is_ok_and(|is| (is.dev(), is.ino()) == (place.dev(), place.ino()))
}

/// Sends `signal`; a process that is gone already is no error.
pub(super) fn signal(process: u32, signal: Signal) {
    // Zero and less would mean a group, or every process there is.
    if let Ok(process @ 1..) = i32::try_from(process) {
        let _ = kill(Pid::from_raw(process), signal);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start_as_well() {
        let me = Process::running(std::process::id()).unwrap();
        assert!(me.is_running());
        let read: Process = me.to_string().parse().unwrap();
        assert_eq!(read, me);
        let mut other = me.clone();
        other.started += 1;
        assert!(!other.is_running(), "one that had the number before");
        let mut other = me;
        other.boot.push('0');
        assert!(!other.is_running(), "one of another boot");
        assert_eq!("1 2".parse::<Process>(), Err(()));
    }
}
