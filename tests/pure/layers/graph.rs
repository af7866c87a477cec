//! Who imports whom among the files of `src`, read from the code itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};

/// A module's path below the crate: `["app", "lists", "sort"]`.
type Module = Vec<String>;

/// The imports between files: whose code names something of whom.
#[derive(Debug, Default)]
pub struct Graph {
    /// The files that each file imports, by their names.
    pub imports: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Reads it from files: their names, such as `src/app/lists.rs`, and their code.
    ///
    /// A bare `mod` line is no import; a `pub use` is one. Modules of tests are left out.
    ///
    /// # Panics
    ///
    /// If a file is no Rust.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<Module, (&str, syn::File)> = files
            .into_iter()
            .map(|(name, code)| {
                let parsed = syn::parse_file(code).unwrap_or_else(|why| panic!("{name}: {why}"));
                (module(name), (name, parsed))
            })
            .collect();
        let names: BTreeMap<Module, &str> = files
            .iter()
            .map(|(module, (name, _))| (module.clone(), *name))
            .collect();
        let mut graph = Self::default();
        for (module, (name, parsed)) in &files {
            let mut reader = Reader {
                module: module.clone(),
                nested: 0,
                names: &names,
                found: BTreeSet::new(),
            };
            reader.visit_file(parsed);
            reader.found.remove(*name);
            graph.imports.insert((*name).to_owned(), reader.found);
        }
        graph
    }

    /// The circles: groups of files each of which reaches the others. Each is shown by its arrows,
    /// `a -> b`.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut circles = Vec::new();
        let mut seen = BTreeSet::new();
        for file in self.imports.keys() {
            if seen.contains(file) {
                continue;
            }
            let forth = self.reached_from(file);
            let circle: BTreeSet<&String> = forth
                .iter()
                .copied()
                .filter(|other| self.reached_from(other).contains(file))
                .collect();
            if circle.contains(file) {
                seen.extend(circle.iter().copied());
                circles.push(self.arrows_within(&circle));
            }
        }
        circles
    }

    fn reached_from(&self, file: &str) -> BTreeSet<&String> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&String> = self.imports.get(file).into_iter().flatten().collect();
        while let Some(one) = next.pop() {
            if reached.insert(one) {
                next.extend(self.imports.get(one).into_iter().flatten());
            }
        }
        reached
    }

    fn arrows_within(&self, circle: &BTreeSet<&String>) -> Vec<String> {
        let arrows = circle.iter().flat_map(|from| {
            let inside = self.imports[*from].iter().filter(|to| circle.contains(to));
            inside.map(move |to| format!("{from} -> {to}"))
        });
        arrows.collect()
    }

    /// The arrows that do not go down. `rows` has the rooms from the top down; rooms of one row do
    /// not know each other. A file belongs to the longest room that its name begins with; files of
    /// no room are not judged.
    pub fn arrows_up(&self, rows: &[&[&str]]) -> Vec<String> {
        let mut up = Vec::new();
        for (from, imports) in &self.imports {
            for to in imports {
                let (Some(above), Some(below)) = (room(from, rows), room(to, rows)) else {
                    continue;
                };
                if above.name != below.name && above.row >= below.row {
                    up.push(format!("{from} -> {to}"));
                }
            }
        }
        up
    }
}

#[derive(Clone, Copy)]
struct Room<'a> {
    row: usize,
    name: &'a str,
}

/// The room of a file: `src/app/lists` has `src/app/lists.rs` and all in that folder.
fn room<'a>(file: &str, rows: &[&[&'a str]]) -> Option<Room<'a>> {
    let rooms = rows
        .iter()
        .enumerate()
        .flat_map(|(row, names)| names.iter().map(move |name| Room { row, name }));
    rooms
        .filter(|room| {
            file.strip_prefix(room.name)
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/') || rest.is_empty())
        })
        .max_by_key(|room| room.name.len())
}

fn module(file: &str) -> Module {
    let path = Path::new(file.strip_prefix("src/").unwrap_or(file)).with_extension("");
    let parts: Module = path
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts == ["lib"] { Vec::new() } else { parts }
}

struct Reader<'a> {
    module: Module,
    /// How many modules deep within the file.
    nested: usize,
    names: &'a BTreeMap<Module, &'a str>,
    found: BTreeSet<String>,
}

