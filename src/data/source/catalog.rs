//! The catalog of sources: folders built into the program, and the user's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

use super::manifest::Manifest;

const MANIFEST: &str = "source.toml";
/// How files end that are no statement of their own, but a part of several.
const PART: &str = ".part.sql";

type Files = BTreeMap<String, String>;

#[derive(RustEmbed)]
#[folder = "src/data/sql/sources/"]
struct Embedded;

/// A kind of system: the manifest and the files of its folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceKind {
    /// The folder's name.
    pub name: String,
    /// Its `source.toml`.
    pub manifest: Manifest,
    /// The `.sql` files, by their names without the ending.
    pub files: Files,
    /// Its folder; `None` if it is built in.
    pub folder: Option<PathBuf>,
}

/// All kinds, and folders that cannot be used.
#[derive(Debug, Clone, Default)]
pub struct SourceCatalog {
    /// Every kind; the user's own come last and replace built-in ones of the same name.
    pub kinds: Vec<SourceKind>,
    /// Folders that cannot be used, and why.
    pub broken: Vec<(String, String)>,
}

impl SourceKind {
    /// A kind from its files by name, `source.toml` among them.
    ///
    /// # Errors
    ///
    /// What is wrong, on one line.
    pub fn new(name: &str, mut files: Files) -> Result<Self, String> {
        let text = files
            .remove(MANIFEST)
            .ok_or_else(|| format!("there is no {MANIFEST}"))?;
        let manifest = Manifest::parse(&text)?;
        let (parts, whole): (Files, Files) =
            (files.into_iter()).partition(|(file, _)| file.ends_with(PART));
        let mut sql = Files::new();
        for (file, text) in whole {
            let text = put_together(&text, &parts, 0)
                .and_then(|text| with_errors(&text))
                .map_err(|why| format!("{file}: {why}"))?;
            if let Some(name) = file.strip_suffix(".sql") {
                sql.insert(name.to_owned(), text);
            }
        }
        Ok(Self {
            name: name.to_owned(),
            manifest,
            files: sql,
            folder: None,
        })
    }

    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// What is wrong, on one line.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let name = folder
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or("the folder has no name")?;
        let said = |error: std::io::Error| error.to_string();
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(said)? {
            let path = entry.map_err(said)?.path();
            let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let is_sql = path.extension().is_some_and(|ending| ending == "sql");
            if file == MANIFEST || is_sql {
                let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
                files.insert(file.to_owned(), text);
            }
        }
        let kind = Self::new(name, files)?;
        Ok(Self {
            folder: Some(folder.to_owned()),
            ..kind
        })
    }
}

impl SourceCatalog {
    /// The built-in sources.
    #[must_use]
    pub fn embedded() -> Self {
        let mut folders: BTreeMap<String, Files> = BTreeMap::new();
        for path in Embedded::iter() {
            let Some((folder, file)) = path.split_once('/') else {
                continue;
            };
            if let Some(found) = Embedded::get(&path) {
                let text = String::from_utf8_lossy(&found.data).into_owned();
                let files = folders.entry(folder.to_owned()).or_default();
                files.insert(file.to_owned(), text);
            }
        }
        let mut catalog = Self::default();
        for (name, files) in folders {
            match SourceKind::new(&name, files) {
                Ok(kind) => catalog.kinds.push(kind),
                Err(why) => catalog.broken.push((name, why)),
            }
        }
        catalog
    }

    /// The built-in sources, and the user's own in the folders below this one.
    #[must_use]
    pub fn with(folder: &Path) -> Self {
        let mut catalog = Self::embedded();
        // The folder need not exist.
        let Ok(entries) = fs::read_dir(folder) else {
            return catalog;
        };
        let mut folders: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        for path in folders {
            match SourceKind::read(&path) {
                Ok(kind) => {
                    catalog.kinds.retain(|known| known.name != kind.name);
                    catalog.kinds.push(kind);
                }
                Err(why) => catalog.broken.push((path.display().to_string(), why)),
            }
        }
        catalog
    }
}

/// How deep parts may name parts; more is a part that names itself.
const MOST_NESTED: usize = 4;

