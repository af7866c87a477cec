//! Paths of files and of requests, and names of files. Pure.

use super::super::text::{head, is_closing, is_one_of, is_unspaced, run, without_stops};

/// The longest path that is recognised.
const LONGEST: usize = 400;

/// The ends of names of files.
const ENDS: &[&str] = &[
    "csv",
    "tsv",
    "json",
    "jsonl",
    "xml",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "conf",
    "properties",
    "env",
    "txt",
    "log",
    "md",
    "pdf",
    "doc",
    "docx",
    "xls",
    "xlsx",
    "ppt",
    "pptx",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "mp3",
    "mp4",
    "wav",
    "zip",
    "gz",
    "tgz",
    "tar",
    "bz2",
    "xz",
    "zst",
    "parquet",
    "avro",
    "dat",
    "bin",
    "bak",
    "tmp",
    "lock",
    "pid",
    "sock",
    "pem",
    "crt",
    "sql",
    "db",
    "html",
    "css",
    "dll",
    "exe",
    "jar",
    "war",
    "whl",
    "rpm",
    "deb",
    "part",
];

/// The ends of names of source files.
const SOURCES: &[&str] = &[
    "py", "rb", "erb", "js", "mjs", "cjs", "ts", "tsx", "jsx", "java", "kt", "scala", "go", "rs",
    "php", "c", "cc", "cpp", "h", "hpp", "cs", "ex", "exs", "erl", "sh", "vue",
];

/// Products that are called like files.
const PRODUCTS: &[&str] = &[
    "node.js",
    "next.js",
    "vue.js",
    "nuxt.js",
    "express.js",
    "three.js",
];

/// The length of the path at the beginning.
pub(super) fn found(before: &str, text: &str, first: char) -> Option<usize> {
    let text = head(text, LONGEST);
    // `url: /`
    if first == '/' && before.ends_with(": ") && (text.len() == 1 || text.starts_with("/ ")) {
        return Some(1);
    }
    match first {
        '/' | '~' | '.' => absolute(text),
        '\\' => network(text),
        // what was no path from its beginning is none from its middle
        _ if before.ends_with(in_path) => None,
        c if c.is_alphanumeric() || c == '_' || c == '@' => drive(text, c)
            .or_else(|| relative(text))
            .or_else(|| file(text)),
        _ => None,
    }
}

fn absolute(text: &str) -> Option<usize> {
    let name = ["~/", "./", "../", "/"]
        .iter()
        .find_map(|start| text.strip_prefix(start))?;
    let begins = head(name, 40);
    let is_path = begins[..run(begins, in_path)].contains(char::is_alphanumeric);
    is_path.then(|| without_stops(&text[..run(text, in_path)]))
}

/// `\\server\share`
fn network(text: &str) -> Option<usize> {
    let name = text.strip_prefix("\\\\")?;
    let is_name = name.starts_with(char::is_alphanumeric);
    is_name.then(|| run(text, in_windows_path))
}

/// `C:\jobs\charge.exe`
fn drive(text: &str, first: char) -> Option<usize> {
    let is_drive = first.is_ascii_alphabetic() && matches!(text.get(1..3), Some(":\\" | ":/"));
    let is_path = is_drive && !text[3..].starts_with('/');
    is_path.then(|| without_stops(&text[..run(text, in_windows_path)]))
}

fn in_windows_path(c: char) -> bool {
    !c.is_whitespace() && !is_closing(c)
}

/// `src/app/main.rs`, `var/log/app`: more than `and/or`.
fn relative(text: &str) -> Option<usize> {
    let path = &text[..run(text, in_path)];
    let path = &path[..without_stops(path)];
    let (folders, name) = path.rsplit_once('/')?;
    let is_file = name.rsplit_once('.').is_some_and(|(_, end)| {
        (1..=4).contains(&end.len()) && end.starts_with(char::is_alphabetic)
    });
    (is_file || folders.contains('/')).then_some(path.len())
}

/// `invoices-2026.csv`, `charge.go:81`
fn file(text: &str) -> Option<usize> {
    let name = &text[..run(text, |c| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '-')
    })];
    let name = &name[..without_stops(name)];
    let (stem, end) = name.rsplit_once('.')?;
    let is_file = is_one_of(end, ENDS) || (is_one_of(end, SOURCES) && is_source(text, name, stem));
    if !is_file || is_one_of(name, PRODUCTS) {
        return None;
    }
    let after = &text[name.len()..];
    if after.starts_with(['(', '.']) && after.len() > 1 && !after.starts_with(". ") {
        return None;
    }
    let line = match after.strip_prefix(':') {
        Some(numbers) => run(numbers, |c| c.is_ascii_digit() || c == ':'),
        None => 0,
    };
    let line = without_stops(&after[..usize::from(line > 0) + line]);
    Some(name.len() + line)
}

/// Whether a name that ends like a source file is one: short ends such as `.h` need a line number after them.
fn is_source(text: &str, name: &str, stem: &str) -> bool {
    let end = name.len() - stem.len() - 1;
    let numbered = text[name.len()..].starts_with(':');
    let in_code = stem.contains(char::is_uppercase) && !numbered;
    numbered || (end >= 2 && !in_code)
}

fn in_path(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '/' | '.' | '_' | '-' | '~' | '%' | '@' | '+' | '=' | '#' | '*' | '$' | '&' | '?' | '!'
        )
        || (!c.is_ascii() && c.is_alphanumeric() && !is_unspaced(c))
}
