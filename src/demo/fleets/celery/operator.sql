-- The tenant of profile.toml, for sessions without that profile: whoever opens the demo from another terminal
-- sees the same rows.
alter role operator set app.current_tenant_id = '7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417';
