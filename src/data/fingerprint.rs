//! What two errors have in common when only their particulars differ.

/// The error's first line without its numbers: a stand-in for what tells one error from another.
#[must_use]
pub fn fingerprint(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default().trim();
    let mut print = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '0'..='9' if print.ends_with('#') => {}
            '0'..='9' => print.push('#'),
            c => print.extend(c.to_lowercase()),
        }
    }
    print
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_tell_errors_apart() {
        assert_eq!(fingerprint("HTTP 503\nat x"), fingerprint("http 502"));
        assert_ne!(fingerprint("HTTP 503"), fingerprint("card declined"));
    }
}
