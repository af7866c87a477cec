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

# Tries the faults that take long: an hour in front of the wall, a hundred thousand stale tasks, …
faults-slow *args:
    cargo test --locked --test faults -- --ignored --nocapture --test-threads=1 {{args}}

# Tries every supported PostgreSQL, or those that are named: versions, or folders with a server's programs.
postgres-matrix *servers:
    scripts/postgres-matrix.sh {{servers}}

# Times polls and sweeps against the plain formulation; `just bench 1000000` for the full size.
bench tasks="100000":
    TASKS={{tasks}} cargo bench --bench poll
    TASKS={{tasks}} cargo bench --bench sweep
    TASKS={{tasks}} cargo bench --bench sources

# Mends what tools can mend.
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
