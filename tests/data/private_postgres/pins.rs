//! `scripts/pin-postgres.sh`, which a release runs, against releases on this machine.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::mirror::{Answer, LAYOUT, Mirror, sha256};

const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-unknown-linux-gnu"];

/// An archive with a file where a server has its program.
fn archive(content: &str) -> Vec<u8> {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("top/bin")).unwrap();
    fs::write(home.path().join("top/bin/postgres"), content).unwrap();
    let output = Command::new("tar")
        .arg("-czC")
        .arg(home.path())
        .arg("top")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// Each target's archive, and the checksum that is published beside it.
fn releases(archives: [&[u8]; 2], published: [&str; 2]) -> HashMap<String, Answer> {
    let mut answers = HashMap::new();
    for ((target, archive), sum) in TARGETS.iter().zip(archives).zip(published) {
        let path = format!("{LAYOUT}postgresql-17.11.0-{target}.tar.gz");
        let beside = format!("{sum}  postgresql-17.11.0-{target}.tar.gz\n");
        answers.insert(format!("{path}.sha256"), Answer::File(beside.into_bytes()));
        answers.insert(path, Answer::File(archive.to_vec()));
    }
    answers
}

fn pin(releases_url: &str, pins: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/pin-postgres.sh");
    Command::new(script)
        .args(TARGETS)
        .env("DLQTOP_POSTGRES_RELEASES_URL", releases_url)
        .env("DLQTOP_PINS", pins)
        .env("no_proxy", "127.0.0.1")
        .output()
        .unwrap()
}

#[test]
fn each_target_gets_a_row_with_the_checksum_of_its_archive() {
    let home = tempfile::tempdir().unwrap();
    let pins = home.path().join("pins.txt");
    let archives = [archive("one"), archive("two")];
    let sums = [sha256(&archives[0]), sha256(&archives[1])];
    let published = [sums[0].as_str(), &sums[1].to_uppercase()];
    let mirror = Mirror::serve(releases([&archives[0], &archives[1]], published));
    let output = pin(&mirror.url, &pins);
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(pins).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let want = [0, 1].map(|at| format!("17.11.0 {} {}", TARGETS[at], sums[at]));
    assert_eq!(rows, want);
}

#[test]
fn nothing_is_pinned_that_is_not_what_was_published_or_cannot_be_had() {
    let home = tempfile::tempdir().unwrap();
    let pins = home.path().join("pins.txt");
    fs::write(&pins, "as before\n").unwrap();
    let (good, empty) = (archive("one"), b"no archive".to_vec());
    let (sum, empty_sum) = (sha256(&good), sha256(&empty));
    let one_is_missing = {
        let mut answers = releases([&good, &good], [&sum, &sum]);
        answers.retain(|path, _| !path.contains(TARGETS[1]));
        answers
    };
    for (answers, says) in [
        (releases([&good, &good], [&sum, &empty_sum]), "is published"),
        (releases([&good, &good], [&sum, "none"]), "holds no SHA-256"),
        (
            releases([&good, &empty], [&sum, &empty_sum]),
            "holds no PostgreSQL",
        ),
        (one_is_missing, "could not fetch"),
    ] {
        let output = pin(&Mirror::serve(answers).url, &pins);
        assert!(!output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(says), "{said}");
        assert_eq!(fs::read_to_string(&pins).unwrap(), "as before\n");
    }
    let output = pin("http://mirror.example", &pins);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("only https is trusted"), "{said}");
}
