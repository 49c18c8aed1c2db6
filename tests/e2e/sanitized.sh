#!/bin/bash
# The unit tests, and a rendering of a minute with joins, under ASan and UBSan.
build=$1
. tests/e2e/lib.sh
need_station
# As many at a time as there are cores.
run() { # test, log
    timeout --foreground 900 "$1" >"$2" 2>&1 # of the group that tests/run stops while others measure, for which it may have to wait
    echo $? >"$2.status"
}
tests=()
for test in "$build"/sanitized/tests/*_test; do
    name=$(basename "$test" _test)
    case " ${LIVE-} prepare_formats prepare_matrix prepare_media " in *" $name "*) ;; *) tests+=("$test") ;; esac # see tests/run
done
for test in "${tests[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    run "$test" "$tmp/$(basename "$test" _test)" &
done
wait
for test in "${tests[@]}"; do
    name=$(basename "$test" _test)
    if [ "$(cat "$tmp/$name.status")" = 0 ]; then
        ok "sanitized $name"
    else
        fail "sanitized $name" "$(grep -m1 -aE 'Sanitizer|runtime error|FAILED' "$tmp/$name")"
    fi
done
plain=$("$chalkcast" -C "$station" render --from 2020-03-02T08:19:50+08:00 --for 20s -o sha256)
same 'sanitized render of a join, same bytes' "$plain" \
    "$("$build/sanitized/chalkcast" -C "$station" render --from 2020-03-02T08:19:50+08:00 --for 20s -o sha256 2>&1)"
for command in check guide; do
    if "$build/sanitized/chalkcast" -C "$station" $command >"$tmp/$command" 2>&1; then
        ok "sanitized $command"
    else
        fail "sanitized $command" "$(grep -m1 -aE 'Sanitizer|runtime error|error' "$tmp/$command")"
    fi
done
