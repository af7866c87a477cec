//! Which of the statements that were sent could write.

use std::collections::HashSet;

use sqlx::PgConnection;

/// The functions that could change something, by the schema.
pub async fn functions_that_write(db: &mut PgConnection) -> HashSet<String> {
    let names: Vec<String> = sqlx::query_scalar(
        "select distinct proname::text from pg_proc
         where pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and provolatile = 'v' and proname <> 'tasker_uuid_v7'",
    )
    .fetch_all(db)
    .await
    .unwrap();
    assert!(names.len() > 20, "{names:?}");
    names.into_iter().collect()
}

/// The words of a statement, without its comments and what stands in quotes.
fn words(statement: &str) -> Vec<String> {
    let code: String = (statement.lines())
        .map(|line| line.split("--").next().unwrap_or_default())
        .flat_map(|line| [line, " "])
        .collect();
    let bare: String = code.split('\'').step_by(2).collect();
    bare.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Statements that write, that could, or that were sent outside of a transaction that cannot.
pub fn suspicious(statements: &[(String, String)], writing: &HashSet<String>) -> Vec<String> {
    let mut safe = HashSet::new();
    let mut suspicious = Vec::new();
    for (session, statement) in statements {
        let words = words(statement);
        let first = words.first().map_or("", String::as_str);
        let ok = match first {
            "begin" => {
                safe.insert(session);
                words.ends_with(&["read".to_owned(), "only".to_owned()])
            }
            "commit" | "rollback" => {
                safe.remove(session);
                true
            }
            "select" | "with" => {
                let changes = ["insert", "update", "delete", "merge", "nextval", "setval"];
                safe.contains(session)
                    && !(words.iter())
                        .any(|word| changes.contains(&word.as_str()) || writing.contains(word))
            }
            _ => false,
        };
        if !ok {
            suspicious.push(statement.clone());
        }
    }
    suspicious
}

/// Beside its clients' statements a pooler sends what it must to lend a session to another client.
pub fn is_poolers_own(statement: &str) -> bool {
    let mut words = words(statement).into_iter();
    words.next().as_deref() == Some("set")
        && words.next().is_some_and(|name| {
            [
                "application_name",
                "client_encoding",
                "datestyle",
                "timezone",
            ]
            .contains(&name.as_str())
        })
}
