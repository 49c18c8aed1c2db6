#!/bin/bash
# The laboratory on whole streams: our own has nothing, over joins and UTC midnight, as a file, through a pipe and live;
# those of ffmpeg and GStreamer at constant rate overflow the transport buffer, which is known of them. Figures agree with
# ffprobe and tshark where they overlap.
build=$1
. tests/e2e/lib.sh
need ffmpeg ffprobe tshark gst-launch-1.0 python3
need_station
render() { "$chalkcast" -C "$station" render "$@"; }
measure() { "$chalkcast" measure "$@"; }
figure() { # report, expression of d
    python3 -c 'import json, sys
with open(sys.argv[1]) as file: d = json.load(file)
print(eval(sys.argv[2]))' "$1" "$2"
}
clean() { # name, report of measure, exit status
    same "$1: exit status" 0 "$3"
    same "$1: findings" '' "$(figure "$2" '"; ".join(f["indicator"] + ": " + f["text"] for f in d["findings"])')"
}

# --- our own ---
render --from 2020-03-02T08:19:30+08:00 --for 60s -o "$tmp/joins.ts"
measure --json "$tmp/joins.ts" >"$tmp/joins.json" 2>"$tmp/words"
clean 'a minute with joins' "$tmp/joins.json" $?
silent 'a minute with joins is measured without a word' "$tmp/words"
same 'its rate is constant and right to a tenth of a bit' '38014705.9 True' "$(figure "$tmp/joins.json" '"%.1f %s" % (d["multiplex"]["bits_per_second"], d["multiplex"]["constant"])')"
same 'its packets are all of the file' $(($(stat -c %s "$tmp/joins.ts") / 188)) "$(figure "$tmp/joins.json" 'd["multiplex"]["packets"]')"
same 'no PID has two packets in a row but null' 1 "$(figure "$tmp/joins.json" 'max(p["longest_run"] for p in d["pids"] if p["pid"] != 8191)')"
same 'no time stamp jumps at a join' 0 "$(figure "$tmp/joins.json" 'sum(p["jumps"] for p in d["pids"])')"
render --from 2020-03-02T07:59:15+08:00 --for 90s -o - | measure --json - >"$tmp/midnight.json"
clean 'UTC midnight through a pipe' "$tmp/midnight.json" $?
measure --for 20s "$tmp/joins.ts" >"$tmp/text"
same 'the text says so first' '✓ nothing found' "$(head -n 1 "$tmp/text" | cut -d' ' -f1-3)"

# --- peers ---
ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=1280x720:r=25 -f lavfi -i sine=r=48000 -t 10 -c:v libx264 -preset ultrafast \
    -b:v 3M -maxrate 3M -bufsize 3M -g 25 -c:a mp2 -b:a 128k -muxrate 6M -f mpegts "$tmp/ffmpeg.ts"
gst-launch-1.0 -q mpegtsmux name=m bitrate=6000000 ! filesink location="$tmp/gstreamer.ts" \
    videotestsrc num-buffers=250 ! video/x-raw,width=1280,height=720,framerate=25/1 ! \
    x264enc bitrate=3000 speed-preset=ultrafast key-int-max=25 ! h264parse ! m. \
    audiotestsrc num-buffers=470 samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=2 ! avenc_mp2 bitrate=128000 ! m. \
    >"$tmp/gstreamer.log" 2>&1
