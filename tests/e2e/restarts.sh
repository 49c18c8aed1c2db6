#!/bin/bash
# Law 5 on the process itself: SIGTERM, and 20 kills at random moments (chalkcast drill). How soon the process sends is measured,
# so it comes alone; on a machine that others share the best of three counts.
build=$1
. tests/e2e/lib.sh
. tests/e2e/drill-lib.sh

groups=(process)
for _ in 1 2 3; do
    drill process --kills 20 terminated killed
    median=$(sed -nE 's/^20 restarts after SIGKILL.*median ([0-9.]+) ms.*/\1/p' "$tmp/process")
    awk -v ms="$median" 'BEGIN { exit !(ms != "" && ms <= 100) }' && break
done
same 'the air came back as planned after each' 0 "$(cat "$tmp/process.code")"
within 'terminated: as planned soon after' "$(field terminated after)" 1
within 'killed: as planned soon after' "$(field killed after)" 1
within 'the right packets come within 100 ms of process start' "$median" 100
same 'and none but these' '0 datagrams' "$(grep -oE '[0-9]+ datagrams' "$tmp/process")"
[ "${failures:-0}" = 0 ] || cat "$tmp/process"
[ "${failures:-0}" = 0 ]
