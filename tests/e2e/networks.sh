#!/bin/bash
# A station of two networks, by cable and through the air: every multiplex tells what it should of itself and of the others,
# and tshark reads the same. The laboratory finds nothing, in none of the depths in which others are told. The pictures are
# the compiled-in ones.
build=$1
. tests/e2e/lib.sh
need tshark
chalkcast=$build/chalkcast
[ -x "$chalkcast" ] || { fail need "$chalkcast is not built"; exit 1; }

service() { # id, service-id, grade, channel number
    echo "<service id=\"$1\" service-id=\"$2\" channel-number=\"$4\"><name xml:lang=\"zh\">$1</name><grade>$3</grade></service>"
}
station() { # policy
    cat <<XML
<station xmlns="urn:chalkcast:station:1" id="two" timezone="Asia/Shanghai" country="CHN">
  <house video="h264-720p25" audio="mp2-128k"/>
  <network id="wire" network-id="0x2001" original-network-id="0x2001"><name xml:lang="en">Wire</name></network>
  <network id="tower" network-id="0x3001" original-network-id="0x3002" dtmb-frequency="bcd"><name xml:lang="en">Tower</name></network>
  <guide $1>
    <bouquet stage="primary" bouquet-id="0x2101"/>
    <bouquet stage="senior" bouquet-id="0x2103"><name xml:lang="en">Seniors</name></bouquet>
  </guide>
  <multiplex name="a" transport-stream-id="1" delivery="dvb-c 64qam 6875000" frequency="474000000">$(service p1 101 1 1)$(service p2 102 2 2)</multiplex>
  <multiplex name="b" transport-stream-id="2" delivery="dvb-c 16qam 6875000" frequency="482000000">$(service s3 103 12 3)</multiplex>
  <multiplex name="c" network="tower" transport-stream-id="3" delivery="dtmb 16qam 0.8 pn595" frequency="666000000">$(service p3 104 3 1)</multiplex>
  <multiplex name="d" network="tower" transport-stream-id="4" delivery="dvb-t2 20000000 plp1 system7 8mhz 32k 1/128" frequency="682000000">$(service s1 105 10 2)</multiplex>
</station>
XML
}
mkdir -p "$tmp/station/timetables"
render() { # policy, multiplex
    station "$1" >"$tmp/station/station.xml"
    "$chalkcast" -C "$tmp/station" render --multiplex "$2" --from 2020-03-02T07:59:50+08:00 --for 25s -o "$tmp/$2.ts" 2>"$tmp/said" ||
        fail "multiplex $2 is rendered" "$(tail -n 1 "$tmp/said")"
}
# "TABLE ID" of every sub_table, "TABLE ID stream TS" of every stream in it, "TABLE ID service SERVICE" of an SDT, "TABLE ID
# BYTES" of what tshark gives in bytes alone.
tables() { # file
    tshark -r "$1" -Y 'dvb_nit || dvb_bat || dvb_sdt' -O dvb_nit,dvb_bat,dvb_sdt,mpeg_descriptor 2>/dev/null | awk '
        function last() { gsub(/[()]/, "", $NF); return $NF }
        /^    Table ID:/ { table = last() }
        /^    (Network|Bouquet|Transport Stream) ID:/ { id = last(); print table, id }
        /^        Transport Stream ID:/ { print table, id, "stream", last() }
        /^        Service ID:/ { print table, id, "service", last() }
        /^ *(Centre )?Frequency:/ { sub(/.*Frequency: /, ""); print table, id, "frequency", $1 }
        /^ *Descriptor Extension Data:/ { print table, id, "extension", last() }
        /^ *(Bouquet|Network) Name: [[:print:]]+$/ { sub(/^ */, ""); print table, id, $0 }' | LC_ALL=C sort -u
}
told() { # name, multiplex, lines
    same "$1" "$(LC_ALL=C sort -u <<<"$3")" "$(tables "$tmp/$2.ts" | grep -vE ' (Bouquet|Network) Name: .*[^[:print:]]')"
}
clean() { # name, file
    local said
    said=$("$chalkcast" measure "$2" 2>&1 | head -n 1)
    same "$1: nothing is found" '✓ nothing found' "$(cut -d' ' -f1-3 <<<"$said")"
}

bouquets='0x4a 0x2101
0x4a 0x2101 stream 0x0001
0x4a 0x2101 stream 0x0003
0x4a 0x2101 Bouquet Name: Primary school
0x4a 0x2103
0x4a 0x2103 stream 0x0002
0x4a 0x2103 stream 0x0004
0x4a 0x2103 Bouquet Name: Seniors'
wire() { # table_id
    printf '%s\n' "$1 0x2001" "$1 0x2001 Network Name: Wire" "$1 0x2001 stream 0x0001" "$1 0x2001 frequency 474.0000" \
        "$1 0x2001 stream 0x0002" "$1 0x2001 frequency 482.0000"
}
# tshark takes the descriptor of DTMB for that of DVB-T, and the digits 0666.0000 for a number of 10 Hz.
tower() { # table_id
    printf '%s\n' "$1 0x3001" "$1 0x3001 Network Name: Tower" "$1 0x3001 stream 0x0003" "$1 0x3001 frequency 1073.479680" \
        "$1 0x3001 stream 0x0004" "$1 0x3001 extension 010007039400000410a64000"
}

for policy in 'others="none"' 'others="present"' 'others="schedule" other-days="8"'; do
    for multiplex in a b c d; do
        render "$policy" "$multiplex"
        clean "$policy, multiplex $multiplex" "$tmp/$multiplex.ts"
    done
    case $policy in
    *none*) a=''; c='' ;;
    *) a=$'0x46 0x0002\n0x46 0x0002 service 0x0067'; c=$'0x46 0x0004\n0x46 0x0004 service 0x0069' ;;
    esac
    told "$policy: what a tells" a "$(wire 0x40)
$(tower 0x41)
$bouquets
0x42 0x0001
0x42 0x0001 service 0x0065
0x42 0x0001 service 0x0066${a:+
$a}"
    told "$policy: what c tells" c "$(wire 0x41)
$(tower 0x40)
$bouquets
0x42 0x0003
0x42 0x0003 service 0x0068${c:+
$c}"
done
[ "${failures:-0}" = 0 ]
