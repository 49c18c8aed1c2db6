#!/bin/bash
# Law 5 on the program itself (chalkcast drill): files, disks, journal, interface and process fail under a rehearsal of the
# sample station; what a receiver then got is held against what render makes. And 20 kills at random moments.
build=$1
. tests/e2e/lib.sh
need_station
unshare --net --mount true 2>/dev/null || unshare --user --net --mount true 2>/dev/null || {
    ok 'drill needs namespaces, which this system does not allow'
    exit 0
}

# A station of its own, with a journal, which a rehearsal does not begin.
own=$tmp/own
mkdir "$own"
cp -r "$station/station.xml" "$station/timetables" "$own/"
ln -s "$(realpath "$station")"/{lessons,sources,logo.png} "$own/"
sed -i 's|<output .*/>|<output uri="udp://239.255.12.99:5098" interface="lo" ttl="0"/>|' "$own/station.xml"
"$chalkcast" -C "$own" play >"$tmp/play.log" 2>&1 &
player=$!
children="$children $player"
until_begun "$own"
kill -INT $player
wait $player
sed -i '0,/<title>[^<]*/s//<title>改/' "$own/timetables/p1.xml"
"$chalkcast" -C "$own" act load >"$tmp/said" 2>&1
[ -s "$own/journal.db" ] || { fail 'a journal' "$(cat "$tmp/said")"; exit 1; }

drill() { # name, options and faults...
    local name=$1
    shift
    "$chalkcast" -C "$own" drill --at 2020-03-02T08:05:00+08:00 "$@" >"$tmp/$name" 2>&1
    echo $? >"$tmp/$name.code"
}
# The crowd keeps the processors busy, so it comes alone.
drill crowd --for 2 control-crowd
drill lessons --for 2 lesson-removed lesson-cut fallback-cut &
drill station --for 2 disk-gone disk-full timetables-gone journal-locked journal-damaged &
drill machine --for 5 disk-stalls interface-down stopped &
drill process --kills 20 terminated killed &
wait
groups=(crowd lessons station machine process)
for name in "${groups[@]}"; do
    same "the air came back as planned after each fault of $name" 0 "$(cat "$tmp/$name.code")"
done

same 'every fault was done' 0 "$(cat "${groups[@]/#/$tmp/}" | grep -c 'not here')"

row() { awk -v fault="$1" '$1 == fault' "${groups[@]/#/$tmp/}"; }
field() { # fault, lost|other|after: figures from the end of its row
    row "$1" | awk -v which="$2" '{ print which == "lost" ? $(NF - 4) : which == "other" ? $(NF - 3) : $(NF - 1) }'
}
within() { # name, figure, at most
    if awk -v figure="$2" -v most="$3" 'BEGIN { exit !(figure != "" && figure + 0 <= most) }'; then ok "$1"
    else fail "$1" "'$2', at most $3"; fi
}
for fault in lesson-removed disk-gone disk-full timetables-gone journal-locked journal-damaged control-crowd; do
    same "$fault: no slot is lost, nothing else is seen" '0 0.0' "$(field $fault lost) $(field $fault other)"
done
for fault in lesson-cut fallback-cut disk-stalls; do
    same "$fault: no slot is lost" 0 "$(field $fault lost)"
    within "$fault: something else is seen for as long as it lasts" "$(field $fault other)" 7
    if [ "$(field $fault other)" != 0.0 ]; then ok "$fault is seen"; else fail "$fault is seen" 'it is not'; fi
    within "$fault: as planned within the seconds read ahead" "$(field $fault after)" 4.5
done
within 'interface-down: as planned when it is up' "$(field interface-down after)" 0.5
within 'stopped: as planned within the seconds read ahead' "$(field stopped after)" 3.5
within 'terminated: as planned soon after' "$(field terminated after)" 1
within 'killed: as planned soon after' "$(field killed after)" 1

# Correct packets of the right lesson within 100 ms of process start.
median=$(sed -nE 's/^20 restarts after SIGKILL.*median ([0-9.]+) ms.*/\1/p' "$tmp/process")
within 'the right packets come within 100 ms of process start' "$median" 100
same 'and none but these' '0 datagrams' "$(grep -oE '[0-9]+ datagrams' "$tmp/process")"
[ "${failures:-0}" = 0 ] || cat "${groups[@]/#/$tmp/}"
[ "${failures:-0}" = 0 ]
