-- The settings in force, and who put them there, where it was done by name.
select setting, value, changed_by, changed_at from dlqtop.settings_in_force() order by setting