agree() { # name
    local stream=$tmp/$1.ts report=$tmp/$1.json
    measure --json "$stream" >"$report"
    same "$1: exit status" 1 $?
    same "$1: the transport buffer overflows" True "$(figure "$report" 'any(f["indicator"] == "Buffer_error" for f in d["findings"])')"
    same "$1: it is called broken" broken "$(figure "$report" 'd["verdict"]')"
    measure "$stream" | grep -q 'Buffer_error' && ok "$1: the text names it" || fail "$1: the text names it" 'no Buffer_error'
    tshark -r "$stream" -T fields -e mp2t.pid 2>/dev/null | tr ',' '\n' | sort | uniq -c |
        while read -r packets pid; do echo "$((pid)) $packets"; done | sort -n >"$tmp/tshark"
    figure "$report" '"\n".join("%d %d" % (p["pid"], p["packets"]) for p in d["pids"])' | sort -n >"$tmp/counted"
    same "$1: packets of each PID are those of tshark" "$(cat "$tmp/tshark")" "$(cat "$tmp/counted")"
    ffprobe -v error -show_entries packet=stream_index,pts,dts -show_entries stream=index,id -of json "$stream" >"$tmp/probe.json"
    python3 - "$tmp/probe.json" "$report" >"$tmp/apart" <<'CHECK'
import json, sys
with open(sys.argv[1]) as file: probe = json.load(file)
with open(sys.argv[2]) as file: report = json.load(file)
for stream in probe["streams"]:
    pid = next(p for p in report["pids"] if p["pid"] == int(stream["id"], 16))
    packets = [p for p in probe["packets"] if p["stream_index"] == stream["index"]]
    stamps = sorted(int(p["dts"]) for p in packets)
    if pid["units"] not in (len(packets), len(packets) - 1):  # one may be open at the end
        print("PID %d: %d units, ffprobe %d" % (pid["pid"], pid["units"], len(packets)))
    lasts = (stamps[-1] - stamps[0]) / 90000
    if abs(pid["unit_step"] / 90000 * (len(packets) - 1) - lasts) > 0.01:
        print("PID %d: %d units of %d last not %.3f s" % (pid["pid"], len(packets), pid["unit_step"], lasts))
CHECK
    silent "$1: access units and their duration are those of ffprobe" "$tmp/apart"
}
agree ffmpeg
agree gstreamer

# --- bad input ---
head -c 100000 /dev/urandom >"$tmp/noise"
measure "$tmp/noise" >"$tmp/text"
same 'noise is no stream' 1 $?
: >"$tmp/empty"
measure "$tmp/empty" 2>"$tmp/words"
same 'an empty file cannot be measured' 74 $?
measure "$tmp/nowhere.ts" 2>"$tmp/words"
same 'nor one that is not there' 74 $?
measure udp://nowhere 2>"$tmp/words"
same 'an address that is none is usage' 64 $?
measure --for 1s udp://239.255.12.79:5079@lo 2>"$tmp/words"
same 'silence on a group is said' 74 $?

# --- rehearsal ---
"$chalkcast" -C "$station" rehearse --from 2020-03-02T08:19:00 --for 3m -j 2 >"$tmp/rehearsal" 2>&1
same 'three minutes are fit for air' 0 $?
same 'its joins are listed' 6 "$(grep -c '08:20:00 .*✓' "$tmp/rehearsal")"

# --- live ---
mkdir "$tmp/live"
ln -s "$(realpath "$station")"/* "$tmp/live/"
rm "$tmp/live/station.xml"
sed 's|<output uri="udp://239.255.12.1:5004"\(.*\)/>|<output uri="udp://239.255.12.78:5078"\1/><output uri="rtp://239.255.12.78:5080"\1/>|' \
    "$station/station.xml" >"$tmp/live/station.xml"
"$chalkcast" -C "$tmp/live" play --at 2020-03-02T08:19:50+08:00 >"$tmp/play.log" 2>&1 &
player=$!
children="$children $player"
sleep 1
live() { # scheme, port
    measure --json --for 6s "$1://239.255.12.78:$2@lo" >"$tmp/$1.json" 2>"$tmp/words"
    clean "live $1" "$tmp/$1.json" $?
    same "live $1: nothing lost" '0 0' "$(figure "$tmp/$1.json" '"%d %d" % (d["arrival"]["lost"], d["arrival"]["dropped_here"])')"
    same "live $1: as many datagrams as six seconds have" True "$(figure "$tmp/$1.json" '20000 < d["arrival"]["datagrams"] < 23000')"
    same "live $1: PCR_OJ is there" True "$(figure "$tmp/$1.json" 'any(p["pcr"] and p["pcr"]["overall_max_ns"] is not None for p in d["pids"])')"
}
live udp 5078
live rtp 5080
kill -INT $player
wait $player
