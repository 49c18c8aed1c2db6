# What rendering costs, beside ffmpeg copying the same services at the same rate, and what it is spent on. Lessons of the
# sample are short and loop, so their seconds are read once; the same station with long lessons shows what it costs when
# nothing is seen twice.
loop_free=$work/loop-free
loop_free_for=300 # seconds

render() { # station, seconds
    "$build/chalkcast" -C "$1" render --from "$from" --for "${2}s" -o /dev/null
}
ffmpeg_copy() { ffmpeg -nostdin -v error -y "${inputs[@]}" "${maps[@]}" -c copy -f mpegts -muxrate 38014706 /dev/null; }

# The sample, with lessons as long as the stretch in place of those that are on air in it.
need_loop_free() {
    local lesson source on_air
    [ -e "$loop_free/ready" ] && return
    rm -rf "$loop_free"
    mkdir -p "$loop_free/lessons"
    cp -r "$station"/{station.xml,logo.png,timetables,sources} "$loop_free/"
    on_air=$(sed -n "s/.* start=\"${from:0:16}.* source=\"\([^\"]*\)\".*/\1/p" "$station"/timetables/*.xml)
    for lesson in "$station"/lessons/*.lesson; do
        source=$(head -c 4096 "$lesson" | sed -n 's/^source //p')
        if grep -qxF "$source" <<<"$on_air"; then
            "$build/tests/tools/lengthen" "$lesson" "$loop_free_for" "$loop_free/lessons"
        else
            cp "$lesson" "$loop_free/lessons/"
        fi
    done
    touch "$loop_free/ready"
}

need_inputs
need_loop_free
all=() start=() long=() theirs=()
for _ in $(seq "$runs"); do
    all+=("$(cpu render "$station" "$length")")
    theirs+=("$(cpu ffmpeg_copy)")
    start+=("$(cpu render "$station" 0.001)")
    long+=("$(cpu render "$loop_free" "$loop_free_for")")
done
of() { printf '%s\n' "$@" | median; }
all=$(of "${all[@]}") theirs=$(of "${theirs[@]}") start=$(of "${start[@]}") long=$(of "${long[@]}")
ffmpeg=$(calc %.5f "$theirs / $length")
copying=$("$build/tests/tools/copybound")
read -r reading hashing < <("$build/tests/tools/readbound" $(find "$loop_free/lessons" -size +16M))

result 'render, CPU per second of stream; ffmpeg -c copy' "$(calc %.6f "$all / $length")" "$ffmpeg" s
row '  so many times less than ffmpeg (25 asked)' "$(calc %.1f "$theirs / $all")"
# What is left beside the copying: null packets and headers to write, and the first turn of every loop to read.
result 'render without start-up; copying the packets in memory' "$(calc %.6f "($all - $start) / $length")" "$copying" s
row '  start-up, CPU-seconds once' "$start"
result 'render, nothing read twice; ffmpeg -c copy' "$(calc %.6f "($long - $start) / $loop_free_for + $start / $length")" "$ffmpeg" s
row '  of it more than when lessons loop: reading and checking' "$(calc %.6f "($long - $start) / $loop_free_for - ($all - $start) / $length") s"
row '  reading the same files from the page cache' "$(calc %.6f "$reading / $loop_free_for") s"
row '  hashing what was read' "$(calc %.6f "$hashing / $loop_free_for") s"
