# How evenly a multiplex of 38 Mb/s leaves, by the kernel's time stamps where it arrives, and what that costs: both pacings,
# multicat as it comes and with real-time priority, ffmpeg, and a bare timer loop. All in turn, so that each round is of
# one minute. Lateness is counted from the line of the constant rate through the earliest datagram.
seconds=${PACING_SECONDS:-6}

# measure NAME GROUP COMMAND...: adds p99.9 and CPU per cent of a sender to $work/pacing-NAME
measure() {
    local name=$1 group=$2 before after
    shift 2
    "$@" >"$work/log" 2>&1 &
    local process=$!
    started="$started $process"
    sleep 2
    before=$(cpu_of "$process")
    "$build/tests/tools/arrivals" lo "$seconds" "$rate" "$group" >"$work/arrivals" || true
    after=$(cpu_of "$process")
    stop "$process"
    echo "$(awk '/^late-p99.9/ { print $2 }' "$work/arrivals") $(calc %.2f "($after - $before) / $seconds * 100")" \
        "$(awk '/^late-max/ { print $2 }' "$work/arrivals")" >>"$work/pacing-$name"
}
column() { awk -v n="$2" '{ print $n }' "$work/pacing-$1" | median; }
report() { # name, words
    row "  $2" "p99.9 $(column "$1" 1) us, latest $(column "$1" 3) us, $(column "$1" 2) % of a core"
}

need_inputs
need_minute
rm -f "$work"/pacing-*
rm -rf "$work/spin"
mkdir -p "$work/spin/timetables"
cp "$station"/timetables/*.xml "$work/spin/timetables/"
ln -s "$station/lessons" "$station/sources" "$station/logo.png" "$work/spin/"
sed 's/ttl="0"/ttl="0" pacing="spin"/' "$station/station.xml" >"$work/spin/station.xml"

peer=239.255.12.9:5004
for _ in $(seq "$runs"); do
    measure sleep 239.255.12.1:5004 "$build/chalkcast" -C "$station" play --at "$from"
    measure multicat $peer multicat -u -U "$work/minute.ts" "$peer@$lan"
    measure spin 239.255.12.1:5004 "$build/chalkcast" -C "$work/spin" play --at "$from"
    measure multicat-rt $peer multicat -i 50 -u -U "$work/minute.ts" "$peer@$lan"
    measure ffmpeg $peer ffmpeg -nostdin -v error "${live_inputs[@]}" "${maps[@]}" -c copy -f mpegts -muxrate 38014706 \
        "udp://$peer?pkt_size=1316&localaddr=$lan"
    "$build/tests/tools/timer" "$seconds" | awk '/^late-p99.9/ { p = $2 } /^late-max/ { print p, 0, $2 }' >>"$work/pacing-timer"
done
result 'pacing, sleep: p99.9 late; multicat' "$(column sleep 1)" "$(column multicat 1)" us
result 'pacing, spin: p99.9 late; multicat' "$(column spin 1)" "$(column multicat 1)" us
result 'pacing, sleep: p99.9 late; multicat with real-time priority' "$(column sleep 1)" "$(column multicat-rt 1)" us
result 'pacing, spin: p99.9 late; multicat with real-time priority' "$(column spin 1)" "$(column multicat-rt 1)" us
result 'pacing, sleep: p99.9 late; ffmpeg' "$(column sleep 1)" "$(column ffmpeg 1)" us
result 'pacing, sleep: CPU of one core; multicat' "$(column sleep 2)" "$(column multicat 2)" %
result 'pacing, spin: CPU of one core; multicat' "$(column spin 2)" "$(column multicat 2)" %
result 'pacing, sleep: CPU of one core; ffmpeg' "$(column sleep 2)" "$(column ffmpeg 2)" %
report sleep 'chalkcast, pacing="sleep"'
report spin 'chalkcast, pacing="spin"'
report multicat 'multicat'
report multicat-rt 'multicat -i 50'
report ffmpeg 'ffmpeg'
row '  a bare timer loop with real-time priority' "p99.9 $(column timer 1) us, latest $(column timer 3) us"
