//! Which of the installed servers is chosen.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use dlqtop::data::private_postgres::binaries::{self, newest};
use dlqtop::data::private_postgres::{
    Download, Options, PrivatePostgres, PrivatePostgresError, find_among,
};
use tempfile::TempDir;

/// A home that the server's user can enter.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    home
}

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
    let home = home();
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
    assert_eq!(
        found.bindir,
        home.path().join("ten").canonicalize().unwrap()
    );
    assert_eq!(found.version.to_string(), "14.10");
}

#[test]
fn nothing_usable_is_nothing_found() {
    let home = home();
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
