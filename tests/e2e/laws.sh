#!/bin/bash
# Laws 2, 3, 4 and 7 on the sample station: the judge of the tests (own code, apart from the multiplexer) measures ten minutes
# with joins, loops and empty time; ffmpeg decodes every service without a word; lessons begin at their instants.
build=$1
. tests/e2e/lib.sh
need ffmpeg ffprobe xmllint
need_station
judge=$build/tests/tools/judge
rate=646250000/17
render() { "$chalkcast" -C "$station" render "$@"; }

judged() { # name, from, for
    render --from "$2" --for "$3" -o - | "$judge" --rate $rate - >"$tmp/judged" 2>&1
    while read -r verdict what; do
        case $verdict in
        ok) ok "$1: $what" ;;
        FAIL) fail "$1: ${what%%:*}" "${what#*:}" ;;
        esac
    done <"$tmp/judged"
    grep -q '^ok' "$tmp/judged" || fail "$1" "$(head -n 3 "$tmp/judged")"
}
judged 'ten minutes over a join' 2020-03-02T08:15:00+08:00 10m
judged 'UTC midnight' 2020-03-02T07:59:15+08:00 90s
judged 'into empty time' 2020-03-02T11:39:15+08:00 90s
judged 'after the last day' 2020-03-06T17:29:15+08:00 90s

# Every picture and every sound of all services, over two joins, decodes without a word.
render --from 2020-03-02T08:18:00+08:00 --for 45s -o - >"$tmp/joins.ts"
render --from 2020-03-02T08:19:50+08:00 --for 20s -o "$tmp/join.ts"
for part in join joins; do
    ffmpeg -nostdin -v error -i "$tmp/$part.ts" -map 0:v -map 0:a -f null - 2>"$tmp/words"
    silent "ffmpeg decodes all services without a word ($part)" "$tmp/words"
done

# Law 3: the first frame of each lesson that begins at 08:20 or 08:40 has the instant as its PTS, on the PCR line.
for at in 2020-03-02T08:20:00+08:00 2020-03-02T08:40:00+08:00; do
    second=$(date -d "$at" +%s)
    expected=$((second * 90000 % 8589934592))
    render --from "$(date -u -d "@$((second - 3))" +%Y-%m-%dT%H:%M:%SZ)" --for 6s -o "$tmp/start.ts"
    for service in 101 106 107 112; do
        found=$(ffprobe -v error -select_streams "p:$service:v" -show_entries packet=pts -of csv=p=0 "$tmp/start.ts" | grep -c "^$expected")
        same "service $service shows a frame at $at exactly" 1 "$found"
    done
done
