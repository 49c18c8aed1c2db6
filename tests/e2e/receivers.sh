#!/bin/bash
# Receivers that nobody here wrote see the sample station as its timetables say: ffprobe, ffmpeg, tshark and GStreamer
# read a rendered minute's part, VLC watches the multicast. What is expected is read from station.xml and timetables/.
build=$1
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
export LC_ALL=C.UTF-8
need xmllint ffprobe ffmpeg tshark gst-launch-1.0 cvlc pkg-config
need_station

first_lesson='2020-03-02T08:00:00+08:00'
at=$(date -d "$first_lesson" +%s)
from=2020-03-02T07:59:55+08:00 # present/following switch, and the UTC day changes, 5 s into it
length=20                      # two rounds of the schedule's carousel
tab=$(printf '\t')

# --- what is expected

# "service number name" of all services; ids.txt: "id number".
xmllint --xpath "//*[local-name()='service']" "$station/station.xml" | tr -d '\n' | sed 's/<service /\n&/g' |
    sed -n 's/.* id="\([^"]*\)".* service-id="\([^"]*\)".*<name[^>]*xml:lang="zh"[^>]*>\([^<]*\)<.*/\1\t\2\t\3/p' >"$tmp/station.txt"
awk -F '\t' -v OFS='\t' '{ print "service", $2, $3 }' "$tmp/station.txt" | sort >"$tmp/services.txt"

