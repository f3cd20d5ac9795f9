#!/bin/sh
# nfs_tcp.sh - what clients may do to the transport: calls ahead, fragments,
# slow readers, many connections, garbage, large datagrams.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
HERE=$TOP/tests/interop

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
ip addr add 192.168.10.2/24 dev srv
mkdir "$T/tree"
head -c 8000001 /dev/urandom >"$T/tree/big"
i=0
while [ $i -lt 100 ]; do
	head -c $((i * 31)) /dev/urandom >"$T/tree/s$i"
	i=$((i + 1))
done
conf() {
	cat >"$T/provd.yaml" <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	threads: $1
	dhcp: { mode: off }
	tftp: { enabled: no }
	nfs: { max-connections: $2 }
	trees:
	  t: { path: $T/tree, clients: any }
	END
}
# Its memory is looked at while clients are slow.
# shellcheck disable=SC2154
run() { in_client env PROVD_PID="$_provd" python3 "$HERE/nfs_tcp.py" "${2:-$S}" /t "$T/tree" "$1"; }

conf 2 4096
start_provd "$T/provd.yaml"
check "calls sent ahead" run pipelining
check "fragments of one byte" run fragments
check "clients that do not read" run slow_readers
check "clients that do not read large replies, and a file that leaves memory" run slow_large
check "500 connections" run connections
check "garbage" run garbage
check "UDP, large replies" run udp
check "UDP, a second address of the server answers from itself" run udp 192.168.10.2
check "read only" run readonly
stop_provd
conf 1 20
start_provd "$T/provd.yaml"
check "the limit closes what is idle for longest" run limit
