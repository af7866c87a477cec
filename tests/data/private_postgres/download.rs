//! A server fetched where none is installed: from a mirror on this machine, since a test cannot be
//! the usual place.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use dlqtop::data::private_postgres::{
    Download, Options, PrivatePostgres, PrivatePostgresError, find_among,
};
use sqlx::ConnectOptions;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::mirror::{ARCHIVE, Answer, Mirror, cache, from, sha256};

async fn refusal(options: &Options) -> String {
    let error = find_among(Vec::new, options).await.unwrap_err();
    error.one_line()
}

fn expect_nothing_kept(cache: &TempDir) {
    let kept = std::fs::read_dir(cache.path().join("postgresql"));
    assert_eq!(kept.map_or(0, Iterator::count), 0, "something was kept");
}

#[tokio::test]
async fn a_fetched_server_runs_and_is_fetched_once() {
    let cache = cache();
    let checksum = sha256(&ARCHIVE);
    let options = from(&Mirror::of(&ARCHIVE).url, &checksum, &cache);
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

    let nowhere = from("http://127.0.0.1:1", &checksum, &cache);
    let again = find_among(Vec::new, &nowhere).await.unwrap();
    assert_eq!(again, found);
    let kept: Vec<_> = std::fs::read_dir(cache.path().join("postgresql"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, [format!("17.11.0-{}", &checksum[..16])]);
    // Whoever expects another archive does not get what this one held.
    let other = from("http://127.0.0.1:1", &"0".repeat(64), &cache);
    assert!(refusal(&other).await.contains("could be downloaded"));
}

#[test]
fn tests_fetch_the_server_that_they_run_on_where_none_is_installed() {
    let cache = cache();
    let checksum = sha256(&ARCHIVE);
    let mirror = Mirror::of(&ARCHIVE);
    let found = support::server::find(Vec::new, &from(&mirror.url, &checksum, &cache));
    assert!(found.bindir.starts_with(cache.path().join("postgresql")));
    // The next binary of tests finds it there, and so does a demo.
    let nowhere = from("http://127.0.0.1:1", &checksum, &cache);
    assert_eq!(support::server::find(Vec::new, &nowhere), found);
}

#[tokio::test]
async fn a_wrong_checksum_is_refused_and_nothing_kept() {
    let cache = cache();
    let wrong = "0".repeat(64);
    let mirror = Mirror::of(b"an archive");
    let error = find_among(Vec::new, &from(&mirror.url, &wrong, &cache))
        .await
        .unwrap_err();
    let PrivatePostgresError::WrongChecksum {
        found, expected, ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((found, expected), (sha256(b"an archive"), wrong));
    assert!(!cache.path().join("postgresql").exists());
}

#[tokio::test]
async fn a_mirror_without_a_checksum_or_without_tls_is_not_asked() {
    let cache = cache();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let here = listener.local_addr().unwrap();
    let mut options = from(&format!("http://{here}"), "", &cache);
    let Download::IfMissing { sha256, .. } = &mut options.download else {
        panic!("{options:?}");
    };
    *sha256 = None;
    let line = refusal(&options).await;
    assert!(line.contains("DLQTOP_POSTGRES_SHA256"), "{line}");

    // A name, of which only the system's resolver says that it is this machine.
    let named = format!("http://localhost:{}", here.port());
    let line = refusal(&from(&named, &"0".repeat(64), &cache)).await;
    assert!(line.contains("only https is trusted"), "{line}");
    assert!(listener.accept().is_err(), "somebody asked");
}

#[tokio::test]
async fn a_mirror_on_this_machine_cannot_send_us_elsewhere() {
    let cache = cache();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let to = format!("http://{}/archive", elsewhere.local_addr().unwrap());
    let mirror = Mirror::answering(Answer::Redirect(to));
    let line = refusal(&from(&mirror.url, &"0".repeat(64), &cache)).await;
    assert!(line.contains("302"), "{line}");
    assert!(elsewhere.accept().is_err(), "it went there");
}

#[tokio::test]
async fn an_archive_that_is_too_large_is_not_read_to_its_end() {
    for answer in [Answer::Promise(1 << 40), Answer::Endless] {
        let cache = cache();
        let mirror = Mirror::answering(answer);
        let line = refusal(&from(&mirror.url, &"0".repeat(64), &cache)).await;
        assert!(line.contains("larger than"), "{line}");
        expect_nothing_kept(&cache);
    }
}

#[tokio::test]
async fn a_cache_that_others_can_write_to_is_not_used() {
    let cache = cache();
    let folder = cache.path().join("postgresql");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let line = refusal(&from("http://127.0.0.1:1", &"0".repeat(64), &cache)).await;
    assert!(line.contains("users other than you can change"), "{line}");
}

#[tokio::test]
async fn no_network_says_what_failed_and_what_to_install() {
    let cache = cache();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let line = refusal(&from(&url, &"0".repeat(64), &cache)).await;
    assert!(line.contains(&url), "{line}");
    assert!(line.contains("refused"), "{line}");
    assert!(line.contains("apt install postgresql"), "{line}");
    assert!(line.contains("--database-url"), "{line}");
}

/// One entry of an archive, named byte by byte: the crate would not write what is refused here.
struct Entry<'a> {
    kind: EntryType,
    name: &'a str,
    target: &'a str,
}

fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_gnu();
        let old = header.as_old_mut();
        old.name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        old.linkname[..entry.target.len()].copy_from_slice(entry.target.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_mode(0o755);
        let content: &[u8] = if entry.kind == EntryType::Regular {
            b"overwritten"
        } else {
            b""
        };
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content).unwrap();
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut tar.into_inner().unwrap().as_slice(), &mut gzip).unwrap();
    gzip.finish().unwrap()
}

