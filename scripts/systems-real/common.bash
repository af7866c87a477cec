# What the scripts of this folder share: a PostgreSQL of their own, dlqtop on it, and a count of differences.
# Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

name=$(basename "$0" .sh)
dlqtop=${DLQTOP:-$PWD/target/debug/dlqtop}
room=$(mktemp -d)
checks=0
differences=0
started=()
# What a script wants to be done last.
last=true

fail() {
    echo "systems-real: $name: $*" >&2
    exit 2
}

[ -x "$dlqtop" ] || fail "there is no $dlqtop: run 'cargo build', or name the program with DLQTOP"

# Ends what this script started, and nothing else.
end() {
    local code=$? pid
    "$last"
    for pid in "${started[@]:-}"; do
        [ -z "$pid" ] || kill -9 -- "-$pid" 2>/dev/null || true
    done
    [ ! -d "$room/pg/data" ] || as_server "$server/pg_ctl" -D "$room/pg/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$room"
    exit "$code"
}
trap end EXIT

# A server does not run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}

# Starts a server on a free port; `url NAME` is the address of a database of it.
server=${PG_BIN:-$(pg_config --bindir 2>/dev/null || ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)}
[ -x "$server/initdb" ] || fail "there is no PostgreSQL: name the folder of its programs with PG_BIN"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
chmod 755 "$room"
mkdir "$room/pg" "$room/config" "$room/home"
[ "$(id -u)" != 0 ] || chown postgres "$room/pg"
as_server "$server/initdb" -D "$room/pg/data" -U postgres -A trust --no-sync -E UTF8 --locale C >/dev/null
as_server "$server/pg_ctl" -D "$room/pg/data" -l "$room/pg/log" -w start \
    -o "-p $port -k $room/pg -c listen_addresses=127.0.0.1 -c fsync=off" >/dev/null

url() {
    echo "postgres://postgres@127.0.0.1:$port/$1"
}

# One value, or nothing.
sql() {
    psql -X -qAt -v ON_ERROR_STOP=1 -d "$(url "$database")" -c "$1"
}

# Runs a program in the background, in a group of its own, with its output in a file; its id is in $!.
spawn() {
    local log=$1
    shift
    setsid "$@" >"$log" 2>&1 &
    started+=("$!")
}

# Takes a program and all it started out of the world at once, as a crash does.
crash() {
    kill -9 -- "-$1"
    wait "$1" 2>/dev/null || true
}

top() {
    XDG_CONFIG_HOME="$room/config" XDG_STATE_HOME="$room/home" XDG_CACHE_HOME="$room/home" HOME="$room/home" \
        "$dlqtop" --database-url "$(url "$database")" "$@"
}

# `top … | get EXPRESSION`: a value of the JSON `it`.
get() {
    python3 -c 'import json, sys; it = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# What is told must be what is wanted.
same() {
    checks=$((checks + 1))
    if [ "$2" = "$3" ]; then
        echo "  ok    $1"
    else
        differences=$((differences + 1))
        printf '  DIFF  %s\n        found:  %s\n        wanted: %s\n' "$1" "$2" "$3"
    fi
}

# The text must hold these words.
holds() {
    case $2 in
        *"$3"*) same "$1" yes yes ;;
        *) same "$1" "$2" "… $3 …" ;;
    esac
}

# Waits until a command prints this, for half a minute.
until_is() {
    local wanted=$1 left=150
    shift
    while [ "$("$@" 2>/dev/null)" != "$wanted" ]; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 0
        sleep 0.2
    done
}

finish() {
    echo "$name: $checks checks, $differences differences"
    [ "$differences" = 0 ]
}
