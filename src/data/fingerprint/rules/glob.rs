//! Names with `*` for any text.

/// Whether a name is one that `wanted` means.
pub(super) fn matches(wanted: &str, name: &str) -> bool {
    let mut parts = wanted.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        // The earliest place leaves the most for what follows.
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        let all = [
            ("charge", "charge", true),
            ("charge", "charge_order", false),
            ("charge*", "charge_order", true),
            ("*order", "charge_order", true),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "a-c-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("pay.ents/*", "payments/x", false),
            ("payments/*", "payments/x", true),
        ];
        for (wanted, name, is) in all {
            assert_eq!(matches(wanted, name), is, "{wanted} {name}");
        }
    }
}
