# What preparation costs beside the ffmpeg command with the same settings: the same source, raster, preset, rate control
# (CRF 22 capped to the lane), GOPs and loudness (measured first, then applied), and the quality of both (SSIM against
# the source) and their size.
seconds=${PREPARE_LENGTH:-60}
preset=${PREPARE_PRESET:-veryfast}
place=$work/prepare
rm -rf "$place"
mkdir -p "$place/timetables" "$place/lessons"

# A lecture's picture: a slide with fine lines, a moving figure, a camera's noise; speech-like sound.
ffmpeg -nostdin -v error -y -f lavfi -i "testsrc2=s=1280x720:r=25:d=$seconds,noise=alls=2:allf=t" \
    -f lavfi -i "anoisesrc=a=0.3:c=pink:r=48000:d=$seconds:seed=1,lowpass=4000,tremolo=f=3" \
    -c:v libx264 -preset ultrafast -crf 10 -c:a aac -b:a 192k "$place/source.mp4"
cat >"$place/station.xml" <<XML
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
    rm -f "$place"/lessons/*
    "$build/chalkcast" -C "$place" prepare "$place/source.mp4" >"$place/log" 2>&1
}
lane=1664 # packets a second of h264-720p25; each of our GOPs may take 0.95 of it (MAX_RATE and BUFFER of encode.c)
peer() {
    local measured
    measured=$(ffmpeg -nostdin -hide_banner -y -i "$place/source.mp4" -vn -af loudnorm=I=-24:TP=-2:print_format=json -f null - 2>&1 |
        sed -n 's/.*"\(input_i\|input_tp\|input_lra\|input_thresh\|target_offset\)" : "\([^"]*\)".*/\1=\2/p' |
        sed 's/^input_/measured_/; s/target_offset/offset/; s/measured_i=/measured_I=/; s/measured_tp=/measured_TP=/; s/measured_lra=/measured_LRA=/' | paste -sd:)
    ffmpeg -nostdin -v error -y -i "$place/source.mp4" -vf format=yuv420p -r 25 -c:v libx264 -preset "$preset" -profile:v high -level 3.1 -crf 22 \
        -maxrate $((lane * 1440 * 95 / 100)) -bufsize $((lane * 1440 * 7 / 10)) \
        -x264-params keyint=25:min-keyint=25:scenecut=0:open-gop=0:bframes=2:b-pyramid=none:b-adapt=1:ref=3:weightp=1:8x8dct=1:aud=1:force-cfr=1:rc-lookahead=25 \
        -af "loudnorm=I=-24:TP=-2:linear=true:$measured,aresample=48000" -c:a mp2 -b:a 128k -f mpegts "$place/peer.ts"
}
ssim() {
    ffmpeg -nostdin -hide_banner -i "$1" -i "$place/source.mp4" -lavfi \
        "[0:v]settb=1/25,setpts=N[a];[1:v]settb=1/25,setpts=N[b];[a][b]ssim=shortest=1" -f null - 2>&1 |
        sed -n 's/.*SSIM.*All:\([0-9.]*\).*/\1/p'
}

ours=() theirs=()
for _ in $(seq 3); do
    ours+=("$(wall prepare)")
    theirs+=("$(wall peer)")
done
of() { printf '%s\n' "$@" | median; }
lesson=$(basename "$(ls "$place"/lessons/*.lesson)" .lesson)
"$build/chalkcast" -C "$place" render --lesson "$lesson" -o "$place/ours.ts" 2>/dev/null
bytes() { ffprobe -v error -select_streams v -show_entries packet=size -of csv=p=0 "$1" | awk '{ s += $1 } END { print s }'; }
result "prepare $seconds s of 720p25, preset $preset, both cores; ffmpeg" "$(of "${ours[@]}")" "$(of "${theirs[@]}")" s
result '  its likeness to the source (SSIM); ffmpeg' "$(ssim "$place/ours.ts")" "$(ssim "$place/peer.ts")" ''
result '  its video; ffmpeg' "$(bytes "$place/ours.ts")" "$(bytes "$place/peer.ts")" bytes
