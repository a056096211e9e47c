#!/bin/sh
# Says clearly what is missing to build Cauri. Installs nothing.
set -eu
cd "$(dirname "$0")/.."

missing=0
need() { # COMMAND HINT
    if ! command -v "$1" >/dev/null 2>&1; then
        echo "missing: $1 ($2)" >&2
        missing=1
    fi
}

need git "Debian: apt-get install git"
need make "Debian: apt-get install make"
need cc "a C compiler; Debian: apt-get install gcc libc6-dev"
need cargo "Rust as rust-toolchain.toml says; see https://rustup.rs"
[ "$missing" = 0 ] || exit 1

wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
found=$(rustc --version 2>/dev/null | cut -d' ' -f2 || true)
oldest=$(printf '%s\n%s\n' "$wanted" "${found:-0}" | sort -V | head -n 1)
if [ "$oldest" != "$wanted" ]; then
    echo "missing: Rust $wanted or newer, found ${found:-none} (rustup toolchain install $wanted)" >&2
    exit 1
fi
