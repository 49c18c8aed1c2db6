#!/bin/bash
# Law 1: a minute in one go equals, byte for byte, the same minute in seven pieces from odd instants, and what a receiver
# caught from `play`. Over joins, loops, cuts and UTC midnight.
build=$1
. tests/e2e/lib.sh
need_station
render() { "$chalkcast" -C "$station" render "$@"; }

# A minute in seven pieces that begin at odd instants; they meet because a piece ends where the next begins.
pieces() { # name, start (RFC 3339 second at +08:00, without offset)
    local name=$1 base=$2 whole parts
    whole=$(render --from "$base+08:00" --for 60s -o sha256)
    local epoch from=0
    epoch=$(date -d "$base+08:00" +%s)
    for length in 3.141592653 8.2 0.000123457 17.500001 11.999999999 9.4 9.758282891; do
        local at
        at=$(awk -v e="$epoch" -v f="$from" 'BEGIN { printf "%d %09d", e + int(f / 1e9), f % 1e9 }')
        render --from "$(date -u -d "@${at% *}" +%Y-%m-%dT%H:%M:%S).${at#* }Z" --for "${length}s" -o -
        from=$((from + $(awk -v l="$length" 'BEGIN { printf "%.0f", l * 1e9 }')))
    done >"$tmp/pieces.ts"
    parts=$(sha256sum <"$tmp/pieces.ts")
    same "seven pieces add up to a minute ($name)" 60000000000 "$from"
    same "purity: $name" "$whole" "${parts%% *}"
}
pieces 'a join: lesson to break, a loop' 2020-03-02T08:19:30
pieces 'UTC midnight, the school day begins' 2020-03-02T07:59:30
pieces 'from a break into empty time' 2020-03-02T11:39:30
pieces 'UTC midnight in mid-week' 2020-03-04T07:59:31

# What is caught from the multicast lies in the rendering, packet by packet.
capture() { # name, play from, seconds, render from, for
    local address port
    read -r address port < <(sed -nE 's|.*<output uri="udp://([0-9.]+):([0-9]+)".*|\1 \2|p' "$tmp/live/station.xml")
    "$chalkcast" -C "$tmp/live" play --at "$2" >"$tmp/play.log" 2>&1 &
    local player=$!
    children="$children $player"
    "$build/tests/tools/capture" "$address" "$port" lo "$3" "$tmp/caught.ts" >"$tmp/capture.log" 2>&1
    kill -INT $player
    wait $player
    render --from "$4" --for "$5" -o "$tmp/whole.ts"
    local first caught
    first=$("$build/tests/tools/judge" --clock "$tmp/whole.ts" | awk '{ print $1 }')
    caught=$("$build/tests/tools/judge" --clock "$tmp/caught.ts" | awk '{ print $1 }')
    if [ -z "$first" ] || [ -z "$caught" ]; then fail "$1" "no slot number found: $(cat "$tmp/capture.log" "$tmp/play.log")"; return; fi
    local size
    size=$(stat -c %s "$tmp/caught.ts")
    if [ "$size" -lt $((($3 - 1) * 4700000)) ]; then fail "$1" "only $size bytes were caught"; return; fi
    if cmp -n "$size" -i "0:$(((caught - first) * 188))" "$tmp/caught.ts" "$tmp/whole.ts" >"$tmp/cmp" 2>&1; then
        ok "$1 ($size bytes)"
    else
        fail "$1" "$(cat "$tmp/cmp" "$tmp/capture.log")"
    fi
}
# A group of its own, so that a demo on the same machine is not heard.
mkdir "$tmp/live"
ln -s "$(realpath "$station")"/* "$tmp/live/"
rm "$tmp/live/station.xml"
sed 's|239.255.12.1:5004|239.255.12.71:5071|' "$station/station.xml" >"$tmp/live/station.xml"
capture 'a receiver caught what render makes, over a join' 2020-03-02T08:19:54+08:00 12 2020-03-02T08:19:50+08:00 30s
capture 'the same over UTC midnight' 2020-03-02T07:59:55+08:00 10 2020-03-02T07:59:50+08:00 30s
