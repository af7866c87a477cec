-- Creates the schema's objects in public, even for a role called dlqtop: "$user" comes first in the default
-- search path, and dlqtop is also the name of our own schema.
set search_path to public
