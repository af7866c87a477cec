//! A template as a file: read, checked as a whole, compared and written back. No database here.
//!
//! [`read`] is the way in: it turns text into a [`Template`], or returns every [`Fault`] in it. `parse` makes
//! a tree of YAML in which each value has a line, [`check`] compares the tree with the known keys,
//! [`diff`] compares two configurations, `write` prints one. A new key is a row in `check/keys.rs`.

pub mod check;
mod definition;
pub mod diff;
mod fault;
mod parse;
mod write;

pub use definition::Template;
pub use fault::Fault;
pub use write::yaml;

/// More of a file than this is not read.
pub const MOST_BYTES: u64 = 512 * 1024;

/// Reads a template file.
///
/// # Errors
///
/// Every fault of the file, in its order.
pub fn read(text: &str) -> Result<Template, Vec<Fault>> {
    let parsed = parse::parse(text);
    let mut faults = parsed.faults;
    let template = parsed
        .root
        .and_then(|root| check::template(&root, &mut faults));
    faults.sort_by_key(|fault| (fault.line, fault.column));
    match template {
        Some(template) if faults.is_empty() => Ok(template),
        _ => Err(faults),
    }
}
