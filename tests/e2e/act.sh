#!/bin/bash
# Operators act while on air: a receiver catches, packet by packet, what render makes across a slate that was asked for while
# its second had been read already; another one, on a standby output, those of the seconds for which it was on. By the clock
# of this machine.
build=$1
. tests/e2e/lib.sh
need_station
need python3

live=$tmp/live
mkdir "$live" "$live/timetables"
mkdir "$live/lessons" "$live/sources" # a notice adds to them
cp -al "$station/lessons/." "$live/lessons/"
cp -al "$station/sources/." "$live/sources/"
ln -s "$(realpath "$station")/logo.png" "$live/"
sed -e 's|239.255.12.1:5004|239.255.12.83:5083|' -e '/<output /a\
    <output name="backup" uri="udp://239.255.12.84:5084" interface="lo" ttl="0" standby="true"/>' \
    "$station/station.xml" >"$live/station.xml"
cast() { "$chalkcast" -C "$live" "$@"; }
hour=$(($(date +%s) / 3600 * 3600))
at() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
read -r one two < <(sed -n 's/.*source="\(p1\/[^"]*\)".*/\1/p' "$station/timetables/p1.xml" | sort -u | head -n 2 | xargs)
rest=$(sed -n 's/.*source="\(breaks\/[^"]*\)".*/\1/p' "$station/timetables/p1.xml" | head -n 1)
item() { # id, service, start, minutes, source, title
    printf '<lesson id="%s" service="%s" start="%s" length="PT%dM" source="%s" fill="loop"><title xml:lang="zh">%s</title></lesson>\n' \
        "$1" "$2" "$(at "$3")" "$4" "$5" "$6"
}
{
    printf '<timetable xmlns="urn:chalkcast:timetable:1">\n'
    item now-p1 p1 $((hour - 3600)) 180 "$one" 一
    item now-p3 p3 $((hour - 3600)) 180 "$two" 二
    item next-p3 p3 $((hour + 3600 * 2)) 20 "$one" 三
    item last-p3 p3 $((hour + 3600 * 2 + 1200)) 20 "$two" 四
    printf '</timetable>\n'
} >"$live/timetables/now.xml"

control() { # a line of JSON, name of the socket: the answer of the control socket
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
print(s.makefile().readline(), end="")' "$live/state/${2:-control}" "$1"
}

# --- what is refused, and what is only told

cast act explode >"$tmp/said" 2>&1
same 'an action that is none is refused' 64 $?
cast act cancel nothing >"$tmp/said" 2>&1
same 'an item that is not there is refused' '2 1' "$? $(grep -c 'there is no item of this id' "$tmp/said")"
cast act slate all none/such.mp4 10s >"$tmp/said" 2>&1
same 'a slate that is not prepared is refused' '2 1' "$? $(grep -c 'is not prepared' "$tmp/said")"
cast act delay next-p3 30m >"$tmp/said" 2>&1
same 'a delay over the next item is refused' '2 1' "$? $(grep -c '"last-p3" begins at' "$tmp/said")"
cast act delay next-p3 30m --shift --dry-run >"$tmp/said" 2>&1
same 'with shift it would move both' '0 2' "$? $(grep -c 'changed .*other time' "$tmp/said")"
cast act slate moon "$rest" 10s >"$tmp/said" 2>&1
same 'a place that is none is refused' 64 $?
cast act output spare on >"$tmp/said" 2>&1
same 'an output that is none is refused' '64 1' "$? $(grep -c '"spare" in station.xml; accepted: udp://239.255.12.83:5083, backup' "$tmp/said")"
cast act output backup off >"$tmp/said" 2>&1
same 'an output that is off already is refused' '2 1' "$? $(grep -c 'is off then already; accepted is on' "$tmp/said")"
cast act output udp://239.255.12.83:5083 off --dry-run >"$tmp/said" 2>&1
same 'the last output would go off with a warning' '1 1' "$? $(grep -c 'grades has no other output that is on' "$tmp/said")"
# Where nothing is planned a fallback of two seconds goes round: only in an odd second a hold, which begins it anew, is seen.
cast act hold primary,p1,junior,p1 --dry-run --from "$(at $(($(date +%s) / 2 * 2 + 101)))" >"$tmp/said" 2>&1
same 'stages and services are a place' '0 9' "$? $(grep -c '^  on air' "$tmp/said")"
same 'nothing of this left a journal' '' "$(find "$live" -name 'journal*')"

