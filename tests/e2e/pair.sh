#!/bin/bash
# Two machines, one stream (SMPTE ST 2022-7): two hosts in network namespaces send the same station to a third, where a receiver
# merges what comes on two paths. One host or the other is killed, restarted, cut off: nothing is lost, nothing differs. Then one
# of them is made to differ, which is named, and the receiver is spared.
# FAILOVERS tells how many (5); tests/bench/pair.sh runs 100.
build=$1
. tests/e2e/lib.sh
need ip
[ "$(id -u)" = 0 ] || { fail need 'root, for network namespaces'; exit 1; }
need_station
failovers=${FAILOVERS:-5}
RANDOM=5 # seeds it
merge=$build/tests/tools/merge

# --- the hosts: "out" of each leads to a path of the receiver, "pair" to the other

a=cc-a-$$ b=cc-b-$$ r=cc-r-$$
clean() {
    for host in $a $b $r; do
        for child in $(ip netns pids $host 2>/dev/null); do kill -KILL "$child" 2>/dev/null; done
        ip netns del $host 2>/dev/null
    done
    leave
}
trap clean EXIT
for host in $a $b $r; do
    ip netns add $host && ip -n $host link set lo up || { fail need 'network namespaces'; exit 1; }
done
wire() { # host, name there, address, host, name there, address
    ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
    ip -n "$1" address add "$3" dev "$2"
    ip -n "$4" address add "$6" dev "$5"
    ip -n "$1" link set "$2" up
    ip -n "$4" link set "$5" up
}
wire $a pair 10.71.0.1/24 $b pair 10.71.0.2/24
wire $a out 10.71.1.1/24 $r path0 10.71.1.9/24
wire $b out 10.71.2.1/24 $r path1 10.71.2.9/24

# --- the same station twice, on air now

hour=$(($(date +%s) / 3600 * 3600))
at() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
read -r one two < <(sed -n 's/.*source="\(p1\/[^"]*\)".*/\1/p' "$station/timetables/p1.xml" | sort -u | head -n 2 | xargs)
timetable() { # source
    printf '<timetable xmlns="urn:chalkcast:timetable:1">\n'
    printf '<lesson id="now" service="p1" start="%s" length="PT3H" source="%s" fill="loop"><title xml:lang="zh">一</title></lesson>\n' \
        "$(at $((hour - 3600)))" "$1"
    printf '</timetable>\n'
}
for host in a b; do
    mkdir -p "$tmp/$host/timetables"
    cp -r "$station/lessons" "$tmp/$host/"
    ln -s "$(realpath "$station")/sources" "$(realpath "$station")/logo.png" "$tmp/$host/"
    sed -e 's|uri="udp://[^"]*" interface="lo"|uri="rtp://239.255.12.73:5073" interface="out"|' \
        -e 's|country="CHN"|& machines="10.71.0.1:5074 10.71.0.2:5074"|' "$station/station.xml" >"$tmp/$host/station.xml"
    timetable "$one" >"$tmp/$host/timetables/now.xml"
done

declare -A process
# The clock of b is 8 ms ahead, unless told otherwise.
cc -shared -fPIC -O1 -D_GNU_SOURCE -o "$tmp/skew.so" tests/e2e/skew.c
play() { # host, ms
    eval "ns=\$$1"
    [ "$1" = a ] || set -- b LD_PRELOAD="$tmp/skew.so" SKEW_MS="${2:-8}"
    ip netns exec $ns env "${@:2}" "$chalkcast" -C "$tmp/$1" play >>"$tmp/$1.log" 2>&1 &
    process[$1]=$!
}
stop() { # host, signal
    kill "-$2" "${process[$1]}"
    { wait "${process[$1]}"; } 2>/dev/null
}
receive() { # more options
    ip netns exec $r "$merge" 239.255.12.73 5073 3600 path0 path1 "$@" >"$tmp/merged" 2>"$tmp/merge.log" &
    receiver=$!
}
received() {
    kill "$receiver" 2>/dev/null
    wait "$receiver"
}
count() { awk -v name="$1" '$1 == name { print $2 }' "$tmp/merged"; }
until_said() { # host, pattern, since which line of its log: as soon as it was, or 8 s later
    for _ in $(seq 160); do tail -n "+${3:-1}" "$tmp/$1.log" | grep -q "$2" && return; sleep 0.05; done
}
lines() { echo $(($(wc -l <"$tmp/$1.log") + 1)); } # the next one
said() { # name, host, pattern, since which line
    if tail -n "+${4:-1}" "$tmp/$2.log" | grep -q "$3"; then ok "$1"; else fail "$1" "$(tail -n "+${4:-1}" "$tmp/$2.log" | tail -n 4 | tr '\n' '|')"; fi
}

