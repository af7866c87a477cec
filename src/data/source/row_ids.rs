//! Ids of rows that are not UUIDs. Screens, commands and notes know each row by a UUID: a number and a text stand in
//! one. `{id:COLUMN}` is the id of a row as a UUID; `{has_id:COLUMN = UUID}` is true for the one row with that id, by
//! an index on the column.

use crate::data::source::catalog::SourceKind;
use crate::data::source::recognise::Catalogue;

/// Of what type a system's ids are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdType {
    Uuid,
    /// A number stands in the last half of a UUID.
    Whole,
    /// A text that is a number or a UUID is taken for that; of any other there is a checksum.
    Text,
}

/// The column of a system's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowIds {
    id_type: IdType,
    column: String,
    /// The relation, quoted.
    relation: String,
}

impl RowIds {
    /// Those of a kind of system in the database with this catalogue; nothing if its files do not ask for them, or
    /// its table is not there.
    pub(super) fn of(kind: &SourceKind, catalogue: &Catalogue) -> Option<Self> {
        let known = kind.manifest.id.as_ref()?;
        let relation = catalogue.relation(kind, &known.table)?;
        let id_type = match catalogue.type_of(kind, &known.table, &known.column)? {
            "uuid" => IdType::Uuid,
            "smallint" | "integer" | "bigint" => IdType::Whole,
            _ => IdType::Text,
        };
        Some(Self {
            id_type,
            column: known.column.clone(),
            relation: relation.to_owned(),
        })
    }

    /// What stands for `{id:…}` or `{has_id:…}`; nothing if the placeholder is another.
    pub(super) fn filled(&self, placeholder: &str) -> Option<String> {
        let (kind, of) = placeholder.split_once(':')?;
        match kind {
            "id" => Some(self.as_uuid(of.trim())),
            "has_id" => {
                let (column, id) = of.split_once('=')?;
                Some(self.is(column.trim(), id.trim()))
            }
            _ => None,
        }
    }

    fn as_uuid(&self, column: &str) -> String {
        match self.id_type {
            IdType::Uuid => column.to_owned(),
            IdType::Whole => {
                format!("lpad(to_hex(({column})::bigint), 32, '0')::uuid")
            }
            // A UUID that a number could stand in is none of the texts that are taken for one.
            IdType::Text => format!(
                "(case when ({column})::text ~ '^(0|-?[1-9][0-9]{{0,17}})$' \
                 then lpad(to_hex(({column})::text::bigint), 32, '0') \
                 when ({column})::text ~* '^(?!00000000-0000-0000-)[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' \
                 then ({column})::text \
                 else left(encode(sha256(decode(\
                 replace(({column})::text, '\\', '\\\\'), 'escape')), 'hex'), 32) end)::uuid"
            ),
        }
    }

    fn is(&self, column: &str, id: &str) -> String {
        let number = format!("('x' || right(replace(({id})::text, '-', ''), 16))::bit(64)::bigint");
        match self.id_type {
            IdType::Uuid => format!("{column} = {id}"),
            IdType::Whole => format!("({column} = {number} and {} = {id})", self.as_uuid(column)),
            IdType::Text => {
                let Self {
                    relation,
                    column: own,
                    ..
                } = self;
                let own = format!("same_id.{own}");
                let is_it = format!("{} = {id}", self.as_uuid(&own));
                // First by the index, as a UUID or a number is written; what has a checksum is searched for.
                format!(
                    "{column} = coalesce(\
                     (select {own} from {relation} same_id where {own} = any(array[({id})::text, \
                     case when ({id})::text like '00000000-0000-0000-%' then ({number})::text end]) \
                     and {is_it} limit 1), \
                     (select {own} from {relation} same_id where {is_it} limit 1))"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(id_type: IdType) -> RowIds {
        RowIds {
            id_type,
            column: "id".to_owned(),
            relation: "public.jobs".to_owned(),
        }
    }

    #[test]
    fn a_uuid_stands_as_it_is() {
        let ids = ids(IdType::Uuid);
        assert_eq!(ids.filled("id:f.id").unwrap(), "f.id");
        let has = ids.filled("has_id:f.id = $1::uuid").unwrap();
        assert_eq!(has, "f.id = $1::uuid");
        assert_eq!(ids.filled("table:jobs"), None);
        assert_eq!(ids.filled("has_id:f.id"), None);
    }

    #[test]
    fn the_column_is_compared_bare_so_that_its_index_serves() {
        for id_type in [IdType::Whole, IdType::Text] {
            let has = ids(id_type).filled("has_id:f.id = $1::uuid").unwrap();
            assert!(has.trim_start_matches('(').starts_with("f.id = "), "{has}");
        }
    }
}
