//! One statement: can it be prepared, does it have the columns, what does it answer, may this role.

use std::time::Instant;

use sqlx::postgres::{PgConnection, PgRow, PgTypeInfo};
use sqlx::{Column as _, Decode as _, Executor as _, Row as _, Statement as _, TypeInfo as _};

use super::result::{CheckResult, STATEMENT_LIMIT};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::finding::Level;
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::source::check::executor::Executor;
use crate::data::source::contract::{Column, File, Type, optional, words_of};
use crate::data::source::grants;

/// A file has more wrong rows than anybody wants to read of.
const TOLD: usize = 3;
const DOING: &str = "try a statement";

/// Reads one file. Whatever is wrong with it is results; an error is only that nobody could be asked.
pub(super) async fn check_statement(
    db: &mut PgConnection,
    executor: &mut Executor<'_>,
    file: &File,
) -> Result<Vec<CheckResult>, DataError> {
    let name = format!("{}.sql", file.name);
    executor.begin(db).await?;
    match prepared(db, executor, file).await {
        Ok(found) if found.is_empty() => {}
        Ok(found) => return Ok(found),
        Err(error) => {
            return refused(db, executor, file, error)
                .await
                .map(|results| vec![results]);
        }
    }
    let mut results = Vec::new();
    let (begun, mut rows) = (Instant::now(), 0);
    for values in executor.samples(file) {
        let answer = match executor.rows(db, file, &values).await {
            Ok(answer) => answer,
            Err(error) => {
                results.push(refused(&mut *db, executor, file, error).await?);
                break;
            }
        };
        if file.writes() {
            continue;
        }
        rows += answer.len();
        for row in &answer {
            results.extend(unreadable(file, row));
            executor.learn(file, row);
        }
        results.dedup();
    }
    results.truncate(TOLD);
    if results.is_empty() {
        let what = if file.writes() {
            "can be done by this role; it was not".to_owned()
        } else {
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            format!("{rows} rows in {took:.0} ms")
        };
        results.push(CheckResult::new(&name, Level::Fine, what));
    }
    Ok(results)
}

/// What is wrong with its columns. It is prepared as the program prepares it: with the types of what it
/// is given.
async fn prepared(
    db: &mut PgConnection,
    executor: &Executor<'_>,
    file: &File,
) -> Result<Vec<CheckResult>, DataError> {
    let types: Vec<PgTypeInfo> = (file.takes.iter())
        .map(|param| type_info(param.kind))
        .collect();
    let Some(sql) = executor.source.explain_sql(file.name, false) else {
        return Ok(Vec::new());
    };
    let statement = db.prepare_with(sql, &types).await.while_doing(DOING)?;
    let there: Vec<(String, String)> = (statement.columns().iter())
        .map(|column| {
            let kind = column.type_info().name().to_owned();
            (column.name().to_owned(), kind)
        })
        .collect();
    Ok(columns(file, &there))
}

/// Which columns are missing, of another type, or unknown. Where they are results apart by their places,
/// they must be in these places.
fn columns(file: &File, there: &[(String, String)]) -> Vec<CheckResult> {
    let name = format!("{}.sql", file.name);
    let mut results = Vec::new();
    for (place, wanted) in file.gives.iter().enumerate() {
        let found = if file.by_place {
            there.get(place)
        } else {
            there.iter().find(|(name, _)| name == wanted.name)
        };
        match found {
            None if optional(file, wanted) => {}
            None => results.push(CheckResult::wrong(
                &name,
                format!("it has no column {} ({})", wanted.name, wanted.kind),
            )),
            Some((_, kind)) if !reads(wanted.kind, kind) => {
                let what = format!(
                    "the column {} is {}, and must be {}",
                    wanted.name,
                    kind.to_lowercase(),
                    wanted.kind
                );
                let cast = format!("write ::{} behind it", wanted.kind);
                results.push(CheckResult::wrong(&name, what).fix(&cast));
            }
            Some(_) => {}
        }
    }
    let known = |name: &str| file.gives.iter().any(|column| column.name == name);
    if results.is_empty() && !file.by_place {
        let unknown = there.iter().filter(|(name, _)| !known(name));
        results.extend(unknown.map(|(column, _)| {
            CheckResult::warning(&name, format!("nobody reads the column {column}"))
        }));
    }
    results
}

