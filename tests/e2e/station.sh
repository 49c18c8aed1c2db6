#!/bin/bash
# Bad input (law 5 for files that are missing, short or late): the air goes on, the message says what viewers see.
build=$1
. tests/e2e/lib.sh
need ffmpeg
need_station
judge=$build/tests/tools/judge
copy() { # a station of its own with links to the lessons
    rm -rf "$tmp/station"
    mkdir -p "$tmp/station/lessons"
    cp -r "$station/station.xml" "$station/timetables" "$tmp/station/"
    ln -s "$(realpath "$station/sources")" "$tmp/station/sources"
    [ ! -e "$station/logo.png" ] || ln -s "$(realpath "$station/logo.png")" "$tmp/station/logo.png"
    ln -s "$(realpath "$station")"/lessons/*.lesson "$tmp/station/lessons/"
    sed -i 's|239.255.12.1:5004|239.255.12.72:5072|' "$tmp/station/station.xml"
}
cast() { "$chalkcast" -C "$tmp/station" "$@"; }
expect() { # name, exit code, pattern, command...
    local name=$1 code=$2 pattern=$3 found
    shift 3
    "$@" >"$tmp/out" 2>&1
    found=$?
    if [ "$found" != "$code" ]; then fail "$name" "exit $found: $(head -n 3 "$tmp/out" | tr '\n' '|')"
    elif [ -n "$pattern" ] && ! grep -qE "$pattern" "$tmp/out"; then fail "$name" "does not say $pattern: $(head -n 3 "$tmp/out" | tr '\n' '|')"
    else ok "$name"; fi
}
edit() { sed -i "$1" "$tmp/station/timetables/p3.xml"; }

copy; expect 'the sample station has no fault' 0 . cast check
copy; edit 's/<lesson id="p3-0302-1"/<lesso id="p3-0302-1"/'; expect 'broken XML is refused with its line' 2 'timetables/p3.xml:[0-9]+: ' cast check
copy; edit '0,/T08:00:00+08:00/s//T25:00:00+08:00/'; expect 'a wrong time is refused' 2 'p3.xml:[0-9]+: .*25:00:00' cast check
copy; edit '0,/2020-03-02T08:00/s//2021-02-29T08:00/'; expect '29 February of 2021 is refused' 2 'p3.xml:[0-9]+: .*2021-02-29' cast check
copy; edit '0,/2020-03-02T08:00:00/s//2020-02-29T08:00:00/'; expect '29 February of 2020 is a day' 0 . cast check
copy; edit '0,/service="p3"/s//service="p33"/'; expect 'an unknown service is refused' 2 'p3.xml:[0-9]+: .*p33' cast check
copy; edit '0,/length="PT20M"/s//length="PT21M"/'; expect 'an overlap is refused' 2 'p3.xml:[0-9]+: ' cast check
copy; edit '0,/source="p3\/chinese.mp4"/s//source="p3\/nowhere.mp4"/'; expect 'a missing source airs with a warning' 1 'p3.xml:[0-9]+: .*nowhere' cast check
copy; rm "$tmp"/station/lessons/*; expect 'unprepared lessons are warnings' 1 'prepare' cast check
copy; echo broken >"$tmp/station/station.xml"; expect 'a broken station is refused' 2 'station.xml:[0-9]+: ' cast check
expect 'and does not go on air' 2 'station.xml' cast play
expect 'an unknown option is usage' 64 '.' cast check --nonsense
expect 'an unknown command is usage' 64 'render' cast nonsense
copy; expect 'a bad time is usage' 64 'not a time' cast render --from yesterday --for 1s -o null
copy; cat >"$tmp/station/timetables/p3.xml" <<'X'
<?xml version="1.0"?>
<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<timetable xmlns="urn:chalkcast:timetable:1">&d;</timetable>
X
expect 'an entity bomb is refused' 2 'p3.xml:[0-9]+: ' cast check
cat >"$tmp/station/timetables/p3.xml" <<'X'
<?xml version="1.0"?>
<!DOCTYPE t [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<timetable xmlns="urn:chalkcast:timetable:1">&secret;</timetable>
X
expect 'an external entity is refused' 2 'p3.xml:[0-9]+: ' cast check
if grep -q 'root:' "$tmp/out"; then fail 'nothing of the external file is shown' 'it is'; else ok 'nothing of the external file is shown'; fi
copy; sed -i 's|interface="lo" ttl="0"|ttl="1"|' "$tmp/station/station.xml"
expect 'a rehearsal does not leave the machine' 2 'rehearsal' timeout 5 "$chalkcast" -C "$tmp/station" play --at 2020-03-02T08:00:00+08:00
copy; sed -i 's|6875000|1000000|' "$tmp/station/station.xml"
expect 'lanes that exceed the multiplex are refused by amount' 2 '[0-9]+ (packets|slots)' cast check

# A refused timetable falls back, the others hold.
copy; edit '0,/T08:00:00+08:00/s//T25:00:00+08:00/'
cast render --from 2020-03-02T08:00:00+08:00 --for 5s -o "$tmp/refused.ts" 2>/dev/null
"$judge" --events "$tmp/refused.ts" >"$tmp/events"
if grep -qE '^103 .*水的循环' "$tmp/events"; then fail 'a refused timetable is not in the guide' 'it is'; else ok 'a refused timetable is not in the guide'; fi
if grep -qE '^101 present .* running' "$tmp/events" || grep -qE '^101 present [0-9]' "$tmp/events"; then ok 'the others hold'; else fail 'the others hold' "$(head -n 2 "$tmp/events")"; fi

# A lesson that is damaged or vanishes while on air: fallback, an honest line, and no fault in the stream.
copy
for lesson in "$tmp"/station/lessons/*.lesson; do cp --remove-destination "$(realpath "$lesson")" "$lesson"; done
lesson=$(grep -l -a '^source p1/chinese' "$tmp"/station/lessons/*.lesson | head -n 1)
printf 'x' | dd of="$lesson" bs=1 seek=$(($(stat -c %s "$lesson") / 3)) conv=notrunc 2>/dev/null
cast render --from 2020-03-02T08:00:00+08:00 --for 60s -o "$tmp/damaged.ts" 2>"$tmp/said"
if grep -q 'damaged' "$tmp/said"; then ok 'a damaged lesson is told'; else fail 'a damaged lesson is told' "$(cat "$tmp/said")"; fi
"$judge" --rate 646250000/17 "$tmp/damaged.ts" >"$tmp/judged"
if grep -q '^FAIL' "$tmp/judged"; then fail 'a damaged lesson leaves a clean stream' "$(grep -m1 '^FAIL' "$tmp/judged")"; else ok 'a damaged lesson leaves a clean stream'; fi
copy
for lesson in "$tmp"/station/lessons/*.lesson; do cp --remove-destination "$(realpath "$lesson")" "$lesson"; done
"$chalkcast" -C "$tmp/station" play --at 2020-03-02T08:00:00+08:00 >"$tmp/play.log" 2>&1 &
player=$!
children="$children $player"
"$build/tests/tools/capture" 239.255.12.72 5072 lo 4 "$tmp/before.ts" >/dev/null
for lesson in "$tmp"/station/lessons/*.lesson; do : >"$lesson"; done
touch "$tmp/station/timetables/p1.xml"
"$build/tests/tools/capture" 239.255.12.72 5072 lo 8 "$tmp/after.ts" >/dev/null
kill -INT $player
wait $player
"$judge" --rate 646250000/17 "$tmp/after.ts" >"$tmp/judged"
if grep -q '^FAIL' "$tmp/judged"; then fail 'lessons that vanish on air leave a clean stream' "$(grep '^FAIL' "$tmp/judged" | head -n 2)"
else ok 'lessons that vanish on air leave a clean stream'; fi
if grep -q 'compiled-in picture' "$tmp/play.log"; then ok 'and play says what viewers see'; else fail 'and play says what viewers see' "$(tail -n 5 "$tmp/play.log")"; fi
if grep -q 'p1.xml.*act load' "$tmp/play.log"; then ok 'an edited timetable is noticed'; else fail 'an edited timetable is noticed' "$(tail -n 5 "$tmp/play.log")"; fi

# A terminal that is stopped (Ctrl-S, a log that is not read) stops nothing, faults to tell or not.
mkfifo "$tmp/stopped"
exec 9<>"$tmp/stopped"
timeout 2 head -c 65000 /dev/zero >&9
"$chalkcast" -C "$tmp/station" play --at 2020-03-02T08:00:00+08:00 >"$tmp/stopped" 2>/dev/null &
player=$!
children="$children $player"
: >"$tmp/stopped.ts"
timeout 10 "$build/tests/tools/capture" 239.255.12.72 5072 lo 4 "$tmp/stopped.ts" >/dev/null
kill -INT $player
cat "$tmp/stopped" >/dev/null &
children="$children $!"
wait $player
if [ "$(stat -c %s "$tmp/stopped.ts")" -gt 10000000 ]; then ok 'a terminal that is stopped does not stop the air'
else fail 'a terminal that is stopped does not stop the air' "$(stat -c %s "$tmp/stopped.ts") bytes in 4 s"; fi
exec 9>&-

# A station without any lesson or source is on air all the same.
rm -rf "$tmp/station/timetables" "$tmp/station/lessons"
expect 'a station without timetables renders' 0 '' cast render --from 2020-03-02T08:00:00+08:00 --for 20s -o "$tmp/bare.ts"
"$judge" --rate 646250000/17 "$tmp/bare.ts" >"$tmp/judged" 2>&1
if grep -q '^FAIL' "$tmp/judged"; then fail 'and is clean' "$(grep '^FAIL' "$tmp/judged" | head -n 2)"; else ok 'and is clean'; fi

# A preparation that is killed leaves no half lesson, and the next one clears up.
copy; rm "$tmp"/station/lessons/*
"$chalkcast" -C "$tmp/station" prepare >/dev/null 2>&1 &
preparing=$!
for _ in $(seq 100); do
    compgen -G "$tmp/station/lessons/.partial-*" >/dev/null && break
    sleep 0.1
done
kill -KILL $preparing
wait $preparing 2>/dev/null
halves=$(ls -A "$tmp/station/lessons" | grep -cv '^\.partial-')
same 'a killed preparation leaves no half lesson' 0 "$halves"
expect 'the next one makes it' 0 '' cast prepare fallback/p1.mp4
same 'and nothing else is left' 1 "$(ls -A "$tmp/station/lessons" | wc -l)"
