//! Template files, all of them read and checked before anything is asked of the database.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use crate::data::redaction::MARK;
use crate::failure::Failure;
use crate::template::{self, Fault, MOST_BYTES, Template};

/// What stands in the files.
#[derive(Default)]
pub(super) struct Files {
    /// Each file's template.
    pub(super) templates: Vec<(String, Template)>,
    /// What is wrong, with the file it is in.
    pub(super) faults: Vec<(String, Fault)>,
}

/// Reads every file.
pub(super) fn read(paths: &[PathBuf]) -> Result<Files, Failure> {
    let mut files = Files::default();
    let mut seen: HashMap<String, String> = HashMap::new();
    for path in paths {
        let file = path.display().to_string();
        match template::read(&text(path, &file)?) {
            Ok(template) => {
                let title = template.title().to_string();
                if let Some(first) = seen.get(&title) {
                    return Err(Failure::usage(format!(
                        "{file} and {first} are both {title}: apply one of them"
                    )));
                }
                seen.insert(title, file.clone());
                files.templates.push((file, template));
            }
            Err(faults) => {
                let named = faults.into_iter().map(|fault| (file.clone(), fault));
                files.faults.extend(named);
            }
        }
    }
    Ok(files)
}

fn text(path: &Path, file: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|open| open.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::usage(format!("{file} cannot be read: {error}")))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(Failure::usage(format!(
            "{file} is larger than {} KiB: that is no template",
            MOST_BYTES / 1024
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        Failure::usage(format!("{file}:{line}: the file is not UTF-8"))
    })?;
    match text.lines().position(|line| line.contains(MARK)) {
        // As `template show` prints it.
        Some(at) => Err(Failure::usage(format!(
            "{file}:{}: {MARK} stands for a hidden value: write the value itself",
            at + 1
        ))),
        None => Ok(text),
    }
}
