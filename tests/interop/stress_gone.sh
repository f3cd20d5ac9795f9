#!/bin/sh
# stress_gone.sh - clients that vanish without a word, as when the power goes or a
# cable is pulled: nothing of theirs arrives any more, no FIN, no RST, no ICMP.
# Idle, in the middle of a request, in the middle of an answer, by NFS, HTTP and
# TFTP: within two minutes all that was held for them has come back, and
# others are served all the while.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
PY=$TOP/tests/interop/stress_gone.py
N=10	# of each kind
ns_setup
ns_add other
ns_link other srv2 oth
in_client ip addr add 192.168.10.50/24 dev cli
ip addr add 192.168.11.1/24 dev srv2
in_ns other ip addr add 192.168.11.50/24 dev oth
mkdir "$T/tree"
head -c 3001 /dev/urandom >"$T/tree/small"
head -c 64000000 /dev/urandom >"$T/tree/big"
cat >"$T/provd.yaml" <<END_
interface: [ srv, srv2 ]
state: $T/state
socket: $T/ctl
user: root
threads: 2
dhcp: { mode: off }
http: { enabled: yes }
trees:
  t: { path: $T/tree, clients: any }
END_
ctl() { timeout 20 "$PROVCTL" -s "$T/ctl" "$@"; }
count() { ctl status | awk -v p="$1" -v n="$2" '$1 == p && $2 == n { print $3; f = 1 } END { if (!f) print 0 }'; }
# shellcheck disable=SC2154	# of lib.sh
sockets() { find -L "/proc/$_provd/fd" -maxdepth 1 -type s 2>/dev/null | wc -l; }
served() {
	in_ns other curl -sS -m 10 -o "$T/got" http://192.168.11.1/t/small &&
	    cmp -s "$T/got" "$T/tree/small" &&
	    in_ns other python3 "$PY" witness 192.168.11.1 "$T/tree/small"
}
start_provd "$T/provd.yaml"
check "one that stays is served" served
sleep 1
at_first=$(sockets) mem=$(provd_rss)
in_client python3 "$PY" hold 192.168.10.1 $N >"$T/held" 2>&1 &
holder=$!
held() { grep -q '^held' "$T/held" || ! kill -0 $holder 2>/dev/null; }
wait_for 30 held
check "clients are there" grep -q '^held' "$T/held"
sed 's/^/# /' "$T/held"
# They are all waiting, or being waited for; then they are gone: what is sent to
# them is for nobody.  The neighbour is known, so that nothing else tells it.
mac=$(in_client ip -o link show cli | sed -n 's|.*link/ether \([0-9a-f:]*\).*|\1|p')
ip neigh replace 192.168.10.50 lladdr "$mac" dev srv nud permanent
in_client ip addr flush dev cli
check "NFS holds connections" [ "$(count nfs open)" -eq $((2 * N)) ]
check "HTTP holds connections" [ "$(count http open)" -eq $((3 * N)) ]
check "TFTP holds transfers" [ "$(count tftp open)" -eq $N ]
began=$(date +%s)
gone() { [ "$(count "$1" open)" -eq 0 ]; }
back() {	# back PROTOCOL SECONDS
	wait_for $(($2 - $(date +%s) + began)) gone "$1" || return 1
	echo "# after $(($(date +%s) - began)) s"
}
check "who stays is served" served
check "HTTP lets go within 75 seconds" back http 75
check "TFTP within 135 seconds" back tftp 135
check "who stays is served still" served
check "NFS within 135 seconds" back nfs 135
check "nothing is held for them" [ "$(count nfs held)" -eq 0 ]
closed() { [ "$(sockets)" -le "$at_first" ]; }
check "descriptors are back" wait_for 5 closed
now=$(provd_rss)
check "and memory: $((now - mem)) KiB more" [ $((now - mem)) -le 16384 ]
check "who stays is served at the end" served
