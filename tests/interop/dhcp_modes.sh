#!/bin/sh
# Rates of clients and relays; an address in use behind a relay; other servers
# heard without the right to raw sockets; boots counted where another server
# gives the address.
PEERS="dnsmasq-base"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
dnsmasq=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
: "${PROVD:=$BUILD/provd}"
ctl() { "${PROVD%/*}/provctl" -s "$T/provd.sock" "$@" >"$T/ctl"; }
client() { in_client python3 "$TOP/tests/interop/dhcp_modes.py" "$@"; }
wire_setup
in_ns client ip addr add 192.168.10.2/24 dev cli
in_ns client ip addr add 10.99.0.1/24 dev cli
ip route add 10.99.0.0/24 via 192.168.10.2

dhcp_conf | sed 's/rate-limit: 0/rate-limit: 20\n  relay-rate-limit: 40\n  conflict-check: off/
    s/10.99.0.50-10.99.0.59/10.99.0.50-10.99.0.250/' >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "rates" client limit
ctl status
check "what was refused is counted" grep -q "not answered, too fast: [1-9][0-9]* of clients, [1-9]" "$T/ctl"
check "and said once" test "$(grep -c "ev=dhcp.limit" "$T/provd.log")" -eq 1
stop_provd

rm -rf "$T/state"
in_ns client ip addr add 10.99.0.50/24 dev cli
dhcp_conf >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "an address behind a relay" client icmp
check "the log says so" logged "ev=dhcp.conflict ip=10.99.0.50 .*offers another one"
stop_provd

# Another server, heard on the clients' port alone.
in_ns other "$dnsmasq" -k -C /dev/null -p 0 -i oth -z -u root --no-ping --dhcp-authoritative \
    --log-facility=- -x "$T/dnsmasq.pid" -l "$T/dnsmasq.leases" \
    --dhcp-range=192.168.10.200,192.168.10.220,1h >"$T/dnsmasq.log" 2>&1 &
wait_for 10 grep -q started "$T/dnsmasq.log" || die "dnsmasq did not start"
real=$PROVD
cat >"$T/noraw" <<END
#!/bin/sh
exec setpriv --bounding-set -net_raw --inh-caps -net_raw "$real" "\$@"
END
chmod +x "$T/noraw"
dhcp_conf | sed 's/probe-time: 0/probe-time: 1s/' >"$T/probe.yaml"
PROVD=$T/noraw
start_provd "$T/probe.yaml"
PROVD=$real
check "without raw sockets another server is heard" wait_for 5 \
    logged "ev=dhcp.other-server .*server=192.168.10.9 .*answers nobody"
stop_provd

# A boot is one, though the machine asks at two ports.
rm -rf "$T/state"
mkdir -p "$T/tree/distributions" "$T/tree/boot"
echo kernel | tee "$T/tree/boot/vmlinuz" >"$T/tree/boot/initrd.img"
echo data >"$T/file"
for s in base kernel; do
	tar -cJf "$T/tree/distributions/$s.txz" -C "$T" file
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$T/tree/distributions/$s.txz" | cut -d' ' -f1)" $s $s
done >"$T/tree/distributions/MANIFEST"
cat >"$T/proxy.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
nfs: { enabled: no }
profiles: [ $TOP/profiles/debian.yaml ]
trees: { debian: { path: $T/tree } }
dhcp: { mode: proxy }
hosts: { h1: { mac: "52:54:00:12:34:56", profile: debian } }
END
cat >"$T/boots" <<END
#!/bin/sh
"${PROVD%/*}/provctl" -s "$T/provd.sock" --json show h1 | grep -q '"attempts":'"\$1[,}]"
END
chmod +x "$T/boots"
start_provd "$T/proxy.yaml"
check "the host is armed" ctl arm h1 -y
check "it boots" client boot 100
check "which was one attempt" wait_for 5 "$T/boots" 1
ctl show h1
check "its history has the address" grep -q "takes 192.168.10.2 from the server 192.168.10.9" "$T/ctl"
sleep 6
check "it boots again" client boot 300
check "which was the second" wait_for 5 "$T/boots" 2
check "a ROM that joins no two offers" client unheeded
unheeded() {
	ctl show h1 && grep -q 'takes no address: .*next-server and filename' "$T/ctl"
}
check "is found out, and what helps is said" wait_for 5 unheeded
