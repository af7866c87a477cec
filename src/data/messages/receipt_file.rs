//! A file for the operator that is to be written.

use std::path::PathBuf;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFile {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub text: String,
}