play a
play b
until_said a 'is heard'
until_said b 'is heard'
same 'each hears the other' '1 1' "$(grep -c 'partner  10.71.0.2:5074 is heard' "$tmp/a.log") $(grep -c 'partner  10.71.0.1:5074 is heard' "$tmp/b.log")"

# --- killed, restarted, cut off

receive --out "$tmp/merged.ts"
sleep 1
hosts=(a b)
for i in $(seq "$failovers"); do
    host=${hosts[$((i % 2))]}
    stop "$host" KILL
    sleep 0.$((RANDOM % 4))
    line=$(lines "$host")
    play "$host"
    until_said "$host" 'ON AIR' "$line"
    sleep 0.$((3 + RANDOM % 3)) # before the other one goes
done
for host in $a $b; do
    ip -n "$host" link set out down
    sleep 0.4
    ip -n "$host" link set out up
    sleep 0.6
done
ip -n $a link set pair down # they cannot talk: nobody minds
sleep 1.1
ip -n $a link set pair up
received
same "$failovers failovers, two cuts of a path: packets lost" 0 "$(count lost)"
same 'packets that differed' 0 "$(count differing)"
same 'packets that the receiver dropped itself' 0 "$(count dropped)"
share=$(($(count packets) - $(count duplicates)))
if [ "$(count packets)" -gt 20000 ] && [ "$share" -gt 3000 ]; then ok "there were $(count packets), $share of them on one path only"
else fail 'both paths were needed' "$(xargs <"$tmp/merged")"; fi
# What was received is what either of them renders.
read -r first stamp < <("$build/tests/tools/judge" --clock "$tmp/merged.ts" | head -n 1)
from=$(date -u -d "${stamp%%.*}Z" +%s)
"$chalkcast" -C "$tmp/a" render --from "$(at $((from - 1)))" --for $(($(count packets) / 3611 + 3))s -o "$tmp/whole.ts" 2>"$tmp/render.log"
whole=$("$build/tests/tools/judge" --clock "$tmp/whole.ts" | awk 'NR == 1 { print $1 }')
if cmp -n "$(stat -c %s "$tmp/merged.ts")" -i "0:$(((first - whole) * 188))" "$tmp/merged.ts" "$tmp/whole.ts" >"$tmp/cmp" 2>&1
then ok 'what was merged is what render makes'
else fail 'what was merged is what render makes' "$(cat "$tmp/cmp" "$tmp/render.log")"; fi
rm "$tmp/merged.ts" "$tmp/whole.ts"

# --- a revision that only b has: a is silent from the second on in which it holds, and sends again when it has the journal

spared() { # name: what the receiver saw
    same "$1: packets lost, differing" '0 0' "$(count lost) $(count differing)"
}
receive
sleep 0.3
line=$(lines a)
timetable "$two" >"$tmp/b/timetables/now.xml"
"$chalkcast" -C "$tmp/b" act load >"$tmp/said" 2>&1 || fail 'a revision is entered' "$(cat "$tmp/said")"
until_said a 'this machine is silent' "$line"
said 'a stale machine says what it lacks' a 'revision 1, which the partner airs, is missing here' "$line"
said 'it is silent' a 'this machine is silent, the partner sends' "$line"
holds=$(sed -n 's/.*holds from \(.*\) on.*/\1/p' "$tmp/said" | head -n 1)
noticed=$(tail -n "+$line" "$tmp/a.log" | sed -n 's/^\([0-9:]*\) .*this machine is silent.*/\1/p' | head -n 1)
seconds() { date -d "TZ=\"Asia/Shanghai\" $1" +%s; }
apart=$(($(seconds "${holds% *} $noticed") - $(seconds "$holds")))
if [ "${apart#-}" -le 1 ]; then ok 'within a second of its holding'
else fail 'within a second of its holding' "holds from $holds on, noticed at $noticed"; fi
sleep 1
line=$(lines a)
"$chalkcast" -C "$tmp/a" journal sync "$tmp/b" >"$tmp/said" 2>&1 || fail 'the journal is copied' "$(cat "$tmp/said")"
until_said a 'this machine sends again' "$line"
said 'it sends again when it has the journal' a 'this machine sends again' "$line"
sleep 1
received
spared 'a revision that is missing'

