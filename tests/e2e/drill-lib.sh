# Shared by the scripts that drill; sourced after lib.sh. Makes $own, a copy of the sample station with a journal, which a
# rehearsal does not begin. Ends the script where there are no namespaces.
need_station
unshare --net --mount true 2>/dev/null || unshare --user --net --mount true 2>/dev/null || {
    ok 'drill needs namespaces, which this system does not allow'
    exit 0
}

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
row() { awk -v fault="$1" '$1 == fault' "${groups[@]/#/$tmp/}"; }
field() { # fault, lost|other|after: figures from the end of its row
    row "$1" | awk -v which="$2" '{ print which == "lost" ? $(NF - 4) : which == "other" ? $(NF - 3) : $(NF - 1) }'
}
within() { # name, figure, at most
    if awk -v figure="$2" -v most="$3" 'BEGIN { exit !(figure != "" && figure + 0 <= most) }'; then ok "$1"
    else fail "$1" "'$2', at most $3"; fi
}
