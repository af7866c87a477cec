//! A migration that was released never changes: databases have its checksum.

use std::fmt::Write as _;
use std::fs;

use dlqtop::data::native::migrate::MIGRATOR;

const FROZEN: &str = "tests/pure/frozen_migrations.txt";

/// `VERSION CHECKSUM`, as the database keeps them.
fn lines() -> Vec<String> {
    MIGRATOR
        .iter()
        .map(|migration| {
            let mut line = format!("{} ", migration.version);
            for byte in &*migration.checksum {
                write!(line, "{byte:02x}").unwrap();
            }
            line
        })
        .collect()
}

/// `DLQTOP_FREEZE_MIGRATIONS=1` adds what is new, and nothing replaces a line that is there.
#[test]
fn migrations_are_the_ones_that_were_released() {
    let mut told = fs::read_to_string(FROZEN).unwrap_or_default();
    let now = lines();
    let released: Vec<&str> = told.lines().collect();
    let same = released.iter().zip(&now).filter(|(old, new)| old == new);
    assert_eq!(
        same.count(),
        released.len(),
        "a released migration was changed, removed, or got one before it: add a new file instead"
    );
    let fresh = now[released.len()..].join("\n");
    if !fresh.is_empty() && std::env::var_os("DLQTOP_FREEZE_MIGRATIONS").is_some() {
        writeln!(told, "{fresh}").unwrap();
        fs::write(FROZEN, &told).unwrap();
    }
    let told = fs::read_to_string(FROZEN).unwrap();
    assert_eq!(
        told.lines().count(),
        now.len(),
        "DLQTOP_FREEZE_MIGRATIONS=1 cargo test --test pure frozen adds the new migrations to {FROZEN}"
    );
}
