//! YAML as a tree in which every value knows its line.
//!
//! What a file may cost is bounded: its depth, and its weight with all aliases written out.

mod builder;
pub(super) mod tree;

use saphyr_parser::Parser;

use builder::Builder;
use tree::{Parsed, Place};

/// Reads one document.
pub(super) fn parse(text: &str) -> Parsed {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let kept = match event {
            Ok((event, span)) => builder.take(event, span.into()),
            Err(error) => {
                let at = Place {
                    line: error.marker().line(),
                    column: error.marker().col() + 1,
                };
                Err(at.fault("", format!("this is not YAML: {}", error.info())))
            }
        };
        if let Err(fault) = kept {
            return builder.give_up(fault);
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse(text).faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused_with_its_line() {
        let cases = [
            ("", "1: the file is empty"),
            ("# nothing\n", "1: the file is empty"),
            ("a: [1, 2", "this is not YAML"),
            ("a: 1\n---\nb: 2\n", "2: a second document begins"),
            (
                "a: 1\nb: 2\na: 3\n",
                "3: a: this key stands in line 1 already",
            ),
            (
                "a:\n  b: 1\n  b: 2\n",
                "3: a.b: this key stands in line 2 already",
            ),
            (
                "a:\n  - x: 1\n    x: 2\n",
                "3: a[1].x: this key stands in line 2",
            ),
            ("a: !ruby/object x\n", "1: a: tags have no meaning here"),
            (
                "a: !!int soon\n",
                "1: a: the value is not what its tag says",
            ),
            (
                "a: 99999999999999999999\n",
                "1: a: this number has too many digits",
            ),
            ("a: .inf\n", "1: a: this is no number that can be kept"),
            ("a: 1e400\n", "1: a: this is no number that can be kept"),
            ("a: \"x\\0y\"\n", "1: a: holds a NUL character"),
            ("? [a, b]\n: 1\n", "1: a key must be a word"),
            ("a: &x [*x]\n", "1: a[1]: an alias that stands for itself"),
        ];
        for (text, want) in cases {
            let got = faults(text);
            assert_eq!(got.len(), 1, "{text:?}: {got:?}");
            assert!(got[0].contains(want), "{text:?}: {got:?}");
        }
    }

    #[test]
    fn an_alias_stands_for_its_anchor() {
        let parsed = parse("a: &x {b: [1, two]}\nc: *x\n");
        let root = parsed.root.unwrap();
        let there = root.get("c").and_then(|c| c.get("b")).unwrap();
        assert_eq!(there.items()[1].text(), Some("two"));
        assert!(parsed.faults.is_empty());
    }

    #[test]
    fn a_bomb_costs_neither_time_nor_room() {
        let more = (1..30).map(|n| {
            let alias = format!("*a{}, ", n - 1).repeat(9);
            format!("a{n}: &a{n} [{alias}]\n")
        });
        let laughs = format!(
            "a0: &a0 [{}]\n{}",
            "lol, ".repeat(9),
            more.collect::<String>()
        );
        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(200_000),
            "*a, ".repeat(50_000)
        );
        let deep_flow = format!("a: {}", "[".repeat(100));
        let deeper_flow = format!("a: {}", "[".repeat(200_000));
        let deep_block = (0..500).map(|n| format!("{}a:\n", " ".repeat(n)));
        let deep_block = deep_block.collect::<String>();
        for (text, want) in [
            (laughs, "too large"),
            (long, "too large"),
            (deep_flow, "nested more than 32 deep"),
            (deeper_flow, "recursion limit exceeded"),
            (deep_block, "nested more than 32 deep"),
        ] {
            let begun = Instant::now();
            let got = faults(&text);
            assert_eq!(got.len(), 1);
            assert!(got[0].contains(want), "{got:?}");
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}
