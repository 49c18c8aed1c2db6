# The guide of a network of 20 multiplexes of 12 services, eight days of 14 lessons: built whole, and after the edit of a
# lesson; beside the bounds that were asked for.
whole=() edit=()
for _ in $(seq "$runs"); do
    "$build/tests/tools/guide_scale" >"$work/guide_scale"
    whole+=("$(awk '$1 == "all:" { print $2 }' "$work/guide_scale")")
    edit+=("$(awk '$1 == "an" { print $3 }' "$work/guide_scale")")
done
result 'guide of 240 services, built; 2 s' "$(printf '%s\n' "${whole[@]}" | median)" 2000 ms
result 'guide of 240 services after an edit; 50 ms' "$(printf '%s\n' "${edit[@]}" | median)" 50 ms
