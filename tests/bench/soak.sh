# Memory of `play` over SOAK_SECONDS (an hour), told every minute: it must not grow once it has settled. And over a
# month of the stream's time, faster than that passes. Not part of `make bench`.
seconds=${SOAK_SECONDS:-3600}
# A month with a random operator and random faults, every allocation failing in turn, and SOAK_KILLS (1000) restarts:
# what fails is printed.
seed=${SOAK_SEED:-$(date +%Y%m%d)}
tests/bench/days "$build" "${SOAK_DAYS:-30}" "$seed" || row 'days of a random operator' "FAILED with seed $seed"
EVERY=yes "$build/tests/memory_test" >"$work/memory.log" 2>&1 && row 'each allocation fails in turn' 'the air goes on' ||
    row 'each allocation fails in turn' "FAILED, see $work/memory.log"
"$build/chalkcast" -C "$station" drill --kills "${SOAK_KILLS:-1000}" killed || row 'kills' FAILED

MONTH=yes "$build/tests/onair_test" >"$work/month.log" 2>&1 && row 'a month of the stream, simulated: memory is' flat ||
    row 'a month of the stream, simulated' "FAILED, see $work/month.log"
"$build/chalkcast" -C "$station" play --at "$from" >"$work/soak.log" &
process=$!
started="$started $process"
sleep 30
settled=$(resident_of "$process")
row 'play, resident after half a minute' "$settled MiB"
for ((second = 60; second <= seconds; second += 60)); do
    sleep 60
    printf '\r%s of %s s: %s MiB ' "$second" "$seconds" "$(resident_of "$process")"
done
echo
result "play, one multiplex: resident after $seconds s; after half a minute" "$(resident_of "$process")" "$settled" MiB
stop "$process"
tail -n 1 "$work/soak.log"
