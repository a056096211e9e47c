#!/bin/sh
# Makes sure that PostgreSQL's server binaries are there, for the private Postgres.
#
# Nothing to do with DATABASE_URL or when they are found. Else, as root, Debian's package; without
# root, or where that fails, the binaries in the PyPI wheel pgserver, in .cauri/postgres.
set -eu
cd "$(dirname "$0")/.."

wheel=pgserver==0.1.4
local_bin=.cauri/postgres/pgserver/pginstall/bin

complete() { [ -x "$1/initdb" ] && [ -x "$1/postgres" ]; }

found() {
    if [ -n "${CAURI_POSTGRES_BIN:-}" ]; then
        complete "$CAURI_POSTGRES_BIN" && echo "$CAURI_POSTGRES_BIN"
        return
    fi
    if [ -z "${CAURI_POSTGRES_SKIP_SYSTEM:-}" ]; then
        for folder in /usr/lib/postgresql/*/bin; do
            if complete "$folder"; then echo "$folder"; return; fi
        done
        if initdb=$(command -v initdb); then
            folder=$(dirname "$(readlink -f "$initdb")")
            if complete "$folder"; then echo "$folder"; return; fi
        fi
    fi
    if complete "$local_bin"; then echo "$local_bin"; fi
}

from_debian() {
    [ "$(id -u)" = 0 ] && [ -z "${CAURI_POSTGRES_SKIP_SYSTEM:-}" ] || return 1
    command -v apt-get >/dev/null 2>&1 || return 1
    echo "installing Debian's package postgresql"
    # Without this Debian would make and start a cluster of its own.
    mkdir -p /etc/postgresql-common
    if ! grep -qs '^create_main_cluster' /etc/postgresql-common/createcluster.conf; then
        echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql
}

from_wheel() {
    command -v python3 >/dev/null 2>&1 || {
        echo "python3 is needed to fetch the wheel $wheel" >&2
        return 1
    }
    echo "fetching PostgreSQL's binaries from the PyPI wheel $wheel into .cauri/postgres"
    rm -rf .cauri/postgres.new
    mkdir -p .cauri/postgres.new
    python3 -m pip download --quiet --no-deps --dest .cauri/postgres.new "$wheel"
    python3 - .cauri/postgres.new <<'PY'
import glob, sys, zipfile
folder = sys.argv[1]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    wheel.extractall(folder)
PY
    # The programs look for their libraries at a fixed place beside them: the layout stays.
    rm -rf .cauri/postgres .cauri/postgres.new/*.whl
    mv .cauri/postgres.new .cauri/postgres
    chmod -R a+rX .cauri/postgres
    chmod a+x "$local_bin"/*
}

if [ -n "${DATABASE_URL:-}" ] && [ "${1:-}" != --always ]; then
    echo "DATABASE_URL is set: no private Postgres is needed"
    exit 0
fi
folder=$(found || true)
if [ -z "$folder" ]; then
    from_debian || from_wheel
    folder=$(found || true)
fi
if [ -z "$folder" ]; then
    echo "no PostgreSQL server binaries: install Debian's package postgresql" >&2
    exit 1
fi
echo "PostgreSQL: $folder"
