# Two machines, one stream: many more failovers than `make test` has (tests/e2e/pair.sh). A part of `make soak`.
row 'failovers of two machines' "${FAILOVERS:-100}"
FAILOVERS=${FAILOVERS:-100} tests/e2e/pair.sh "$build" >"$work/pair.log" 2>&1 &&
    row 'packets lost, packets that differed' '0, 0' || row 'failed' "see $work/pair.log"
grep -E '^FAIL|^ok there were|^ok .* failovers' "$work/pair.log" || true
