# An hour of `play` (SOAK_SECONDS), whose memory must not grow once it has settled, and while it is on air: SOAK_KILLS (1000)
# restarts, a month with a random operator and random faults (SOAK_DAYS, SOAK_SEED), every allocation failing in turn, a month
# of the stream's time. What fails is told, and is the status of `make soak`. Not part of `make bench`.
seconds=${SOAK_SECONDS:-3600}
seed=${SOAK_SEED:-$(date +%Y%m%d)}

"$build/chalkcast" -C "$station" play --at "$from" >"$work/soak.log" &
process=$!
started="$started $process"
begun=$SECONDS
sleep 30
settled=$(resident_of "$process")
row 'play, resident after half a minute' "$settled MiB"
part "kills, ${SOAK_KILLS:-1000}" 'each came back as planned' kills.log \
    "$build/chalkcast" -C "$station" drill --kills "${SOAK_KILLS:-1000}" killed
cat "$work/kills.log"
part "days of a random operator, ${SOAK_DAYS:-30}, seed $seed" 'all judged good' days.log \
    tests/bench/days "$build" "${SOAK_DAYS:-30}" "$seed"
cat "$work/days.log"
part 'each allocation fails in turn' 'the air goes on' memory.log env EVERY=yes "$build/tests/memory_test"
part 'a month of the stream, simulated: memory is' flat month.log env MONTH=yes "$build/tests/onair_test"
while [ $((SECONDS - begun)) -lt "$seconds" ]; do
    printf '\r%s of %s s: %s MiB ' $((SECONDS - begun)) "$seconds" "$(resident_of "$process")"
    sleep 10
done
echo
resident=$(resident_of "$process")
result "play, one multiplex: resident after $seconds s; after half a minute" "$resident" "$settled" MiB
# Lessons were opened meanwhile: an eighth more is still flat.
part 'its memory is' flat flat.log awk -v now="$resident" -v settled="$settled" 'BEGIN { exit now > settled * 1.125 }'
stop "$process"
tail -n 1 "$work/soak.log"
