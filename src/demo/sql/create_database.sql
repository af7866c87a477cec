-- The demo's own database on its private server.
create database demo