impl Reader<'_> {
    fn add(&mut self, path: &[String]) {
        let Some(path) = self.absolute(path) else {
            return;
        };
        let file = (0..=path.len())
            .rev()
            .find_map(|end| self.names.get(&path[..end]));
        if let Some(file) = file {
            self.found.insert((*file).to_owned());
        }
    }

    fn absolute(&self, path: &[String]) -> Option<Module> {
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([&self.module, &path[1..]].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let kept = (self.module.len() + self.nested).checked_sub(ups)?;
                let kept = kept.min(self.module.len());
                Some([&self.module[..kept], &path[ups..]].concat())
            }
            child => {
                let inside = [&self.module[..], &[child.to_owned()]].concat();
                let named = path.len() > 1 && self.names.contains_key(&inside);
                named.then(|| [&self.module[..], path].concat())
            }
        }
    }

    fn add_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) if name.ident == "self" => self.add(before),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.add(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => {
                for one in &group.items {
                    self.add_tree(one, before);
                }
            }
        }
    }

    /// Paths in the arguments of a macro, which are only tokens.
    fn add_tokens(&mut self, tokens: &str) {
        let tokens = tokens.replace(" :: ", "::");
        let word = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
        for path in tokens.split(word).filter(|path| path.contains("::")) {
            let parts: Module = path.split("::").map(str::to_owned).collect();
            self.add(&parts);
        }
    }
}

fn is_of_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|one| {
        one.path().is_ident("cfg")
            && one
                .parse_args::<syn::Path>()
                .is_ok_and(|what| what.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() && !is_of_tests(&item.attrs) {
            self.nested += 1;
            visit::visit_item_mod(self, item);
            self.nested -= 1;
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_of_tests(&item.attrs) {
            self.add_tree(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Module = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        self.add(&parts);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.add_tokens(&mac.tokens.to_string());
        visit::visit_macro(self, mac);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::app)` names a module and imports nothing of it.
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    const FILES: [(&str, &str); 4] = [
        (
            "src/app.rs",
            "mod lists; mod writes; pub use lists::List; fn f() { writes::send() }",
        ),
        ("src/app/lists.rs", "pub struct List;"),
        (
            "src/app/writes.rs",
            "use super::lists::List; pub fn send() -> List { assert!(crate::data::is_there()); List }",
        ),
        ("src/data.rs", "pub fn is_there() -> bool { true }"),
    ];

    fn imports(graph: &Graph, file: &str) -> Vec<String> {
        graph.imports[file].iter().cloned().collect()
    }

    #[test]
    fn imports_are_found_in_uses_paths_and_macros() {
        let graph = Graph::of(FILES);
        let of = |file| imports(&graph, file);
        assert_eq!(of("src/app.rs"), ["src/app/lists.rs", "src/app/writes.rs"]);
        assert_eq!(of("src/app/writes.rs"), ["src/app/lists.rs", "src/data.rs"]);
        assert!(graph.circles().is_empty());
    }

    #[test]
    fn a_circle_is_named_by_its_arrows() {
        let mut files = FILES;
        files[1].1 = "pub struct List; fn f(app: &super::App) {}";
        let circles = Graph::of(files).circles();
        let circle = [
            "src/app.rs -> src/app/lists.rs",
            "src/app.rs -> src/app/writes.rs",
            "src/app/lists.rs -> src/app.rs",
            "src/app/writes.rs -> src/app/lists.rs",
        ];
        assert_eq!(circles, [circle]);
    }

    #[test]
    fn a_mod_line_and_a_module_of_tests_are_no_imports() {
        let graph = Graph::of([
            ("src/app.rs", "mod lists;"),
            (
                "src/app/lists.rs",
                "#[cfg(test)] mod tests { use crate::app::App; }",
            ),
        ]);
        assert!(imports(&graph, "src/app.rs").is_empty());
        assert!(imports(&graph, "src/app/lists.rs").is_empty());
    }

    #[test]
    fn an_arrow_up_or_across_is_named_by_both_ends() {
        let graph = Graph::of(FILES);
        let down: &[&[&str]] = &[
            &["src/app"],
            &["src/app/writes"],
            &["src/app/lists"],
            &["src/data"],
        ];
        assert!(graph.arrows_up(down).is_empty());
        let across: &[&[&str]] = &[
            &["src/app"],
            &["src/app/writes", "src/app/lists"],
            &["src/data"],
        ];
        let named = ["src/app/writes.rs -> src/app/lists.rs"];
        assert_eq!(graph.arrows_up(across), named);
        let up: &[&[&str]] = &[
            &["src/data"],
            &["src/app/lists"],
            &["src/app/writes"],
            &["src/app"],
        ];
        assert_eq!(graph.arrows_up(up).len(), 4);
    }
}
