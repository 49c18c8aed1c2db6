#!/bin/bash
# Two days of the soak (tests/bench/days): a random operator, random faults of files, every journey through plan and journal judged.
build=$1
. tests/e2e/lib.sh
need_station
need python3
tests/bench/days "$build" 2 7 24
