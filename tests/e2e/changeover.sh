#!/bin/bash
# station.xml acts only through the journal: an edit and a restart change nothing; `act load` makes it hold from a second on, at
# which play begins anew in the same process. A receiver catches both sides, packet by packet what render makes of each, and the
# gap between them. What cannot go on air does not take the air. By the clock of this machine.
build=$1
. tests/e2e/lib.sh
need_station
need python3

live=$tmp/live
mkdir "$live" "$live/timetables"
ln -s "$(realpath "$station")/lessons" "$(realpath "$station")/sources" "$(realpath "$station")/logo.png" "$live/"
sed 's|239.255.12.1:5004|239.255.12.86:5086|' "$station/station.xml" >"$live/station.xml"
cast() { "$chalkcast" -C "$live" "$@"; }
hour=$(($(date +%s) / 3600 * 3600))
at() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
read -r one two < <(sed -n 's/.*source="\(p1\/[^"]*\)".*/\1/p' "$station/timetables/p1.xml" | sort -u | head -n 2 | xargs)
timetable() { # source
    printf '<timetable xmlns="urn:chalkcast:timetable:1">\n'
    for service in p1 p3; do
        printf '<lesson id="now-%s" service="%s" start="%s" length="PT3H" source="%s" fill="loop"><title xml:lang="zh">一</title></lesson>\n' \
            $service $service "$(at $((hour - 3600)))" "$1"
    done
    printf '</timetable>\n'
}
catch() { # seconds, file: the payload, and in FILE.times when each datagram came (ns) and where it begins
    python3 - "$@" <<'END'
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
s.setsockopt(socket.SOL_SOCKET, 35, 1)         # SO_TIMESTAMPNS
s.bind(("239.255.12.86", 5086))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.255.12.86") + socket.inet_aton("127.0.0.1"))
s.settimeout(1)
out, times, where, until = open(sys.argv[2], "wb"), open(sys.argv[2] + ".times", "w"), 0, time.time() + float(sys.argv[1])
while time.time() < until:
    try:
        data, notes, _, _ = s.recvmsg(65536, 64)
    except TimeoutError:
        continue
    seconds, ns = struct.unpack("ll", notes[0][2][:16])
    times.write(f"{seconds * 10**9 + ns} {where}\n")
    out.write(data)
    where += len(data)
END
}
said() { # name, pattern: in the log of play, as soon as it is, or 10 s later
    for _ in $(seq 200); do grep -q "$2" "$tmp/play.log" && break; sleep 0.05; done
    if grep -q "$2" "$tmp/play.log"; then ok "$1"; else fail "$1" "$(tail -n 4 "$tmp/play.log" | tr '\n' '|')"; fi
}
start() {
    "$chalkcast" -C "$live" play >"$tmp/play.log" 2>&1 &
    player=$!
    children="$children $player"
}
stop() {
    kill -INT $player
    wait $player
}
entered() { # what the last action said: the number and the second
    sed -n 's/.*entered as revision \([0-9]*\), holds from \(.*\) on/\1 \2/p' "$tmp/said"
}

# --- on air, with a journal

timetable "$one" >"$live/timetables/now.xml"
start
until_begun "$live"
timetable "$two" >"$live/timetables/now.xml"
cast act load >"$tmp/said" 2>&1 || fail 'a revision is entered' "$(cat "$tmp/said")"
read -r _ second < <(entered)
held=$(date -d "TZ=\"Asia/Shanghai\" $second" +%s)
before=$(cast render --from "$(at $((held + 1)))" --for 2s -o sha256)

# --- an edit and a restart change nothing

sed -i -e 's|Primary 1<|Primary One<|' -e 's|delivery="dvb-c 64qam 6875000"|delivery="dvb-c 256qam 6875000"|' "$live/station.xml"
said 'an edit is told' 'changed .*station.xml: the air keeps what holds; .chalkcast act load. makes it hold'
stop
start
said 'a restart is on air' 'ON AIR .*38.015 Mb/s'
said 'and tells that another station holds' 'note .*station.xml of revision [01] holds, the file in the folder is another one'
same 'render makes of it what it made before' "$before" "$(cast render --from "$(at $((held + 1)))" --for 2s -o sha256)"
cast check >"$tmp/said" 2>&1
same 'check looks at the file and tells that it is another one' '1 1' \
    "$(grep -c 'station.xml is something else' "$tmp/said") $(grep -c 'Multiplex grades  DVB-C 256QAM' "$tmp/said")"

# --- it holds from a second on

cast act load --dry-run >"$tmp/said" 2>&1
same 'a dry run tells what changes, and the gap' '1 1 1' \
    "$(grep -c 'service p1, name en: Primary 1 → Primary One' "$tmp/said") $(grep -c 'delivery dvb-c 64qam 6875000 → dvb-c 256qam 6875000' "$tmp/said") $(grep -c 'begins anew at that second.* 0\.[0-9] ms nothing leaves' "$tmp/said")"