# "service start length title" of all events, "*" for a break's title that the timetable leaves to the program.
for file in "$station"/timetables/*.xml; do
    xmllint --c14n "$file" | awk -v RS='<' -v OFS='\t' '
        function attribute(name,    rest) {
            if (!match($0, "[ \t\n]" name "=\"")) return ""
            rest = substr($0, RSTART + RLENGTH)
            return substr(rest, 1, index(rest, "\"") - 1)
        }
        function seconds(iso,    n, number) { # PT1H20M30S
            while (match(iso, /[0-9]+[HMS]/)) {
                number = substr(iso, RSTART, RLENGTH - 1)
                n += number * (substr(iso, RSTART + RLENGTH - 1, 1) == "H" ? 3600 : substr(iso, RSTART + RLENGTH - 1, 1) == "M" ? 60 : 1)
                iso = substr(iso, RSTART + RLENGTH)
            }
            return n
        }
        /^(lesson|break|filler)[ \t\n>]/ { service = attribute("service"); start = attribute("start"); length_ = seconds(attribute("length")); title = "" }
        /^timetable[ \t\n>]/ { language = attribute("xml:lang") }
        /^title[ >]/ && (attribute("xml:lang") == "" ? language : attribute("xml:lang")) ~ /^zh/ { title = $0; sub(/^[^>]*>/, "", title); gsub(/\n/, " ", title); sub(/ +$/, "", title) }
        /^\/break>/ && title == "" { title = "*" }
        /^\/(lesson|break|filler)>/ && title != "" { print service, start, length_, title }'
done >"$tmp/items.raw"
cut -f 2 "$tmp/items.raw" | date -f - +%s >"$tmp/items.at" 
paste "$tmp/items.at" "$tmp/items.raw" | awk -F '\t' -v OFS='\t' '
    NR == FNR { number[$1] = $2; next } { print number[$2], $1, $4, $5 }' "$tmp/station.txt" - |
    sed 's/&amp;/\&/g; s/&lt;/</g; s/&gt;/>/g' | sort -t "$tab" -k 1,1n -k 2,2n >"$tmp/items.txt"
# "service start length title" of what is present at 08:00, and of what follows it.
awk -F '\t' -v at="$at" '$2 <= at && at < $2 + $3' "$tmp/items.txt" >"$tmp/present.txt"
awk -F '\t' -v at="$at" '$2 > at && !seen[$1]++' "$tmp/items.txt" >"$tmp/following.txt"

number_of_services=$(wc -l <"$tmp/services.txt")
same 'the sample station has twelve services' 12 "$number_of_services"
same 'each has a lesson at 08:00' 12 "$(wc -l <"$tmp/present.txt")"

# Columns of a guide's rows to compare: rows whose expected title is "*" may have any. Decoders show the middle dot and the
# dash of GB 2312 as other characters than the timetable has.
compare() { # name, expected "service start length title", found, the same
    sed 's/・/·/g; s/―/—/g' "$3" | awk -F '\t' -v OFS='\t' 'NR == FNR { if ($4 == "*") any[$1 FS $2 FS $3]; next }
        $4 != "" && ($1 FS $2 FS $3) in any { $4 = "*" } { print }' "$2" - | sort -u >"$3.compared"
    sort -u "$2" | diff - "$3.compared" >"$tmp/difference"
    if [ ! -s "$2" ]; then
        fail "$1" 'nothing was expected: the test itself is broken'
    elif [ -s "$tmp/difference" ]; then
        fail "$1" "$(grep -c '^<' "$tmp/difference") not shown, $(grep -c '^>' "$tmp/difference") too many: $(sed -n '2,3p' "$tmp/difference" | tr '\n' '|')"
    else
        ok "$1"
    fi
}

# --- from a file

"$chalkcast" -C "$station" render --from $from --for ${length}s -o "$tmp/air.ts" >"$tmp/render.log" 2>&1 ||
    { fail render "$(tail -n 1 "$tmp/render.log")"; exit 1; }

ffprobe -v error -show_entries program=program_num:program_tags=service_name -of csv=p=0 "$tmp/air.ts" 2>"$tmp/ffprobe.err" |
    awk -F , -v OFS='\t' 'NF >= 2 && $1 ~ /^[0-9]+$/ { print "service", $1, $2 }' | sort -u >"$tmp/ffprobe.txt"
same 'ffprobe lists all services by their Chinese names' "$(cat "$tmp/services.txt")" "$(cat "$tmp/ffprobe.txt")"

ffmpeg -nostdin -v error -i "$tmp/air.ts" -map 0:v -map 0:a -f null - 2>"$tmp/ffmpeg.err"
silent 'ffmpeg decodes all services without a word' "$tmp/ffmpeg.err"

tests/e2e/tshark_guide "$tmp/air.ts" >"$tmp/tshark.rows" 2>"$tmp/tshark.err"
# GStreamer 1.22's introspection reads descriptors that it has already freed and then crashes, about once in five runs, whatever
# the stream. A run that ends well tells the truth, and is compared whole.
for _ in 1 2 3 4 5 6; do
    /usr/bin/python3 tests/e2e/gst_guide "$tmp/air.ts" >"$tmp/gst.rows" 2>"$tmp/gst.err" && break
done
network=$(xmllint --xpath "string(//*[local-name()='network']/*[local-name()='name'])" "$station/station.xml")
for by in tshark gst; do
    rows=$tmp/$by.rows
    [ -s "$rows" ] || fail "$by" "$(tail -n 1 "$tmp/$by.err")"
    same "$by: SDT" "$(cat "$tmp/services.txt")" "$(grep '^service' "$rows" | sort -u)"
    same "$by: NIT" "$network" "$(sed -n "s/^network$tab//p" "$rows")"
    awk -F '\t' -v OFS='\t' '$2 == 78 && $7 == 4 && $8 == "chi" { print $3, $5, $6, $9 }' "$rows" >"$tmp/$by.present"
    compare "$by: EIT present after the switch" "$tmp/present.txt" "$tmp/$by.present"
    # Before 08:00 nothing is present and the first lesson follows; from then on the next one does.
    awk -F '\t' -v OFS='\t' '$2 == 78 && $7 != 4 && $8 == "chi" { print $3, $5, $6, $9 }' "$rows" >"$tmp/$by.following"
    sort "$tmp/present.txt" "$tmp/following.txt" >"$tmp/followed.txt"
    compare "$by: EIT following before and after the switch" "$tmp/followed.txt" "$tmp/$by.following"
    awk -F '\t' -v OFS='\t' '$2 >= 80 && $2 <= 95 && $8 == "chi" { print $3, $5, $6, $9 }' "$rows" >"$tmp/$by.schedule"
    compare "$by: EIT schedule is the timetables'" "$tmp/items.txt" "$tmp/$by.schedule"
done

while IFS=$tab read -r _ number name; do
    gst-launch-1.0 -v filesrc location="$tmp/air.ts" ! tsdemux program-number="$number" name=d \
        d. ! queue ! h264parse ! avdec_h264 ! fakesink name=picture silent=false sync=false \
        d. ! queue ! mpegaudioparse ! avdec_mp2float ! fakesink name=sound silent=false sync=false >"$tmp/gst.log" 2>&1
    pictures=$(grep -c 'GstFakeSink:picture: last-message = chain' "$tmp/gst.log")
    sounds=$(grep -c 'GstFakeSink:sound: last-message = chain' "$tmp/gst.log")
    # The first and the last GOP may lie outside of the file in part.
    if [ "$pictures" -ge $(((length - 3) * 25)) ] && [ "$sounds" -ge $(((length - 2) * 1000 / 24)) ] && ! grep -qE 'ERROR|WARNING' "$tmp/gst.log"; then
        ok "gst plays service $number $name"
    else
        fail "gst plays service $number $name" "$pictures pictures, $sounds audio frames, $(grep -E 'ERROR|WARNING' "$tmp/gst.log" | head -n 1)"
    fi
done <"$tmp/services.txt"

# --- from the multicast, by VLC

# The station at another address, so that a demo on air is not in the way.
port=$((20000 + $$ % 20000))
mkdir "$tmp/station" "$tmp/vlc"
chmod 755 "$tmp" "$tmp/vlc"
for part in sources lessons timetables logo.png; do
    ln -s "$(realpath "$station/$part")" "$tmp/station/$part"
done
sed "s#udp://[0-9.]*:[0-9]*#udp://239.255.12.99:$port#" "$station/station.xml" >"$tmp/station/station.xml"

# shellcheck disable=SC2046 # options are words
gcc -std=gnu17 -O1 -fPIC -shared -DMODULE_STRING='"guide"' $(pkg-config --cflags vlc-plugin) \
    -o "$tmp/vlc/libguide_plugin.so" tests/e2e/vlc_guide.c $(pkg-config --libs vlc-plugin) ||
    { fail 'VLC' 'its guide plugin does not build'; exit 1; }

watch() { # service number, seconds: VLC watches, unseen, and writes its guide. It refuses to run as root.
    local home=$tmp/vlc/$1 as=
    mkdir "$home"
    chmod 777 "$home"
    [ "$(id -u)" != 0 ] || as='runuser -u nobody --'
    $as env HOME="$home" XDG_RUNTIME_DIR="$home" VLC_PLUGIN_PATH="$tmp/vlc" VLC_GUIDE="$home/guide" VLC_GUIDE_AFTER="$2" \
        timeout $(($2 + 15)) cvlc -q --no-color --extraintf=guide --no-drop-late-frames --no-skip-frames --vout=dummy --aout=dummy --miface=lo --program="$1" \
        "udp://@239.255.12.99:$port" >"$home/log" 2>&1
}
"$chalkcast" -C "$tmp/station" play --at $from >"$tmp/play.log" 2>&1 &
children=$!
watched=24 # seconds: past the switch, and long enough for two rounds of the schedule
count=0
watchers=
while IFS=$tab read -r _ number _; do
    watch "$number" $watched &
    watchers="$watchers $!"
    count=$((count + 1))
    [ $((count % 3)) != 0 ] || { wait $watchers; watchers=; } # as many at once as two slow cores decode with ease
done <"$tmp/services.txt"
[ -z "$watchers" ] || wait $watchers
kill -0 "$children" 2>/dev/null || fail 'play stays on air' "$(tail -n 1 "$tmp/play.log")"

while IFS=$tab read -r _ number name; do
    guide=$tmp/vlc/$number/guide
    [ -s "$guide" ] || { fail "VLC watches service $number" "$(tail -n 1 "$tmp/vlc/$number/log")"; continue; }
    grep "^service" "$guide" | sort -u >"$tmp/vlc.service"
    same "VLC knows service $number by name" "service$tab$number$tab$name" "$(cat "$tmp/vlc.service")"
    for what in present following items; do
        grep "^$number$tab" "$tmp/$what.txt" >"$tmp/vlc.expected"
        case $what in
        present) awk -F '\t' -v OFS='\t' '$1 == "event" && $5 { print $2, $3, $4, $6 }' "$guide" | sort -u ;;
        following) awk -F '\t' -v OFS='\t' -v at="$at" '$1 == "event" && $3 > at { print $2, $3, $4, $6 }' "$guide" | sort -u -t "$tab" -k 2,2n | head -n 1 ;;
        items) awk -F '\t' -v OFS='\t' '$1 == "event" { print $2, $3, $4, $6 }' "$guide" | sort -u ;;
        esac >"$tmp/vlc.found"
        compare "VLC: $what of service $number" "$tmp/vlc.expected" "$tmp/vlc.found"
    done
    read -r _ pictures lost sounds silences < <(grep '^played' "$guide" || echo 'played 0 0 0 0')
    # VLC is told to show what it has decoded too late, as may happen on a busy machine: a few lost are not the stream's fault.
    if [ "$pictures" -ge $(((watched - 5) * 25)) ] && [ "$sounds" -ge $(((watched - 5) * 1000 / 24)) ] && [ "$lost" -lt 25 ] && [ "$silences" -lt 5 ]; then
        ok "VLC plays service $number"
    else
        fail "VLC plays service $number" "$pictures pictures, $lost lost; $sounds audio frames, $silences lost"
    fi
done <"$tmp/services.txt"
[ "${failures:-0}" = 0 ]
