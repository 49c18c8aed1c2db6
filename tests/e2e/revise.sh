#!/bin/bash
# The timetable is changed while on air: a receiver catches, packet by packet, what render makes across the revision, with no
# slot late; the picture and the guide follow at the very second, and versions go on. By the clock of this machine.
build=$1
. tests/e2e/lib.sh
need_station

# A station of its own, whose lessons are the sample's, and whose timetable is of this hour.
live=$tmp/live
mkdir "$live" "$live/timetables"
ln -s "$(realpath "$station")/lessons" "$(realpath "$station")/sources" "$(realpath "$station")/logo.png" "$live/"
sed 's|239.255.12.1:5004|239.255.12.74:5074|' "$station/station.xml" >"$live/station.xml"
cast() { "$chalkcast" -C "$live" "$@"; }
hour=$(($(date +%s) / 3600 * 3600))
at() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

item() { # id, service, start, minutes, source, title
    printf '<lesson id="%s" service="%s" start="%s" length="PT%dM" source="%s" fill="loop"><title xml:lang="zh">%s</title></lesson>\n' \
        "$1" "$2" "$(at "$3")" "$4" "$5" "$6"
}
timetable() { # source of p3's lesson, its title, minutes of it
    printf '<timetable xmlns="urn:chalkcast:timetable:1">\n'
    item now-p1 p1 $((hour - 3600)) 180 "$one" 一
    item now-p3 p3 $((hour - 3600)) "$3" "$1" "$2"
    item next-p3 p3 $((hour + 3600 * 3)) 20 "$one" 三
    printf '</timetable>\n'
}
read -r one two < <(sed -n 's/.*source="\(p1\/[^"]*\)".*/\1/p' "$station/timetables/p1.xml" | sort -u | head -n 2 | xargs)
timetable "$one" 二 180 >"$live/timetables/now.xml"

# --- without anything on air there is nothing to change

cast act load --dry-run >"$tmp/said" 2>&1
same 'a folder that never aired is no change' 0 $?
same 'a dry run leaves no journal' '' "$(find "$live" -name 'journal*')"

# --- on air

read -r address port < <(sed -nE 's|.*<output uri="udp://([0-9.]+):([0-9]+)".*|\1 \2|p' "$live/station.xml")
"$chalkcast" -C "$live" play >"$tmp/play.log" 2>&1 &
player=$!
children="$children $player"
until_begun "$live"
timetable "$two" 改 150 >"$live/timetables/now.xml"

echo '<timetable>' >"$live/timetables/broken.xml"
cast act load >"$tmp/said" 2>&1
same 'a timetable with an error is refused' 2 $?
rm "$live/timetables/broken.xml"
cast act load --from "$(at $(($(date +%s) + 3)))" >"$tmp/said" 2>&1
same 'a second that is read already is refused' 2 $?
cast act load --dry-run >"$tmp/said" 2>&1
same 'a dry run enters nothing' 1 "$(cast journal list | grep -c 'always')"
same 'it tells what changes' '1 1' "$(grep -c 'changed .*other time, other lesson.*other title' "$tmp/said") $(grep -c 'on air .*二.*→ 改' "$tmp/said")"

"$build/tests/tools/capture" "$address" "$port" lo 14 "$tmp/caught.ts" >"$tmp/capture.log" 2>&1 &
catcher=$!
children="$children $catcher"
sleep 1
cast act load >"$tmp/said" 2>&1
same 'the revision is entered' 0 $?
second=$(sed -n 's/.*entered as revision 1, holds from \(.*\) on/\1/p' "$tmp/said")
cast act load >"$tmp/said" 2>&1
same 'the same once more is nothing to enter' '0 1' "$? $(grep -c 'nothing to enter' "$tmp/said")"
wait $catcher
kill -INT $player
wait $player
same 'play ended without a fault' 0 $?
same 'play tells that the revision holds' 1 "$(grep -c "^${second#* }.*revision 1 of the timetables holds" "$tmp/play.log")"
same 'no packet was lost' 1 "$(grep -c ' 0 datagrams lost, 0 seconds not as planned' "$tmp/play.log")"

# --- law 1 across the revision

from=$(date -d "TZ=\"Asia/Shanghai\" $second" +%s)
cast render --from "$(at $((from - 16)))" --for 36s -o "$tmp/whole.ts" 2>"$tmp/render.log"
first=$("$build/tests/tools/judge" --clock "$tmp/whole.ts" | awk '{ print $1 }')
caught=$("$build/tests/tools/judge" --clock "$tmp/caught.ts" | awk '{ print $1 }')
size=$(stat -c %s "$tmp/caught.ts")
if [ "$size" -gt 60000000 ] && cmp -n "$size" -i "0:$(((caught - first) * 188))" "$tmp/caught.ts" "$tmp/whole.ts" >"$tmp/cmp" 2>&1
then ok "a receiver caught what render makes across a revision ($size bytes)"
else fail 'a receiver caught what render makes across a revision' "$size bytes, $(cat "$tmp/cmp" "$tmp/capture.log" "$tmp/render.log" 2>&1)"; fi
slots=$((size / 188))
edge=$("$build/tests/tools/judge" --slot "$from" 2>/dev/null || awk -v s="$from" 'BEGIN { printf "%.0f", int((s * 859375 + 33) / 34) }')
if [ "$edge" -gt "$caught" ] && [ "$edge" -lt $((caught + slots)) ]; then ok 'the revision lies in what was caught'
else fail 'the revision lies in what was caught' "slot $edge, caught $caught to $((caught + slots))"; fi

cast guide --compare "$tmp/whole.ts" >"$tmp/compared" 2>&1
same 'the guide tells what each revision says' 1 "$(grep -c 'tells what the plan says' "$tmp/compared")"

cast guide --compare "$tmp/caught.ts" >"$tmp/compared" 2>&1
same 'the guide that was caught is the plan of each second' 0 $?
cast guide --service p3 --day "$(TZ=Asia/Shanghai date -d "@$from" +%Y-%m-%d)" >"$tmp/listed" 2>&1
time=${second#* }
time=${time%:00} # as the plan tells whole minutes
same 'the plan tells both, each in its time' '1 1' "$(grep -c "–$time  *二" "$tmp/listed") $(grep -c " $time–.*改" "$tmp/listed")"

# Pieces that end and begin at odd instants around it are the whole.
whole=$(cast render --from "$(at $((from - 3)))" --for 8s -o sha256)
parts=$({
    cast render --from "$(at $((from - 3)))" --for 2.7s -o -
    cast render --from "$(date -u -d "@$((from - 1))" +%Y-%m-%dT%H:%M:%S.7Z)" --for 1.3s -o -
    cast render --from "$(at $((from + 1)))" --for 4s -o -
} 2>/dev/null | sha256sum)
same 'purity across the revision' "$whole" "${parts%% *}"
before=$(cast render --from "$(at $((from - 1)))" --for 0.05s -o sha256)

# --- what holds when

mv "$live/timetables/now.xml" "$tmp/"
same 'the folder alone changes nothing any more' "$before" "$(cast render --from "$(at $((from - 1)))" --for 0.05s -o sha256)"
cast rehearse --from "$(at $((from - 5)))" --for 20s >"$tmp/rehearsed" 2>&1
same 'the change is a join without a fault' 0 $?
same 'only p3 changes over' 'p3' "$(sed -n '/^Joins/,$p' "$tmp/rehearsed" | awk '/→/ { print $2 }' | sort -u | xargs)"
[ "${failures:-0}" = 0 ]
