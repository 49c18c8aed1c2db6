#!/bin/bash
# The guide as files: each format is taken by a reader that nobody here wrote, and all tell the events of the broadcast.
build=$1
. tests/e2e/lib.sh
need tv_validate_file xmllint tidy chromium pdfinfo python3
need_station
export XMLTV_SUPPLEMENT=/usr/share/xmltv # where the package has the DTD
guide() { "$chalkcast" -C "$station" guide "$@"; }
expect() { # name, exit code, pattern, words...
    local name=$1 code=$2 pattern=$3 found
    shift 3
    guide "$@" >"$tmp/out" 2>&1
    found=$?
    if [ "$found" != "$code" ]; then fail "$name" "exit $found: $(head -n 3 "$tmp/out" | tr '\n' '|')"
    elif ! grep -qE -- "$pattern" "$tmp/out"; then fail "$name" "does not say $pattern: $(head -n 3 "$tmp/out" | tr '\n' '|')"
    else ok "$name"; fi
}
browser() { # address, option...: without a network
    timeout 60 chromium --headless --no-sandbox --disable-gpu --host-resolver-rules='MAP * ~NOTFOUND' \
        --user-data-dir="$tmp/browser" "${@:2}" "$1" 2>>"$tmp/browser.log"
}
events() { tests/e2e/export_events "$tmp/guide.json" "$@" 2>&1; }

for output in xmltv=guide.xml json=guide.json ical=calendars html=www; do
    guide --as "${output%=*}" -o "$tmp/${output#*=}" >"$tmp/out" 2>&1 || echo "exit $?" >>"$tmp/out"
    silent "${output%=*} is written" "$tmp/out"
done
same 'one calendar for each service' 12 "$(ls "$tmp/calendars" | wc -l)"
same 'a page for each service, and one for all' 13 "$(ls "$tmp/www" | wc -l)"

# What others make of them.
tv_validate_file "$tmp/guide.xml" >"$tmp/out" 2>&1
same 'XMLTV holds by its own validator' 'Validated ok.' "$(cat "$tmp/out")"
sed 's|"xmltv.dtd"|"/usr/share/xmltv/xmltv.dtd"|' "$tmp/guide.xml" | xmllint --noout --valid - >"$tmp/out" 2>&1
silent 'and by its DTD' "$tmp/out"
for page in "$tmp"/www/index.html "$tmp"/www/[jps]3-*.html; do
    tidy -quiet -errors --drop-empty-elements no "$page" >"$tmp/out" 2>&1
    silent "$(basename "$page") is HTML 5" "$tmp/out"
done
events json "$tmp/guide.json" >"$tmp/events"
planned=0
for timetable in "$station"/timetables/*.xml; do
    planned=$((planned + $(xmllint --xpath 'count(/*/*[local-name() != "filler" or *[local-name() = "title"]])' "$timetable")))
