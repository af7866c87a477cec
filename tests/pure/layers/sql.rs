//! SQL in code, found by what its string literals say.

use syn::Lit;
use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};

/// The string literals of some code that are SQL. Tests and attributes do not count.
pub fn sql_in(code: &str) -> Vec<String> {
    let mut literals = Literals::default();
    literals.visit_file(&syn::parse_file(code).unwrap());
    literals.0.retain(|text| is_sql(text));
    literals.0
}

/// Whether this is a statement, several, or the beginning of one.
fn is_sql(text: &str) -> bool {
    let text = text.to_lowercase();
    let lines = text.lines().filter(|line| !line.trim().starts_with("--"));
    let code = lines.collect::<Vec<_>>().join("\n");
    code.split(';').any(is_statement)
}

#[expect(
    clippy::match_same_arms,
    reason = "one line for each kind of statement"
)]
fn is_statement(text: &str) -> bool {
    let spaced = ["(", ")", ",", "="]
        .iter()
        .fold(text.to_owned(), |text, mark| {
            text.replace(mark, &format!(" {mark} "))
        });
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let has = |word: &str| words.contains(&word);
    match words.as_slice() {
        // What another piece of text is to follow.
        ["select" | "insert" | "update" | "delete" | "with" | "explain"] => text.ends_with(' '),
        ["select", rest @ ..] => selects(rest),
        ["update", ..] => words.iter().take(6).any(|word| *word == "set"),
        ["with", ..] => words
            .windows(2)
            .any(|pair| matches!(pair, ["as", "(" | "materialized" | "not"])),
        ["explain", next, ..] => matches!(*next, "(" | "select" | "analyze" | "with" | "verbose"),
        ["set", next, ..] if matches!(*next, "local" | "session" | "transaction") => true,
        ["begin", next, ..] => matches!(*next, "isolation" | "transaction" | "work" | "read"),
        [
            "commit" | "rollback",
            "to" | "and" | "work" | "transaction",
            ..,
        ]
        | ["insert" | "merge", "into", _, ..]
        | ["delete", "from", _, ..] => true,
        ["start", "transaction", ..] | ["release", "savepoint", ..] | ["savepoint", _] => true,
        ["truncate", _] | ["truncate" | "lock", "table", ..] | ["values", "(", ..] => true,
        ["set", _, "=" | "to", ..] | ["call", _, "(", ..] => true,
        ["begin" | "commit" | "rollback" | "vacuum" | "analyze"] => true,
        ["vacuum", "(" | "full" | "freeze" | "analyze", ..] => true,
        ["listen" | "unlisten" | "notify", _] | ["discard", "all"] | ["do", "$$", ..] => true,
        ["refresh", "materialized", ..] | ["comment", "on", ..] | ["declare", _, "cursor", ..] => {
            true
        }
        ["create" | "alter" | "drop", rest @ ..] => {
            let modifiers = [
                "or",
                "replace",
                "temp",
                "temporary",
                "unique",
                "unlogged",
                "materialized",
            ];
            let object = rest.iter().find(|word| !modifiers.contains(word));
            object.is_some_and(|word| OBJECTS.contains(word))
        }
        ["grant", ..] => has("on") && has("to"),
        ["revoke", ..] => has("on") && has("from"),
        ["copy", ..] => has("stdin") || has("stdout"),
        ["reindex", "index" | "table" | "schema" | "database", ..] => true,
        // A piece that goes behind another.
        _ => {
            text.contains("$1")
                && ["=", "where", "limit", "offset"]
                    .iter()
                    .any(|word| has(word))
        }
    }
}

#[rustfmt::skip]
const OBJECTS: &[&str] = &[
    "table", "view", "schema", "function", "procedure", "index", "database", "role", "user", "type", "trigger",
    "extension", "sequence", "policy", "domain",
];

