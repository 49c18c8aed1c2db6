#!/bin/bash
# Journals of two machines made one through the real ssh: a server of this script's own, on loopback, with keys that are thrown
# away. Nothing of ~/.ssh or /etc/ssh is used.
build=$1
. tests/e2e/lib.sh
need ssh ssh-keygen python3
sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || { fail need 'sshd is not installed, run make deps'; exit 1; }
[ -x "$chalkcast" ] || { fail need "$chalkcast is not built"; exit 1; }

# --- the server, whose commands find this chalkcast, and what ssh is told of it

mkdir "$tmp/bin" "$tmp/bare"
ln -s "$(realpath "$chalkcast")" "$tmp/bin/"
for key in host client stranger; do ssh-keygen -q -t ed25519 -N '' -f "$tmp/$key"; done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
deaf=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Without PAM nobody comes in whose password is locked, as root's often is.
case $(getent shadow "$(id -un)" | cut -d: -f2) in '!'*) pam=yes ;; *) pam=no ;; esac
serve() { # PATH of its commands: in the place of the server before
    [ -z "${server-}" ] || { kill "$server" && wait "$server"; } 2>/dev/null
    cat >"$tmp/sshd_config" <<END
ListenAddress 127.0.0.1:$port
HostKey $tmp/host
AuthorizedKeysFile $tmp/client.pub
PidFile none
StrictModes no
UsePAM $pam
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv PATH=$1
END
    "$sshd" -D -e -f "$tmp/sshd_config" 2>>"$tmp/sshd.log" &
    server=$!
    children="$children $server"
    for _ in $(seq 50); do ssh-keyscan -t ed25519 -p "$port" 127.0.0.1 2>/dev/null | grep -q . && return; sleep 0.1; done
    fail 'a server of its own' "$(tail -n 3 "$tmp/sshd.log" | tr '\n' '|')"
    exit 1
}
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd # which only the service makes
printf '127.0.0.1 %s\n' "$(cut -d' ' -f1,2 "$tmp/host.pub")" | sed "s/^127.0.0.1/[127.0.0.1]:$port/" >"$tmp/known"
cat >"$tmp/config" <<END
Host standby
    Port $port
    IdentityFile $tmp/client
Host refused
    Port $port
    IdentityFile $tmp/stranger
Host unreachable
    Port $deaf
    IdentityFile $tmp/client
Host standby refused unreachable
    HostName 127.0.0.1
    UserKnownHostsFile "$tmp/known"
    GlobalKnownHostsFile none
    IdentitiesOnly yes
    IdentityAgent none
END
export CHALKCAST_SSH="ssh -F '$tmp/config'"
serve "$tmp/bin:$PATH"

# --- two stations; the first has been on air

there="$tmp/the \"other\" station's \$HOME; exit 9"
station_in() {
    mkdir -p "$1/timetables"
    sed 's|<output .*/>|<output uri="udp://239.255.12.89:5089" interface="lo" ttl="0"/>|; s| logo="[^"]*"||' \
        schedules/examples/station.xml >"$1/station.xml"
}
timetable() { # directory, title
    printf '<timetable xmlns="urn:chalkcast:timetable:1"><lesson id="one" service="p1" start="%s" length="PT20M" source="p1/a.mp4">
<title xml:lang="zh">%s</title></lesson></timetable>\n' "$(date -u -d tomorrow +%Y-%m-%dT08:00:00Z)" "$2" >"$1/timetables/a.xml"
}
enter() { # directory, title: a revision
    timetable "$@"
    "$chalkcast" -C "$1" act load >"$tmp/said" 2>&1
    [ $? -le 1 ] || fail 'a revision is entered' "$(cat "$tmp/said")" # 1: there is no lesson to show
}
station_in "$tmp/here"
station_in "$there"
timetable "$tmp/here" 零
"$chalkcast" -C "$tmp/here" play >"$tmp/play.log" 2>&1 &
player=$!
children="$children $player"
for _ in $(seq 50); do ls "$tmp"/here/{state/journal.0,journal.db} >/dev/null 2>&1 && break; sleep 0.1; done
kill -INT $player
wait $player
sync() { # WHERE: what is said goes to $tmp/said
    timeout 60 "$chalkcast" -C "$tmp/here" journal sync "$1" >"$tmp/said" 2>&1
}
revisions() { "$chalkcast" -C "$1" journal list | grep -c ' timetables'; }
verified() { "$chalkcast" -C "$1" journal verify >/dev/null 2>&1 && echo yes; }
said() { # name, exit status expected, found, pattern
    if [ "$2" = "$3" ] && grep -q "$4" "$tmp/said"; then ok "$1"; else fail "$1" "status $3: $(tr '\n' '|' <"$tmp/said")"; fi
}