done
same 'the events of the timetables' "$planned" "$(wc -l <"$tmp/events")"
events xmltv "$tmp/guide.xml" >"$tmp/xmltv"
events ical "$tmp"/calendars/*.ics >"$tmp/ical"
events html "$tmp"/www/*-2020-03-02.html >"$tmp/html"
for format in xmltv ical html; do
    if difference=$(diff "$tmp/events" "$tmp/$format"); then ok "$format has the events of the JSON"
    else fail "$format has the events of the JSON" "$(head -n 4 <<<"$difference" | tr '\n' '|')"; fi
done

# And what receivers are told: at 08:00 in Beijing, midnight UTC, the schedule holds the whole week.
"$chalkcast" -C "$station" render --from 2020-03-02T08:00:00+08:00 --for 12s -o "$tmp/air.ts" 2>/dev/null
"$build/tests/tools/judge" --events "$tmp/air.ts" >"$tmp/judged"
events eit "$tmp/judged" >"$tmp/eit"
if difference=$(diff "$tmp/events" "$tmp/eit"); then ok 'the broadcast schedule has the same events and numbers'
else fail 'the broadcast schedule has the same events and numbers' "$(head -n 4 <<<"$difference" | tr '\n' '|')"; fi

# The page of what is on now, in a browser.
card() { # instant, service number: what its card says, without mark-up
    browser "file://$tmp/www/index.html#$1" --dump-dom | tr '\n' ' ' | sed 's/<a class="card/\n&/g' | sed -n "$(($2 + 1))p" |
        sed 's|</a>.*||; s/<[^>]*>/ /g; s/  */ /g'
}
says() { # name, pattern, text
    if grep -qE -- "$2" <<<"$3"; then ok "$1"; else fail "$1" "'$2' is not in '$3'"; fi
}
monday=$(card 2020-03-02T08:05:00+08:00 3)
says 'the page tells the lesson on air' '正在播出 Now 08:00–08:20 古诗三首：绝句 Three old poems: a quatrain 语文 · 孙晓' "$monday"
says 'and the next one' '接下来 Next 08:20–08:40 眼保健操 Eye exercises' "$monday"
says 'a lesson has ended at its end' 'Now 08:20–08:40 眼保健操' "$(card 2020-03-02T00:20:00Z 3)"
evening=$(card 2020-03-02T20:00:00+08:00 3)
says 'it tells when nothing is on' '现在没有课 No lesson now' "$evening"
says 'and which day the next lesson is on' 'Next 星期二 Tue 08:00–08:20' "$evening"
says 'and when the guide ends' 'The guide ends here' "$(card 2020-03-09T08:00:00+08:00 3)"
browser "file://$tmp/www/p3-2020-03-02.html" --no-pdf-header-footer --print-to-pdf="$tmp/week.pdf" >/dev/null
same 'a week prints on one sheet' 'Pages: 1' "$(pdfinfo "$tmp/week.pdf" | grep '^Pages' | tr -s ' ')"
same 'of A4' A4 "$(pdfinfo "$tmp/week.pdf" | sed -n 's/^Page size.*(\(.*\))$/\1/p')"
pages=$(cat "$tmp"/www/*.html | grep -cE '(src|href)="?(https?:|//)|@import|url\(')
same 'nothing is loaded from elsewhere' 0 "$pages"

# Choice of time and service, and refusals.
guide --as json --from 2020-03-03 --days 2 --service p3 >"$tmp/days.json"
same 'days and a service are chosen' '2020-03-03 2020-03-04' \
    "$(python3 -c 'import json,sys; g = json.load(sys.stdin); assert [s["id"] for s in g["services"]] == ["p3"]; print(*sorted({i["start"][:10] for i in g["services"][0]["items"]}))' <"$tmp/days.json")"
same 'one calendar may go to standard output' BEGIN:VCALENDAR "$(guide --as ical --service p3 | head -n 1 | tr -d '\r')"
cp "$tmp/guide.json" "$tmp/again.json"
guide --as json -o "$tmp/again.json"
if cmp -s "$tmp/guide.json" "$tmp/again.json"; then ok 'the same plan gives the same file'; else fail 'the same plan gives the same file' 'it differs'; fi
expect 'an unknown format is usage' 64 'xmltv, ical, html or json' --as pdf
expect 'pages need a folder' 64 'folder' --as html
expect 'an output needs a format' 64 '--as' -o "$tmp/x"
expect 'days need a first one' 64 '--from' --days 3
expect 'a wrong number of days is usage' 64 'not a number of days' --from 2020-03-02 --days 0
expect 'a folder that cannot be is told' 74 'guide.json' --as html -o "$tmp/guide.json/www"
expect 'a file that cannot be written is told' 74 'nowhere' --as json -o "$tmp/nowhere/guide.json"
guide --as xmltv >/dev/full 2>"$tmp/out"
same 'a full disk is told' 74 $?