# --- a lesson that a cannot read: it is silent while b is healthy, and else sends its fallback

receive
line=$(lines a)
sleep 0.3
for lesson in "$tmp"/a/lessons/*; do
    head -c 4096 "$lesson" | grep -q "^source $two$" && break
done
truncate -s 4096 "$lesson"
until_said a 'does not show here' "$line"
until_said b 'does not show at the partner'
said 'what cannot be read is named' a 'service p1 does not show here what is planned' "$line"
said 'also at the partner' b 'service p1 does not show at the partner what is planned'
sleep 1
received
spared 'a lesson that cannot be read'
receive
sleep 0.5
stop b KILL
sleep 1
received
same 'without its partner it sends its fallback within 0.5 s' 1 "$(awk -v ms="$(count silence-max)" 'BEGIN { print (ms < 500) }')"
play b
line=$(lines a)
until_said a 'this machine is silent' "$line"
said 'and is silent when the partner is back' a 'this machine is silent, the partner sends' "$line"
line=$(lines a)
cat "$tmp/b/lessons/$(basename "$lesson")" >"$lesson"
until_said a 'this machine sends again' "$line"
said 'and sends again when it can read it' a 'this machine sends again' "$line"

# --- an edit of station.xml on one of them is no difference: what the journal has holds

stop b KILL
sed -i 's|Primary 1<|Primary One<|' "$tmp/b/station.xml"
receive
line=$(lines b)
play b
until_said b 'is heard' "$line"
said 'an edited station.xml does not hold' b 'of revision [0-9]* holds, the file in the folder is another one' "$line"
sleep 2
same 'and is no difference' 0 "$(tail -n "+$line" "$tmp/b.log" | grep -c 'differs\|is silent')"
received
spared 'an edited station.xml'

# --- set up otherwise, with nothing that both were told: who comes later gives way, before it has sent anything

stop a KILL
stop b KILL
rm -f "$tmp"/[ab]/journal.db* "$tmp"/[ab]/state/journal.0*
line=$(lines a)
play a
until_said a 'ON AIR' "$line"
receive
line=$(lines b)
play b
until_said b 'station.xml differs' "$line"
said 'a station.xml that differs is named' b 'station.xml differs' "$line"
sleep 2
said 'who comes later is silent' b 'this machine is silent, the partner sends' "$line"
received
spared 'a station.xml that differs'
cp "$tmp/a/station.xml" "$tmp/b/"
rm -f "$tmp"/b/journal.db* "$tmp"/b/state/journal.0*
[ ! -e "$tmp/a/journal.db" ] || "$chalkcast" -C "$tmp/a" journal sync "$tmp/b" >"$tmp/said" 2>&1

# --- a clock that is apart by more than the window of the receivers

stop b KILL
line=$(lines a)
play b 30
until_said a 'its clock is' "$line"
said 'a clock that is apart is named' a 'its clock is \(29\.9\|30\.[0-9]\) ms ahead of this machine.s: receivers merge what is at most 10 ms apart' "$line"
receive
sleep 1
received
spared 'within a window of 50 ms'
same 'each packet came twice, 30 ms apart' 1 "$(awk -v ms="$(count skew-median)" 'BEGIN { print (ms >= 29 && ms <= 31) }')"
[ "${failures:-0}" = 0 ]
