#!/bin/sh
# tftp_wire.sh - TFTP packet by packet, and over a bad network (tftp_wire.py, relay.py).
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip "no python3"
HERE=$TOP/tests/interop
S=192.168.10.1

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
ip addr add 192.168.10.2/24 dev srv
mkdir -p "$T/tree"
for n in 1 513 1469 65536 300000; do
	head -c "$n" /dev/urandom >"$T/tree/f$n"
done
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
nfs: { enabled: no }
tftp: { timeout: 400, retries: 3 }
trees:
  t: { path: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"

wire() { in_client python3 "$HERE/tftp_wire.py" "$@"; }
for c in lockstep dupack oack probe wrongtid repeat lost zombies wrq window \
    garbage shrink replaced vanished changed; do
	check "$c" wire $S "$T/tree" $c
done
ip link set srv mtu 1400
check "a block fits the path's MTU" wire $S "$T/tree" mtu 1368
ip link set srv mtu 1500
check "the largest block of Ethernet" wire $S "$T/tree" mtu 1468
check "the answer comes from the address that was asked" \
    wire $S "$T/tree" asked 192.168.10.2

# Through the relay ----------------------------------------------------------
SUM=$(sha256sum <"$T/tree/f300000")
SUM=${SUM%% *}
# bad MSG BLOCKSIZE WINDOW ARG...: fetch 300 kB over a network that is ARG
bad() {
	_msg=$1 _blk=$2 _win=$3
	shift 3
	in_client python3 "$HERE/relay.py" --listen 127.0.0.1:6969 \
	    --server $S:69 "$@" >"$T/relay" &
	_relay=$!
	sleep 0.5
	check "$_msg" wire 127.0.0.1:6969 "$T/tree" fetch f300000 "$SUM" 0.25 \
	    "$_blk" "$_win"
	# The relay is a child of nsenter.
	pkill -TERM -P "$_relay" 2>/dev/null || kill -TERM "$_relay"
	wait "$_relay" 2>/dev/null || :
}
bad "2 percent lost each way" 1428 1 --drop 0.02 --seed 1
bad "5 percent lost each way, windows of 8" 1024 8 --drop 0.05 --seed 2
bad "a fifth comes late, out of order" 1428 1 --reorder 0.2 --seed 3
bad "windows out of order" 1428 16 --reorder 0.02 --seed 4
bad "windows of 64, lost, twice, late" 1428 64 --drop 0.01 --dup 0.02 --reorder 0.02 \
    --delay 0.0002 --seed 9
bad "everything at once" 1428 1 --drop 0.01 --dup 0.05 --reorder 0.05 \
    --jitter 0.002 --seed 5

# Every datagram twice: had the server answered duplicates, there would be
# twice as many blocks (211 and an OACK are due).
bad "every datagram comes twice" 1428 1 --dup 1 --seed 6
read -r _ _to_client _ <"$T/relay"
check "no block was sent twice for that ($_to_client datagrams)" \
    [ "$_to_client" -ge 212 -a "$_to_client" -le 220 ]

# From one port alone ---------------------------------------------------------
stop_provd
sed 's/^tftp: {/& single-port: yes,/' "$T/provd.yaml" >"$T/single.yaml"
start_provd "$T/single.yaml"
for c in single lockstep dupack oack probe repeat lost zombies wrq window garbage \
    shrink replaced vanished changed; do
	check "single port: $c" wire $S "$T/tree" $c
done
check "single port: the address that was asked" \
    wire $S "$T/tree" asked 192.168.10.2
ip link set srv mtu 1400
check "single port: a block fits the path's MTU" wire $S "$T/tree" mtu 1368
ip link set srv mtu 1500
bad "single port: everything at once" 1428 1 --drop 0.02 --dup 0.05 --reorder 0.05 --seed 7
bad "single port: windows, everything at once" 1428 16 --drop 0.02 --dup 0.05 \
    --reorder 0.05 --jitter 0.002 --seed 8
