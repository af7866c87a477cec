//! Puts into a database whatever it can hold: nulls, labels nobody knows, hostile text, impossible
//! instants, the greatest of numbers. Column by column, as the catalogue lists them; triggers and foreign
//! keys stand aside, checks and unique indexes do not.

use dlqtop::data::source::NATIVE;
use fastrand::Rng;
use sqlx::{AssertSqlSafe, Executor as _, FromRow, PgConnection};

use crate::systems::Standing;

/// A column that can be written.
#[derive(Debug, FromRow)]
struct Column {
    relation: String,
    name: String,
    kind: String,
    is_enum: bool,
    nullable: bool,
    /// The greatest length, of a varchar.
    length: Option<i32>,
}

const COLUMNS: &str = "
    select
        format('%I.%I', n.nspname, c.relname) as relation,
        quote_ident(a.attname) as name,
        format_type(a.atttypid, null) as kind,
        t.typtype = 'e' as is_enum,
        not a.attnotnull as nullable,
        case when t.typname in ('varchar', 'bpchar') and a.atttypmod > 4 then a.atttypmod - 4 end as length
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid
    join pg_type t on t.oid = a.atttypid
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and (n.nspname, c.relname) <> ('dlqtop', 'migrations')
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
    order by c.oid, a.attnum";

/// What the database would not take: it need not be shown either.
const REFUSALS: [&str; 7] = [
    "23502", "23505", "23514", "23P01", "22001", "54000", "22003",
];

/// One way to spoil a column: what stands there instead, or nothing.
type Instead = fn(&Column) -> Option<String>;

/// Sets the columns for which `instead` has something, each in about this share of the rows, and says
/// how many values were set.
async fn spoil(standing: &Standing, rng: &mut Rng, share: f64, instead: Instead) -> u64 {
    let mut db = standing.db.pool.acquire().await.unwrap();
    let columns: Vec<Column> = sqlx::query_as(COLUMNS).fetch_all(&mut *db).await.unwrap();
    db.execute("set session_replication_role = replica")
        .await
        .unwrap();
    let seed = rng.f64();
    let seeded = format!("select setseed({seed})");
    db.execute(AssertSqlSafe(seeded)).await.unwrap();
    let mut set = 0;
    for column in &columns {
        // What this program keeps for itself it keeps by constraints, but for instants.
        let is_kept = standing.kind.name == NATIVE && column.relation.starts_with("dlqtop.");
        if is_kept && !column.kind.starts_with("timestamp") {
            continue;
        }
        if let Some(value) = instead(column) {
            let Column { relation, name, .. } = column;
            let sql = format!("update {relation} set {name} = {value} where random() < {share}");
            set += attempt(&mut db, &sql).await;
        }
    }
    db.execute("reset session_replication_role").await.unwrap();
    set
}

async fn attempt(db: &mut PgConnection, sql: &str) -> u64 {
    match db.execute(AssertSqlSafe(sql.to_owned())).await {
        Ok(done) => done.rows_affected(),
        Err(sqlx::Error::Database(refused))
            if REFUSALS.contains(&refused.code().unwrap_or_default().as_ref()) =>
        {
            0
        }
        Err(error) => panic!("{error}\n{sql}"),
    }
}

/// Every nullable column of this share of the rows is null.
pub async fn nulls(standing: &Standing, rng: &mut Rng, share: f64) -> u64 {
    let null = |column: &Column| column.nullable.then(|| "null".to_owned());
    spoil(standing, rng, share, null).await
}

/// Every enum has a label that nobody has heard of, and a tenth of the rows has it.
pub async fn labels(standing: &Standing, rng: &mut Rng) -> u64 {
    let mut db = standing.db.pool.acquire().await.unwrap();
    let enums: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, t.typname)
         from pg_type t join pg_namespace n on n.oid = t.typnamespace
         where t.typtype = 'e' and n.nspname !~ '^pg_'",
    )
    .fetch_all(&mut *db)
    .await
    .unwrap();
    for name in &enums {
        let sql = format!("alter type {name} add value 'a label of tomorrow'");
        db.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    drop(db);
    let unknown = |column: &Column| column.is_enum.then(|| "'a label of tomorrow'".to_owned());
    spoil(standing, rng, 0.1, unknown).await
}

/// One of these for each row, by chance.
fn one_of(values: &[&str]) -> String {
    let (list, many) = (values.join(", "), values.len());
    format!("(array[{list}])[1 + floor(random() * {many})::int]")
}

/// What somebody could enqueue.
const TEXTS: &[&str] = &[
    r"E'\x1b]0;owned\x07\x1b[2J'",
    r"E'\u202egnp.exe\u2066'",
    r"E'a\rb\nc\td\x08e\x7f'",
    r"E'\u009b31m\u0085'",
    r"E'z\u200bw\ufeff\u00ad\u2028'",
    r"'e' || repeat(E'\u0301', 300)",
    r#"'{"a": '"#,
    "'[[[['",
    "'null'",
    r#"'{"steps": 7, "code": null}'"#,
    r"'\u0000'",
    r"'%s %I $1 {table:jobs} {{'",
    "''",
    "'   '",
    "E'\\n\\n\\n'",
    "'Infinity'",
    "'日本 🚀 ñ'",
];

