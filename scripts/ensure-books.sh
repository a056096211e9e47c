#!/bin/sh
# Makes sure that the accounting tools are there which our books are compared with: hledger, ledger and
# beancount's bean-check. As root, Debian's packages; else beancount from PyPI, in .cauri/books.
set -eu
cd "$(dirname "$0")/.."

wheel=beancount==3.2.3
own=.cauri/books

has() { command -v "$1" >/dev/null 2>&1 || [ -x "$own/bin/$1" ]; }

missing() {
    for program in hledger ledger bean-check; do
        has "$program" || echo "$program"
    done
}

if [ -n "$(missing)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian's packages hledger, ledger and beancount"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends hledger ledger beancount; } >&2 || true
fi
if ! has bean-check && command -v python3 >/dev/null 2>&1; then
    echo "fetching $wheel from PyPI into $own"
    { python3 -m venv "$own" && "$own/bin/pip" install --quiet --disable-pip-version-check \
        "$wheel"; } >&2 || true
fi
if [ -n "$(missing)" ]; then
    echo "not there, and could not be installed:" $(missing) >&2
    exit 1
fi
echo "accounting tools: hledger, ledger, bean-check"
