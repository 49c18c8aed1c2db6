# Shared by the parts of the bench; sourced by tests/bench/run, which sets $build. All that is printed is a median or the
# worst of several runs and stands beside a peer or a bound of the same minute: what other processes take of the machine
# is taken from both.
station=$build/station
work=$build/bench
results=$work/results.tsv
runs=${RUNS:-5}
length=${LENGTH:-600}
from=2020-03-02T08:00:00+08:00
rate=646250000/17 # bits per second of the sample's multiplex
lan=127.0.0.1
mkdir -p "$work"
touch "$results"

row() { printf '%-58s %s\n' "$1" "$2"; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Prints a figure and keeps it in the file that the README's table is made from: name, ours, peer, ratio, unit. A figure
# that was there is replaced. The peer and so the ratio may be empty.
result() { # name, ours, peer, unit
    local ratio=
    [ -z "$3" ] || ratio=$(calc %.3g "($3 > 0 ? $2 / $3 : 0)")
    awk -F '\t' -v name="$1" '$1 != name' "$results" >"$results.new"
    printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$ratio" "$4" >>"$results.new"
    mv "$results.new" "$results"
    row "$1" "$2 $4${3:+ against $3: $ratio}"
}

# CPU-seconds (user + system) of one run of a command.
cpu() {
    local TIMEFORMAT='%U %S'
    { time "$@" >/dev/null 2>"$work/log"; } 2>&1 | awk '{ print $1 + $2 }'
}
wall() {
    local TIMEFORMAT='%R'
    { time "$@" >/dev/null 2>"$work/log"; } 2>&1
}
# CPU-seconds of a process so far, of all its threads.
cpu_of() {
    awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$1/stat"
}
resident_of() { # MiB
    awk '/VmRSS/ { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"
}

# A part of the soak, which may fail, as nothing of the bench can.
soaked=0
part() { # name, what it says when all is well, log, command...
    local name=$1 good=$2 log=$work/$3
    shift 3
    if "$@" >"$log" 2>&1; then row "$name" "$good"; else row "$name" "FAILED, see $log" && soaked=1; fi
}

# Ends what the bench left running, when it is stopped.
started=
stop() { # process
    kill -INT "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
leave() { for process in $started; do kill "$process" 2>/dev/null || true; done; }
trap leave EXIT
trap 'exit 143' INT TERM

# The same services as files for the peers: cut out of our own stream without encoding.
need_inputs() {
    services=$(xmllint --xpath '//*[local-name()="service"]/@service-id' "$station/station.xml" | grep -oE '[0-9]+')
    if [ ! -e "$work/ready-$length" ]; then
        "$build/chalkcast" -C "$station" render --from "$from" --for "${length}s" -o "$work/all.ts" 2>/dev/null
        for id in $services; do
            ffmpeg -nostdin -v error -y -i "$work/all.ts" -map "0:p:$id" -c copy "$work/$id.mp4"
        done
        touch "$work/ready-$length"
    fi
    inputs=() live_inputs=() maps=()
    local n=0
    for id in $services; do
        inputs+=(-i "$work/$id.mp4")
        live_inputs+=(-re -i "$work/$id.mp4")
        maps+=(-map "$n" -program "program_num=$id:title=$id:st=$((2 * n)):st=$((2 * n + 1))")
        n=$((n + 1))
    done
}
# A minute of the multiplex for multicat, with its index by the PCR of the first service.
need_minute() {
    [ -e "$work/minute.aux" ] && return
    "$build/chalkcast" -C "$station" render --from "$from" --for 60s -o "$work/minute.ts" 2>/dev/null
    ingests -p 1873 "$work/minute.ts" 2>"$work/log"
}
