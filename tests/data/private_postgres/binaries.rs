//! Where the private server's programs come from: found, or fetched from a server of our own.

use std::path::{Path, PathBuf};
use std::process::Command;

use dlqtop::data::private_postgres::binaries::{self, newest};
use dlqtop::data::private_postgres::{
    Download, Options, PrivatePostgres, PrivatePostgresError, find_among,
};

/// Makes a folder with programs; `postgres` says it is `version`. A shell writes them: were a
/// file written by this process, another test that forks at that moment would keep it busy.
fn fake_server(home: &Path, name: &str, version: &str, programs: &[&str]) -> PathBuf {
    let bindir = home.join(name);
    std::fs::create_dir(&bindir).unwrap();
    for program in programs {
        let script = format!("#!/bin/sh\necho \"postgres (PostgreSQL) {version}\"\n");
        let status = Command::new("sh")
            .args(["-c", "printf '%s' \"$1\" >\"$2\" && chmod 755 \"$2\"", "sh"])
            .arg(script)
            .arg(bindir.join(program))
            .status()
            .unwrap();
        assert!(status.success());
    }
    bindir
}

fn options(download: Download) -> Options {
    let mut options = Options::new(PathBuf::from(env!("CARGO_BIN_EXE_dlqtop")));
    options.download = download;
    options
}

#[test]
fn the_newest_whole_server_is_chosen() {
    let home = tempfile::tempdir().unwrap();
    let whole = ["initdb", "postgres"];
    let candidates = vec![
        home.path().join("missing"),
        fake_server(home.path(), "old", "13.9", &whole),
        fake_server(home.path(), "nine", "14.9", &whole),
        fake_server(home.path(), "ten", "14.10 (Debian 14.10-1)", &whole),
        fake_server(home.path(), "client", "18.1", &["psql"]),
        fake_server(home.path(), "no-initdb", "18.1", &["postgres"]),
        fake_server(home.path(), "same", "14.10", &whole),
        fake_server(home.path(), "strange", "unknown", &whole),
    ];
    let found = newest(candidates).unwrap();
    assert_eq!(found.bindir, home.path().join("ten"));
    assert_eq!(found.version.to_string(), "14.10");
}

#[test]
fn nothing_usable_is_nothing_found() {
    let home = tempfile::tempdir().unwrap();
    let old = fake_server(home.path(), "old", "13.20", &["initdb", "postgres"]);
    assert_eq!(newest([old]), None);
    assert_eq!(newest([]), None);
}

#[test]
fn the_usual_places_hold_the_server_that_runs_these_tests() {
    let found = newest(binaries::candidates());
    // Where none is installed the tests have fetched theirs, into a place as usual.
    let found = found.unwrap_or_else(|| support::server::found().clone());
    assert!(found.version.major >= binaries::OLDEST_MAJOR);
    assert_eq!(binaries::inspect(&found.bindir), Some(found));
}

#[tokio::test]
async fn no_server_and_no_download_says_what_to_install() {
    let error = find_among(Vec::new, &options(Download::Never))
        .await
        .unwrap_err();
    let line = error.one_line();
    for advice in [
        "apt install postgresql",
        "dnf install postgresql-server",
        "brew install postgresql",
        "--database-url",
    ] {
        assert!(line.contains(advice), "{line}");
    }
    assert!(!line.contains('\n') && !line.contains('⏎'), "{line}");
}

#[tokio::test]
async fn a_named_folder_without_a_server_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut options = options(Download::Never);
    options.bindir = Some(home.path().to_path_buf());
    let error = PrivatePostgres::start(options).await.unwrap_err();
    assert!(matches!(error, PrivatePostgresError::NotAServer { .. }));
    let named = home.path().display().to_string();
    assert!(error.one_line().contains(&named), "{error}");
}

#[cfg(feature = "embedded")]
mod download {
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::{Arc, LazyLock};

    use sqlx::ConnectOptions;
    use tempfile::TempDir;

    use super::*;

    /// The layout that a mirror must keep; `{}` is the file.
    const LAYOUT: &str = "/mirror/releases/download/17.11.0/";

    /// An archive of the installed server, laid out as the published ones are, and its name.
    static ARCHIVE: LazyLock<(String, Vec<u8>)> = LazyLock::new(|| {
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
        (format!("{top}.tar.gz"), std::fs::read(file).unwrap())
    });

    fn run(command: &mut Command) -> String {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn pg_config(bindir: &Path, what: &str) -> PathBuf {
        PathBuf::from(run(Command::new(bindir.join("pg_config")).arg(what)).trim())
    }

    fn sha256(bytes: &[u8]) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let printed = run(Command::new("sha256sum").arg(file.path()));
        printed.split(' ').next().unwrap().to_owned()
    }

