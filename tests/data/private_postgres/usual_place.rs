//! The usual place of the releases, which stands on this machine for once: a proxy answers for it,
//! with a certificate that the process which downloads is told to trust.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use dlqtop::data::private_postgres::{Download, Options, find_among};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use support::program::program;
use tempfile::TempDir;

use super::mirror::{Answer, answer, cache, name, sha256};

/// Set in the process that downloads only.
const CACHE: &str = "DLQTOP_TEST_CACHE";
const USUAL: &str = "/theseus-rs/postgresql-binaries/releases/download/17.11.0/";

#[tokio::test]
#[ignore = "the other tests start it, as a process of its own"]
async fn fetching_process() {
    let Some(cache) = std::env::var_os(CACHE) else {
        return;
    };
    let mut options = Options::new(program());
    options.download = Download::IfMissing {
        releases_url: None,
        sha256: None,
        cache: Some(cache.into()),
    };
    let error = find_among(Vec::new, &options).await.unwrap_err();
    let line = format!("{}\n", error.one_line());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// What stands in for the usual place, and who vouches for it.
struct Stand {
    proxy: String,
    authority: TempDir,
}

impl Stand {
    fn serve(answers: HashMap<String, Answer>) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let server_key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec!["github.com".to_owned()]).unwrap();
        let server = server.signed_by(&server_key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![server.der().clone()],
                PrivatePkcs8KeyDer::from(server_key.serialize_der()).into(),
            )
            .unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("pem"), authority.pem()).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let (config, answers) = (Arc::new(config), Arc::new(answers));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (config, answers) = (Arc::clone(&config), Arc::clone(&answers));
                std::thread::spawn(move || proxied(stream.unwrap(), config, &answers));
            }
        });
        Self {
            proxy,
            authority: folder,
        }
    }

    /// What a process says that can reach the usual place by this proxy only.
    fn asked(&self, cache: &Path) -> String {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("private_postgres::usual_place::fetching_process")
            .env(CACHE, cache)
            .env("SSL_CERT_FILE", self.authority.path().join("pem"))
            .env_remove("SSL_CERT_DIR")
            .env("HTTPS_PROXY", &self.proxy)
            .env_remove("https_proxy")
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

/// Answers as a proxy, then as the server that was asked for.
fn proxied(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    answers: &HashMap<String, Answer>,
) -> std::io::Result<()> {
    let head = super::mirror::head(&mut stream)?;
    assert!(head.starts_with("CONNECT github.com:443 "), "{head}");
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let connection = ServerConnection::new(config).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    answer(&mut stream, answers)?;
    stream.conn.send_close_notify();
    stream.flush()?;
    // Until the other side has read it all.
    stream.read(&mut [0; 1]).map(drop)
}

/// A release's build knows better than what is published.
fn is_pinned() -> bool {
    let pins = include_str!("../../../src/data/private_postgres/pins.txt");
    let pinned = pins.lines().any(|line| !line.starts_with('#'));
    if pinned {
        eprintln!("skipped: this build has pins");
    }
    pinned
}

fn published(archive: &[u8], checksum: Answer) -> HashMap<String, Answer> {
    let path = format!("{USUAL}{}", name());
    HashMap::from([
        (format!("{path}.sha256"), checksum),
        (path, Answer::File(archive.to_vec())),
    ])
}

fn checksum(sum: &str) -> Answer {
    Answer::File(format!("{sum}  {}\n", name()).into_bytes())
}

#[test]
fn without_a_pin_the_published_checksum_is_believed_and_that_is_said() {
    if is_pinned() {
        return;
    }
    let cache = cache();
    // No archive at all, so that its checksum is the last thing that can be right.
    let right = Stand::serve(published(b"no archive", checksum(&sha256(b"no archive"))));
    let said = right.asked(&cache.path().join("postgresql"));
    assert!(said.contains("this build pins no checksum"), "{said}");
    assert!(said.contains("refused https://github.com/"), "{said}");
    assert!(!said.contains("SHA-256 is"), "{said}");

    let wrong = Stand::serve(published(b"no archive", checksum(&"0".repeat(64))));
    let said = wrong.asked(&cache.path().join("postgresql"));
    assert!(said.contains(&format!("not {}", "0".repeat(64))), "{said}");
}

#[test]
fn a_published_checksum_that_is_none_is_an_error() {
    if is_pinned() {
        return;
    }
    for none in [checksum("none"), Answer::Endless] {
        let cache = cache();
        let stand = Stand::serve(published(b"no archive", none));
        let said = stand.asked(&cache.path().join("postgresql"));
        let why = ["holds no SHA-256", "larger than 4096 bytes"];
        assert!(why.iter().any(|why| said.contains(why)), "{said}");
    }
}

#[test]
fn the_usual_place_cannot_send_us_to_where_there_is_no_tls() {
    let cache = cache();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let to = Answer::Redirect(format!("http://{}/x", elsewhere.local_addr().unwrap()));
    let mut answers = published(b"no archive", to.clone());
    answers.insert(format!("{USUAL}{}", name()), to);
    let said = Stand::serve(answers).asked(&cache.path().join("postgresql"));
    assert!(said.contains("none could be downloaded"), "{said}");
    assert!(elsewhere.accept().is_err(), "it went there: {said}");
}