# --- on air

read -r address port < <(sed -nE 's|.*<output uri="udp://([0-9.]+):([0-9]+)".*|\1 \2|p' "$live/station.xml")
"$chalkcast" -C "$live" play >"$tmp/play.log" 2>&1 &
player=$!
children="$children $player"
until_begun "$live"
sleep 1
"$build/tests/tools/capture" "$address" "$port" lo 22 "$tmp/caught.ts" >"$tmp/capture.log" 2>&1 &
catcher=$!
"$build/tests/tools/capture" 239.255.12.84 5084 lo 22 "$tmp/backup.ts" >"$tmp/backup.log" 2>&1 &
backup=$!
children="$children $catcher $backup"
sleep 1
cast act slate p1 "$rest" 3s >"$tmp/said" 2>&1
same 'a slate is entered' 0 $?
acknowledged=$(date +%s)
second=$(sed -n 's/.*entered as revision 1, holds from \(.*\) on/\1/p' "$tmp/said")
from=$(date -d "TZ=\"Asia/Shanghai\" $second" +%s)
if [ $((from - acknowledged)) -le 4 ]; then ok 'it is seen at most 4 s after it is acknowledged'
else fail 'it is seen at most 4 s after it is acknowledged' "$((from - acknowledged)) s"; fi
cast act output backup on >"$tmp/said" 2>&1
same 'a standby output is switched on' '0 1' "$? $(grep -c 'output backup of multiplex grades: it is sent on udp://239.255.12.84:5084' "$tmp/said")"
on=$(date -d "TZ=\"Asia/Shanghai\" $(sed -n 's/entered as revision [0-9]*, holds from \(.*\) on/\1/p' "$tmp/said" | head -n 1)" +%s)
control "{\"do\": \"output\", \"arguments\": [\"backup\", \"off\"], \"from\": \"$(at $((on + 8)))\"}" >"$tmp/said"
same 'and off again by the control socket' 1 "$(grep -c '"status":0' "$tmp/said")"
cast act hold p3 >"$tmp/said" 2>&1
same 'a service is held' 0 $?
for i in 1 2 3 4; do cast act slate s$((i % 3 + 1)) "$rest" 2s >"$tmp/said.$i" 2>&1 & acts[i]=$!; done
for i in 1 2 3 4; do wait ${acts[i]} || fail 'four act at once' "$(cat "$tmp/said.$i")"; done
same 'four act at once: each is entered' 4 "$(grep -l 'entered as revision' "$tmp"/said.? | wc -l)"
cast act delay next-p3 5m --shift >"$tmp/said" 2>&1
same 'a later item is delayed' '0 2' "$? $(grep -c 'changed .*other time' "$tmp/said")"
delayed=$(sed -n 's/entered as revision \([0-9]*\),.*/\1/p' "$tmp/said" | head -n 1)
control '{"do": "notice", "arguments": ["p2", "今天下午停课 Classes are cancelled", "4s"]}' >"$tmp/said"
same 'a notice is drawn and entered by the control socket' '1 1' "$(grep -c '"status":0' "$tmp/said") $(ls "$live/sources/notices" | wc -l)"
wait $catcher $backup
cast act release p3 >"$tmp/said" 2>&1
same 'a service is released' '0 1' "$? $(grep -c "on air .*fallback/p3.* → 二 ($two" "$tmp/said")"
cast act revoke "$delayed" >"$tmp/said" 2>&1
same 'the delay is revoked' '0 2' "$? $(grep -c 'changed .*other time' "$tmp/said")"
same 'the rest still holds' 'slate output output hold slate slate slate slate notice release' "$(cast act list | awk '{ print $4 }' | xargs)"
kill -INT $player
wait $player
same 'play ended without a fault' 0 $?
same 'no packet was lost' 1 "$(grep -c ' 0 datagrams lost, 0 seconds not as planned' "$tmp/play.log")"
same 'play told which output was off, and each switch' '1 1 1' \
    "$(grep -c 'off: *output backup, nothing is sent on udp://239.255.12.84:5084' "$tmp/play.log") $(
    grep -c 'switched  output backup is on' "$tmp/play.log") $(grep -c 'switched  output backup is off' "$tmp/play.log")"
same 'nothing was too late' 0 "$(grep -c 'too late' "$tmp/play.log")"

# --- law 1 across the slate and the hold

