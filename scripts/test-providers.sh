#!/bin/sh
# The providers' real SDKs against a real server: what they sign is booked, what is altered is
# refused, and what the simulated provider signs is what they verify. Fetched from npm, and from
# PyPI where Python is there.
set -eu
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
    echo "NOT RUN: node and npm are needed to fetch the providers' SDKs"
    exit 0
fi

root=$(pwd)
. scripts/processes.sh

if ! (cd "$work" && npm install --silent --no-audit --no-fund \
    stripe@23.1.0 fedapay@1.2.5 standardwebhooks@1.1.1 >"$work/npm.log" 2>&1); then
    cat "$work/npm.log" >&2
    echo "NOT RUN: the providers' SDKs could not be fetched from npm"
    exit 0
fi
cp scripts/providers/*.mjs "$work/"
cargo build --quiet --bin cauri

"$root/target/debug/cauri" serve --dev --demo --listen 127.0.0.1:0 --data-dir "$work/data" \
    >"$work/server.out" 2>"$work/server.log" &
server=$!
processes=$server
listening server "$server" >/dev/null
(cd "$work" && node incoming.mjs "$work/data/dev.env")

# A simulated provider that tells a receiver of its own, in every form that it speaks.
secret=$(node -e 'console.log("whsec_" + require("crypto").randomBytes(32).toString("base64"))')
export CAURI_SIM_WEBHOOK_SECRET="$secret"
export CAURI_SIM_STRIPE_SECRET=whsec_of_this_run CAURI_SIM_FEDAPAY_SECRET=wh_of_this_run
(cd "$work" && exec node receiver.mjs) >"$work/receiver.out" 2>"$work/receiver.log" &
receiver=$!
processes="$processes $receiver"
told=$(listening receiver "$receiver")
"$root/target/debug/cauri" simulate-provider --listen 127.0.0.1:0 \
    --webhook-url "$told/webhooks/sim" --data-dir "$work/simulator" \
    >"$work/simulator.out" 2>"$work/simulator.log" &
simulator=$!
processes="$processes $simulator"
(cd "$work" && node outgoing.mjs "$(listening simulator "$simulator")" "$told")

if command -v python3 >/dev/null 2>&1 && python3 -m venv "$work/python" 2>/dev/null \
    && "$work/python/bin/pip" install --quiet --disable-pip-version-check \
        stripe==16.1.0 standardwebhooks==1.1.0 >"$work/pip.log" 2>&1; then
    (cd "$work" && curl -fsS "$told/deliveries" >deliveries.json)
    "$work/python/bin/python" "$root/scripts/providers/verify.py" "$work/deliveries.json"
else
    echo "NOT RUN: the Python SDKs could not be fetched from PyPI"
fi
