#!/bin/bash
# A lesson that comes late: its file alone changes nothing, not even with a restart; prepare enters it into the journal, and it is
# joined in progress and made good. A receiver catches what render makes across that. By the clock of this machine.
build=$1
. tests/e2e/lib.sh
need_station

live=$tmp/live
mkdir "$live" "$live/timetables" "$live/lessons"
cp -al "$station/lessons/." "$live/lessons/"
ln -s "$(realpath "$station")/sources" "$(realpath "$station")/logo.png" "$live/"
sed 's|239.255.12.1:5004|239.255.12.88:5088|' "$station/station.xml" >"$live/station.xml"
cast() { "$chalkcast" -C "$live" "$@"; }
hour=$(($(date +%s) / 3600 * 3600))
at() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
source=$(sed -n 's/.*source="\(p1\/[^"]*\)".*/\1/p' "$station/timetables/p1.xml" | head -n 1)
{
    printf '<timetable xmlns="urn:chalkcast:timetable:1">\n'
    printf '<lesson id="now" service="p1" start="%s" length="PT2H" source="%s" fill="loop"><title xml:lang="zh">一</title></lesson>\n' \
        "$(at $((hour - 1800)))" "$source"
    printf '</timetable>\n'
} >"$live/timetables/now.xml"
for lesson in "$live"/lessons/*; do
    head -c 4096 "$lesson" | grep -q "^source $source$" && mv "$lesson" "$tmp/"
done
lesson=$(basename "$(echo "$tmp"/*.lesson)")

play() {
    "$chalkcast" -C "$live" play >>"$tmp/play.log" 2>&1 &
    player=$!
    children="$children $player"
}
end() {
    kill -INT $player
    wait $player
}
play
until_begun "$live"
from=$(date +%s)
before=$(cast render --from "$(at "$from")" --for 2s -o sha256)

# --- the file alone

end
mv "$tmp/$lesson" "$live/lessons/"
play
same 'a lesson that appears does not air by itself' "$before" "$(cast render --from "$(at "$from")" --for 2s -o sha256)"
for _ in $(seq 50); do grep -q 'ON AIR' "$tmp/play.log" && break; sleep 0.1; done
same 'nor after a restart' 1 "$(sed '1,/off air/d' "$tmp/play.log" | grep -c '小学一年级.*一 (fallback/')"

# --- prepare, which finds it there, enters it

read -r address port < <(sed -nE 's|.*<output uri="udp://([0-9.]+):([0-9]+)".*|\1 \2|p' "$live/station.xml")
"$build/tests/tools/capture" "$address" "$port" lo 12 "$tmp/caught.ts" >"$tmp/capture.log" 2>&1 &
catcher=$!
children="$children $catcher"
sleep 1
cast prepare >"$tmp/said" 2>&1
same 'prepare enters it' '0 1' "$? $(grep -c 'entered as revision 1' "$tmp/said")"
same 'it is joined in progress' 1 "$(grep -c "on air .*→ 一 ($source, [0-9]*s into it)" "$tmp/said")"
same 'and made good' '1 1' "$(grep -c 'new  .*一' "$tmp/said") $(cast act list | grep -c 'repeat  now at .* on p1')"
second=$(sed -n 's/.*entered as revision 1, holds from \(.*\) on/\1/p' "$tmp/said")
cast prepare >"$tmp/said" 2>&1
same 'once' 0 "$(grep -c 'entered' "$tmp/said")"
wait $catcher
end
same 'play ended without a fault' 0 $?
from=$(date -d "TZ=\"Asia/Shanghai\" $second" +%s)
cast render --from "$(at $((from - 16)))" --for 36s -o "$tmp/whole.ts" 2>"$tmp/render.log"
first=$("$build/tests/tools/judge" --clock "$tmp/whole.ts" | awk '{ print $1 }')
caught=$("$build/tests/tools/judge" --clock "$tmp/caught.ts" | awk '{ print $1 }')
size=$(stat -c %s "$tmp/caught.ts")
if [ "$size" -gt 50000000 ] && cmp -n "$size" -i "0:$(((caught - first) * 188))" "$tmp/caught.ts" "$tmp/whole.ts" >"$tmp/cmp" 2>&1
then ok "a receiver caught what render makes across it ($size bytes)"
else fail 'a receiver caught what render makes across it' "$size bytes, $(cat "$tmp/cmp" "$tmp/capture.log" "$tmp/render.log" 2>&1)"; fi
same 'the as-run log has the lesson in progress' 1 "$(cast asrun | grep -A1 -c "${second#* }.*$source\|${second#* }.*${lesson:0:8}")"
[ "${failures:-0}" = 0 ]
