#!/bin/sh
# A second opinion on the EventStoreDB store: a client that others wrote (esdbclient, from PyPI)
# reads what Cauri wrote, checks its hash chain, and is refused at a wrong revision. Against the
# server that ESDB_URL names, or against the tests' own.
set -eu
cd "$(dirname "$0")/.."
if ! command -v python3 >/dev/null 2>&1; then
    echo "NOT RUN: python3 is needed for the client from PyPI"
    exit 0
fi

root=$(pwd)
. scripts/processes.sh

if ! python3 -m venv "$work/python" 2>/dev/null \
    || ! "$work/python/bin/pip" install --quiet --disable-pip-version-check esdbclient==1.1.7 \
        >"$work/pip.log" 2>&1; then
    echo "NOT RUN: the Python client could not be fetched from PyPI"
    exit 0
fi

cargo build --quiet --bin cauri -p cauri-api
if [ -n "${ESDB_URL:-}" ]; then
    url=$ESDB_URL
else
    echo "EventStoreDB server: NOT RUN (ESDB_URL is not set); the tests' own server is asked"
    cargo build --quiet --bin esdb-server -p cauri-esdb-server
    "$root/target/debug/esdb-server" 127.0.0.1:0 >"$work/store.out" 2>"$work/store.log" &
    processes=$!
    url=$(listening store "$processes")
fi

"$root/target/debug/cauri" serve --dev --demo --listen 127.0.0.1:0 --data-dir "$work/data" \
    --store "$url" >"$work/server.out" 2>"$work/server.log" &
server=$!
processes="$server $processes"
there=$(listening server "$server")
"$root/target/debug/cauri" demo marketplace --url "$there" --data-dir "$work/data" \
    >"$work/demo.log" 2>&1 || { cat "$work/demo.log" >&2; exit 1; }
"$work/python/bin/python" scripts/esdb/judge.py "$url"
"$root/target/debug/cauri" verify --data-dir "$work/data" --store "$url"
