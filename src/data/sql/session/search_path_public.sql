-- The schema belongs in public, even for a role that shares its name with a schema: "$user" comes
-- first in the usual search path, and our own schema is called dlqtop.
set search_path to public
