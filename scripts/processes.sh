# Sourced by scripts that start programs: `$work` is a folder of their own, and what is in `$processes`
# ends with them. Each program writes to `$work/NAME.out` and `$work/NAME.log`.
work=$(mktemp -d)
processes=
cleanup() {
    for process in $processes; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

# Waits until a program has said where it listens.
listening() {
    for _ in $(seq 1 600); do
        address=$(sed -n 's/^listening on //p' "$work/$1.out")
        [ -z "$address" ] || { echo "$address"; return; }
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    echo "the $1 did not start" >&2
    cat "$work/$1.log" >&2
    return 1
}
