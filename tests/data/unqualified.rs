//! Finds names without a schema in the text of a function.

use std::collections::BTreeSet;

/// What a name may be.
#[derive(Debug, Default)]
pub struct Names {
    /// Functions of PostgreSQL.
    pub built_in: BTreeSet<String>,
    /// Tables and views of PostgreSQL.
    pub catalogs: BTreeSet<String>,
    /// Tables and views of the schema.
    pub relations: BTreeSet<String>,
    /// Types of the schema, those of the rows of its tables among them.
    pub types: BTreeSet<String>,
    /// What triggers call the rows of a statement.
    pub rows_of_triggers: BTreeSet<String>,
}

/// Words that stand before a parenthesis without being called.
const WORDS: &str = "\
    and any array as all by case char coalesce column conflict create distinct else elsif every \
    execute exists extract filter float8 from greatest group if in including into is key \
    lateral least like materialized not nullif numeric on only or over overlay partition \
    perform primary raise range recursive return returning row select set some substring table \
    then to trim union until using values varchar when where while with within";

/// Words that a call may follow; after others stands the name of a row with those of its columns.
const BEFORE_CALLS: &str = "\
    and begin between by case constant default distinct else elsif execute from having if in is \
    join lateral like loop not on or perform return returning select set then using values when \
    where while";

fn is_among(word: &str, words: &str) -> bool {
    words.split_whitespace().any(|one| one == word)
}

