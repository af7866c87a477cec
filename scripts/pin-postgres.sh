#!/usr/bin/env bash
# Pins the PostgreSQL that `dlqtop demo` may download: fetches the archive of each target, compares
# it with the checksum published next to it, and writes what it is to
# src/data/private_postgres/pins.txt. A release runs this before it is built; a build with pins
# takes these archives and no others.
#
#   scripts/pin-postgres.sh                                  every target
#   scripts/pin-postgres.sh x86_64-unknown-linux-gnu …       only these
#
# $DLQTOP_POSTGRES_RELEASES_URL names a mirror, as for the demo; $DLQTOP_PINS another file to write.
# Nothing is written unless every archive could be had. Look at the difference before you commit it:
# this believes whoever serves the archives.
set -euo pipefail
cd "$(dirname "$0")/.."

usual=https://github.com/theseus-rs/postgresql-binaries
base=${DLQTOP_POSTGRES_RELEASES_URL:-$usual}
base=${base%/}
pins=${DLQTOP_PINS:-src/data/private_postgres/pins.txt}
source=src/data/private_postgres/place.rs
targets=("$@")
[ $# -gt 0 ] || targets=(
    aarch64-apple-darwin aarch64-unknown-linux-gnu aarch64-unknown-linux-musl
    x86_64-apple-darwin x86_64-unknown-linux-gnu x86_64-unknown-linux-musl
)

fail() {
    echo "pin-postgres: $*" >&2
    exit 1
}

release=$(sed -nE 's/.*const RELEASE: &str = "([0-9.]+)";/\1/p' "$source")
[ -n "$release" ] || fail "$source names no release"
case $base in
https://*) protocol='=https' ;;
http://127.*) protocol='=http' ;;
*) fail "$base: only https is trusted" ;;
esac

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT

fetch() {
    curl --silent --show-error --fail --location --proto "$protocol" --max-filesize 134217728 \
        --output "$2" "$1" || fail "could not fetch $1"
}

checksum() {
    sha256sum "$1" 2>/dev/null | cut -d' ' -f1 || shasum -a 256 "$1" | cut -d' ' -f1
}

rows=$fetched/rows
for target in "${targets[@]}"; do
    archive=postgresql-$release-$target.tar.gz
    url=$base/releases/download/$release/$archive
    fetch "$url.sha256" "$fetched/published"
    fetch "$url" "$fetched/archive"
    published=$(grep -oiE '\b[0-9a-f]{64}\b' "$fetched/published" | head -n 1 | tr 'A-F' 'a-f') ||
        fail "$url.sha256 holds no SHA-256"
    found=$(checksum "$fetched/archive")
    [ "$found" = "$published" ] ||
        fail "$url: its SHA-256 is $found, but $published is published"
    tar -tzf "$fetched/archive" >"$fetched/list" 2>/dev/null &&
        grep -qE '^(\./)?[^/]+/bin/postgres$' "$fetched/list" ||
        fail "$url holds no PostgreSQL"
    echo "$release $target $found" >>"$rows"
    echo "$target $found" >&2
done

# The comment at the top stays; the rows are new.
{
    grep '^#' src/data/private_postgres/pins.txt
    sort "$rows"
} >"$fetched/pins"
cp "$fetched/pins" "$pins"
