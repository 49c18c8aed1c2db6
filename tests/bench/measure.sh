# What judging costs: a file of two minutes in the page cache, all rules and models at once; and the rehearsal of a whole
# broadcast day of 12 services on all cores.
stretch=120 # seconds
"$build/chalkcast" -C "$station" render --from "$from" --for "${stretch}s" -o "$work/stretch.ts" 2>/dev/null
judge() { "$build/chalkcast" measure "$work/stretch.ts"; }
seconds=()
for _ in $(seq "$runs"); do seconds+=("$(cpu judge)"); done
seconds=$(printf '%s\n' "${seconds[@]}" | median)
result 'measure, a file: on one core (7 asked)' "$(calc %.1f "$(stat -c %s "$work/stretch.ts") * 8 / 1e9 / $seconds")" '' Gb/s
rm -f "$work/stretch.ts"

rehearse() { "$build/chalkcast" -C "$station" rehearse --day "${from%%T*}" >"$work/rehearsal" || [ $? = 1 ]; }
result "rehearse a day of 12 services, $(nproc) cores (360 asked)" "$(wall rehearse)" '' s
row '  its verdict' "$(head -n 1 "$work/rehearsal")"