/// The statement with its parts in place: `{part:judged}` stands for what `judged.part.sql` holds. A part
/// may name parts. It takes no arguments: it says at its top which tables and columns the statement around
/// it has to have.
fn put_together(text: &str, parts: &Files, nested: usize) -> Result<String, String> {
    let mut pieces = text.split("{part:");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, after) = piece.split_once('}').ok_or("a {part: has no end")?;
        let part = parts.get(&format!("{name}{PART}"));
        let part = part.ok_or_else(|| format!("there is no {name}{PART}"))?;
        if nested == MOST_NESTED {
            return Err(format!("{name}{PART} names itself, or parts nest too deep"));
        }
        whole.push_str(put_together(part, parts, nested + 1)?.trim_end());
        whole.push_str(after);
    }
    Ok(whole)
}

/// The statement with its errors in place: `{error:f.message}` stands for all that the expression says, as
/// `bounded_error.sql` bounds it. On one line, so that lines keep their numbers.
fn with_errors(text: &str) -> Result<String, String> {
    let mut pieces = text.split("{error:");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = closing_brace(piece).ok_or("an {error: has no end")?;
        let bounded = include_str!("bounded_error.sql").lines();
        let bounded: Vec<_> = bounded
            .filter(|line| !line.starts_with("--"))
            .map(str::trim)
            .collect();
        whole.push_str(&bounded.join(" ").replace("{expression}", &piece[..end]));
        whole.push_str(&piece[end + 1..]);
    }
    Ok(whole)
}

/// Where the brace ends that was opened before this text; there may be others within.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(files: &[(&str, &str)]) -> Result<SourceKind, String> {
        let files = files.iter().chain([&(MANIFEST, "")]);
        let files = files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        SourceKind::new("shop", files.collect())
    }

    #[test]
    fn a_part_stands_in_each_file_that_names_it_and_is_none_itself() {
        let kind = kind(&[
            ("late.part.sql", "late as (\n    select {table:jobs}\n)\n"),
            ("counts.sql", "with {part:late}\nselect '{a,b}'"),
            ("task.sql", "with {part:late},\n{part:late}"),
            ("all.part.sql", "with {part:late}\nselect 1\n"),
            ("queue.sql", "{part:all} limit 2"),
        ])
        .unwrap();
        let late = "late as (\n    select {table:jobs}\n)";
        let expected = [
            ("counts", format!("with {late}\nselect '{{a,b}}'")),
            ("queue", format!("with {late}\nselect 1 limit 2")),
            ("task", format!("with {late},\n{late}")),
        ];
        assert_eq!(
            kind.files,
            expected.map(|(name, text)| (name.to_owned(), text)).into()
        );
    }

    #[test]
    fn an_error_is_bounded_where_a_file_or_a_part_of_it_says_so() {
        let kind = kind(&[
            ("told.part.sql", "{error:f.a ->> '{x}'} as told"),
            ("queue.sql", "select {part:told},\n{error:f.b} from f"),
        ])
        .unwrap();
        let queue = &kind.files["queue"];
        assert_eq!(queue.lines().count(), 2, "{queue}");
        for part in [
            "(f.a ->> '{x}')::text",
            "(f.b)::text",
            " e) as told,\n",
            " e) from f",
        ] {
            assert!(queue.contains(part), "{queue}");
        }
        assert!(
            !queue.contains("{error") && !queue.contains("{expression"),
            "{queue}"
        );
    }

    #[test]
    fn a_part_that_cannot_be_put_in_place_is_said() {
        for (text, says) in [
            (
                "select {error:f.a from f",
                "counts.sql: an {error: has no end",
            ),
            ("with {part:lat}", "counts.sql: there is no lat.part.sql"),
            ("with {part:late", "counts.sql: a {part: has no end"),
            (
                "{part:loop}",
                "counts.sql: loop.part.sql names itself, or parts nest too deep",
            ),
        ] {
            let told = kind(&[
                ("late.part.sql", "x"),
                ("loop.part.sql", "{part:loop}"),
                ("counts.sql", text),
            ]);
            assert_eq!(told.unwrap_err(), says);
        }
    }
}
