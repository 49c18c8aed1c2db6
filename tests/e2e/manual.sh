#!/bin/bash
# The man pages say what the program does: the same commands, options, formats and rates; their examples are accepted.
build=$1
. tests/e2e/lib.sh
need mandoc xmllint
[ -x "$build/chalkcast" ] || { fail need "$build/chalkcast is not built"; exit 1; }
chalkcast=$(realpath "$build/chalkcast")
manual=playout/manual

# --- what the program says

commands() { "$chalkcast" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  *.*/\1/p'; }
# Of the usage and of the list of options, not of examples. -C belongs to the program, whose page has it.
options_of_help() { # command...
    "$chalkcast" "$@" --help | sed 's/\[-C DIR\]//' | awk '!NF { usage = 1 } !usage { print } usage && /^  -/ { sub(/   *[^ -].*/, ""); print }' |
        grep -oE '(^|[^[:alnum:]-])--?[[:alpha:]][[:alpha:]-]*' | sed 's/^[^-]//' | sort -u
}
options_of_parser() { # command: what it answers to an option that it does not have
    "$chalkcast" "$1" --no-such-option 2>&1 | sed -n 's/.*accepted: //p' | tr -d ',' | tr ' ' '\n' | grep -vx -e --help | sort -u
}

# --- what the pages say

options_of() { # page, pattern of lines: their flags
    grep -E "$2" "$1" | grep -oE 'Fl [[:alpha:]-]+' | sed 's/^Fl /-/' | sort -u
}
text_of() { # page: what a reader copies from it
    mandoc -T utf8 "$1" | LC_ALL=C.UTF-8 col -bx
}
names_of() { # page, macro pattern: the names of a list
    sed -n "s/^\.\($2\) //p" "$1" | sed 's/ Ar .*//; s/ , /\n/g' | sort -u
}
rows_of() { # page, heading of the table: its rows, cells parted by tabs
    sed -n "/^\.It Sy $2 Ta/,/^\.El/s/^\.It Li //p" "$1" | sed 's/ Ta /\t/g'
}

# --- every command has a page, every page a command

same 'the program lists its commands' yes "$(commands | grep -qx check && echo yes)"
same 'every command has a page and every page a command' "$(commands | sort)" \
    "$(for page in "$manual"/chalkcast-*.1; do page=${page##*/chalkcast-}; echo "${page%.1}"; done | sort)"
same 'the page of the program names every command' "$(commands | sort)" \
    "$(sed -n 's/^\.It Xr chalkcast-\([a-z]*\) 1$/\1/p' $manual/chalkcast.1 | sort)"
for page in "$manual"/*.[15]; do
    name=${page##*/}
    warnings=$(mandoc -T lint -W warning "$page" 2>&1)
    if [ -z "$warnings" ]; then ok "$name is sound"; else fail "$name is sound" "$(head -n 1 <<<"$warnings")"; fi
