# `check` of a school year and the guide tables of eight days; both with and without the compiled timetables.
year=$work/year
[ -d "$year" ] || tests/bench/make-year "$station" "$year"
check() { "$build/chalkcast" -C "$year" check || [ $? = 1 ]; }
cold=() warm=()
for _ in $(seq "$runs"); do
    rm -f "$year/state/plan"
    cold+=("$(wall check)")
    warm+=("$(wall check)")
done
result 'check of a school year' "$(printf '%s\n' "${cold[@]}" | median)" '' s
result 'check of a school year again' "$(printf '%s\n' "${warm[@]}" | median)" '' s
"$build/tests/tools/guide_tables" "$year" >"$work/guide_tables"
result 'guide tables of the year, encoded' "$(awk '$1 == "encoded" { print $2 }' "$work/guide_tables")" '' ms
result 'guide tables of eight days, packets of a page' "$(awk '$1 == "page" { print $2 }' "$work/guide_tables")" '' ms
