//! What somebody who misspelt a name may have meant.

/// Less alike than this is another word.
const ALIKE: f64 = 0.8;

/// The one of these names that is most like this one.
pub(in crate::config) fn among<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // One slip in a word of four letters is a quarter of it.
    let slip = |known: &str| name.len() > 3 && strsim::damerau_levenshtein(name, known) == 1;
    best(known, |known| {
        let least = if slip(known) { ALIKE } else { 0.0 };
        (alike(name, known).max(least), 0.0)
    })
}

pub(super) fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

pub(super) fn alike(one: &str, other: &str) -> f64 {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    strsim::normalized_damerau_levenshtein(&one, &other).max(
        // `interval` is meant where `detection_interval` is written, or the other way round.
        if one.len() > 4 && (other.starts_with(&one) || one.starts_with(&other)) {
            ALIKE
        } else {
            0.0
        },
    )
}

pub(super) fn best<T: AsRef<str>>(
    known: impl Iterator<Item = T>,
    score: impl Fn(&str) -> (f64, f64),
) -> Option<T> {
    known
        .map(|name| (score(name.as_ref()), name))
        .filter(|((part, whole), _)| part.max(*whole) >= ALIKE)
        .max_by(|((a, b), _), ((c, d), _)| (a + b).total_cmp(&(c + d)))
        .map(|(_, name)| name)
}
