#!/bin/sh
# provd --record, and what was recorded decided again: byte for byte the same.
# shellcheck disable=SC2034
PEERS="isc-dhcp-client udhcpc kea-admin"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/dhcp_lib.sh
. "$(dirname "$0")/dhcp_lib.sh"
UDHCPC=$(peer udhcpc udhcpc) || skip "no udhcpc"
DHCLIENT=$(peer isc-dhcp-client dhclient) || skip "no dhclient"
PERFDHCP=$(peer kea-admin perfdhcp) || skip "no perfdhcp"
: "${PROVCTL:=$(dirname "${PROVD:-$BUILD/provd}")/provctl}"
ns_setup
dhcp_conf >"$T/provd.yaml"
sed -i 's/192.168.10.100-192.168.10.109/192.168.10.100-192.168.10.199/
	s/^  mode: .*/&\n  conflict-check: off/' "$T/provd.yaml"

client() {
	set_mac "$1"
	in_client timeout 20 "$UDHCPC" -f -n -q -i cli -s /bin/true >"$T/udhcpc" 2>&1
}
start_provd "$T/provd.yaml"
client 02:00:00:00:00:61	# a lease from before: part of the state
stop_provd
start_provd "$T/provd.yaml" --record "$T/rec"
check "a client that has a lease" client 02:00:00:00:00:61
check "a new one" client 02:00:00:00:00:62
check "a host with a fixed address" client 02:00:00:00:00:20
set_mac 02:00:00:00:00:63
run() { "$@" >"$T/out" 2>&1; }
check "dhclient" run in_client timeout 30 "$DHCLIENT" -1 -v -lf "$T/lf" -pf "$T/pf" -sf /bin/true cli
[ ! -s "$T/pf" ] || kill "$(cat "$T/pf")"
in_client ip addr add 192.168.10.2/24 dev cli
check "forty at once" run in_client timeout 30 "$PERFDHCP" -4 -r 40 -R 40 -n 40 -d 10 -W 5000000 -l cli 192.168.10.1
# What is read again on the way is part of it.
sed -i 's/192.168.10.100-192.168.10.199/192.168.10.150-192.168.10.199/; s/example.org/example.com/' "$T/provd.yaml"
check "another configuration holds" run "$PROVCTL" -s "$T/provd.sock" reload
check "a client of that one" client 02:00:00:00:00:65
ip addr del 192.168.10.1/24 dev srv
ip addr add 192.168.10.3/24 dev srv
wait_for 10 grep -q "ev=dhcp.interface .*address=192.168.10.3" "$T/provd.log"
check "a client after the address has changed" client 02:00:00:00:00:66
stop_provd

check "both files are for the user alone" test "$(stat -c %a "$T/rec" "$T/rec.state" | sort -u)" = 600
check "it decides the same again" run "$PROVCTL" replay "$T/rec"
sed 's/^/# /' "$T/out"
answers=$(sed -n 's/^[0-9]* requests, \([0-9]*\) answers: .*/\1/p' "$T/out")
check "all of it ($answers answers)" test "${answers:-0}" -ge 86
if command -v tcpdump >/dev/null; then
	check "tcpdump reads the recording" test "$(tcpdump -nr "$T/rec" 2>/dev/null | grep -c 'BOOTP/DHCP, Reply')" = "$answers"
fi
# What another configuration would change.
sed 's/example.com/example.net/; s/192.168.10.150-/192.168.10.100-/' "$T/provd.yaml" >"$T/other.yaml"
refuse "another configuration is told" run "$PROVCTL" --config "$T/other.yaml" replay "$T/rec"
check "and where it differs" grep -q 'OFFER to 02:00:00:00:00:62: another answer from byte [0-9]* on (option 15)' "$T/out"
# Files of strangers.
cp "$T/rec.state" "$T/cut.state"
head -c 3000 "$T/rec" >"$T/cut"
refuse "a recording that is cut short is refused" run "$PROVCTL" replay "$T/cut"
check "with the packet" grep -q "^provctl: packet [0-9]*: it is not of a recording" "$T/out"
