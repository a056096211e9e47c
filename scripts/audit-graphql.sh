#!/bin/sh
# Runs the graphql-http audit suite against a server of its own. Exits non-zero unless all pass.
set -eu
cd "$(dirname "$0")/.."
command -v npm >/dev/null 2>&1 || { echo "npm is needed to fetch the audit suite" >&2; exit 1; }

version=1.23.1
expected=61
work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

cargo build --quiet --bin cauri
(cd "$work" && npm install --silent --no-audit --no-fund "graphql-http@$version" graphql@16 >/dev/null)

target/debug/cauri serve --dev --listen 127.0.0.1:0 --data-dir "$work/data" \
    >"$work/out" 2>"$work/log" &
server=$!
url=
for _ in $(seq 1 600); do
    url=$(sed -n 's/^listening on //p' "$work/out")
    [ -z "$url" ] || break
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$url" ] || { echo "the server did not start" >&2; cat "$work/log" >&2; exit 1; }

cat >"$work/audit.mjs" <<'JS'
import { auditServer } from 'graphql-http';
const [url, expected] = [process.argv[2], Number(process.argv[3])];
const results = await auditServer({ url });
for (const result of results) {
  const reason = result.status === 'ok' ? '' : `  (${result.reason})`;
  console.log(`${result.status.padEnd(6)} ${result.id} ${result.name}${reason}`);
}
const passed = results.filter((result) => result.status === 'ok').length;
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exit(passed === expected && results.length === expected ? 0 : 1);
JS
(cd "$work" && node audit.mjs "$url/graphql" "$expected")