/// What follows `select` in SQL, and not in a sentence.
fn selects(rest: &[&str]) -> bool {
    let list = rest.iter().position(|word| *word == "from");
    let list = &rest[..list.unwrap_or(rest.len())];
    let is_from = list.len() < rest.len();
    let first = list.first().copied().unwrap_or_default();
    let is_expression = |word: &str| word.contains(['*', '$', '\'', '{', ':', '.']) || word == "(";
    let is_column = |words: &[&str]| words.len() < 2 || words.contains(&"as");
    (is_from && list.split(|word| *word == ",").all(is_column))
        || list.iter().any(|word| is_expression(word))
        || first.starts_with(|first: char| first.is_ascii_digit())
        || matches!(
            first,
            "exists" | "case" | "null" | "distinct" | "current_user"
        )
}

/// The values of string literals, but for those of tests and attributes.
#[derive(Default)]
pub struct Literals(pub Vec<String>);

impl Literals {
    fn of_tokens(&mut self, mut at: Cursor<'_>) {
        while let Some((_, next)) = at.token_tree() {
            let attribute = (at.punct())
                .filter(|(mark, _)| mark.as_char() == '#')
                .and_then(|(_, next)| next.any_group());
            if let Some((.., after)) = attribute {
                at = after;
                continue;
            }
            if let Some((inside, ..)) = at.any_group() {
                self.of_tokens(inside);
            } else if let Some((literal, _)) = at.literal() {
                self.visit_lit(&Lit::new(literal));
            }
            at = next;
        }
    }
}

impl<'code> Visit<'code> for Literals {
    fn visit_attribute(&mut self, _: &'code syn::Attribute) {}

    fn visit_item_mod(&mut self, module: &'code syn::ItemMod) {
        let is_test = (module.attrs.iter()).any(|attribute| {
            let test = attribute.parse_args::<syn::Ident>();
            attribute.path().is_ident("cfg") && test.is_ok_and(|word| word == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_lit(&mut self, literal: &Lit) {
        match literal {
            Lit::Str(text) => self.0.push(text.value()),
            Lit::ByteStr(text) => {
                let text = String::from_utf8_lossy(&text.value()).into_owned();
                self.0.push(text);
            }
            _ => {}
        }
    }

    fn visit_macro(&mut self, call: &'code syn::Macro) {
        self.of_tokens(TokenBuffer::new2(call.tokens.clone()).begin());
    }
}

#[test]
fn sql_in_code_is_found_however_it_is_written() {
    for literal in [
        r#""select now()""#,
        r#""SELECT * FROM tasks""#,
        r##"r#"select "a" from t"#"##,
        r#""\n    select task_uuid,\n        to_state\n    from tasks""#,
        r#""-- A comment.\nInsert Into t values (1)""#,
        r#"format!("update {table} set a = 1")"#,
        r#"format!("select {columns} from {table}")"#,
        r#"concat!("select ", "1")"#,
        r#""delete from t where id = $1""#,
        r#""with a as (select 1) select * from a""#,
        r#""call repair('tallies')""#,
        r#""set local lock_timeout = '3s'""#,
        r#""set timezone='UTC'""#,
        r#""begin""#,
        r#""begin isolation level repeatable read""#,
        r#""create or replace function f() returns int""#,
        r#""drop table t""#,
        r#""grant select on t to ana""#,
        r#""vacuum (analyze)""#,
        r#""explain (analyze) select 1""#,
        r#"b"commit""#,
        r#""nothing; truncate t""#,
        r#"vec![push("and state = $1")]"#,
    ] {
        let code = format!("fn f() {{ g({literal}); }}");
        assert_eq!(sql_in(&code).len(), 1, "{literal}");
    }
}

#[test]
fn sentences_attributes_and_tests_are_no_sql() {
    for sentence in [
        "select all that match",
        "Select an entry whose error looks transient, from the list",
        "update",
        "begin a poll",
        "set up the session",
        "create the demo's database",
        "with its aliases written out the file is too large",
        "delete what is kept",
        "vacuum and the folding of tallies",
        "copy the id from the list",
    ] {
        let code = format!("fn f() {{ g({sentence:?}); }}");
        assert_eq!(sql_in(&code), Vec::<String>::new());
    }
    let kept_out = r#"
        /// select 1
        #[doc = "select 1"]
        fn f() { macro_rules! m { () => { #[doc = "select 1"] } } }
        // "select 1"
        #[cfg(test)] mod tests { const A: &str = "select 1"; }"#;
    assert_eq!(sql_in(kept_out), Vec::<String>::new());
}