    /// A web server on this machine that knows these files and no others.
    struct Mirror {
        url: String,
    }

    impl Mirror {
        fn serve(files: HashMap<String, Vec<u8>>) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/mirror", listener.local_addr().unwrap());
            let files = Arc::new(files);
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let files = Arc::clone(&files);
                    std::thread::spawn(move || answer(stream.unwrap(), &files));
                }
            });
            Self { url }
        }
    }

    fn answer(mut stream: TcpStream, files: &HashMap<String, Vec<u8>>) {
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
        let request = head.next().unwrap().unwrap();
        // The headers end with an empty line.
        head.find(|line| line.as_ref().unwrap().is_empty());
        let path = request.split(' ').nth(1).unwrap();
        let (status, body) = match files.get(path) {
            Some(body) => ("200 OK", body.as_slice()),
            None => ("404 Not Found", &b""[..]),
        };
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
    }

    fn with_checksum(checksum: &str) -> HashMap<String, Vec<u8>> {
        let (name, archive) = &*ARCHIVE;
        HashMap::from([
            (format!("{LAYOUT}{name}"), archive.clone()),
            (
                format!("{LAYOUT}{name}.sha256"),
                format!("{checksum}  {name}\n").into_bytes(),
            ),
        ])
    }

    /// A cache that the server's user can reach.
    fn cache() -> TempDir {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        folder
    }

    fn from(url: &str, cache: &TempDir) -> Options {
        options(Download::IfMissing {
            releases_url: Some(url.to_owned()),
            cache: Some(cache.path().join("postgresql")),
        })
    }

    #[tokio::test]
    async fn a_fetched_server_runs_and_is_fetched_once() {
        let cache = cache();
        let mirror = Mirror::serve(with_checksum(&sha256(&ARCHIVE.1)));
        let options = from(&mirror.url, &cache);
        let found = find_among(Vec::new, &options).await.unwrap();
        assert!(found.bindir.starts_with(cache.path()));

        let private = PrivatePostgres::start_from(&found, &options).await.unwrap();
        let to = private.connect_options("postgres");
        let mut connection = to.connect().await.unwrap();
        let answer: i32 = sqlx::query_scalar("select 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(answer, 1);
        private.stop().await.unwrap();

        let nowhere = from("http://127.0.0.1:1", &cache);
        let again = find_among(Vec::new, &nowhere).await.unwrap();
        assert_eq!(again, found);
        let kept: Vec<_> = std::fs::read_dir(cache.path().join("postgresql"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(kept, ["17.11.0"], "only the server stays");
    }

    #[test]
    fn tests_fetch_the_server_that_they_run_on_where_none_is_installed() {
        let cache = cache();
        let mirror = Mirror::serve(with_checksum(&sha256(&ARCHIVE.1)));
        let found = support::server::find(Vec::new, &from(&mirror.url, &cache));
        let kept = cache.path().join("postgresql").join("17.11.0");
        assert_eq!(found.bindir, kept.join("bin"));
        // The next binary of tests finds it there, and so does a demo.
        let nowhere = from("http://127.0.0.1:1", &cache);
        assert_eq!(support::server::find(Vec::new, &nowhere), found);
    }

    #[tokio::test]
    async fn a_wrong_checksum_is_refused_and_nothing_kept() {
        let cache = cache();
        let wrong = "0".repeat(64);
        let mirror = Mirror::serve(with_checksum(&wrong));
        let error = find_among(Vec::new, &from(&mirror.url, &cache))
            .await
            .unwrap_err();
        let PrivatePostgresError::WrongChecksum {
            found, published, ..
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!((found, published), (sha256(&ARCHIVE.1), wrong));
        assert!(!cache.path().join("postgresql").exists());
    }

    #[tokio::test]
    async fn an_archive_without_a_checksum_is_refused() {
        let cache = cache();
        let mut files = with_checksum("");
        files.retain(|path, _| !path.ends_with(".sha256"));
        for files in [files, with_checksum("not a checksum")] {
            let mirror = Mirror::serve(files);
            let error = find_among(Vec::new, &from(&mirror.url, &cache))
                .await
                .unwrap_err();
            assert!(
                matches!(error, PrivatePostgresError::Download { .. }),
                "{error:?}"
            );
            assert!(!cache.path().join("postgresql").exists());
        }
    }

    #[tokio::test]
    async fn no_network_says_what_failed_and_what_to_install() {
        let cache = cache();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let error = find_among(Vec::new, &from(&url, &cache)).await.unwrap_err();
        let line = error.one_line();
        assert!(line.contains(&url), "{line}");
        assert!(line.contains("refused"), "{line}");
        assert!(line.contains("apt install postgresql"), "{line}");
        assert!(line.contains("--database-url"), "{line}");
    }
}
