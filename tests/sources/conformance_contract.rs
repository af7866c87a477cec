//! The contract says what the row structs read: no column more, none less, null where they allow it.

use dlqtop::data::source::contract::{Column, File, Type, files, optional, words_of};
use dlqtop::data::source::{NATIVE, Source};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection};
use support::database::Database;

use crate::looking::complaints;
use crate::systems::{full, systems};

/// A value of the type that every struct can read.
fn value(file: &File, column: &Column) -> String {
    if let Some([word, ..]) = words_of(column.name, file.name) {
        return format!("'{word}'::text");
    }
    let value = match column.kind {
        Type::Uuid => "'00000000-0000-0000-0000-000000000001'",
        Type::Uuids | Type::Texts | Type::Json => "'{}'",
        Type::Text => "'x'",
        Type::Int | Type::Big | Type::Float => "1",
        Type::Bool => "true",
        Type::Instant | Type::Moment => "'2026-01-01'",
    };
    format!("{value}::{}", column.kind)
}

async fn row(db: &mut PgConnection, columns: &[String]) -> PgRow {
    let sql = format!("select {}", columns.join(", "));
    // As a poll does: in binary.
    sqlx::query(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_one(db)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_row_is_what_its_struct_reads() {
    let database = Database::empty().await;
    let mut db = database.pool.acquire().await.unwrap();
    for file in files().filter(|file| !file.gives.is_empty()) {
        let good: Vec<String> = (file.gives.iter())
            .map(|column| format!("{} as {}", value(file, column), column.name))
            .collect();
        let read = (file.read)(&row(&mut db, &good).await);
        assert!(read.is_ok(), "{}: {read:?}", file.name);
        for (place, column) in file.gives.iter().enumerate() {
            let mut nulled = good.clone();
            nulled[place] = format!("null::{} as {}", column.kind, column.name);
            let read = (file.read)(&row(&mut db, &nulled).await);
            assert_eq!(
                read.is_ok(),
                column.null,
                "{}.{} null: {read:?}",
                file.name,
                column.name
            );

            let mut mistyped = good.clone();
            mistyped[place] = format!("point(1, 2) as {}", column.name);
            let read = (file.read)(&row(&mut db, &mistyped).await);
            assert!(read.is_err(), "{}.{} is not read", file.name, column.name);

            let mut missing = good.clone();
            missing.remove(place);
            if missing.is_empty() || optional(file, column) {
                continue;
            }
            let read = (file.read)(&row(&mut db, &missing).await);
            assert!(read.is_err(), "{} does not read {}", file.name, column.name);
        }
    }
}

#[tokio::test]
async fn the_native_source_has_every_column_that_is_not_of_others_only() {
    let native = systems()
        .into_iter()
        .find(|kind| kind.name == NATIVE)
        .unwrap();
    let standing = full(&native).await;
    let complaints = complaints(&standing).await;
    assert!(complaints.is_empty(), "{complaints:#?}");
    let names: Vec<&str> = files().map(|file| file.name).collect();
    for name in Source::native().names() {
        assert!(names.contains(&name), "{name}");
    }
}
