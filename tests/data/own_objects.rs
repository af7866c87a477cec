//! The list of what the migrations create, and the matrix of rights in docs/security.md: both are what the
//! catalogue of a migrated database says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use dlqtop::data::native::migrate::MIGRATOR;
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, FromRow};
use support::database::Database;

const OBJECTS: &str = "src/data/native/own_objects.txt";
const SECURITY: &str = "docs/security.md";
const WRITE: &str = "DLQTOP_WRITE_DOCS";

async fn objects(db: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(include_str!("../sql/own_objects.sql"))
        .fetch_all(db)
        .await
        .unwrap()
}

/// Compares a file with what it should say, after writing that if so told.
fn expect_file(path: &str, expected: &str) {
    if std::env::var_os(WRITE).is_some() {
        fs::write(path, expected).unwrap();
    }
    let told = fs::read_to_string(path).unwrap();
    assert!(
        told == expected,
        "{path} is out of date: {WRITE}=1 cargo test --test data own_objects writes it anew"
    );
}

/// Migration by migration, as `migrate` applies them.
#[tokio::test]
async fn the_list_of_objects_is_what_the_migrations_create() {
    let db = Database::empty().await;
    let mut session = db.pool.acquire().await.unwrap();
    session
        .execute(include_str!("../../src/data/sql/native/create_list.sql"))
        .await
        .unwrap();
    session
        .execute(include_str!("../../src/data/sql/session/migrate.sql"))
        .await
        .unwrap();
    // The schema and the list of migrations come before all of them.
    let mut known: BTreeSet<String> = objects(&mut session).await.into_iter().collect();
    let mut lines = Vec::new();
    for migration in MIGRATOR.iter() {
        session.execute(migration.sql.clone()).await.unwrap();
        let there = objects(&mut session).await;
        let fresh = there.iter().filter(|object| !known.contains(*object));
        lines.extend(fresh.map(|object| format!("{} {object}\n", migration.version)));
        let now: BTreeSet<String> = there.into_iter().collect();
        let gone: Vec<&String> = known.difference(&now).collect();
        assert!(
            gone.is_empty(),
            "{} changes or drops {gone:?}",
            migration.version
        );
        known = now;
    }
    assert!(lines.len() > 200, "{}", lines.len());
    expect_file(OBJECTS, &lines.concat());
}

/// Who may do what with one object.
#[derive(Debug, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "a column of the matrix each")]
struct Rights {
    name: String,
    schema: String,
    kind: String,
    everybody: bool,
    viewer: bool,
    operator: bool,
    detector: bool,
}

const RIGHTS: &str = "
    select f.proname::text as name, n.nspname::text as schema, 'function' as kind,
           bool_or(has_function_privilege('public', f.oid, 'execute')) as everybody,
           bool_or(has_function_privilege('dlqtop_viewer', f.oid, 'execute')) as viewer,
           bool_or(has_function_privilege('dlqtop_operator', f.oid, 'execute')) as operator,
           bool_or(has_function_privilege('dlqtop_detector', f.oid, 'execute')) as detector
    from pg_proc f
    join pg_namespace n on n.oid = f.pronamespace
    where n.nspname in ('public', 'dlqtop')
    group by 1, 2
    union all
    select c.relname, n.nspname, case when c.relkind = 'v' then 'view' else 'table' end,
           has_table_privilege('public', c.oid, 'select'),
           has_table_privilege('dlqtop_viewer', c.oid, 'select'),
           has_table_privilege('dlqtop_operator', c.oid, 'select'),
           has_table_privilege('dlqtop_detector', c.oid, 'select')
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'dlqtop') and c.relkind in ('r', 'p', 'v') and not c.relispartition
    order by 3, 1, 2";

impl Rights {
    /// The name as the documents write it.
    fn title(&self) -> String {
        let schema = if self.schema == "public" {
            ""
        } else {
            "dlqtop."
        };
        format!("`{schema}{}`", self.name)
    }

    /// `| – | ✓ | ✓ | – |`
    fn row(&self) -> String {
        let may = [self.everybody, self.viewer, self.operator, self.detector];
        may.map(|may| if may { " ✓ |" } else { " – |" }).concat()
    }
}

/// The names of one row. Not named are what only the owner may use, and helpers that everybody may call who may
/// use the schema: they calculate, with the caller's rights.
fn summed_up(names: &[String], row: &str) -> String {
    if !row.contains('✓') {
        return format!("the other {}: the owner only", names.len());
    }
    if !row.starts_with(" ✓") {
        return names.join(", ");
    }
    let is_helper = |name: &&String| name.starts_with("`dlqtop.");
    let (helpers, others): (Vec<&String>, Vec<&String>) = names.iter().partition(is_helper);
    let mut words: Vec<String> = others.into_iter().cloned().collect();
    if !helpers.is_empty() {
        let count = helpers.len();
        words.push(format!("{count} helpers in `dlqtop` that only calculate"));
    }
    words.join(", ")
}

/// Objects with the same rights stand in one row.
fn matrix(rights: &[Rights]) -> String {
    let mut text = String::new();
    for (kind, heading) in [
        ("function", "| function: execute"),
        ("view", "| view: select"),
        ("table", "| table: select"),
    ] {
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in rights.iter().filter(|one| one.kind == kind) {
            rows.entry(one.row()).or_default().push(one.title());
        }
        text.push_str(heading);
        text.push_str(" | everybody | viewer | operator | detector |\n|---|---|---|---|---|\n");
        for (row, names) in rows.iter().rev() {
            let line = format!("| {} |{row}\n", summed_up(names, row));
            text.push_str(&line);
        }
        text.push('\n');
    }
    text
}

#[tokio::test]
async fn the_matrix_of_rights_is_what_the_catalogue_says() {
    let db = Database::new().await;
    let rights: Vec<Rights> = sqlx::query_as(RIGHTS).fetch_all(&db.pool).await.unwrap();
    assert!(rights.len() > 150, "{}", rights.len());
    let told = fs::read_to_string(SECURITY).unwrap();
    let (before, rest) = told.split_once("<!-- rights -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /rights -->").unwrap();
    let expected = format!(
        "{before}<!-- rights -->\n{}<!-- /rights -->{after}",
        matrix(&rights)
    );
    expect_file(SECURITY, &expected);
}

/// Whoever may call them gains nothing by it.
#[tokio::test]
async fn what_everybody_may_call_runs_with_the_callers_rights() {
    let db = Database::new().await;
    let definers: Vec<String> = sqlx::query_scalar(
        "select f.oid::regprocedure::text
         from pg_proc f
         where f.pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and f.prosecdef and has_function_privilege('public', f.oid, 'execute')",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(definers, Vec::<String>::new());
}

/// A right to write to a table would go around every function.
#[tokio::test]
async fn no_role_may_write_to_a_table_or_create_beside_it() {
    let db = Database::new().await;
    let beyond: Vec<String> = sqlx::query_scalar(
        "select format('%s may %s %s', role, privilege, c.oid::regclass)
         from pg_class c
         cross join unnest(array['public', 'dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector']) as role
         cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as privilege
         where c.relnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and c.relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, privilege)
         union all
         select format('%s may create in %s', role, n.nspname)
         from pg_namespace n
         cross join unnest(array['public', 'dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector']) as role
         where n.nspname in ('public', 'dlqtop') and has_schema_privilege(role, n.oid, 'create')",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(beyond.is_empty(), "{beyond:#?}");
}
