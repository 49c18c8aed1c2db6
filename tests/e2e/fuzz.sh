#!/bin/bash
# Every corpus of tests/fuzz/corpus through its parser, built with the sanitizers.
build=$1
. tests/e2e/lib.sh
for fuzzer in "$build"/sanitized/fuzz/*_fuzz; do
    name=$(basename "$fuzzer" _fuzz)
    if "$fuzzer" "tests/fuzz/corpus/$name" >"$tmp/$name" 2>&1; then
        ok "fuzz corpus $name ($(tail -n 1 "$tmp/$name"))"
    else
        fail "fuzz corpus $name" "$(grep -m1 -aE 'ERROR|runtime error|replayed' "$tmp/$name")"
    fi
done
