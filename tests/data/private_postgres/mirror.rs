//! A mirror of the releases on this machine, and what it can serve.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use dlqtop::data::private_postgres::{Download, Options};
use tempfile::TempDir;

/// The layout that a mirror must keep.
pub const LAYOUT: &str = "/mirror/releases/download/17.11.0/";

/// The name of the archive for this system.
pub fn name() -> String {
    format!("postgresql-17.11.0-{}.tar.gz", target_tuple::TARGET)
}

/// An archive of the installed server, laid out as the published ones are.
pub static ARCHIVE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let installed = support::server::found();
    let top = format!("postgresql-17.11.0-{}", target_tuple::TARGET);
    let home = tempfile::tempdir().unwrap();
    let tree = home.path().join(&top);
    std::fs::create_dir(&tree).unwrap();
    for (part, from) in [
        ("bin", installed.bindir.clone()),
        ("lib", pg_config(&installed.bindir, "--pkglibdir")),
        ("share", pg_config(&installed.bindir, "--sharedir")),
    ] {
        run(Command::new("cp").arg("-RL").arg(from).arg(tree.join(part)));
    }
    // As an umask of 077 would leave them.
    run(Command::new("chmod").args(["-R", "go-rwx"]).arg(&tree));
    let file = home.path().join("archive.tar.gz");
    run(Command::new("tar")
        .env("GZIP", "-1")
        .arg("-czf")
        .arg(&file)
        .arg("-C")
        .arg(home.path())
        .arg(&top));
    std::fs::read(file).unwrap()
});

/// Runs it to its end, which must be a success, and returns what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn pg_config(bindir: &Path, what: &str) -> PathBuf {
    PathBuf::from(run(Command::new(bindir.join("pg_config")).arg(what)).trim())
}

pub fn sha256(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let printed = run(Command::new("sha256sum").arg(file.path()));
    printed.split(' ').next().unwrap().to_owned()
}

/// What a mirror answers for one path.
#[derive(Clone)]
pub enum Answer {
    File(Vec<u8>),
    /// Says that so many bytes follow, and sends none.
    Promise(u64),
    /// Zeros for as long as somebody reads them.
    Endless,
    Redirect(String),
}

/// A web server on this machine that knows these paths and no others.
pub struct Mirror {
    pub url: String,
}

impl Mirror {
    pub fn serve(answers: HashMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mirror", listener.local_addr().unwrap());
        let answers = Arc::new(answers);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let answers = Arc::clone(&answers);
                // Who hangs up in the middle has seen enough.
                std::thread::spawn(move || answer(&mut stream.unwrap(), &answers));
            }
        });
        Self { url }
    }

    /// Serves one archive for this system, and nothing else.
    pub fn of(archive: &[u8]) -> Self {
        Self::answering(Answer::File(archive.to_vec()))
    }

    /// Answers so when asked for the archive for this system.
    pub fn answering(answer: Answer) -> Self {
        Self::serve(HashMap::from([(format!("{LAYOUT}{}", name()), answer)]))
    }
}

/// What is asked for: everything up to an empty line.
pub fn head(stream: &mut impl Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Reads one question and answers it.
pub fn answer(
    stream: &mut (impl Read + Write),
    answers: &HashMap<String, Answer>,
) -> std::io::Result<()> {
    let head = head(stream)?;
    let path = head.split(' ').nth(1).unwrap();
    let status = match answers.get(path) {
        None => "404 Not Found\r\ncontent-length: 0".to_owned(),
        Some(Answer::File(body)) => format!("200 OK\r\ncontent-length: {}", body.len()),
        Some(Answer::Promise(length)) => format!("200 OK\r\ncontent-length: {length}"),
        Some(Answer::Endless) => "200 OK".to_owned(),
        Some(Answer::Redirect(to)) => {
            format!("302 Found\r\nlocation: {to}\r\ncontent-length: 0")
        }
    };
    stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n").as_bytes())?;
    match answers.get(path) {
        Some(Answer::File(body)) => stream.write_all(body),
        Some(Answer::Endless) => loop {
            stream.write_all(&[0; 1 << 12])?;
        },
        _ => Ok(()),
    }
}

/// A cache that the server's user can reach.
pub fn cache() -> TempDir {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    folder
}

/// Downloads from there, an archive with this checksum.
pub fn from(url: &str, checksum: &str, cache: &TempDir) -> Options {
    let mut options = Options::new(PathBuf::from(env!("CARGO_BIN_EXE_dlqtop")));
    options.progress = false;
    options.download = Download::IfMissing {
        releases_url: Some(url.to_owned()),
        sha256: Some(checksum.to_owned()),
        cache: Some(cache.path().join("postgresql")),
    };
    options
}
