# Two machines, one stream: many more failovers than `make test` has (tests/e2e/pair.sh). A part of `make soak`.
part "failovers of two machines, ${FAILOVERS:-100}: packets lost, packets that differed" '0, 0' pair.log \
    env FAILOVERS="${FAILOVERS:-100}" tests/e2e/pair.sh "$build"
grep -E '^FAIL|^ok there were|^ok .* failovers' "$work/pair.log" || true
