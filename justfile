# Lists the recipes.
default:
    @just --list

# All that a change must pass.
check:
    .ci/run

# Opens the demo.
demo *args:
    cargo run --release -- demo {{args}}

# Runs the tests; they start their own PostgreSQL.
test *args:
    cargo test {{args}}

# Runs the tests of one binary: pure, screens, data, cli, sources, connect, faults or e2e.
test-of binary *args:
    cargo test --test {{binary}} -- {{args}}

# Runs the tests of one binary whose name contains a word, and prints their output.
one binary name:
    cargo test --test {{binary}} {{name}} -- --nocapture

# Draws all screens and compares them with the accepted ones.
screens *args:
    cargo test --test screens {{args}}

# Checks the documents; writes their generated part (the contract of sources) anew.
docs:
    DLQTOP_WRITE_DOCS=1 cargo test --test pure docs
    DLQTOP_WRITE_DOCS=1 cargo test --test data own_objects

# Makes the manual pages and completions in a folder.
man folder="target/man":
    mkdir -p {{folder}}
    cargo run -- man --out {{folder}}
    cargo run -- completions bash > {{folder}}/dlqtop.bash

# After adding a key: the tables, the screens with their hints, the documents.
check-key:
    cargo test --lib keymap
    cargo test --test screens
    cargo test --test pure docs

# After adding a pane: every source against the contract, the screens, the documents.
check-pane:
    cargo test --test sources conformance
    cargo test --test screens
    cargo test --test pure docs

# After adding a column: views, sources, tables and screens.
check-column:
    cargo test --test data schema
    cargo test --test sources conformance
    cargo test --test cli
    cargo test --test screens

# After adding a command: the command line and the documents.
check-command:
    cargo test --test cli
    cargo test --test pure docs

# After adding a source: every source against the contract and against its databases.
check-source:
    cargo test --test sources

# Makes an empty migration.
new-migration what:
    touch "migrations/$(date -u +%Y%m%d%H%M%S)_{{what}}.sql"

# After adding a migration: the schema, the roles, what relies on them, the documents.
check-migration:
    cargo test --test data
    cargo test --test pure docs

# After adding a metric: what is exported, and the alert rules.
check-metric:
    cargo test --test connect telemetry
    cargo test --test pure docs

# Runs the slow fault tests: an hour in front of the wall, a hundred thousand stale tasks, …
faults-slow *args:
    cargo test --locked --test faults -- --ignored --nocapture --test-threads=1 {{args}}

# Tries every supported PostgreSQL, or those that are named: versions, or folders with a server's programs.
postgres-matrix *servers:
    scripts/postgres-matrix.sh {{servers}}

# Acts on the real systems by dlqtop and lets their own code confirm; each script says what it needs.
systems-real:
    cargo build --locked
    failed=0; for script in scripts/systems-real/*.sh; do "$script" || failed=1; done; exit $failed

# Times polls and sweeps against the plain formulation; `just bench 1000000` for the full size.
bench tasks="100000":
    TASKS={{tasks}} cargo bench --bench poll
    TASKS={{tasks}} cargo bench --bench sweep
    TASKS={{tasks}} cargo bench --bench sources
    cargo bench --bench fingerprint

# Fixes what tools can fix.
fix:
    cargo fmt --all
    cargo clippy --fix --allow-dirty --workspace --all-targets

# Accepts new screens after you have looked at them.
accept-screens:
    INSTA_UPDATE=always cargo test --test screens
    git diff --stat -- '*.snap'

# Makes docs/screen.svg from the running program.
picture:
    cargo build --release
    python3 docs/make_picture.py

# Licences and sources of the dependencies.
deny:
    cargo deny check licenses bans sources

# Known faults of the dependencies. Fetches the advisory database, so it needs the network.
advisories:
    cargo deny --locked check advisories

# Pins the checksums of the PostgreSQL that the demo may download, for all targets or those named.
pin-postgres *targets:
    scripts/pin-postgres.sh {{targets}}

# Builds what is released: with pinned checksums.
release: pin-postgres
    cargo build --release --locked
