#!/bin/sh
# Clients behind ISC's relay agent: dhclient, udhcpc, dhcpcd, systemd-networkd;
# a host that is known by its switch port; a relay that asks who has an address.
# shellcheck disable=SC2034
PEERS="isc-dhcp-relay isc-dhcp-client udhcpc dhcpcd-base"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
RELAY=$(peer isc-dhcp-relay dhcrelay) || skip "no dhcrelay"
UDHCPC=$(peer udhcpc udhcpc) || skip "no udhcpc"
DHCLIENT=$(peer isc-dhcp-client dhclient) || skip "no dhclient"
DHCPCD=$(peer dhcpcd-base dhcpcd) || skip "no dhcpcd"
NETWORKD=/lib/systemd/systemd-networkd
: "${PROVCTL:=$(dirname "${PROVD:-$BUILD/provd}")/provctl}"

# provd (srv, 192.168.10.1) - relay (rsrv .2, rcli 10.99.0.1) - client (cli)
ns_add relay
ns_link relay srv rsrv
ip addr add 192.168.10.1/24 dev srv
ip route add 10.99.0.0/24 via 192.168.10.2
in_ns relay ip addr add 192.168.10.2/24 dev rsrv
in_ns relay sysctl -qw net.ipv4.ip_forward=1
ns_add client
_rel='' && eval "_rel=\$_ns_relay"
_cli='' && eval "_cli=\$_ns_client"
in_ns relay ip link add rcli type veth peer name cli netns "$_cli"
in_ns relay ip link set rcli up
in_ns relay ip addr add 10.99.0.1/24 dev rcli
in_client ip link set cli up
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
tftp: { enabled: no }
nfs: { enabled: no }
dhcp:
  mode: authoritative
  probe-time: 0
  conflict-check: off
  leasequery: 10.99.0.1
  options: { default-lease-time: 2h, domain-name: example.org }
  subnets:
    - subnet: 10.99.0.0/24
      range: 10.99.0.50-10.99.0.59
      options: { routers: 10.99.0.1 }
    - subnet: 192.168.10.0/24
hosts:
  plugged: { circuit-id: rcli, remote-id: no such switch, address: 10.99.0.30 }
END
start_provd "$T/provd.yaml"
in_ns relay "$RELAY" -4 -d -a -i rcli -i rsrv 192.168.10.1 >"$T/relay.log" 2>&1 &
relaying() { grep -q "Sending on.*rcli" "$T/relay.log"; }
wait_for 10 relaying || { sed 's/^/# /' "$T/relay.log"; die "the relay did not start"; }

run() { "$@" >"$T/out" 2>&1; }
acked() { grep -q "mac=$1 .*REQUEST -> ACK 10.99.0.5[0-9]" "$T/provd.log"; }
mac() {
	in_client ip link set cli down
	in_client ip link set cli address "$1"
	in_client ip addr flush dev cli
	in_client ip link set cli up
}
mac 02:00:00:00:00:71
check "udhcpc gets an address of the relay's network" run in_client timeout 20 "$UDHCPC" -f -n -q -i cli -s /bin/true
check "as provd says" acked 02:00:00:00:00:71
mac 02:00:00:00:00:72
check "dhclient" run in_client timeout 30 "$DHCLIENT" -1 -v -lf "$T/lf" -pf "$T/pf" -sf /bin/true cli
[ ! -s "$T/pf" ] || kill "$(cat "$T/pf")"
check "as provd says" acked 02:00:00:00:00:72
mac 02:00:00:00:00:73
mkdir -p /run/dhcpcd /var/lib/dhcpcd 2>/dev/null
check "dhcpcd, with an RFC 4361 identifier" run in_client timeout 30 "$DHCPCD" -4 -1 -D -A -c /bin/true -f /dev/null cli
check "as provd says" acked 02:00:00:00:00:73
mac 02:00:00:00:00:73
check "and again with that of its hardware address" run in_client timeout 30 "$DHCPCD" -4 -1 -I '' -A -c /bin/true -f /dev/null cli
addrs() { sed -n "s/.*mac=$1 .*REQUEST -> ACK \(10[0-9.]*\).*/\1/p" "$T/provd.log" | sort -u; }
check "it is the same machine, and keeps its address" test "$(addrs 02:00:00:00:00:73 | wc -l)" = 1

if [ -x $NETWORKD ]; then
	mac 02:00:00:00:00:74
	# shellcheck disable=SC2016
	in_client sh -c 'mount -t sysfs -o ro sysfs /sys && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/network /run/systemd/netif/links \
	    /run/systemd/netif/leases /run/systemd/netif/lldp /run/dbus &&
	    printf "[Match]\nName=cli\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n" >/run/systemd/network/10-cli.network &&
	    chmod -R a+rX /run/systemd && chown -R systemd-network /run/systemd/netif && exec timeout 20 '$NETWORKD >"$T/networkd" 2>&1 &
	if wait_for 15 acked 02:00:00:00:00:74; then
		pass "systemd-networkd"
	else
		sed 's/^/# /' "$T/networkd" | tail -n 5
		fail "systemd-networkd"
	fi
fi

check "every lease says by which port it came" test \
    "$(strings -n 4 "$T/state/leases.journal" | grep -c rcli)" -ge 3

# RFC 4388, from the relay's own address.
cat >"$T/query.py" <<'END'
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("10.99.0.1", 67))
s.settimeout(5)
mac = bytes.fromhex(sys.argv[1].replace(":", ""))
m = struct.pack("!BBBBIHH4s4s4s4s16s192x", 1, 1, 6, 0, 0x1234, 0, 0, bytes(4), bytes(4),
    bytes(4), socket.inet_aton("10.99.0.1"), mac) + b"\x63\x82\x53\x63\x35\x01\x0a\x37\x03\x33\x52\x5b\xff"
s.sendto(m, ("192.168.10.1", 67))
r = s.recv(2048)
o, i = {}, 240
while r[i] != 255:
    o[r[i]] = r[i + 2:i + 2 + r[i + 1]]
    i += 2 + r[i + 1]
print("type", o[53][0], "address", socket.inet_ntoa(r[12:16]), "lease", struct.unpack("!I", o[51])[0] > 7000,
    "port", b"rcli" in o.get(82, b""))
END
kill %1 2>/dev/null || pkill -x dhcrelay
query() { in_ns relay python3 "$T/query.py" "$1" >"$T/out" 2>&1; }
wait_for 5 query 02:00:00:00:00:71
check "a relay may ask who has an address" grep -qx "type 13 address $(addrs 02:00:00:00:00:71) lease True port True" "$T/out"
sed 's/^/# /' "$T/out"

# Now the host is the one on that port.
sed -i 's/no such switch/x/; s/, remote-id: x//' "$T/provd.yaml"
check "the configuration is read again" run "$PROVCTL" -s "$T/provd.sock" reload
in_ns relay "$RELAY" -4 -d -a -i rcli -i rsrv 192.168.10.1 >"$T/relay.log" 2>&1 &
wait_for 10 relaying
mac 02:00:00:00:00:79
check "a machine is who it is by where it is plugged in" run in_client timeout 20 "$UDHCPC" -f -n -q -i cli -s /bin/true
check "and gets that host's address" grep -q "mac=02:00:00:00:00:79 host=plugged .*ACK 10.99.0.30" "$T/provd.log"
