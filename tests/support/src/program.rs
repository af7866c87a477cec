//! Where the program under test is.

use std::path::PathBuf;

/// dlqtop, as Cargo has built it for these tests.
///
/// # Panics
///
/// If it was not Cargo that started the test.
pub fn program() -> PathBuf {
    let told = std::env::var_os("CARGO_BIN_EXE_dlqtop");
    told.unwrap_or_else(|| panic!("Cargo says where dlqtop is, in CARGO_BIN_EXE_dlqtop"))
        .into()
}

/// A folder that stands for the home of whoever runs the program: no log or password file of theirs.
pub fn home() -> PathBuf {
    let target = program().parent().unwrap().join("test-home");
    std::fs::create_dir_all(&target).unwrap();
    target
}