/// That these entries are refused, in these words, and do nothing outside.
async fn expect_refused(entries: &[Entry<'_>], outside: &Path, says: &str) {
    let before = std::fs::read_to_string(outside).unwrap();
    let cache = cache();
    let bytes = archive(entries);
    let mirror = Mirror::of(&bytes);
    let line = refusal(&from(&mirror.url, &sha256(&bytes), &cache)).await;
    assert!(line.contains(says), "{}: {line}", entries[0].name);
    expect_nothing_kept(&cache);
    assert_eq!(std::fs::read_to_string(outside).unwrap(), before);
    let beside: Vec<_> = std::fs::read_dir(cache.path()).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[tokio::test]
async fn an_archive_that_leads_outside_is_refused_as_a_whole() {
    let home = tempfile::tempdir_in("/tmp").unwrap();
    let outside = home.path().join("outside");
    std::fs::write(&outside, "precious").unwrap();
    let (file, link, hard) = (EntryType::Regular, EntryType::Symlink, EntryType::Link);
    let (absolute, folder) = (outside.to_str().unwrap(), home.path().to_str().unwrap());
    let entry = |kind, name, target| Entry { kind, name, target };

    let leads = "leads outside the archive";
    expect_refused(&[entry(file, absolute, "")], &outside, leads).await;
    expect_refused(&[entry(file, "top/../../escaped", "")], &outside, leads).await;
    for target in [absolute, "../outside", "x/../../../outside"] {
        expect_refused(&[entry(link, "top/link", target)], &outside, leads).await;
    }
    for target in [absolute, "../outside"] {
        expect_refused(&[entry(hard, "top/hard", target)], &outside, leads).await;
    }
    let through = [
        entry(EntryType::Directory, "top/real/", ""),
        entry(link, "top/link", "real"),
        entry(file, "top/link/file", ""),
    ];
    expect_refused(&through, &outside, "leads through what is no folder").await;
    let to_a_link = [
        entry(link, "top/link", "file"),
        entry(hard, "top/hard", "top/link"),
    ];
    expect_refused(&to_a_link, &outside, "to what is no file").await;
    let twice = [
        entry(link, "top/file", "other"),
        entry(file, "top/file", ""),
    ];
    expect_refused(&twice, &outside, "exists").await;
    let whole = [entry(link, "top", folder)];
    expect_refused(&whole, &outside, leads).await;
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        let device = [entry(kind, "top/device", "")];
        expect_refused(&device, &outside, "neither a file nor a link").await;
    }
}

#[tokio::test]
async fn the_links_that_a_server_needs_are_made() {
    let cache = cache();
    let entry = |kind, name, target| Entry { kind, name, target };
    let bytes = archive(&[
        entry(EntryType::Regular, "top/lib/libpq.so.5.17", ""),
        entry(EntryType::Symlink, "top/lib/libpq.so", "libpq.so.5.17"),
        entry(EntryType::Symlink, "top/bin/lib", "../lib"),
        entry(EntryType::Link, "top/share/zone", "top/lib/libpq.so.5.17"),
    ]);
    let checksum = sha256(&bytes);
    let options = from(&Mirror::of(&bytes).url, &checksum, &cache);
    // There is no server in it, but what there is was unpacked.
    let line = refusal(&options).await;
    assert!(line.contains("does not run on this system"), "{line}");
    let top = cache.path().join("postgresql");
    let top = top.join(format!("17.11.0-{}", &checksum[..16]));
    for path in ["lib/libpq.so", "bin/lib/libpq.so", "share/zone"] {
        let read = std::fs::read_to_string(top.join(path)).unwrap();
        assert_eq!(read, "overwritten", "{path}");
    }
}

#[tokio::test]
async fn a_cache_reached_by_a_link_is_judged_by_where_it_leads() {
    let cache = cache();
    let open = cache.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    symlink(&open, cache.path().join("postgresql")).unwrap();
    let line = refusal(&from("http://127.0.0.1:1", &"0".repeat(64), &cache)).await;
    assert!(line.contains("users other than you can change"), "{line}");
}
