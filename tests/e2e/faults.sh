#!/bin/bash
# Law 5 on the program itself (chalkcast drill): files, disks, journal, interface and process fail under a rehearsal of the
# sample station; what a receiver then got is held against what render makes. Restarts are in restarts.sh.
build=$1
. tests/e2e/lib.sh
. tests/e2e/drill-lib.sh

# The crowd keeps the processors busy, so it comes alone.
drill crowd --for 2 control-crowd
drill lessons --for 4 lesson-removed lesson-cut lesson-swapped fallback-cut &
drill station --for 2 disk-gone disk-full timetables-gone journal-locked journal-damaged &
drill machine --for 5 disk-stalls interface-down stopped &
wait
groups=(crowd lessons station machine)
for name in "${groups[@]}"; do
    same "the air came back as planned after each fault of $name" 0 "$(cat "$tmp/$name.code")"
done

same 'every fault was done' 0 "$(cat "${groups[@]/#/$tmp/}" | grep -c 'not here')"

for fault in lesson-removed disk-gone disk-full timetables-gone journal-locked journal-damaged control-crowd; do
    same "$fault: no slot is lost, nothing else is seen" '0 0.0' "$(field $fault lost) $(field $fault other)"
done
for fault in lesson-cut lesson-swapped fallback-cut disk-stalls; do
    same "$fault: no slot is lost" 0 "$(field $fault lost)"
    within "$fault: something else is seen for as long as it lasts" "$(field $fault other)" 9
    if [ "$(field $fault other)" != 0.0 ]; then ok "$fault is seen"; else fail "$fault is seen" 'it is not'; fi
    most=6.5 # a file that was not that of its name is verified before it is seen again
    [ "$fault" != disk-stalls ] || most=4.5
    within "$fault: as planned within the seconds read ahead" "$(field $fault after)" $most
done
within 'interface-down: as planned when it is up' "$(field interface-down after)" 0.5
within 'stopped: as planned within the seconds read ahead' "$(field stopped after)" 3.5

# --- a lesson that is replaced by another one, whole: before a start, and mended on air

swapped=$tmp/swapped
mkdir "$swapped"
cp -r "$own/station.xml" "$own/timetables" "$own/journal.db" "$swapped/"
cp -rL "$own/lessons" "$swapped/"
ln -s "$(realpath "$station")"/{sources,logo.png} "$swapped/"
file_of() { grep -lam 1 "^source $1\$" "$swapped"/lessons/*.lesson; } # source
air() { # name
    "$chalkcast" -C "$swapped" play --at 2020-03-02T08:05:00+08:00 >"$tmp/$1" 2>&1 &
    player=$!
    children="$children $player"
}
until_said() { for _ in $(seq 300); do grep -q "$2" "$tmp/$1" && return; sleep 0.1; done; } # name, words
shown() { # what p1 showed, and why: "SOURCE CAUSE ERROR" in lines
    awk -F'\t' '$1 == "show" && $4 == "p1" { print $6, $13, $14 }' "$swapped"/state/rehearsal/*
}
lesson=$(file_of p1/chinese.mp4) other=$(file_of p3/chinese.mp4)
cp "$lesson" "$tmp/right"
cat "$other" >"$lesson"
air first
until_said first 'not the lesson of its name; viewers see fallback/p1.mp4'
sleep 4.5
said=$("$chalkcast" -C "$swapped" check 2>&1)
cat "$tmp/right" >"$lesson"
until_said first 'the lesson of its name again'
sleep 6
kill -INT $player
wait $player
same 'a swapped lesson is told by name once' 1 "$(grep -c 'fault  lesson p1/chinese.mp4 is not the lesson of its name' "$tmp/first")"
same 'and once when it is mended' 1 "$(grep -c 'good  lesson p1/chinese.mp4 is the lesson of its name again' "$tmp/first")"
same 'the log says why the fallback was seen' 'fallback/p1.mp4 unreadable -7' "$(shown | grep -m 1 -e -7)"
same 'and that the lesson was, in the end' 'p1/chinese.mp4 planned 0' "$(shown | tail -n 1)"
if grep -q 'lesson of "p1/chinese.mp4" is to air and cannot be read: is not the lesson of its name' <<<"$said"; then ok 'check names it'
else fail 'check names it' "$(grep -m 1 'of its name' <<<"$said")"; fi

cat "$other" >"$lesson"
air known
until_said known 'p1/chinese.mp4 is not the lesson of its name: '
kill -INT $player
wait $player
rm -r "$swapped/state/rehearsal"
air again
until_said again 'p1/chinese.mp4 is not the lesson of its name: '
kill -INT $player
wait $player
same 'a start that knows of it never shows it' 'fallback/p1.mp4 unreadable -7' "$(shown | sort -u)"

rm "$(file_of fallback/p1.mp4)"
"$chalkcast" -C "$swapped" prepare fallback/p1.mp4 >"$tmp/said" 2>&1
made=$(basename "$(file_of fallback/p1.mp4)" .lesson)
same 'a lesson that was just made is known' "$made right" "$(grep -o "^$made right" "$swapped/state/verified-lessons")"
[ "${failures:-0}" = 0 ] || cat "${groups[@]/#/$tmp/}"
[ "${failures:-0}" = 0 ]
