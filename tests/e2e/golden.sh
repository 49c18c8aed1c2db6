#!/bin/bash
# Golden streams: what every codec, lane and table becomes, byte for byte, and what the laboratory says of it. A change by
# accident is seen here; one that is meant is written anew with UPDATE_GOLDEN=1 and read by whoever commits it.
build=$1
. tests/e2e/lib.sh
golden=tests/golden/station
chalkcast=$(realpath "$build/chalkcast")
cp -r $golden "$tmp/station"
stretch() { # name, multiplex, from, for
    "$chalkcast" -C "$tmp/station" render --multiplex "$2" --from "$3" --for "$4" -o "$tmp/$1.ts" 2>"$tmp/words"
    silent "$1: rendered without a word" "$tmp/words"
    {
        echo "sha256 $(sha256sum <"$tmp/$1.ts" | cut -d' ' -f1)"
        (cd "$tmp" && "$chalkcast" measure "$1.ts") || echo "exit status $?"
    } >"$tmp/$1.txt"
    if [ -n "${UPDATE_GOLDEN-}" ]; then cp "$tmp/$1.txt" tests/golden/"$1.txt"; fi
    if cmp -s "$tmp/$1.txt" tests/golden/"$1.txt"; then ok "$1: the stream and its report"
    else fail "$1: the stream and its report" "$(diff "$tmp/$1.txt" tests/golden/"$1.txt" | head -n 4 | tr '\n' '|')"; fi
}
stretch stream-mixed mixed 2020-03-02T07:59:50+08:00 30s
stretch stream-old old 2020-03-02T07:59:50+08:00 30s

"$chalkcast" -C "$tmp/station" rehearse --multiplex mixed --from 2020-03-02T07:59:30+08:00 --for 60s >"$tmp/said" 2>&1
same 'a rehearsal of all codecs: exit status' 0 $?
grep -v 'times as fast as on air' "$tmp/said" >"$tmp/rehearsal"
if [ -n "${UPDATE_GOLDEN-}" ]; then cp "$tmp/rehearsal" tests/golden/rehearsal.txt; fi
same 'and its joins' "$(cat tests/golden/rehearsal.txt)" "$(cat "$tmp/rehearsal")"
[ "${failures:-0}" = 0 ]
