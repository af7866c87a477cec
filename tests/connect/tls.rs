//! Row 39: who answers is who was meant, or nothing is sent.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use support::bouncer::{self, Bouncer, CANARY};
use support::database::Database;
use support::dlqtop::{Run, asked, command, run};
use support::report::Row;
use support::wait::wait_until;
use tempfile::TempDir;

use crate::stub::Stub;

const NOTHING_OPEN: &str = "0 of 0 open investigations\n";

/// An authority, and a server's certificate for `localhost` from it.
struct Certificates {
    folder: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let server_key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let server = server.signed_by(&server_key, &issuer).unwrap();
        let certificates = Self {
            folder: TempDir::new().unwrap(),
        };
        // The server runs as somebody else.
        let open = |mode| fs::Permissions::from_mode(mode);
        fs::set_permissions(certificates.folder.path(), open(0o755)).unwrap();
        for (name, text) in [
            ("authority", authority.pem()),
            ("certificate", server.pem()),
            ("key", server_key.serialize_pem()),
        ] {
            fs::write(certificates.path(name), text).unwrap();
            fs::set_permissions(certificates.path(name), open(0o644)).unwrap();
        }
        certificates
    }

    /// A server that shows them.
    fn serve(&self, db: &Database) -> Bouncer {
        Bouncer::before(
            db,
            &[
                ("client_tls_sslmode", "require"),
                ("client_tls_key_file", &self.shown("key")),
                ("client_tls_cert_file", &self.shown("certificate")),
            ],
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

/// Asks with this authority alone, if there is one.
fn queue(url: &str, authority: Option<&Certificates>) -> Run {
    let mut command = command(&["queue"]);
    command.env("DATABASE_URL", url);
    if let Some(authority) = authority {
        command.env("PGSSLROOTCERT", authority.path("authority"));
    }
    run(&mut command)
}

const REFUSED: [&str; 3] = ["require", "verify-ca", "verify-full"];

#[test]
fn a_server_without_tls_hears_nothing_after_its_answer() {
    let row = Row::begin("39", 0);
    for mode in REFUSED {
        let stub = Stub::without_tls();
        let url = format!(
            "postgres://ana:{CANARY}@127.0.0.1:{}/prod?sslmode={mode}",
            stub.port
        );
        asked(&url, &["queue"]).expect_complaint(3, &["does not support TLS", "nothing was sent"]);
        assert_eq!(stub.connected(), 1);
        assert_eq!(stub.heard(), b"", "{mode}");
    }
    // It would be heard.
    let stub = Stub::without_tls();
    let url = format!(
        "postgres://ana@127.0.0.1:{}/prod?sslmode=prefer&connect_timeout=2",
        stub.port
    );
    assert_eq!(asked(&url, &["queue"]).code, Some(3));
    let heard = || String::from_utf8_lossy(&stub.heard()).contains("user\0ana\0");
    assert!(wait_until(Duration::from_secs(5), heard));
    row.found(REFUSED.len(), "plaintext bytes after the refusal 0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_must_be_of_a_known_authority_and_for_this_name() {
    if bouncer::is_missing() {
        return;
    }
    let db = Database::new().await;
    let (ours, theirs) = (Certificates::new(), Certificates::new());
    let bouncer = ours.serve(&db);
    let tap = Stub::tapping(bouncer.port);
    let database = db.options.get_database().unwrap();
    let ask = |host: &str, mode: &str, authority: Option<&Certificates>| {
        let port = tap.port;
        let url = format!("postgres://dlqtop:{CANARY}@{host}:{port}/{database}?sslmode={mode}");
        queue(&url, authority)
    };
    for (host, mode, authority) in [
        ("localhost", "verify-full", Some(&ours)),
        ("127.0.0.1", "verify-ca", Some(&ours)),
        ("127.0.0.1", "require", None),
        ("127.0.0.1", "prefer", None),
    ] {
        let run = ask(host, mode, authority);
        assert_eq!(run.expect_answer(), NOTHING_OPEN, "{mode}");
    }
    for (host, mode, authority, said) in [
        (
            "localhost",
            "verify-full",
            Some(&theirs),
            "its authority is not known",
        ),
        (
            "localhost",
            "verify-full",
            None,
            "its authority is not known",
        ),
        (
            "127.0.0.1",
            "verify-ca",
            Some(&theirs),
            "its authority is not known",
        ),
        // As in libpq: to name an authority is to be sure of it.
        (
            "127.0.0.1",
            "require",
            Some(&theirs),
            "its authority is not known",
        ),
        (
            "127.0.0.1",
            "verify-full",
            Some(&ours),
            "its certificate is for another name",
        ),
    ] {
        ask(host, mode, authority).expect_complaint(3, &["could not connect", said]);
    }
    assert!(tap.connected() >= 9);
    expect_sealed(&tap, &[CANARY, database, "dlqtop"]);
}

/// Nothing of this went over the wire as it is.
fn expect_sealed(tap: &Stub, secrets: &[&str]) {
    let heard = tap.heard();
    assert!(heard.len() > 1_000);
    for secret in secrets {
        let bytes = secret.as_bytes();
        let seen = heard.windows(bytes.len()).any(|part| part == bytes);
        assert!(!seen, "in the clear: {secret}");
    }
}

#[test]
fn another_machine_is_not_asked_without_making_sure_of_it() {
    for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
        let url = format!("postgres://ana:{CANARY}@db.invalid/prod?sslmode={mode}");
        let run = asked(&url, &["queue"]);
        run.expect_complaint(2, &["db.invalid is another machine", "--insecure-tls"]);
        // With the override the name is looked for.
        let run = asked(&url, &["queue", "--insecure-tls"]);
        run.expect_complaint(3, &["could not connect", "no such host is known"]);
    }
    let mut from_environment = command(&["queue"]);
    from_environment
        .env("PGHOST", "db.invalid")
        .env("PGSSLMODE", "require");
    run(&mut from_environment).expect_complaint(2, &["PGSSLMODE: sslmode=require"]);
}
