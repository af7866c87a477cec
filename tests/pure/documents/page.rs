//! Pages of Markdown, as far as their checks need it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A page: where it is, and its text.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let text =
            fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        Self { path, text }
    }

    /// Its lines outside of blocks of code.
    pub(crate) fn prose(&self) -> impl Iterator<Item = &str> {
        let mut in_block = false;
        self.text.lines().filter(move |line| {
            let is_fence = line.trim_start().starts_with("```");
            in_block ^= is_fence;
            !in_block && !is_fence
        })
    }

    pub(crate) fn headings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().filter_map(|line| {
            let level = line.bytes().take_while(|byte| *byte == b'#').count();
            let title = line[level..].strip_prefix(' ')?;
            (level > 0).then_some((level, title))
        })
    }

    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        self.headings().map(|(_, title)| anchor(title)).collect()
    }

    pub(crate) fn words(&self) -> usize {
        let is_word = |word: &&str| word.contains(char::is_alphanumeric);
        self.text.split_whitespace().filter(is_word).count()
    }

    pub(crate) fn name(&self) -> std::path::Display<'_> {
        self.path.display()
    }
}

/// What GitHub makes of a heading.
pub(crate) fn anchor(title: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let text = title.to_lowercase().replace('`', "");
    text.chars()
        .filter(kept)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn markdown_below(folder: &Path, found: &mut Vec<Page>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            markdown_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(Page::read(path));
        }
    }
}

/// The pages below `docs/`.
pub(crate) fn manual() -> Vec<Page> {
    let mut pages = Vec::new();
    markdown_below(Path::new("docs"), &mut pages);
    assert!(pages.len() > 30, "{}", pages.len());
    pages
}

/// These, and those that stand elsewhere.
pub(crate) fn documents() -> Vec<Page> {
    let mut pages = manual();
    pages.extend(["README.md", "CONTRIBUTING.md", "examples/README.md"].map(Page::read));
    pages
}

/// `docs/a/../b.md` is `docs/b.md`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The links of a page that lead to a file or a heading of ours.
pub(crate) fn links(page: &Page) -> Vec<(PathBuf, Option<String>)> {
    let prose: Vec<&str> = page.prose().collect();
    let prose = prose.join("\n");
    let targets = prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let ours = targets.filter(|target| !target.contains("://"));
    ours.map(|target| {
        let (file, heading) = match target.split_once('#') {
            Some((file, heading)) => (file, Some(heading.to_owned())),
            None => (target, None),
        };
        let path = if file.is_empty() {
            page.path.clone()
        } else {
            plain(&page.path.parent().unwrap().join(file))
        };
        (path, heading)
    })
    .collect()
}
