# Fifty multiplexes of 38 Mb/s, 600 services, from one process on loopback multicast, every datagram of all received; the
# bare timer loop runs at the same time, with the same priority, on what is left.
seconds=${PLAY_SECONDS:-20}
fifty=$work/fifty
tests/bench/make-fifty "$station" "$fifty"
"$build/chalkcast" -C "$fifty" check >/dev/null # writes state/plan
"$build/chalkcast" -C "$fifty" play --at "$from" >"$work/fifty.log" &
process=$!
started="$started $process"
sleep 5
groups=$(for n in $(seq 50); do echo "239.255.13.$n:5004"; done)
warm=$(resident_of "$process")
before=$(cpu_of "$process")
"$build/tests/tools/timer" "$seconds" >"$work/timer" &
# shellcheck disable=SC2086 # a list of words
"$build/tests/tools/arrivals" lo "$seconds" "$rate" $groups >"$work/arrivals"
after=$(cpu_of "$process")
resident=$(resident_of "$process")
stop "$process"
wait
of() { awk -v what="$1" '$1 == what { print $2 }' "$2"; }
share=$(calc %.2f "($after - $before) / $seconds * 100")
result 'play, 50 multiplexes: p99.9 late; bare timer loop' "$(of late-p99.9 "$work/arrivals")" "$(of late-p99.9 "$work/timer")" us
result 'play, 50 multiplexes: latest; bare timer loop' "$(of late-max "$work/arrivals")" "$(of late-max "$work/timer")" us
multicat=$(awk -F '\t' '$1 == "pacing, sleep: CPU of one core; multicat" { print $3 }' "$results")
ffmpeg=$(awk -F '\t' '$1 == "pacing, sleep: CPU of one core; ffmpeg" { print $3 }' "$results")
result 'play, 50 multiplexes: CPU of one core for each; multicat' "$(calc %.2f "$share / 50")" "$multicat" %
result 'play, 50 multiplexes: CPU of one core for each; ffmpeg' "$(calc %.2f "$share / 50")" "$ffmpeg" %
result 'play, 50 multiplexes: resident' "$resident" '' MiB
row '  resident after five seconds' "$warm MiB"
row '  datagrams received, and that the receiver dropped' "$(of datagrams "$work/arrivals"), $(of dropped "$work/arrivals")"
row '  by its own clock' "$(grep -o 'at most [0-9.]* ms late' "$work/fifty.log" | sort -k3 -g | tail -1)"
row '  seconds of services not as planned' "$(awk -F ', ' '/^off air/ { sum += $NF } END { print sum + 0 }' "$work/fifty.log")"
