#!/bin/bash
# The guide as receivers read it: libdvbpsi's and libdvbv5's decoders, VLC, GStreamer, tshark and the simulated set-top box
# find the same events with the same words, under every text policy as far as their letters go; `guide --compare` finds
# every difference from the plan, and none where there is none.
build=$1
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
export LC_ALL=C.UTF-8
need gcc pkg-config tshark cvlc python3
need_station
tab=$(printf '\t')
policies='gb2312 ucs2 utf-8 gbk'

# --- receivers

# shellcheck disable=SC2046 # options are words
{
    gcc -std=gnu17 -O1 -D_GNU_SOURCE -I. -o "$tmp/dvbv5_guide" tests/e2e/dvbv5_guide.c tests/receiver/filter.c -ldvbv5 &&
        gcc -std=gnu17 -O1 -D_GNU_SOURCE -o "$tmp/dvbpsi_guide" tests/e2e/dvbpsi_guide.c $(pkg-config --cflags --libs libdvbpsi) &&
        gcc -std=gnu17 -O1 -D_GNU_SOURCE -I. -o "$tmp/box" tests/tools/box.c tests/receiver/*.c $(pkg-config --cflags --libs glib-2.0) &&
        gcc -std=gnu17 -O1 -fPIC -shared -DMODULE_STRING='"guide"' $(pkg-config --cflags vlc-plugin) \
            -o "$tmp/libguide_plugin.so" tests/e2e/vlc_guide.c $(pkg-config --libs vlc-plugin)
} || { fail 'receivers' 'they do not build'; exit 1; }

# Each writes rows: "service number name", "event table service event_id start length running language title".
read_by() { # receiver, stream
    case $1 in
    box) "$tmp/box" "$2" chinese ;;
    box-old) "$tmp/box" "$2" old ;;
    libdvbpsi) "$tmp/dvbpsi_guide" "$2" 2>/dev/null ;; # it calls a new version an error
    libdvbv5) "$tmp/dvbv5_guide" "$2" 2>/dev/null ;;
    gst) # its introspection crashes now and then, see receivers.sh
        for _ in 1 2 3 4 5 6; do
            /usr/bin/python3 tests/e2e/gst_guide "$2" >"$tmp/gst.out" 2>/dev/null && break
        done
        cat "$tmp/gst.out" ;;
    vlc) cat "$2.vlc/guide" ;;
    esac
}
watch_by_vlc() { # stream, seconds: writes STREAM.vlc/guide. It plays four times as fast, and refuses to run as root.
    local home=$1.vlc as=
    mkdir -p "$home"
    chmod 777 "$home"
    [ "$(id -u)" != 0 ] || as='runuser -u nobody --'
    $as env HOME="$home" XDG_RUNTIME_DIR="$home" VLC_PLUGIN_PATH="$tmp" VLC_GUIDE="$home/guide" VLC_GUIDE_AFTER="$2" \
        timeout $(($2 + 15)) cvlc -q --no-color --extraintf=guide --no-video --no-audio --rate=4 "$1" >"$home/log" 2>&1
}
chmod 755 "$tmp"

# --- the sample station: the same events with the same words as the plan's, by decoders that nobody here wrote

from=2020-03-02T08:00:05+08:00
"$chalkcast" -C "$station" render --from $from --for 26s -o "$tmp/air.ts" >"$tmp/render.log" 2>&1 ||
    { fail render "$(tail -n 1 "$tmp/render.log")"; exit 1; }
"$chalkcast" -C "$station" guide --as json -o "$tmp/guide.json" 2>"$tmp/guide.err"
# What the schedule holds: eight days from UTC midnight, which is 08:00.
/usr/bin/python3 - "$tmp/guide.json" >"$tmp/planned" <<'EOF'
import json, sys
from datetime import datetime
midnight = 1583107200
for service in json.load(open(sys.argv[1]))["services"]:
    for item in service["items"]:
        start, end = (int(datetime.fromisoformat(item[at]).timestamp()) for at in ("start", "end"))
        if midnight <= start < midnight + 8 * 86400:
            print(service["service_id"], item["event_id"], start, end - start, item["title"]["zh"], sep="\t")
EOF
sort -u -o "$tmp/planned" "$tmp/planned"
same 'the plan has events' yes "$([ "$(wc -l <"$tmp/planned")" -gt 500 ] && echo yes)"
for receiver in box libdvbpsi libdvbv5 gst; do
    read_by $receiver "$tmp/air.ts" | sed 's/・/·/g; s/―/—/g' |
        awk -F '\t' -v OFS='\t' '$1 == "event" && $2 >= 80 && $2 <= 95 && $8 == "chi" { print $3, $4, $5, $6, $9 }' | sort -u >"$tmp/$receiver.week"
    same "$receiver reads every event of eight days, and no other" '' "$(diff "$tmp/planned" "$tmp/$receiver.week" | grep '^[<>]' | head -n 2)"
done

# --- --compare

compared() { # name, station, stream, exit status, pattern of the difference
    "$chalkcast" -C "$2" guide --compare "$3" >"$tmp/compared" 2>"$tmp/compared.err"
    local status=$?
    [ $status != 1 ] || status=0 # warnings of the station
    if [ $status != "$4" ]; then fail "$1" "exit status $status: $(head -n 1 "$tmp/compared.err")$(tail -n 1 "$tmp/compared")"
    elif ! grep -qE "$5" "$tmp/compared"; then fail "$1" "$(tail -n 1 "$tmp/compared")"
    else ok "$1"; fi
}
compared 'the sample station tells its plan' "$station" "$tmp/air.ts" 0 'tells what the plan says'

# One station for each text policy: what every table has, a dash and a dot, what has to be replaced, what sends a text to
# another table, and plain ASCII.
write_station() { # policy
    mkdir -p "$tmp/$1/timetables"
    cat >"$tmp/$1/station.xml" <<EOF
<station xmlns="urn:chalkcast:station:1" id="letters" timezone="Asia/Shanghai" country="CHN">
  <house video="h264-720p25" audio="mp2-128k"/>
  <network network-id="0x2001" original-network-id="0x2001"><name xml:lang="zh">示范网</name></network>
  <multiplex name="letters" transport-stream-id="1" delivery="rate 7000000" text="$1">
    <service id="p1" service-id="101"><name xml:lang="zh">小学一年级</name></service>
    <service id="p2" service-id="102"><name xml:lang="zh">小学二年级</name></service>
  </multiplex>
</station>
EOF
    cat >"$tmp/$1/timetables/letters.xml" <<EOF
<timetable xmlns="urn:chalkcast:timetable:1" xml:lang="zh">
  <lesson id="a" service="p1" start="2020-03-02T08:00:00+08:00" length="PT20M" source="a.mp4"><title>水的循环</title></lesson>
  <lesson id="b" service="p1" start="2020-03-02T08:20:00+08:00" length="PT20M" source="a.mp4"><title>语文·古诗三首——春晓</title></lesson>
  <lesson id="c" service="p2" start="2020-03-02T08:00:00+08:00" length="PT20M" source="a.mp4"><title>二〇二〇年</title></lesson>
  <lesson id="d" service="p2" start="2020-03-02T08:20:00+08:00" length="PT20M" source="a.mp4"><title>朱镕基</title></lesson>
  <lesson id="e" service="p1" start="2020-03-03T09:20:00+08:00" length="PT20M" source="a.mp4"><title>Primary 1</title></lesson>
</timetable>
EOF
}
watchers=
for policy in $policies; do
    write_station "$policy"
    "$chalkcast" -C "$tmp/$policy" render --from 2020-03-02T08:00:00+08:00 --for 30s -o "$tmp/$policy.ts" >"$tmp/render.log" 2>&1 ||
        fail "render $policy" "$(tail -n 1 "$tmp/render.log")"
    chmod 644 "$tmp/$policy.ts"
    watch_by_vlc "$tmp/$policy.ts" 6 &
    watchers="$watchers $!"
    compared "text $policy tells its plan" "$tmp/$policy" "$tmp/$policy.ts" 0 'tells what the plan says'
done

edited() { # name, sed script for the timetable, pattern of the difference
    rm -rf "$tmp/edited"
    cp -r "$tmp/gb2312" "$tmp/edited"
    sed -i "$2" "$tmp/edited/timetables/letters.xml"
    compared "--compare finds $1" "$tmp/edited" "$tmp/gb2312.ts" 2 "$3"
}
edited 'another title' 's/水的循环/水的循环二/' 'now event [0-9]+ has another title in "chi" than the plan: "水的循环二"'
edited 'another start' '/id="c"/s/T08:00/T07:59/' '^p2 at 2020-03-02 08:00:00: now is event'
edited 'another length' '/id="d"/s/PT20M/PT21M/' 'next "朱镕基" \(event [0-9]+\) lasts 1200 s, in the plan 1260 s'
edited 'another event_id' '/id="e"/s/id="e"/id="f"/' 'in the schedule is event [0-9]+ .*, in the plan it is "Primary 1"'
edited 'a cancelled lesson' '/id="e"/d' 'the schedule has event [0-9]+, which the plan lacks'
edited 'nothing on air where there is something' '/id="a"/d' '^p1 at .* now is event [0-9]+, in the plan there is nothing'
edited 'a lesson that it lacks' '/id="b"/{p;s/"b"/"g"/;s/08:20/08:40/;s/·/+/}' 'the schedule lacks "语文\+古诗三首——春晓"'
"$chalkcast" -C "$tmp/gb2312" guide --compare - <"$tmp/gb2312.ts" >"$tmp/compared" 2>&1
same '--compare reads standard input' 'standard input tells what the plan says.' "$(tail -n 1 "$tmp/compared")"

# --- who reads what: all four titles, the three that the policy's own table has, or none. As in the README.

# shellcheck disable=SC2086 # a list
wait $watchers
cat >"$tmp/expected" <<'EOF'
box gb2312 4
box gbk 4
box ucs2 4
box utf-8 4
box-old gb2312 3
box-old gbk 4
box-old ucs2 0
box-old utf-8 0
gst gb2312 4
gst gbk 0
gst ucs2 4
gst utf-8 4
libdvbpsi gb2312 4
libdvbpsi gbk 0
libdvbpsi ucs2 4
libdvbpsi utf-8 4
libdvbv5 gb2312 3
libdvbv5 gbk 0
libdvbv5 ucs2 0
libdvbv5 utf-8 0
vlc gb2312 4
vlc gbk 0
vlc ucs2 4
vlc utf-8 4
EOF
for receiver in box box-old libdvbpsi libdvbv5 gst vlc; do
    for policy in $policies; do
        read_by $receiver "$tmp/$policy.ts" | grep '^event' | sed 's/.*\t//; s/・/·/g; s/―/—/g; s/○/〇/g' | sort -u >"$tmp/words"
        grep -qx 'Primary 1' "$tmp/words" || fail "$receiver reads ASCII under $policy" "$(head -n 1 "$tmp/words")"
        echo "$receiver $policy $(grep -cxE '水的循环|语文·古诗三首——春晓|二〇二〇年|朱镕基' "$tmp/words")"
    done
done | sort >"$tmp/found"
while read -r receiver policy count; do
    same "$receiver reads $count of four titles under $policy" "$count" "$(sed -n "s/^$receiver $policy //p" "$tmp/found")"
done <"$tmp/expected"

# tshark tells a text's bytes and names their table: they are those of tests/golden/text.txt.
for policy in $policies; do
    tshark -r "$tmp/$policy.ts" -Y 'mp2t.pid == 0x12' -T pdml 2>/dev/null | awk '
        function attribute(name,    from, rest) { from = index($0, " " name "=\""); rest = substr($0, from + length(name) + 3); return from ? substr(rest, 1, index(rest, "\"") - 1) : "" }
        /name="mpeg_descr.short_evt.name_enc"/ { table = attribute("value") }
        /name="mpeg_descr.short_evt.name"/ { print toupper(table attribute("value")) }' | sort -u >"$tmp/tshark.bytes"
    awk -F '\t' -v policy="$policy" '$1 == policy && $2 == 255 && ($6 == "水的循环" || $6 == "语文·古诗三首——春晓" || $6 == "二〇二〇年" || $6 == "朱镕基" || $6 == "Primary 1") { print $4 }' \
        tests/golden/text.txt | sort -u >"$tmp/golden.bytes"
    same "tshark finds the golden bytes of $policy" "$(cat "$tmp/golden.bytes")" "$(cat "$tmp/tshark.bytes")"
done
[ "${failures:-0}" = 0 ]
