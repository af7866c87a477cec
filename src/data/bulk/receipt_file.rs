//! Writes receipts for the operator. A file is never overwritten, and only its owner may read it.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::data::messages::receipt_file::ReceiptFile;
use crate::data::model::safe_text::SafeText;
use crate::files::private;

/// Writes it; returns a line that says where, or why not.
///
/// # Errors
///
/// Why it was not written.
pub fn save(file: &ReceiptFile) -> Result<String, String> {
    let shown = SafeText::new(&file.path.to_string_lossy());
    match write(&file.path, &file.text) {
        Ok(()) => Ok(format!("the receipt is in {shown}")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(format!(
            "no receipt was written: {shown} is there already; name another file"
        )),
        Err(error) => Err(format!("no receipt was written: {shown}: {error}")),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        private::make_missing(folder).map_err(|error| match error.kind() {
            // There is a file in place of a folder.
            io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
            _ => error,
        })?;
    }
    let mut file = private::options().write(true).create_new(true).open(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // An incomplete receipt could be mistaken for a whole one.
        let _ = fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_receipt_is_written_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ReceiptFile {
            path: folder.path().join("new/r.json"),
            text: "{}".to_owned(),
        };
        assert!(save(&file).unwrap().ends_with("/new/r.json"));
        let mode = fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        file.text = "other".to_owned();
        let refused = save(&file).unwrap_err();
        assert!(refused.contains("is there already"), "{refused}");
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "{}\n");
        file.path = file.path.join("x");
        let refused = save(&file).unwrap_err();
        assert!(refused.contains("r.json/x: "), "{refused}");
        assert_eq!(refused.lines().count(), 1);
    }
}