catch 16 "$tmp/caught.ts" &
catcher=$!
cast act load --from "$(at $(($(date +%s) + 9)))" >"$tmp/said" 2>&1 || fail 'the station is entered' "$(cat "$tmp/said")"
read -r number second < <(entered)
edge=$(date -d "TZ=\"Asia/Shanghai\" $second" +%s)
said 'it is made in time' "revised .*revision $number has another station: all is made for it, and airs from $second"
said 'and goes on air at its second' "^${second#* }.*revised .*station.xml.* holds"
said 'at its own rate' 'ON AIR .*50\.[0-9]* Mb/s'
wait $catcher

# --- law 1 on both sides

rates=(646250000/17/1504 2585000000/51/1504)
slot() { python3 -c "from fractions import Fraction as F; import math; a, b, c = '$1'.split('/'); print(math.ceil(F(int(a), int(b) * int(c)) * $edge))"; }
old=$(slot ${rates[0]}) new=$(slot ${rates[1]})
last=$((old / 7 * 7)) first=$(((new + 6) / 7 * 7)) # datagrams have seven packets
cast render --from "$(at $((edge - 10)))" --for 10s -o "$tmp/before.ts" 2>"$tmp/render.log"
cast render --from "$(at $edge)" --for 8s -o "$tmp/behind.ts" 2>>"$tmp/render.log"
begun=$("$build/tests/tools/judge" --clock "$tmp/before.ts" | awk '{ print $1 }')
caught=$("$build/tests/tools/judge" --clock "$tmp/caught.ts" | awk '{ print $1 }')
cut=$(((last - caught) * 188)) size=$(stat -c %s "$tmp/caught.ts")
if [ "$cut" -gt 10000000 ] && cmp -n "$cut" -i "0:$(((caught - begun) * 188))" "$tmp/caught.ts" "$tmp/before.ts" >"$tmp/cmp" 2>&1
then ok "a receiver caught what render makes before the change ($cut bytes)"
else fail 'a receiver caught what render makes before the change' "$cut bytes, $(cat "$tmp/cmp" "$tmp/render.log")"; fi
if [ $((size - cut)) -gt 10000000 ] && cmp -n $((size - cut > 40000000 ? 40000000 : size - cut)) -i "$cut:$(((first - new) * 188))" "$tmp/caught.ts" "$tmp/behind.ts" >"$tmp/cmp" 2>&1
then ok "and behind it ($((size - cut)) bytes)"
else fail 'a receiver caught what render makes behind the change' "$((size - cut)) bytes, $(cat "$tmp/cmp" "$tmp/render.log")"; fi
gap=$(awk -v cut="$cut" '$2 == cut { printf "%.3f", ($1 - last) / 1e6 } { last = $1 }' "$tmp/caught.ts.times")
if [ "$(awk -v gap="${gap:-99}" 'BEGIN { print (gap < 20) }')" = 1 ]; then ok "nothing left for $gap ms"
else fail 'the gap is small' "${gap:-unknown} ms"; fi
cast render --from "$(at $((edge - 2)))" --for 4s -o null >"$tmp/said" 2>&1
same 'a render over the second says where another station begins' "2 1" "$? $(grep -c "from $second on another station holds" "$tmp/said")"
cast rehearse --from "$(at $((edge - 2)))" --for 4s >"$tmp/said" 2>&1
same 'and so does a rehearsal' "2 1" "$? $(grep -c "from $second on another station holds" "$tmp/said")"
cast rehearse --from "$(at "$edge")" --for 5s >"$tmp/said" 2>&1
same 'what begins there is fit for air' 0 $?
cast guide --compare "$tmp/behind.ts" >"$tmp/said" 2>&1
same 'its guide is the plan' 0 $?

# --- a station that cannot go on air, and one that is broken

sed -i 's|interface="lo"|interface="nowhere0"|' "$live/station.xml"
cast act load >"$tmp/said" 2>&1 || fail 'an output is not tried before' "$(cat "$tmp/said")"
read -r failed _ < <(entered)
said 'what cannot be opened does not air' "fault .*revision $failed does not air, its station cannot go on air: .*nowhere0.*; the one before goes on"
echo '<station' >"$live/station.xml"
cast act load >"$tmp/said" 2>&1
same 'a broken station.xml is refused' '2 1' "$? $(grep -c 'station.xml:[0-9]*: error' "$tmp/said")"
cast act hold p3 --from "$(at $(($(date +%s) + 3600)))" --dry-run >"$tmp/said" 2>&1
same 'other actions do without it' 0 $?

# --- back, as for timetables

cast act revoke "$failed" >"$tmp/said" 2>&1 || fail 'it is revoked' "$(cat "$tmp/said")"
read -r back _ < <(entered)
said 'what is revoked holds again' "revision $back is ready and airs\|revision $back of the timetables holds"
stop
same 'play ended without a fault' 0 $?
cast asrun verify >"$tmp/said" 2>&1
same 'the log is one chain' 0 $?
cast prove --at "$(at $((edge - 2)))" --for 4s --service p1 >"$tmp/said" 2>&1
same 'what went out on both sides is proven' '0 1' "$? $(grep -c '^proven: 4 of 4 seconds' "$tmp/said")"
[ "${failures:-0}" = 0 ]
