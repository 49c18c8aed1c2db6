#!/bin/bash
# What went out can be proven: a receiver catches a join at which the lesson is gone, the program is killed and started
# again, and the as-run log tells it all, makes the same bytes again, and shows where somebody has changed it.
build=$1
. tests/e2e/lib.sh
need_station
live=$tmp/live
log=$live/state/rehearsal/grades-2020-03-02
cast() { "$chalkcast" -C "$live" "$@"; }

# A group of its own, so that a demo on the same machine is not heard; lessons of its own, of which one will go.
mkdir -p "$live/state"
for name in timetables sources logo.png; do ln -s "$(realpath "$station/$name")" "$live/$name"; done
cp -al "$(realpath "$station")/lessons" "$live/lessons"
sed 's|239.255.12.1:5004|239.255.12.87:5087|' "$station/station.xml" >"$live/station.xml"
cast check >/dev/null
gone=$(grep -al '^source breaks/eyes.mp4$' "$live"/lessons/*.lesson)

air() { # at, seconds to catch, file: leaves $player on air
    "$chalkcast" -C "$live" play --at "$1" >"$tmp/play.log" 2>&1 &
    player=$!
    children="$children $player"
    "$build/tests/tools/capture" 239.255.12.87 5087 lo "$2" "$3" >"$tmp/capture.log" 2>&1 &
    local capture=$!
    sleep 0.5
    for file in $gone; do mv "$file" "$tmp/" 2>/dev/null; done
    wait $capture
}
first_slot() { "$build/tests/tools/judge" --clock "$1" | awk '{ print $1 }'; }

# What was caught lies in what the log makes again.
made_again() { # name, file that was caught, from, for
    cast render --as-run --rehearsal --from "$3" --for "$4" -o "$tmp/again.ts" 2>"$tmp/render.log"
    local caught again size
    caught=$(first_slot "$2") again=$(first_slot "$tmp/again.ts")
    size=$(stat -c %s "$2")
    if [ -z "$caught" ] || [ -z "$again" ] || [ "$size" -lt 4700000 ]; then
        fail "$1" "nothing to compare: $(cat "$tmp/capture.log" "$tmp/render.log" "$tmp/play.log" | head -n 3)"
    elif cmp -n "$size" -i "0:$(((caught - again) * 188))" "$2" "$tmp/again.ts" >"$tmp/cmp" 2>&1; then
        ok "$1 ($size bytes)"
    else
        fail "$1" "$(cat "$tmp/cmp")"
    fi
}

air '2020-03-02 08:19:54' 8 "$tmp/one.ts"
sleep 1.5 # the last second that was caught is written down
kill -KILL $player
wait $player 2>/dev/null
air '2020-03-02 08:20:12' 3 "$tmp/two.ts"
kill -INT $player
wait $player
for file in $gone; do mv "$tmp/${file##*/}" "$live/lessons/"; done # it is back: what is planned could be shown again

made_again 'what was caught at a join without its lesson is made again' "$tmp/one.ts" 2020-03-02T08:19:54+08:00 10s
made_again 'what was caught behind a kill is made again' "$tmp/two.ts" 2020-03-02T08:20:12+08:00 10s
cast asrun --rehearsal --service p3 >"$tmp/list"
same 'the log is not all as planned' 1 $?
grep -q '^08:19:5[45] 08:20:00  p3 .*正常  p3-0302-1 ' "$tmp/list" && ok 'the lesson is in the log' || fail 'the lesson is in the log' "$(cat "$tmp/list")"
grep -q '^08:20:00 08:20:0.  p3 .*[停垫]播  p3-0302-b1 .*cannot be opened' "$tmp/list" && ok 'what was shown for the lesson that was gone, and why' ||
    fail 'what was shown for the lesson that was gone, and why' "$(cat "$tmp/list")"
grep -q '^08:20:0. 08:20:1[12]  grades .*停播 .*killed' "$tmp/list" && ok 'the kill is a hole' || fail 'the kill is a hole' "$(cat "$tmp/list")"
same 'CSV has a line for each' "$(($(wc -l <"$tmp/list")))" "$(cast asrun export --csv --rehearsal --service p3 | wc -l)"
cast asrun export --json --rehearsal | python3 -c 'import json, sys; rows = json.load(sys.stdin)
assert {"正常", "停播"} <= {row["class"] for row in rows}, rows
assert all(row["first_slot"] <= row["last_slot"] for row in rows), rows' 2>"$tmp/json" && ok 'JSON is JSON' || fail 'JSON is JSON' "$(tail -n 1 "$tmp/json")"

cast prove --rehearsal --at '2020-03-02 08:19:56' --for 6s --service p3 >"$tmp/proof"
same 'six seconds over the join are proven' "0 proven: 6 of 6 seconds" "$? $(grep -o 'proven: 6 of 6 seconds' "$tmp/proof")"
cast prove --rehearsal --at '2020-03-02 08:20:07' --service p3 >"$tmp/proof"
same 'what did not go out is not proven' 2 $?
cast asrun verify --rehearsal >"$tmp/verify"
same 'the log is whole' 0 $?
cp "$log" "$tmp/whole"
sed -i '$d' "$log"
cast asrun verify --rehearsal 2>"$tmp/verify"
same 'a line that is gone from the end shows' "2 has lost lines at its end" "$? $(grep -o 'has lost lines at its end' "$tmp/verify")"
cp "$tmp/whole" "$log"
line=$(awk -F '\t' '$1 == "show" && $4 == "p3" && $2 == 1583108400 { print NR; exit }' "$log")
sed -i "${line}s/p3-0302-b1/p3-0302-b2/" "$log"
cast asrun verify --rehearsal 2>"$tmp/verify"
same 'a line that was changed shows' "2 grades-2020-03-02:$line:" "$? $(grep -o "grades-2020-03-02:[0-9]*:" "$tmp/verify")"
cast prove --rehearsal --at '2020-03-02 08:19:56' --service p3 >"$tmp/proof" 2>&1
same 'and such a log proves nothing' 2 $?
