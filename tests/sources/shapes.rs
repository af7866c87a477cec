//! The shapes that a system's tables may have: every type that its manifest allows of a column.

use dlqtop::data::source::SourceKind;
use sqlx::{AssertSqlSafe, Executor as _, FromRow, PgConnection};

use crate::systems::{Standing, found};

/// A column that may be of several types.
#[derive(Debug)]
struct Admitted {
    relation: String,
    column: String,
    types: Vec<String>,
    is_id: bool,
}

/// A column of no matter what type, that holds JSON here.
#[derive(Debug, FromRow)]
struct Json {
    relation: String,
    column: String,
}

const JSON: &str = "
    select c.oid::regclass::text as relation, quote_ident(a.attname) as column
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.atttypid = 'jsonb'::regtype
      and not a.attisdropped";

fn admitted(kind: &SourceKind) -> Vec<Admitted> {
    let manifest = &kind.manifest;
    let mut all = Vec::new();
    for (table, columns) in &manifest.recognise.columns {
        let relation = manifest.tables.get(table).map_or(table, |names| &names[0]);
        for (column, types) in columns {
            let types: Vec<String> = types.split(" or ").map(str::to_owned).collect();
            let id = manifest.id.as_ref();
            let is_id = id.is_some_and(|id| id.table == *table && id.column == *column);
            all.push(Admitted {
                relation: relation.clone(),
                column: column.clone(),
                types,
                is_id,
            });
        }
    }
    all.retain(|admitted| admitted.types.len() > 1);
    all
}

/// How many shapes it takes to have seen every type; none of a system whose ids are always UUIDs.
pub fn shapes_of(kind: &SourceKind) -> usize {
    if kind.manifest.id.is_none() {
        return 0;
    }
    let all = admitted(kind);
    all.iter().map(|one| one.types.len()).max().unwrap_or(0)
}

/// The same system in another shape: each column has the next of its types. JSON is kept as it was written in every
/// other shape.
pub async fn reshape(standing: Standing, shape: usize) -> Standing {
    let mut db = standing.db.pool.acquire().await.unwrap();
    for column in admitted(&standing.kind) {
        let types = known(&mut db, &column.types).await;
        let new = &types[shape % types.len()];
        let Admitted {
            relation,
            column,
            is_id,
            ..
        } = &column;
        if *is_id {
            replace_id(&mut db, relation, column, new).await;
        } else {
            let sql = format!(
                "alter table {relation} alter {column} drop default,
                     alter {column} type {new} using {column}::text::{new}"
            );
            db.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
    if shape.is_multiple_of(2) {
        let json: Vec<Json> = sqlx::query_as(JSON).fetch_all(&mut *db).await.unwrap();
        for Json { relation, column } in json {
            let sql = format!(
                "alter table {relation} alter {column} drop default, alter {column} type json"
            );
            db.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
    drop(db);
    let source = found(&standing.kind, &standing.db.options).await;
    Standing { source, ..standing }
}

/// Those of these types that the server knows: an extension may be missing.
async fn known(db: &mut PgConnection, types: &[String]) -> Vec<String> {
    let known = "select type from unnest($1::text[]) as type where to_regtype(type) is not null";
    let known = sqlx::query_scalar(known).bind(types).fetch_all(db).await;
    known.unwrap()
}

/// Other ids: numbers, or texts of which some are numbers, some UUIDs, and some neither.
async fn replace_id(db: &mut PgConnection, relation: &str, column: &str, new: &str) {
    let value = match new {
        "uuid" => return,
        "int2" | "int4" | "int8" => "n",
        _ => {
            "case n % 4 when 0 then n::text when 1 then t.old::text when 2 then upper(t.old::text)
                 else 'job/' || n || ' \\é' end"
        }
    };
    let sql = format!(
        "alter table {relation} rename {column} to old;
         alter table {relation} add {column} {new};
         update {relation} t set {column} = {value}
         from (select ctid as row, row_number() over () as n from {relation}) numbered
         where t.ctid = numbered.row;
         alter table {relation} drop column old cascade, add primary key ({column})"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.unwrap();
}