done
missing=$(sed -n 's/^\.[IX][tr] \(Xr \)\?\(chalkcast[a-z-]*\) \([15]\).*/\2.\3/p' "$manual"/*.[15] | sort -u | while read -r page; do
    [ -f "$manual/$page" ] || echo "$page"
done)
same 'pages refer to pages that are there' '' "$missing"

# --- options: the page, the help and the parser agree

same 'chalkcast: options of the page and of --help' "$(options_of_help)" "$(options_of $manual/chalkcast.1 '^\.It Fl')"
for command in $(commands); do
    page=$manual/chalkcast-$command.1
    [ -f "$page" ] || continue
    same "$command: options of the page and of --help" "$(options_of_help "$command")" "$(options_of "$page" '^\.It Fl')"
    same "$command: options of --help and of the parser" "$(options_of_parser "$command")" "$(options_of_help "$command")"
    strange=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$page" | options_of /dev/stdin '.' |
        comm -23 - <(options_of "$page" '^\.It Fl|^\.Op Fl C Ar dir$'))
    same "$command: the synopsis has no other options" '' "$strange"
    codes=$("$chalkcast" "$command" --help | sed -n '/^Exit status:/,/^$/p' | tr '\n' ' ' | grep -oE '[:,;] [0-9]+ ' |
        tr -d ':,; ' | sort -u)
    strange=$(comm -23 <(echo "$codes") <(names_of "$page" 'It' | grep -E '^[0-9]+$') | xargs)
    same "$command: every exit status of --help is in the page" '' "$strange"
done

# --- grammars: every element and attribute is in the page, and the other way round

for kind in station timetable; do
    page=$manual/chalkcast-$kind.5
    same "$kind: the elements of the page and of the grammar" \
        "$(sed -n 's/.*<xs:element name="\([^"]*\)".*/<\1>/p' schedules/$kind.xsd | sort -u)" \
        "$(names_of "$page" 'Ss\|It Sy' | grep -x '<.*>')"
    attributes=$(sed -n 's/.*<xs:attribute name="\([^"]*\)".*/\1/p' schedules/$kind.xsd | sort -u)
    same "$kind: the attributes of the page and of the grammar" "$attributes" \
        "$(sed '/^\.Sh DESC/,/^\.Sh/!d' "$page" | names_of /dev/stdin 'It Cm' | grep -vx xml:lang)"
done

# --- examples are accepted

accepted() { # name, station directory: warnings are fine, for there are no lessons
    local said
    said=$("$chalkcast" -C "$2" check 2>&1)
    if [ $? -le 1 ] && grep -q ' 0 errors' <<<"$said"; then ok "$1"; else fail "$1" "$(grep -m 1 error <<<"$said")"; fi
}
examples() { # page, folder: each example that is a whole file, as FOLDER/N.xml
    mkdir -p "$2"
    text_of "$1" | awk -v folder="$2" '/^ *<\?xml/ { file = folder "/" ++count ".xml"; sub(/^ */, "") } file { print >file }
        /^ *<\/(station|timetable)>$/ { close(file); file = "" }'
}
station=$tmp/station
mkdir -p "$station/timetables"
examples $manual/chalkcast-station.5 "$tmp/stations"
examples $manual/chalkcast-timetable.5 "$tmp/timetables"
same 'there are examples of stations and timetables' '2 1' \
    "$(find "$tmp/stations" -name '*.xml' | wc -l) $(find "$tmp/timetables" -name '*.xml' | wc -l)"
for example in "$tmp"/stations/*.xml "$tmp"/timetables/*.xml; do
    kind=$(basename "$(dirname "$example")" s)
    name="example ${example##*/} of a $kind"
    if xmllint --noout --schema "schedules/$kind.xsd" "$example" 2>"$tmp/said"; then ok "$name is of the grammar"
    else fail "$name is of the grammar" "$(head -n 1 "$tmp/said")"; fi
    if [ "$kind" = station ]; then cp "$example" "$station/station.xml"
    else cp "$tmp/stations/1.xml" "$station/station.xml" && cp "$example" "$station/timetables/"; fi
    accepted "$name is accepted" "$station"
done
cp "$tmp/stations/1.xml" "$station/station.xml"
output=$(text_of $manual/chalkcast-station.5 | grep -oE '^ *<output .*pacing.*/>' | head -n 1)
sed -i "s|.*<output .*|$output|" "$station/station.xml"
if grep -q pacing "$station/station.xml"; then accepted 'the paced output is accepted' "$station"
else fail 'the paced output is accepted' 'it is not in the page'; fi

# --- the tables of deliveries and formats agree with the program

checked() { # attribute, value: what `check` says of the first example with it
    sed "s|$1=\"[^\"]*\"|$1=\"$2\"|" "$tmp/stations/1.xml" >"$station/station.xml"
    "$chalkcast" -C "$station" check 2>&1
}
while IFS=$'\t' read -r delivery rate; do
    packets=$(checked delivery "$delivery" | awk '$1 == "all" { print $2 }')
    right=$(awk -v packets="${packets:-0}" -v rate="${rate% Mb/s}" \
        'BEGIN { left = rate - packets * 1504 / 1e6; print (left > -0.00005 && left < 0.00155) }') # rounded; a part of a packet
    same "delivery $delivery has $rate" 1 "$right"
done < <(rows_of $manual/chalkcast-station.5 delivery)
while IFS=$'\t' read -r video _ packets rate _; do
    same "video $video takes $packets packets per second" "$packets" \
        "$(checked video "$video" | awk '$1 == "video" && $(NF - 4) == 1 { print $(NF - 3) }')"
    same "video $video takes $rate Mb/s" "$rate" "$(awk -v packets="$packets" 'BEGIN { printf "%.2f", packets * 1504 / 1e6 }')"
done < <(rows_of $manual/chalkcast-station.5 video)
same 'every video format is in the page' \
    "$(checked video nonsense | sed -n 's/.*video is one of \(.*\), or one of these.*/\1/p' | sed 's/, /\n/g' | sort)" \
    "$(rows_of $manual/chalkcast-station.5 video | cut -f 1 | sort)"
[ "${failures:-0}" = 0 ]
