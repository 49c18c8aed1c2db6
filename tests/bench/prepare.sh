#!/bin/bash
# What preparation costs beside the ffmpeg command with the same settings: the same source, raster, preset, rate control
# (CRF 22 capped to the lane), GOPs and loudness (measured first, then applied). Prints the ratio of wall times and the
# quality of both (SSIM against the source) and their size; appends rows to BUILD/bench/results.tsv:
# name, ours, peer, ratio, unit. Usage: tests/bench/prepare.sh BUILD
set -euo pipefail
build=$(realpath "$1")
work=$build/bench/prepare
seconds=${PREPARE_LENGTH:-60}
preset=${PREPARE_PRESET:-veryfast}
runs=${PREPARE_RUNS:-3}
rm -rf "$work"
mkdir -p "$work/timetables" "$work/lessons"
row() { printf '%-58s %s\n' "$1" "$2"; }
result() { printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$build/bench/results.tsv"; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }

# A lecture's picture: a slide with fine lines, a moving figure, a camera's noise; speech-like sound.
ffmpeg -nostdin -v error -y -f lavfi -i "testsrc2=s=1280x720:r=25:d=$seconds,noise=alls=2:allf=t" \
    -f lavfi -i "anoisesrc=a=0.3:c=pink:r=48000:d=$seconds:seed=1,lowpass=4000,tremolo=f=3" \
    -c:v libx264 -preset ultrafast -crf 10 -c:a aac -b:a 192k "$work/source.mp4"
cat >"$work/station.xml" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<station xmlns="urn:chalkcast:station:1" id="bench" timezone="Asia/Shanghai" country="CHN">
  <house video="h264-720p25" audio="mp2-128k" loudness="-24" preset="$preset"/>
  <network network-id="1" original-network-id="1"><name xml:lang="en">Bench</name></network>
  <multiplex name="one" transport-stream-id="1" delivery="dvb-c 64qam 6875000" frequency="474000000">
    <service id="p1" service-id="1"><name xml:lang="en">One</name></service>
  </multiplex>
</station>
XML

prepare() {
    rm -f "$work"/lessons/*
    "$build/chalkcast" -C "$work" prepare "$work/source.mp4" >"$work/log" 2>&1
}
lane=1664 # packets a second of h264-720p25; each of our GOPs may take 0.95 of it (MAX_RATE and BUFFER of encode.c)
peer() {
    local measured
    measured=$(ffmpeg -nostdin -hide_banner -y -i "$work/source.mp4" -vn -af loudnorm=I=-24:TP=-2:print_format=json -f null - 2>&1 |
        sed -n 's/.*"\(input_i\|input_tp\|input_lra\|input_thresh\|target_offset\)" : "\([^"]*\)".*/\1=\2/p' |
        sed 's/^input_/measured_/; s/target_offset/offset/; s/measured_i=/measured_I=/; s/measured_tp=/measured_TP=/; s/measured_lra=/measured_LRA=/' | paste -sd:)
    ffmpeg -nostdin -v error -y -i "$work/source.mp4" -vf format=yuv420p -r 25 -c:v libx264 -preset "$preset" -profile:v high -level 3.1 -crf 22 \
        -maxrate $((lane * 1440 * 95 / 100)) -bufsize $((lane * 1440 * 7 / 10)) \
        -x264-params keyint=25:min-keyint=25:scenecut=0:open-gop=0:bframes=2:b-pyramid=none:b-adapt=1:ref=3:weightp=1:8x8dct=1:aud=1:force-cfr=1:rc-lookahead=25 \
        -af "loudnorm=I=-24:TP=-2:linear=true:$measured,aresample=48000" -c:a mp2 -b:a 128k -f mpegts "$work/peer.ts"
}
wall() {
    local TIMEFORMAT=%R
    { time "$1"; } 2>&1 | tail -n 1
}
# From the second second on: of a lesson that is rendered alone, the first tables come after its first packets.
ssim() {
    ffmpeg -nostdin -hide_banner -i "$1" -i "$work/source.mp4" -lavfi \
        "[0:v]trim=start_frame=$2,settb=1/25,setpts=N[a];[1:v]trim=start_frame=25,settb=1/25,setpts=N[b];[a][b]ssim=shortest=1" -f null - 2>&1 |
        sed -n 's/.*SSIM.*All:\([0-9.]*\).*/\1/p'
}

ours=() theirs=()
for _ in $(seq "$runs"); do
    ours+=("$(wall prepare)")
    theirs+=("$(wall peer)")
done
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
a=$(median "${ours[@]}")
b=$(median "${theirs[@]}")
lesson=$(basename "$(ls "$work"/lessons/*.lesson)" .lesson)
"$build/chalkcast" -C "$work" render --lesson "$lesson" -o "$work/ours.ts" 2>/dev/null
quality_a=$(ssim "$work/ours.ts" 0)
quality_b=$(ssim "$work/peer.ts" 25)
bytes() { ffprobe -v error -select_streams v -show_entries packet=size -of csv=p=0 "$1" | awk '{ s += $1 } END { print s }'; }
size_a=$(bytes "$work/ours.ts")
size_b=$(bytes "$work/peer.ts")
echo "prepare: $seconds s of 720p25, preset $preset, median of $runs runs, $(nproc) cores"
row "chalkcast prepare, seconds" "$a"
row "ffmpeg with the same settings, seconds" "$b"
row "ratio (how many times faster; at least 1 asked)" "$(calc %.2f "$b / $a")"
row "SSIM, ours and ffmpeg's" "$quality_a $quality_b"
row "video bytes, ours and ffmpeg's" "$size_a $size_b"
result prepare "$a" "$b" "$(calc %.2f "$b / $a")" "s for $seconds s"
result prepare-ssim "$quality_a" "$quality_b" "$(calc %.4f "$quality_a / $quality_b")" SSIM
result prepare-bytes "$size_a" "$size_b" "$(calc %.3f "$size_b / $size_a")" bytes