/// Whether the program can read this type of the server's as that of the contract.
fn reads(wanted: Type, there: &str) -> bool {
    match wanted {
        Type::Uuid => there == "UUID",
        Type::Uuids => there == "UUID[]",
        Type::Text => ["TEXT", "VARCHAR", "CHAR", "NAME"].contains(&there),
        Type::Texts => ["TEXT[]", "VARCHAR[]", "CHAR[]", "NAME[]"].contains(&there),
        Type::Int => there == "INT4",
        Type::Big => there == "INT8",
        Type::Float => there == "FLOAT8",
        Type::Bool => there == "BOOL",
        Type::Instant | Type::Moment => there == "TIMESTAMPTZ",
        Type::Json => ["JSON", "JSONB"].contains(&there),
    }
}

const fn type_info(kind: Type) -> PgTypeInfo {
    PgTypeInfo::with_name(match kind {
        Type::Uuid => "uuid",
        Type::Uuids => "_uuid",
        Type::Text => "text",
        Type::Texts => "_text",
        Type::Int => "int4",
        Type::Big => "int8",
        Type::Float => "float8",
        Type::Bool => "bool",
        Type::Instant | Type::Moment => "timestamptz",
        Type::Json => "jsonb",
    })
}

/// What in a row the program could not read, or would not know what to make of.
fn unreadable(file: &File, row: &PgRow) -> Vec<CheckResult> {
    let name = format!("{}.sql", file.name);
    let mut results = Vec::new();
    for (place, column) in file.gives.iter().enumerate() {
        if column.kind == Type::Instant && is_beyond(file, row, place, column) {
            let what = format!(
                "the column {} is infinite, or in no year of a calendar",
                column.name
            );
            results.push(CheckResult::wrong(&name, what).fix(
                "write case when isfinite(x) and x between '0001-01-01' and '9999-01-01' then x end",
            ));
        }
        if let Some(words) = words_of(column.name, file.name)
            && let Ok(Some(word)) = row.try_get::<Option<String>, _>(column.name)
            && !words.contains(&word.as_str())
        {
            let words = words.join(", ");
            let what = format!(
                "the column {} says {word:?}: it can be {words}",
                column.name
            );
            results.push(CheckResult::warning(&name, what));
        }
    }
    // What is beyond the calendar cannot even be tried.
    let can_be_read = results
        .iter()
        .all(|results| results.finding.level < Level::Wrong);
    if can_be_read && let Err(error) = (file.read)(row) {
        results.push(CheckResult::wrong(&name, misread(&error)));
    }
    results
}

fn is_beyond(file: &File, row: &PgRow, place: usize, column: &Column) -> bool {
    let value = if file.by_place {
        row.try_get_raw(place)
    } else {
        row.try_get_raw(column.name)
    };
    let moment = value.ok().and_then(|value| PgTimestamp::decode(value).ok());
    moment.is_some_and(|moment| moment.instant().is_none())
}

/// In the words of who writes a file, not of a library.
fn misread(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::ColumnDecode { index, source } => {
            let column = index.trim_matches('"');
            let said = source.to_string();
            if said.starts_with("unexpected null") {
                format!("the column {column} is null in some row, and must never be")
            } else {
                format!("the column {column} cannot be read: {said}")
            }
        }
        other => format!("a row cannot be read: {other}"),
    }
}

/// What the server has said no to.
async fn refused(
    db: &mut PgConnection,
    executor: &Executor<'_>,
    file: &File,
    error: DataError,
) -> Result<CheckResult, DataError> {
    if error.is_connection() {
        return Err(error);
    }
    let name = format!("{}.sql", file.name);
    let text = executor.source.text(file.name).unwrap_or_default();
    Ok(match error.sqlstate().as_deref() {
        Some("42501") => {
            let wanted = if file.writes() {
                grants::wanted(text)
            } else {
                grants::READING.to_vec()
            };
            let error = grants::explained(db, executor.source, &wanted, error).await;
            // Who only looks need not be able to act.
            let level = if file.writes() {
                Level::Warning
            } else {
                Level::Wrong
            };
            let results = CheckResult::new(
                &name,
                level,
                format!("this role may not: {}", error.cause()),
            );
            match &error {
                DataError::Denied { grant, .. } => results.fix(&format!("ask for: {grant}")),
                _ => results,
            }
        }
        Some("25006") => CheckResult::wrong(&name, "it writes, and only acts may")
            .fix("it is run in a transaction that cannot write"),
        Some("42601") if error.cause().contains("multiple commands") => {
            CheckResult::wrong(&name, "it holds more than one statement")
        }
        Some("57014") => {
            let seconds = STATEMENT_LIMIT.as_secs();
            CheckResult::wrong(&name, format!("it takes longer than {seconds} s"))
        }
        _ => {
            let line = error.line_in(text).map(|line| format!("line {line}: "));
            let what = format!("{}{}", line.unwrap_or_default(), error.cause());
            CheckResult::wrong(&name, what)
        }
    })
}