/// What stands in a JSON column although nobody has planned for it.
const JSONS: &[&str] = &[
    "'null'",
    "'42'",
    "'\"text\"'",
    "'[]'",
    "'{}'",
    "'[[[1]]]'",
    r#"'{"steps": "none", "time_in_state_minutes": "abc", "lifecycle": 7, "error": {"a": []}}'"#,
    r#"'{"steps": [{"name": 7, "state": null}, 5, null], "time_in_state_minutes": 99999999999999}'"#,
    r#"'{"steps": {"name": []}, "time_in_state_minutes": {}, "lifecycle": {"max": "NaN"}}'"#,
    "repeat('[', 200) || repeat(']', 200)",
    "'1e300'",
    r#"'{"\u001b]0;owned\u0007": "\u202e", "error": "\u001b[2J\u009b"}'"#,
    r#"'{"error": "", "message": [], "max_attempts": "-1", "timeout_seconds": 1e20}'"#,
    r#"'{"a": 1, "deep": ' || repeat('[', 1000) || repeat(']', 1000) || '}'"#,
];

/// What stands in a column of JSON that is kept as it was written, and what `jsonb` would not take.
const AS_WRITTEN: &[&str] = &[
    r#"'{"half": "a\ud800z", "\udc00": [1]}'"#,
    r#"'{"error": "a\u0000b", "message": "\u0000"}'"#,
    r#"'{"twice": 1, "twice": 1e999999, "error": "\ud83d"}'"#,
];

fn hostile(column: &Column) -> Option<String> {
    let text = || one_of(TEXTS);
    match column.kind.as_str() {
        // Mostly without a number, so that what must be distinct is distinct but not all is.
        "text" => Some(text()),
        "character varying" | "character" => Some(match column.length {
            Some(length) => format!("left({}, {length})", text()),
            None => text(),
        }),
        "text[]" | "character varying[]" => Some(format!("array[{}, {}]", text(), text())),
        "jsonb" => Some(format!("({})::jsonb", one_of(JSONS))),
        "json" => Some(format!("({})::json", one_of(&[JSONS, AS_WRITTEN].concat()))),
        _ => None,
    }
}

/// The same where each must be another.
fn hostile_and_distinct(column: &Column) -> Option<String> {
    let text = matches!(column.kind.as_str(), "text" | "character varying");
    text.then(|| {
        let value = format!("{} || (random() * 1e9)::bigint", one_of(TEXTS));
        match column.length {
            Some(length) => format!("right({value}, {length})"),
            None => value,
        }
    })
}

/// A megabyte.
fn long(column: &Column) -> Option<String> {
    match (column.kind.as_str(), column.length) {
        ("text", _) | ("character varying", None) => {
            Some(r"repeat(E'x\x1b\u202ey ', 200000)".to_owned())
        }
        ("jsonb" | "json", _) => Some(format!(
            "json_build_object('steps', json_build_array(), 'error', repeat('long ', 200000))::{}",
            column.kind
        )),
        _ => None,
    }
}

/// Hostile text in every column that holds text or JSON, in half of the rows; a megabyte in some.
pub async fn texts(standing: &Standing, rng: &mut Rng) -> u64 {
    let set = spoil(standing, rng, 0.3, hostile_and_distinct).await
        + spoil(standing, rng, 0.3, hostile).await;
    set + spoil(standing, rng, 0.01, long).await
}

/// Instants that no clock shows, in a third of the rows.
pub async fn instants(standing: &Standing, rng: &mut Rng) -> u64 {
    let impossible = |column: &Column| {
        column.kind.starts_with("timestamp").then(|| {
            let values = [
                "'infinity'",
                "'-infinity'",
                "'294276-12-31 23:59:59'",
                "'4713-01-01 00:00:00 BC'",
                "'9999-12-31 23:59:59'",
                "'2222-02-02 02:02:02'",
            ];
            format!("({})::{}", one_of(&values), column.kind)
        })
    };
    spoil(standing, rng, 0.3, impossible).await
}

/// The greatest and the least of numbers, in a third of the rows.
pub async fn numbers(standing: &Standing, rng: &mut Rng) -> u64 {
    let extreme = |column: &Column| {
        let values: &[&str] = match column.kind.as_str() {
            "smallint" => &["32767", "'-32768'", "0", "'-1'"],
            "integer" => &["2147483647", "'-2147483648'", "0", "'-1'"],
            "bigint" => &["9223372036854775807", "'-9223372036854775808'", "0", "'-1'"],
            "double precision" | "real" => &["'NaN'", "'Infinity'", "'-Infinity'", "0", "'-1'"],
            "numeric" => &["'NaN'", "1e30", "'-1e30'", "0"],
            _ => return None,
        };
        Some(format!(
            "({})::{}",
            one_of(
                &values
                    .iter()
                    .map(|value| {
                        if value.starts_with('\'') {
                            value.to_string()
                        } else {
                            format!("'{value}'")
                        }
                    })
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
            ),
            column.kind
        ))
    };
    spoil(standing, rng, 0.3, extreme).await
}
