# Shared by the scripts of tests/e2e; sourced after `build=$1`. Each check prints one line, which tests/run counts.

ok() { # name
    printf 'ok %s\n' "$1"
}
fail() { # name, why
    printf 'FAIL %s: %s\n' "$1" "$2"
    failures=$((${failures:-0} + 1))
}
same() { # name, expected, found
    if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "expected '$2', found '$3'"; fi
}
silent() { # name, file of messages: nothing may have been said
    if [ -s "$2" ]; then fail "$1" "$(head -n 3 "$2" | tr '\n' '|')"; else ok "$1"; fi
}
# A subset: every line of the first file is a line of the second.
holds() { # name, file of lines expected, file of lines found
    LC_ALL=C sort -u "$3" >"$3.sorted"
    lacking=$(LC_ALL=C sort -u "$2" | LC_ALL=C comm -23 - "$3.sorted")
    if [ ! -s "$2" ]; then
        fail "$1" "nothing was expected: the test itself is broken"
    elif [ -z "$lacking" ]; then
        ok "$1"
    else
        fail "$1" "$(echo "$lacking" | wc -l) not shown, first: $(echo "$lacking" | head -n 1)"
    fi
}
need() { # command...: ends the script when one is not there
    for command in "$@"; do
        command -v "$command" >/dev/null || { fail need "$command is not installed, run make deps"; exit 1; }
    done
}

# Sets $tmp, a folder that goes away with the script, as do the processes put into $children.
children=
leave() {
    for child in $children; do kill "$child" 2>/dev/null; done
    wait
    rm -rf "$tmp"
}
tmp=$(mktemp -d)
trap leave EXIT
trap 'exit 143' INT TERM

chalkcast=$build/chalkcast
station=$build/station
# Ends the script when the program or the prepared sample station is not there; makes the station if need be.
need_station() {
    [ -x "$chalkcast" ] || { fail need "$chalkcast is not built"; exit 1; }
    schedules/examples/make-station "$build" >"$tmp/make-station.log" 2>&1 || {
        fail need "the sample station: $(tail -n 1 "$tmp/make-station.log")"
        exit 1
    }
}

until_begun() { # station: `play` has begun its journal
    for _ in $(seq 100); do "$chalkcast" -C "$1" journal list 2>/dev/null | grep -q always && return; sleep 0.1; done
}
