//! Which statements code asks for, and which it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use syn::Token;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use super::sql::Literals;

/// The statements that no code reads: by `sql!("folder/name")`, as a file of a source, as a part of one, or
/// by `include_str!`.
pub fn unread(statements: &BTreeMap<String, String>, code: &[(String, String)]) -> Vec<String> {
    let mut asked = Asked::default();
    for (path, text) in code {
        asked.file = PathBuf::from(path);
        asked.macros.clear();
        asked.visit_file(&syn::parse_file(text).unwrap());
    }
    asked.follow();
    let is_read = |path: &&String| {
        let of_data = path.strip_prefix("src/data/sql/");
        let name = of_data.and_then(|name| name.strip_suffix(".sql"));
        match name
            .map(|name| name.split('/').collect::<Vec<_>>())
            .as_deref()
        {
            Some(["sources", _, file]) => match file.strip_suffix(".part") {
                Some(part) => statements.iter().any(|(other, text)| {
                    let is_beside = Path::new(other).parent() == Path::new(path).parent();
                    is_beside && other != *path && text.contains(&format!("{{part:{part}}}"))
                }),
                None => asked.of_sources.contains(*file),
            },
            Some(own) => asked.own.contains(&own.join("/")),
            None => asked.included.contains(Path::new(path)),
        }
    };
    let unread = statements.keys().filter(|path| !is_read(path));
    unread.cloned().collect()
}

/// What code asks for, file by file.
#[derive(Default)]
struct Asked {
    /// The file that is looked through, and its macros that ask a source for the name they are given.
    file: PathBuf,
    macros: BTreeSet<String>,
    /// The literals that a variable may stand for.
    variables: BTreeMap<String, Vec<String>>,
    own: BTreeSet<String>,
    included: BTreeSet<PathBuf>,
    of_sources: BTreeSet<String>,
    /// Functions whose answer a source is asked for; and of all that answer a `&'static str`, the literals
    /// and the functions they call.
    naming: Vec<String>,
    functions: BTreeMap<String, (Vec<String>, Vec<String>)>,
}

impl Asked {
    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let syn::ReturnType::Type(_, answer) = &signature.output else {
            return;
        };
        if !matches!(&**answer, syn::Type::Reference(to) if to.lifetime.is_some()) {
            return;
        }
        let (mut literals, mut calls) = (Literals::default(), Calls::default());
        literals.visit_block(body);
        calls.visit_block(body);
        let known = self
            .functions
            .entry(signature.ident.to_string())
            .or_default();
        known.0.extend(literals.0);
        known.1.extend(calls.0);
    }

    /// Takes the answers of functions that a source is asked for, and of those that they call.
    fn follow(&mut self) {
        while let Some(name) = self.naming.pop() {
            if let Some((literals, calls)) = self.functions.remove(&name) {
                self.of_sources.extend(literals);
                self.naming.extend(calls);
            }
        }
    }
}

impl<'code> Visit<'code> for Asked {
    fn visit_item_fn(&mut self, function: &'code syn::ItemFn) {
        self.function(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'code syn::ImplItemFn) {
        self.function(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_local(&mut self, local: &'code syn::Local) {
        if let (syn::Pat::Ident(name), Some(value)) = (&local.pat, &local.init) {
            let mut literals = Literals::default();
            literals.visit_local_init(value);
            self.variables.insert(name.ident.to_string(), literals.0);
        }
        visit::visit_local(self, local);
    }

    fn visit_item_macro(&mut self, definition: &'code syn::ItemMacro) {
        let text = definition
            .mac
            .tokens
            .to_string()
            .replace(char::is_whitespace, "");
        if let Some(name) = definition
            .ident
            .as_ref()
            .filter(|_| text.contains(".sql($name)"))
        {
            self.macros.insert(name.to_string());
        }
    }

    fn visit_macro(&mut self, call: &'code syn::Macro) {
        let name = call.path.segments.last().unwrap().ident.to_string();
        let mut literals = Literals::default();
        literals.visit_macro(call);
        if let Some(first) = literals.0.into_iter().next() {
            match name.as_str() {
                "sql" => _ = self.own.insert(first),
                "include_str" => _ = self.included.insert(included(&self.file, &first)),
                name if self.macros.contains(name) => _ = self.of_sources.insert(first),
                _ => {}
            }
        }
        let arguments = call.parse_body_with(Punctuated::<syn::Expr, Token![,]>::parse_terminated);
        for argument in arguments.iter().flatten() {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'code syn::ExprMethodCall) {
        if (call.method == "sql" || call.method == "sql_or_err") && call.args.len() == 1 {
            match &call.args[0] {
                syn::Expr::Path(name) => {
                    let name = name.path.get_ident().map(ToString::to_string);
                    let literals = name.and_then(|name| self.variables.get(&name));
                    self.of_sources
                        .extend(literals.into_iter().flatten().cloned());
                }
                argument => {
                    let (mut literals, mut calls) = (Literals::default(), Calls::default());
                    literals.visit_expr(argument);
                    calls.visit_expr(argument);
                    self.of_sources.extend(literals.0);
                    self.naming.extend(calls.0);
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// The path of what a file includes.
fn included(file: &Path, path: &str) -> PathBuf {
    let mut included = file.parent().unwrap().to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => _ = included.pop(),
            part => included.push(part),
        }
    }
    included
}

/// The names of the functions and methods that are called.
#[derive(Default)]
struct Calls(Vec<String>);

impl<'code> Visit<'code> for Calls {
    fn visit_expr_call(&mut self, call: &'code syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func {
            let name = &function.path.segments.last().unwrap().ident;
            self.0.push(name.to_string());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'code syn::ExprMethodCall) {
        self.0.push(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }
}

#[test]
fn a_statement_that_nothing_names_is_found() {
    let source = "src/data/sql/sources/shop/";
    let asking = r#"
        fn f() {
            // sql!("native/commented")
            g(sql!("native/called"), "native/equal", include_str!("../sql/included.sql"));
            source.sql("asked"); source.sql_or_err(file_of(change)); let name = "chosen"; source.sql(name);
            macro_rules! part { ($name:literal) => { source.sql($name) }; }
            rows![part!("by_macro"), source.sql_or_err("within")]; h("equal");
        }
        fn file_of(change: Change) -> &'static str { change.verb.file() }
        impl Verb { fn file(self) -> &'static str { match self { _ => "answered" } } }
        fn title() -> &'static str { "titled" }"#;
    let code = [("src/demo/history/a.rs".to_owned(), asking.to_owned())];
    let own = |name: &str| (format!("src/data/sql/native/{name}.sql"), String::new());
    let of_source = |name: &str| (format!("{source}{name}.sql"), "{part:used}".to_owned());
    let demo = |name: &str| (format!("src/demo/sql/{name}.sql"), String::new());
    let read = [
        "asked",
        "answered",
        "chosen",
        "by_macro",
        "within",
        "used.part",
    ];
    let statements = ["called", "equal", "commented", "asked"]
        .map(own)
        .into_iter();
    let statements = statements
        .chain(read.map(of_source))
        .chain(["equal", "titled", "other.part"].map(of_source))
        .chain(["included", "unused"].map(demo))
        .collect();
    let expected = [
        own("asked").0,
        own("commented").0,
        own("equal").0,
        of_source("equal").0,
        of_source("other.part").0,
        of_source("titled").0,
        demo("unused").0,
    ];
    assert_eq!(unread(&statements, &code), expected);
}
