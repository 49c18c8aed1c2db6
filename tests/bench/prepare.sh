# What preparing a lesson of twenty minutes takes, beside the ffmpeg command line with the same settings.
lesson=$work/sources/lesson20.mp4
mkdir -p "$work/sources" "$work/lessons"
video=$(find "$build" -name wannaworktogether.mp4 | head -1)
[ -e "$lesson" ] || ffmpeg -nostdin -v error -y -stream_loop 6 -i "$video" -t 1200 -c copy "$lesson"
cp "$station/station.xml" "$work/"
cp -r "$station/sources/logo.png" "$work/" 2>/dev/null || cp "$station/logo.png" "$work/" 2>/dev/null || true
prepare() { rm -f "$work"/lessons/*; "$build/chalkcast" -C "$work" prepare "$lesson"; }
ffmpeg_prepare() {
    ffmpeg -nostdin -v error -y -i "$lesson" -vf "fps=25,scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:-1:-1,setsar=1" \
        -af loudnorm=I=-24 -ar 48000 -ac 2 -c:v libx264 -preset veryfast -crf 22 -maxrate 2400k -bufsize 2000k -bf 2 -g 25 \
        -profile:v high -pix_fmt yuv420p -c:a mp2 -b:a 128k -f mpegts /dev/null
}
ours=$(wall prepare)
theirs=$(wall ffmpeg_prepare)
result 'prepare a lesson of 20 minutes; ffmpeg' "$ours" "$theirs" s
