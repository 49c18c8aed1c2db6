# From the program's start to its first datagram, by the kernel's time stamp where it arrives, with a school year loaded.
# The compiled timetables are there, as after any command; the last line is without them.
year=$work/year
[ -d "$year" ] || tests/bench/make-year "$station" "$year"
start_once() { # milliseconds
    "$build/tests/tools/arrivals" lo 10 first 239.255.12.1:5004 >"$work/first" &
    local receiver=$! from_ns process
    sleep 0.3
    from_ns=$(date +%s%N)
    "$build/chalkcast" -C "$1" play --at "$from" >"$work/log" 2>&1 &
    process=$!
    started="$started $process"
    wait "$receiver"
    awk -v from="$from_ns" '{ printf "%.1f\n", $2 * 1000 - from / 1e6 }' "$work/first"
    sleep 1
    resident_of "$process" >"$work/resident"
    stop "$process"
}
"$build/chalkcast" -C "$year" check >/dev/null
"$build/chalkcast" -C "$station" check >/dev/null
for _ in $(seq "$runs"); do start_once "$year" >>"$work/starts.new"; done
for _ in $(seq "$runs"); do start_once "$station" >>"$work/starts-week.new"; done
result 'start to first packet, a school year' "$(median <"$work/starts.new")" '' ms
row '  all of them' "$(tr '\n' ' ' <"$work/starts.new")"
result 'start to first packet, the sample week' "$(median <"$work/starts-week.new")" '' ms
start_once "$year" >/dev/null
result 'play, one multiplex, a school year: resident' "$(cat "$work/resident")" '' MiB
rm -f "$year/state/plan" "$work/starts.new" "$work/starts-week.new"
row '  start without compiled timetables' "$(start_once "$year") ms"