cast render --from "$(at $((from - 10)))" --for 37s -o "$tmp/whole.ts" 2>"$tmp/render.log"
first=$("$build/tests/tools/judge" --clock "$tmp/whole.ts" | awk '{ print $1 }')
caught=$("$build/tests/tools/judge" --clock "$tmp/caught.ts" | awk '{ print $1 }')
size=$(stat -c %s "$tmp/caught.ts")
if [ "$size" -gt 50000000 ] && cmp -n "$size" -i "0:$(((caught - first) * 188))" "$tmp/caught.ts" "$tmp/whole.ts" >"$tmp/cmp" 2>&1
then ok "a receiver caught what render makes across a slate and a hold ($size bytes)"
else fail 'a receiver caught what render makes across a slate and a hold' "$size bytes, $(cat "$tmp/cmp" "$tmp/capture.log" "$tmp/render.log" "$tmp/play.log" 2>&1)"; fi

# --- and only the seconds of its own on the standby output

slot() { # second: the first slot of the first datagram that begins in it, at 6 875 000 * 6 * 188 / 204 b/s
    python3 -c 'import sys
k = -(-int(sys.argv[1]) * 6875000 * 6 * 188 // (204 * 1504))
print(-(-k // 7) * 7)' "$1"
}
begin=$(slot "$on") end=$(slot $((on + 8)))
caught=$("$build/tests/tools/judge" --clock "$tmp/backup.ts" | awk '{ print $1 }')
same 'a receiver of the standby output caught the slots of its seconds' "$begin $(((end - begin) * 188))" \
    "$caught $(stat -c %s "$tmp/backup.ts")"
if cmp -n "$(stat -c %s "$tmp/backup.ts")" -i "0:$(((begin - first) * 188))" "$tmp/backup.ts" "$tmp/whole.ts" >"$tmp/cmp" 2>&1
then ok 'which are those that render makes'
else fail 'which are those that render makes' "$(cat "$tmp/cmp" "$tmp/backup.log")"; fi

# --- a rehearsal is asked, by its clock, and enters nothing

count=$(cast journal list | wc -l)
"$chalkcast" -C "$live" play --at '2020-03-02 07:59:50' >"$tmp/rehearsal.log" 2>&1 &
player=$!
children="$children $player"
for _ in $(seq 50); do [ -S "$live/state/rehearsal-control" ] && break; sleep 0.1; done
control '{"do": "hold", "arguments": ["p3"], "dry_run": true}' rehearsal-control >"$tmp/said"
same 'a rehearsal tells what an action would do by its clock' 1 "$(grep -c '"status":0,"said":"From 2020-03-02 \(07:59:5\|08:00:0\)[0-9] on' "$tmp/said")"
control '{"do": "hold", "arguments": ["p3"]}' rehearsal-control >"$tmp/said"
same 'and does none' 1 "$(grep -c '"error":"this is a rehearsal' "$tmp/said")"
kill -INT $player
wait $player
same 'the journal has no more than before' "$count" "$(cast journal list | wc -l)"
cast act hold p3 --from '2020-03-02 08:00:00' >"$tmp/said" 2>&1
same 'what is over can be asked, but not be done' 2 $?

# --- the journal of another machine

mkdir "$tmp/standby"
cp "$live/station.xml" "$live/logo.png" "$tmp/standby/"
count=$(cast journal list | tail -n +2 | wc -l)
cast journal verify >"$tmp/said"
same 'the journal is as it was entered' "0 $count revisions, each as it was entered" "$? $(cat "$tmp/said")"
cast journal sync "$tmp/standby" >"$tmp/said"
same 'it is copied to another machine' "0 0 revisions brought here, $count taken there" "$? $(cat "$tmp/said")"
same 'which lists the same' "$(cast journal list | sed 's/  holds now//')" "$("$chalkcast" -C "$tmp/standby" journal list | sed 's/  holds now//')"
python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.execute("DROP TRIGGER revision_UPDATE"); d.execute("UPDATE revision SET holds_from = 5 WHERE number = 2"); d.commit()' "$tmp/standby/journal.db"
"$chalkcast" -C "$tmp/standby" journal verify >"$tmp/said" 2>&1
same 'a revision that was changed shows' '2 1' "$? $(grep -c 'revision 2 is not as it was entered' "$tmp/said")"
cast journal sync "$tmp/standby" >"$tmp/said" 2>&1
same 'and is copied nowhere' 2 $?
[ "${failures:-0}" = 0 ]
