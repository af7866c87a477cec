//! What an XML or HTML body says: the error of a storage service, a SOAP fault, the title of a gateway's page. Pure.

/// The elements that say it: a code first, then a message. Of a page, its title or first heading.
const ELEMENTS: [[&str; 4]; 2] = [
    ["Code", "faultcode", "code", "title"],
    ["Message", "faultstring", "message", "h1"],
];

/// One line of what the body's elements say.
pub(super) fn said(text: &str) -> Option<String> {
    let mut line = String::new();
    for names in ELEMENTS {
        let Some(said) = names.iter().find_map(|name| element(text, name)) else {
            continue;
        };
        if !line.is_empty() && !line.contains(said) {
            line.push_str(": ");
        }
        if !line.contains(said) {
            line.push_str(said);
        }
    }
    (!line.is_empty()).then_some(line)
}

/// The text of the first element with a name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let open = text.find(&format!("<{name}>"))? + name.len() + 2;
    let inside = &text[open..];
    let said = inside[..inside.find('<')?].trim();
    (!said.is_empty()).then_some(said)
}
