//! The server's programs: installed ones, else downloaded ones.

use std::path::PathBuf;

use super::binaries::{self, Binaries};
#[cfg(feature = "embedded")]
use super::download;
use super::error::PrivatePostgresError;
#[cfg(feature = "embedded")]
use super::options::Download;
use super::options::Options;
#[cfg(feature = "embedded")]
use super::place::Place;

/// Finds the server that `PrivatePostgres::start` would use, and downloads it if it must.
///
/// # Errors
/// That there is none, and what to install.
pub async fn find(options: &Options) -> Result<Binaries, PrivatePostgresError> {
    find_among(binaries::candidates, options).await
}

/// As [`find`], looking only into the folders that `candidates` names. It is called only if
/// [`Options::bindir`] is `None`.
///
/// # Errors
/// As [`find`].
pub async fn find_among(
    candidates: impl FnOnce() -> Vec<PathBuf>,
    options: &Options,
) -> Result<Binaries, PrivatePostgresError> {
    if let Some(bindir) = &options.bindir {
        return binaries::inspect(bindir).ok_or_else(|| PrivatePostgresError::NotAServer {
            bindir: bindir.clone(),
        });
    }
    match binaries::newest(candidates()) {
        Some(binaries) => Ok(binaries),
        None => fetch(options).await,
    }
}

#[cfg(feature = "embedded")]
async fn fetch(options: &Options) -> Result<Binaries, PrivatePostgresError> {
    let Download::IfMissing {
        releases_url,
        sha256,
        cache,
    } = &options.download
    else {
        return Err(PrivatePostgresError::NotInstalled);
    };
    let place = Place::choose(releases_url.as_deref(), sha256.as_deref())?;
    let cache = cache.clone().or_else(download::cache);
    let cache = cache.ok_or(PrivatePostgresError::NotInstalled)?;
    download::fetch(&place, &cache, options.progress).await
}

#[cfg(not(feature = "embedded"))]
async fn fetch(_options: &Options) -> Result<Binaries, PrivatePostgresError> {
    std::future::ready(Err(PrivatePostgresError::NotInstalled)).await
}
