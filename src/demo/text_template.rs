//! Turns `"request req_{h12}"` into text that looks like the real thing.

use serde_json::Value;

/// Replaces what stands in braces: `{n6}` six digits, `{h12}` twelve hex digits, `{a|b|c}` one of
/// these, `{#10-99}` a number in that range.
pub(super) fn fill(pattern: &str, rng: &mut fastrand::Rng) -> String {
    let mut text = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((inside, remainder)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        text.push_str(&replacement(inside, rng));
        rest = remainder;
    }
    text.push_str(rest);
    text
}

fn replacement(inside: &str, rng: &mut fastrand::Rng) -> String {
    if let Some((low, high)) = range(inside) {
        return rng.i64(low..=high).to_string();
    }
    if inside.contains('|') {
        let choices: Vec<&str> = inside.split('|').collect();
        return rng.choice(choices).unwrap_or_default().to_owned();
    }
    let (kind, count) = inside.split_at(inside.len().min(1));
    match (kind, count.parse::<usize>()) {
        ("n", Ok(count)) => (0..count)
            // no leading zero: ids that are numbers keep their length
            .map(|i| char::from(b'0' + rng.u8(u8::from(i == 0)..10)))
            .collect(),
        ("h", Ok(count)) => (0..count)
            .map(|_| char::from(b"0123456789abcdef"[rng.usize(0..16)]))
            .collect(),
        _ => inside.to_owned(),
    }
}

fn range(inside: &str) -> Option<(i64, i64)> {
    let (low, high) = inside.strip_prefix('#')?.split_once('-')?;
    Some((low.parse().ok()?, high.parse().ok()?))
}

/// The same for every text in a JSON value; a text that is nothing but a range becomes a number.
pub(super) fn fill_json(pattern: &Value, rng: &mut fastrand::Rng) -> Value {
    match pattern {
        Value::String(text) => {
            let only = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
            match only.and_then(range) {
                Some((low, high)) => rng.i64(low..=high).into(),
                None => fill(text, rng).into(),
            }
        }
        Value::Array(items) => items.iter().map(|item| fill_json(item, rng)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), fill_json(value, rng)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_replaced_and_the_same_seed_gives_the_same_words() {
        let write = |seed| {
            fill(
                "req_{h12} {n4} {eu|us} {#5-5} {open",
                &mut fastrand::Rng::with_seed(seed),
            )
        };
        assert_eq!(write(7), write(7));
        assert_ne!(write(7), write(8));
        assert!(write(7).ends_with(" 5 {open"), "{}", write(7));
        assert!(!write(7).contains('}'));
    }

    #[test]
    fn a_lone_range_becomes_a_number() {
        let filled = fill_json(
            &serde_json::json!({ "amount": "{#3-3}" }),
            &mut fastrand::Rng::with_seed(1),
        );
        assert_eq!(filled, serde_json::json!({ "amount": 3 }));
    }
}
