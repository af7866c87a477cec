//! The objects that a statement names with their schemas, apart from `{table:NAME}`. Statements look nothing up
//! outside `pg_catalog`, so that there are no others.

/// What comes before a relation.
const BEFORE: [&str; 5] = ["from", "join", "into", "update", "using"];
const SERVERS_OWN: [&str; 2] = ["pg_catalog", "information_schema"];

/// Adds the relations that the statement names, by schema and name.
pub(super) fn relations(text: &str, found: &mut Vec<(String, String)>) {
    let mut before = String::new();
    for word in words(text) {
        if BEFORE.contains(&before.to_lowercase().as_str())
            && let Some(pair) = pair(word.text)
            && !word.is_called
        {
            add(found, pair);
        }
        word.text.clone_into(&mut before);
    }
}

/// Adds the functions that the statement calls, by schema and name.
pub(super) fn functions(text: &str, found: &mut Vec<(String, String)>) {
    for word in words(text).filter(|word| word.is_called) {
        if let Some(pair) = pair(word.text) {
            add(found, pair);
        }
    }
}

fn add(found: &mut Vec<(String, String)>, pair: (String, String)) {
    if !SERVERS_OWN.contains(&pair.0.as_str()) && !found.contains(&pair) {
        found.push(pair);
    }
}

struct Word<'a> {
    text: &'a str,
    is_called: bool,
}

/// Names with their dots, outside of comments; an opening parenthesis makes a call of one.
fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let lines = text.lines();
    let code = lines.map(|line| line.split("--").next().unwrap_or_default());
    code.flat_map(|line| {
        let is_part = |c: char| c.is_alphanumeric() || "_.\"$".contains(c);
        let mut rest = line;
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches(|c| !is_part(c));
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            rest = after;
            (!text.is_empty()).then(|| Word {
                text,
                is_called: after.trim_start().starts_with('('),
            })
        })
    })
}

/// Schema and name, if the word has both.
fn pair(word: &str) -> Option<(String, String)> {
    let (schema, name) = word.split_once('.')?;
    let plain = |part: &str| match part.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').to_owned(),
        None => part.to_lowercase(),
    };
    let (schema, name) = (plain(schema), plain(name));
    (!schema.is_empty() && !name.is_empty()).then_some((schema, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_and_functions_are_told_from_columns() {
        let text = "select a.id, shop.price (a.id), pg_catalog.now() -- from hidden.one\n\
            from Shop.jobs a\njoin \"Shop\".\"Old\" o on o.id = a.id\n\
            cross join lateral shop.lines(a.id) where a.x in (select 1 from {table:jobs})\n\
            and extract(epoch from a.at) > 1";
        let pair = |schema: &str, name: &str| (schema.to_owned(), name.to_owned());
        let (mut read, mut called) = (Vec::new(), Vec::new());
        relations(text, &mut read);
        functions(text, &mut called);
        assert_eq!(
            read,
            [pair("shop", "jobs"), pair("Shop", "Old"), pair("a", "at")],
            "a column that looks like a relation is of no schema"
        );
        assert_eq!(called, [pair("shop", "price"), pair("shop", "lines")]);
    }
}