# --- both ways

enter "$tmp/here" 一
before=$(revisions "$tmp/here")
sync "standby:$there"
said 'to a station without a journal, in a folder of any name' 0 $? "^0 revisions brought here, $before taken there$"
same 'which then has the same' "$("$chalkcast" -C "$tmp/here" journal list)" "$("$chalkcast" -C "$there" journal list)"
sync "standby:$there"
said 'nothing is copied twice' 0 $? '^0 revisions brought here, 0 taken there$'
enter "$there" 二
sync "standby:$there"
said 'what was entered there comes here' 0 $? '^1 revisions brought here, 0 taken there$'
enter "$tmp/here" 三
sync "standby:$there"
said 'and what is entered after it goes there' 0 $? '^0 revisions brought here, 1 taken there$'
same 'both are as they were entered' 'yes yes' "$(verified "$tmp/here") $(verified "$there")"
same 'and the same' "$("$chalkcast" -C "$tmp/here" journal list)" "$("$chalkcast" -C "$there" journal list)"
count=$(revisions "$there")
mv "$tmp/here/journal.db" "$tmp/kept.db"
sync "standby:$there"
said 'a machine that has lost its journal gets it back' 0 $? "^$count revisions brought here, 0 taken there$"

# --- what goes wrong is told, and leaves both as they are

sync "unreachable:$there"
said 'a host that cannot be reached' 74 $? 'chalkcast journal: ssh does not get to unreachable'
sync "refused:$there"
said 'a key that is refused' 74 $? 'chalkcast journal: ssh does not get to refused'
same 'which ssh itself told' 1 "$(grep -c 'Permission denied (publickey)' "$tmp/said")"
sync "standby:$tmp/none"
said 'a directory that is no station' 74 $? 'chalkcast journal: on standby the journal cannot be read or written'
python3 -c 'import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); time.sleep(60)' "$deaf" &
children="$children $!"
sleep 0.5
sync "unreachable:$there"
said 'a host that does not answer, within 10 s' 74 $? 'chalkcast journal: ssh does not get to unreachable'
serve "$tmp/bare:/usr/bin:/bin"
sync "standby:$there"
said 'a host without chalkcast' 74 $? 'chalkcast journal: on standby no chalkcast is found'
serve "$tmp/bin:$PATH"
enter "$tmp/here" 四
enter "$there" 五
sync "standby:$there"
said 'journals that differ' 2 $? "the journals differ from revision $count on"
same 'of which neither is changed' "yes yes $((count + 1)) $((count + 1))" \
    "$(verified "$tmp/here") $(verified "$there") $(revisions "$tmp/here") $(revisions "$there")"
dd if=/dev/zero of="$there/journal.db" bs=1 seek=4096 count=4096 conv=notrunc 2>/dev/null
sync "standby:$there"
said 'a journal there that is damaged' 74 $? 'chalkcast journal: on standby the journal cannot be read or written'
same 'while this one is whole' yes "$(verified "$tmp/here")"
same 'nothing is left in the folder of temporary files' '' "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'chalkcast-journal-*' -newer "$tmp/host")"
[ "${failures:-0}" = 0 ] || tail -n 20 "$tmp/sshd.log"
[ "${failures:-0}" = 0 ]
