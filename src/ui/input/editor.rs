//! The operator's own editor, for what is too long for a line.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::pin::Pin;
use std::process::ExitStatus;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::app::action::EditedText;
use crate::data::model::safe_text::SafeText;
use crate::files::private;
use crate::ui::terminal;

/// A text that is being edited.
pub type Editing = Pin<Box<dyn Future<Output = EditedText> + Send>>;

/// More than this is not read back. What may be sent is less.
const MOST: u64 = 16 * 1_048_576;

/// The editor of who sits here: `$VISUAL`, else `$EDITOR`, else `vi`.
fn preferred() -> String {
    let named = |name| std::env::var(name).ok();
    let is_said = |editor: &String| !editor.trim().is_empty();
    named("VISUAL")
        .filter(is_said)
        .or_else(|| named("EDITOR").filter(is_said))
        .unwrap_or_else(|| "vi".to_owned())
}

/// Opens the editor of who sits here on `text`.
#[must_use]
pub fn open(text: String) -> Editing {
    Box::pin(edit(preferred(), text))
}

/// Lends the terminal to `editor` with `text` in a file that nobody else can read, and takes the
/// terminal back when it has ended, however it did.
async fn edit(editor: String, text: String) -> EditedText {
    let ended = match Folder::with(&text) {
        Ok(folder) => run(&editor, &folder).await.map(|()| folder),
        Err(error) => Err(format!("no file could be made to edit: {error}")),
    };
    match ended {
        Ok(folder) => folder.read(text),
        Err(problem) => EditedText {
            text,
            problem: Some(problem),
        },
    }
}

/// A folder of our own with one file in it; both go when it is dropped.
struct Folder(TempDir);

impl Folder {
    fn with(text: &str) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("dlqtop-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = Self(builder.tempdir()?);
        let mut options = private::options();
        options.write(true).create_new(true);
        options.open(folder.file())?.write_all(text.as_bytes())?;
        Ok(folder)
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("result.json")
    }

    /// What stands in the file now.
    fn read(&self, before: String) -> EditedText {
        match read(&self.file()) {
            Ok(text) => EditedText {
                text,
                problem: None,
            },
            Err(problem) => EditedText {
                text: before,
                problem: Some(problem),
            },
        }
    }
}

fn read(file: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("what was written cannot be read: {error}");
    let size = fs::metadata(file).map_err(failed)?.len();
    if size > MOST {
        return Err(format!(
            "the text is {} MB: at most {} MB are allowed",
            size.div_ceil(1_048_576),
            MOST / 1_048_576
        ));
    }
    let mut text = Vec::new();
    let opened = fs::File::open(file).map_err(failed)?;
    opened.take(MOST).read_to_end(&mut text).map_err(failed)?;
    String::from_utf8(text).map_err(|_| "the text is not valid UTF-8".to_owned())
}

/// Runs the editor to its end in our terminal.
async fn run(editor: &str, folder: &Folder) -> Result<(), String> {
    let name = SafeText::new(editor);
    let mut lent = Lent::begin();
    let ended = match command(editor, &folder.file()).spawn() {
        Ok(child) => lent.child.insert(child).wait().await,
        Err(error) => Err(error),
    };
    let back = lent.end();
    let ended = ended.map_err(|error| format!("{name} cannot be run: {error}"))?;
    back.map_err(|error| format!("the terminal did not come back: {error}"))?;
    if ended.success() {
        return Ok(());
    }
    Err(how_it_ended(&name, ended))
}

/// An editor is often more than a name: `code --wait`. The shell knows what it means.
#[cfg(unix)]
fn command(editor: &str, file: &Path) -> Command {
    // In the shell's place, so that it is the editor that is told to end; if it is a plain command.
    let plain = !editor.contains(['=', ';', '&', '|', '<', '>', '(', ')', '$', '`']);
    let exec = if plain { "exec " } else { "" };
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{exec}{editor} \"$1\""), "sh"]);
    command.arg(file).kill_on_drop(true);
    command
}

#[cfg(not(unix))]
fn command(editor: &str, file: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("notepad"));
    command.args(words).arg(file).kill_on_drop(true);
    command
}

fn how_it_ended(name: &SafeText, ended: ExitStatus) -> String {
    match ended.code() {
        Some(126 | 127) => format!("there is no {name} to be run here: set $VISUAL or $EDITOR"),
        Some(code) => format!("{name} ended with exit code {code}"),
        None => format!("{name} was killed"),
    }
}

/// Asks the editor to end, so that it can keep what it has; when the child is dropped, it must.
#[cfg(unix)]
fn end(child: &mut Child) {
    use nix::sys::signal::{Signal, kill};
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id {
        let _ = kill(nix::unistd::Pid::from_raw(id), Signal::SIGTERM);
    }
    for _ in 0..50 {
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    let _ = child.start_kill();
}

/// The terminal while it is the editor's.
struct Lent {
    child: Option<Child>,
    #[cfg(unix)]
    modes: Option<nix::sys::termios::Termios>,
    given_back: bool,
}

impl Lent {
    fn begin() -> Self {
        terminal::suspend();
        Self {
            child: None,
            #[cfg(unix)]
            modes: nix::sys::termios::tcgetattr(io::stdin()).ok(),
            given_back: false,
        }
    }

    /// Ours again, as it was before.
    fn end(mut self) -> io::Result<()> {
        self.restore();
        self.given_back = true;
        terminal::resume()
    }

    /// What an editor that crashed leaves behind is undone.
    fn restore(&self) {
        #[cfg(unix)]
        if let Some(modes) = &self.modes {
            use nix::sys::termios::{SetArg, tcsetattr};
            // At once: output that Ctrl-S holds up would never drain.
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, modes);
        }
    }
}

impl Drop for Lent {
    /// We are told to end while it is still at work: so is it.
    fn drop(&mut self) {
        if self.given_back {
            return;
        }
        if let Some(child) = &mut self.child {
            end(child);
        }
        self.restore();
        terminal::end_suspend();
    }
}
