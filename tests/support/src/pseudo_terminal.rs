//! A program in a real pseudo-terminal: keys in, a screen out, and waiting for what it shows.

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nix::sys::termios::LocalFlags;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::program::{home, program};

/// The longest that anything may take to show up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Set for tests that are processes of their own.
const PROCESS_OF_ITS_OWN: &str = "DLQTOP_TEST_PROCESS";

/// Whether this process is a test binary that a test has started in a terminal.
pub fn is_process_of_its_own() -> bool {
    std::env::var_os(PROCESS_OF_ITS_OWN).is_some()
}

/// What the program has sent so far.
struct Sent {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
    /// Nobody reads for now.
    stalled: bool,
}

/// A program, the terminal it runs in, and what is on its screen.
pub struct PseudoTerminal {
    sent: Arc<(Mutex<Sent>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl PseudoTerminal {
    /// Starts dlqtop with these arguments on a screen of `columns` by `rows`.
    pub fn dlqtop(arguments: &[&str], size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        // No test waits in the editor of who runs it.
        command.env("VISUAL", "true");
        Self::start(command, size)
    }

    /// Starts this test binary again for one test of it: `path` names a test that is ignored
    /// otherwise.
    pub fn this_binary(path: &str, size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", path, "--nocapture"]);
        command.env(PROCESS_OF_ITS_OWN, "1");
        Self::start(command, size)
    }

    /// Starts any program.
    pub fn start(command: CommandBuilder, size: (u16, u16)) -> Self {
        Self::start_at_home(command, size, &home())
    }

    /// Starts any program that keeps what it keeps in `home`.
    pub fn start_at_home(
        mut command: CommandBuilder,
        (cols, rows): (u16, u16),
        home: &Path,
    ) -> Self {
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("LC_ALL", "C.UTF-8");
        command.env("USER", "tester");
        // No log of a test belongs in the home of who runs it, and no configuration of theirs here.
        command.env("XDG_CONFIG_HOME", home);
        command.env("XDG_STATE_HOME", home);
        for (name, _) in std::env::vars() {
            let told = ["PG", "DLQTOP_", "DATABASE_URL", "NO_COLOR"];
            if told.iter().any(|told| name.starts_with(told)) && name != PROCESS_OF_ITS_OWN {
                command.env_remove(name);
            }
        }
        let pair = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        // Ours would keep the terminal open after the program's end.
        drop(pair.slave);
        let sent = Arc::new((
            Mutex::new(Sent {
                parser: vt100::Parser::new(positive(rows), positive(cols), 0),
                raw: Vec::new(),
                ended: false,
                stalled: false,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let heard = Arc::clone(&sent);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let sent = heard.0.lock().unwrap();
                drop(heard.1.wait_while(sent, |sent| sent.stalled).unwrap());
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut sent = heard.0.lock().unwrap();
                sent.raw.extend_from_slice(&buffer[..read]);
                sent.parser.process(&buffer[..read]);
                sent.ended = read == 0;
                heard.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            sent,
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
        }
    }

    /// Types.
    pub fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen's text satisfies `wanted`, and returns it.
    ///
    /// # Panics
    ///
    /// With the screen, if that takes more than a minute or the program ends before.
    pub fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.wait_within(PATIENCE, wanted)
            .unwrap_or_else(|screen| panic!("no {what} on the screen:\n{screen}"))
    }

    /// Presses a key until it opens something: it is refused as long as the rows under the cursor are new, or are
    /// still loading.
    ///
    /// # Panics
    ///
    /// If it never does.
    pub fn press_until(&mut self, key: &str, opens: &str) {
        for _ in 0..40 {
            self.type_keys(key);
            let opened =
                self.wait_within(Duration::from_millis(1_500), |shown| shown.contains(opens));
            if opened.is_ok() {
                return;
            }
        }
        panic!("{key:?} opens no {opens:?}:\n{}", self.screen());
    }

    /// As [`PseudoTerminal::wait`]; what is on the screen instead when the limit is reached or
    /// the program has ended.
    pub fn wait_within(
        &self,
        limit: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<String, String> {
        let deadline = Instant::now() + limit;
        let mut sent = self.sent.0.lock().unwrap();
        loop {
            let screen = sent.parser.screen().contents();
            if wanted(&screen) {
                return Ok(screen);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || sent.ended {
                return Err(screen);
            }
            sent = self.sent.1.wait_timeout(sent, left).unwrap().0;
        }
    }

    /// Stops reading what the program sends, as a connection that hangs does, or goes on.
    pub fn stall(&self, stalled: bool) {
        self.sent.0.lock().unwrap().stalled = stalled;
        self.sent.1.notify_all();
    }

    /// Whether the program has closed its terminal.
    pub fn has_ended(&self) -> bool {
        self.sent.0.lock().unwrap().ended
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.sent.0.lock().unwrap().parser.screen().contents()
    }

    /// Waits for a piece of text.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Everything that was sent, escape sequences and all.
    pub fn raw(&self) -> String {
        let sent = self.sent.0.lock().unwrap();
        String::from_utf8_lossy(&sent.raw).into_owned()
    }

    /// Gives the terminal another size.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.sent
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(positive(rows), positive(cols));
        self.master
            .resize(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    /// The program's process id.
    pub fn process(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.process()), signal).unwrap();
    }

    /// Waits for the program's end; its exit code.
    pub fn exit_code(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        let mut sent = self.sent.0.lock().unwrap();
        while !sent.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the program did not end:\n{}",
                sent.parser.screen().contents()
            );
            sent = self.sent.1.wait_timeout(sent, left).unwrap().0;
        }
        drop(sent);
        self.child.wait().unwrap().exit_code()
    }

    /// Whether the terminal is as a shell expects it: the main screen, the cursor shown, lines
    /// edited by the terminal.
    pub fn is_restored(&self) -> bool {
        let raw = self.raw();
        let ends_with = |on: &str, off: &str| match (raw.rfind(on), raw.rfind(off)) {
            (Some(on), Some(off)) => off > on,
            (on, _) => on.is_none(),
        };
        let cooked = self.master.get_termios().is_none_or(|modes| {
            // The master answers for its slave. Bits, because portable-pty has a nix of its own.
            let wanted = (LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG).bits();
            modes.local_flags.bits() & wanted == wanted
        });
        cooked && ends_with("\x1b[?1049h", "\x1b[?1049l") && ends_with("\x1b[?25l", "\x1b[?25h")
    }
}

fn positive(length: u16) -> NonZero<u16> {
    NonZero::new(length).unwrap()
}

impl Drop for PseudoTerminal {
    fn drop(&mut self) {
        // A test that failed half-way leaves no program behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
