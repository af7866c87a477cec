//! Sentences about a system have placeholders for its nouns: see `Words::fill`.

use dlqtop::app::screen::commands::COMMANDS;
use dlqtop::data::source::Words;
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, ExprMethodCall, Lit};

use super::files;

const NOUNS: [&str; 10] = [
    "task",
    "tasks",
    "step",
    "steps",
    "namespace",
    "namespaces",
    "entry",
    "entries",
    "investigation",
    "investigations",
];

/// The words of a system that has another one for everything.
fn foreign() -> Words {
    Words {
        task: "job".to_owned(),
        tasks: "jobs".to_owned(),
        step: "part".to_owned(),
        steps: "parts".to_owned(),
        namespace: "queue".to_owned(),
        namespaces: "queues".to_owned(),
        entry: "failed job".to_owned(),
        entries: "failed jobs".to_owned(),
        ..Words::default()
    }
}

/// What is wrong with a sentence: a brace that is left, or a noun that is the native one whatever the system
/// calls it. An unknown placeholder panics. `step:` and its like are keys of filters, and *Steps* is a page.
fn fault(sentence: &'static str) -> Option<String> {
    let native = Words::default().fill(sentence);
    if native.contains(['{', '}']) {
        return Some(format!("a brace is left: {native}"));
    }
    let filled = foreign().fill(sentence);
    let words = filled.split_inclusive(|c: char| !c.is_alphabetic());
    let is_noun = |word: &&str| {
        let noun = word.trim_end_matches(|c: char| !c.is_alphabetic());
        NOUNS.contains(&noun.to_lowercase().as_str()) && !word.ends_with(':') && noun != "Steps"
    };
    let noun = words.clone().find(is_noun)?;
    Some(format!("{noun} is not a placeholder: {filled}"))
}

#[test]
fn what_a_command_does_is_said_in_the_words_of_the_system() {
    let faults: Vec<_> = COMMANDS.iter().filter_map(|one| fault(one.about)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_sentence_with_placeholders_has_them_for_all_its_nouns() {
    let mut checked = 0;
    let mut faults = Vec::new();
    for (path, code) in files("src", ".rs") {
        for sentence in sentences_in(&code) {
            checked += 1;
            let fault = fault(sentence.leak());
            faults.extend(fault.map(|why| format!("{}: {why}", path.display())));
        }
    }
    assert!(checked > 60, "{checked} sentences");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The literals that are filled, as far as that can be seen: those that are handed to `fill`, and those with a
/// noun in braces that are no format string. Tests do not count.
fn sentences_in(code: &str) -> Vec<String> {
    let mut sentences = Sentences::default();
    sentences.visit_file(&syn::parse_file(code).unwrap());
    sentences.0
}

#[derive(Default)]
struct Sentences(Vec<String>);

impl<'code> Visit<'code> for Sentences {
    fn visit_attribute(&mut self, _: &'code syn::Attribute) {}

    // What is in a macro is a format string.
    fn visit_macro(&mut self, _: &'code syn::Macro) {}

    fn visit_item_mod(&mut self, module: &'code syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'code ExprMethodCall) {
        if let (
            "fill",
            Some(Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            })),
        ) = (call.method.to_string().as_str(), call.args.first())
            && !has_placeholder(&text.value())
        {
            self.0.push(text.value());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_lit(&mut self, literal: &'code Lit) {
        if let Lit::Str(text) = literal
            && has_placeholder(&text.value())
        {
            self.0.push(text.value());
        }
    }
}

fn has_placeholder(text: &str) -> bool {
    text.split('{').skip(1).any(|rest| {
        let (inside, _) = rest.split_once('}').unwrap_or_default();
        let noun = inside.rsplit(' ').next().unwrap_or_default();
        NOUNS.contains(&noun.to_lowercase().as_str())
    })
}

#[test]
fn sentences_are_found_and_judged() {
    let code = r#"
        fn f(words: &Words) {
            words.fill("open it");
            let all = ["close {the entry}", "{A step}", "{n} of {most}"];
            format!("the {task} is {state}");
        }
        mod tests { const TEXT: &str = "{task}"; }
    "#;
    assert_eq!(
        sentences_in(code),
        ["open it", "close {the entry}", "{A step}"]
    );
    assert_eq!(fault("{a task} waits for its {steps}; step: filters"), None);
    assert!(fault("the {task}'s step").is_some());
    assert!(fault("WORST NAMESPACES").is_some());
}

#[test]
#[should_panic(expected = "{the entry} is not a placeholder")]
fn an_unknown_placeholder_is_not_passed_over() {
    fault("close {the entry}");
}
