# What rendering costs, beside ffmpeg copying the same services at the same rate.
render() { "$build/chalkcast" -C "$station" render --from "$from" --for "${length}s" -o /dev/null; }
ffmpeg_copy() { ffmpeg -nostdin -v error -y "${inputs[@]}" "${maps[@]}" -c copy -f mpegts -muxrate 38014706 /dev/null; }

need_inputs
ours=() theirs=()
for _ in $(seq "$runs"); do
    ours+=("$(cpu render)")
    theirs+=("$(cpu ffmpeg_copy)")
done
a=$(printf '%s\n' "${ours[@]}" | median)
b=$(printf '%s\n' "${theirs[@]}" | median)
result 'render, CPU per second of stream; ffmpeg -c copy' "$(calc %.5f "$a / $length")" "$(calc %.5f "$b / $length")" s
row '  so many times less than ffmpeg' "$(calc %.1f "$b / ($a > 0 ? $a : 0.001)")"
row '  of it start-up, CPU-seconds once' "$(cpu "$build/chalkcast" -C "$station" render --from "$from" --for 0.001s -o /dev/null)"
row '  copying the same packets in memory, CPU-s per stream-s' "$("$build/tests/tools/copybound")"