/// Words that a relation follows.
const BEFORE_RELATIONS: &[&str] = &[
    "from", "join", "into", "update", "table", "only", "truncate", "using",
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

impl Token {
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The part of `text` up to a character that `ends` it, and the rest.
fn taken(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("--") {
            rest = taken(rest, |c| c == '\n').1;
        } else if next == '\'' {
            let mut end = 1;
            while let Some(at) = rest[end..].find('\'') {
                end += at + 1;
                if !rest[end..].starts_with('\'') {
                    break;
                }
                end += 1;
            }
            found.push(Token::Text(rest[1..end - 1].replace("''", "'")));
            rest = &rest[end..];
        } else if next.is_alphabetic() || next == '_' {
            let (word, after) = taken(rest, |c| !(c.is_alphanumeric() || c == '_'));
            found.push(Token::Word(word.to_lowercase()));
            rest = after;
        } else {
            if !next.is_whitespace() {
                found.push(Token::Sign(next));
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    found
}

/// The tokens of a body, and where one stands.
struct Body<'a> {
    tokens: &'a [Token],
    names: &'a Names,
}

impl Body<'_> {
    fn word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).and_then(Token::word)
    }

    fn sign(&self, at: usize) -> Option<char> {
        match self.tokens.get(at) {
            Some(Token::Sign(sign)) => Some(*sign),
            _ => None,
        }
    }

    /// Whether the word before this one is one of these.
    fn follows(&self, at: usize, words: &[&str]) -> bool {
        at > 0 && (self.word(at - 1)).is_some_and(|word| words.contains(&word))
    }

    /// Where the parenthesis that opens here is closed.
    fn closed(&self, open: usize) -> usize {
        let mut depth = 0;
        for at in open..self.tokens.len() {
            match self.sign(at) {
                Some('(') => depth += 1,
                Some(')') if depth == 1 => return at,
                Some(')') => depth -= 1,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// Names of common table expressions: `name as (`, `name (columns) as (`.
    fn local(&self) -> BTreeSet<&str> {
        (0..self.tokens.len())
            .filter(|&at| {
                let mut after = at + 1;
                if self.sign(after) == Some('(') {
                    after = self.closed(after) + 1;
                }
                let materialized = self.word(after + 1) == Some("materialized");
                self.word(after) == Some("as")
                    && self.sign(after + 1 + usize::from(materialized)) == Some('(')
            })
            .filter_map(|at| self.word(at))
            .collect()
    }

    /// A call of something that PostgreSQL does not bring along.
    fn calls(&self, at: usize) -> bool {
        let Some(word) = self.word(at) else {
            return false;
        };
        let is_alias = match at.checked_sub(1).and_then(|at| self.tokens.get(at)) {
            Some(Token::Sign(sign)) => matches!(sign, ')' | '.' | '%'),
            Some(Token::Word(word)) => !is_among(word, BEFORE_CALLS),
            _ => false,
        };
        self.sign(at + 1) == Some('(')
            && !is_alias
            && !is_among(word, WORDS)
            && !self.names.built_in.contains(word)
            && self.word(self.closed(at + 1) + 1) != Some("as")
    }

    /// A table or view without its schema.
    fn reads(&self, at: usize, local: &BTreeSet<&str>) -> bool {
        let Some(word) = self.word(at) else {
            return false;
        };
        let ours = self.names.relations.contains(word);
        let of_a_statement = match at.checked_sub(1).and_then(|at| self.word(at)) {
            // `is distinct from x`, `select … into x`, `for update of x`
            Some("from") => !self.follows(at - 1, &["distinct"]),
            Some("join") => true,
            Some("into") => self.follows(at - 1, &["insert"]),
            Some("update") => ours && !self.follows(at - 1, &["for", "do"]),
            Some(_) => ours,
            None => false,
        };
        self.follows(at, BEFORE_RELATIONS)
            && of_a_statement
            && !matches!(self.sign(at + 1), Some('.' | '('))
            && !is_among(word, WORDS)
            && !local.contains(word)
            && !self.names.catalogs.contains(word)
            && !self.names.rows_of_triggers.contains(word)
    }

    /// A type without its schema: `::type`, or `name type` where names are declared.
    fn is_type(&self, at: usize, declared: usize) -> bool {
        let Some(word) = self.word(at) else {
            return false;
        };
        let cast = self.sign(at.wrapping_sub(1)) == Some(':')
            && self.sign(at.wrapping_sub(2)) == Some(':');
        let is_declared = at < declared
            && at > 1
            && self.word(at - 1).is_some()
            && (self.sign(at - 2) == Some(';')
                || self.follows(at - 1, &["declare"])
                || self.follows(at, &["constant"]));
        (cast || is_declared) && self.names.types.contains(word) && self.sign(at + 1) != Some('.')
    }
}

/// The names without a schema, each as often as it is used. Text that is executed is looked at too.
pub fn unqualified(body: &str, names: &Names) -> Vec<String> {
    let tokens = tokens(body);
    let body = Body {
        tokens: &tokens,
        names,
    };
    let local = body.local();
    let declared = (tokens.iter())
        .position(|token| token.word() == Some("begin"))
        .unwrap_or(0);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) => {
                let is_relation =
                    body.sign(at + 1) == Some(':') && body.word(at + 3) == Some("regclass");
                if is_relation && !text.contains('.') {
                    found.push(text.clone());
                }
                let first = text.split_whitespace().next().unwrap_or_default();
                if [
                    "select", "insert", "with", "create", "update", "delete", "lock", "alter",
                    "drop",
                ]
                .contains(&first)
                {
                    found.extend(unqualified(text, names));
                }
            }
            Token::Word(word)
                if body.calls(at) || body.reads(at, &local) || body.is_type(at, declared) =>
            {
                found.push(word.clone());
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
fn some_names() -> Names {
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Names {
        built_in: set(&["now", "count", "format", "unnest", "lower"]),
        catalogs: set(&["pg_class"]),
        relations: set(&["tallies", "tasks"]),
        types: set(&["answer", "tasks"]),
        rows_of_triggers: set(&["new_rows"]),
    }
}

#[test]
fn names_without_a_schema_are_found_wherever_they_stand() {
    for (body, name) in [
        ("begin perform keep_tallies(1); end", "keep_tallies"),
        ("begin return task_title(p_task); end", "task_title"),
        ("begin x := lower(task_title(p_task)); end", "task_title"),
        ("begin if not may(p_task) then return; end if; end", "may"),
        ("begin perform 1 from tasks t; end", "tasks"),
        (
            "begin perform 1 from public.tasks t join tallies using (id); end",
            "tallies",
        ),
        ("begin perform 1 from unheard_of; end", "unheard_of"),
        ("begin insert into tallies values (1); end", "tallies"),
        ("begin update tasks set n = 1; end", "tasks"),
        (
            "begin delete from public.tasks using tallies; end",
            "tallies",
        ),
        ("begin lock table tasks in share mode; end", "tasks"),
        ("begin truncate tallies; end", "tallies"),
        ("begin return ('done', 1)::answer; end", "answer"),
        ("declare a answer; begin end", "answer"),
        ("declare row_of tasks; begin end", "tasks"),
        ("begin perform 'tasks'::regclass; end", "tasks"),
        ("begin execute 'select count(*) from tasks'; end", "tasks"),
        (
            "begin execute format('insert into %s select hour_of(x)', y); end",
            "hour_of",
        ),
    ] {
        assert_eq!(unqualified(body, &some_names()), [name], "{body}");
    }
}

#[test]
fn names_with_a_schema_and_local_ones_are_not() {
    for body in [
        "begin perform dlqtop.keep_tallies(1); end",
        "begin perform 1 from public.tasks as t (a, b) join dlqtop.tallies on (true); end",
        "begin with gone as (delete from public.tasks returning *) insert into dlqtop.tallies
             select * from gone; end",
        "begin with gone (n) as materialized (select 1) select n into x from gone; end",
        "begin insert into dlqtop.tallies as t (a) select count(*) from new_rows n (a); end",
        "begin perform 1 from unnest(p) u (a) where tasks.id in (1) and x is distinct from tasks; end",
        "declare answer text; begin select relname from pg_class into answer; for update_of in select 1 loop end loop; end",
        "declare a dlqtop.answer; row_of public.tasks; begin return (1)::dlqtop.answer; end",
        "begin raise exception 'no task in tasks (%)', x using errcode = 'tallies'; end -- from tasks",
        "begin perform 1 from public.tasks for no key update; insert into public.tasks values (1)
             on conflict (id) do update set n = 1; end",
    ] {
        let found = unqualified(body, &some_names());
        assert!(found.is_empty(), "{body}: {found:?}");
    }
}
