#!/bin/sh
# Other servers on the segment: one that answers the probe, and goes; one that
# comes later; and addresses that somebody uses without asking.
PEERS="isc-dhcp-server dnsmasq-base udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
wire_setup
dhcpd=$(peer isc-dhcp-server dhcpd) || skip "no dhcpd"
dnsmasq=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
: "${PROVD:=$BUILD/provd}"
ctl() { "${PROVD%/*}/provctl" -s "$T/provd.sock" "$@" >"$T/ctl"; }
shown() { ctl "$1" && grep -q -- "$2" "$T/ctl"; }
in_show() { ctl show fixed && grep -q -- "$1" "$T/ctl"; }

# The script of a client that keeps what it was told.
cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || { echo "\$ip \$serverid" >"$T/bound"; ip addr flush dev cli; }
END
chmod +x "$T/script"
# ask MAC [ARG]: DISCOVER to lease, three attempts
ask() {
	rm -f "$T/bound"
	set_mac "$1"
	in_client "$udhcpc" -f -q -n -i cli -s "$T/script" -t 3 -T 2 ${2:-} \
	    >>"$T/udhcpc.log" 2>&1
}
got() { [ "$(cat "$T/bound" 2>/dev/null)" = "$1" ]; }
from() { [ "$(cut -d' ' -f2 "$T/bound")" = "$1" ]; }

# One that is there before us ------------------------------------------------
cat >"$T/dhcpd.conf" <<END
authoritative;
ping-check off;
subnet 192.168.10.0 netmask 255.255.255.0 { range 192.168.10.200 192.168.10.220; }
END
: >"$T/dhcpd.leases"
in_ns other "$dhcpd" -4 -f -d -user root -group root -cf "$T/dhcpd.conf" \
    -lf "$T/dhcpd.leases" -pf "$T/dhcpd.pid" oth >"$T/dhcpd.log" 2>&1 &
_dhcpd=$!
listens() { grep -q "Listening on" "$T/dhcpd.log"; }
wait_for 10 listens || die "dhcpd did not start"
mac=$(in_ns other ip -o link show oth | sed 's/.*ether \([^ ]*\) .*/\1/')

dhcp_conf | sed 's/probe-time: 0/probe-time: 2s/' >"$T/probe.yaml"
start_provd "$T/probe.yaml"
check "the other server answers our probe" wait_for 10 \
    logged "ev=dhcp.other-server .*server=192.168.10.9 mac=$mac .*answers nobody"
check "a client is left to it" ask 02:00:00:00:03:01
check "wholly" from 192.168.10.9
check "the log says what it would have got" \
    logged "DISCOVER -> OFFER 192.168.10.10.*not done: another server answers"
check "status: observe is in force" \
    shown status "192.168.10.0/24 .*authoritative .*observe .*another server answers"
check "and who it is" shown status "192.168.10.9 .*$mac .*srv "

check "a host asks, and the other answers" ask 02:00:00:00:00:20 -B
check "which its history tells, as all hear the answer" wait_for 5 \
    in_show "offered 192.168.10.2[0-9]* by another server 192.168.10.9"
check "and the host's choice" in_show "takes 192.168.10.2[0-9]* from the server 192.168.10.9"
check "as it does that nothing was done" in_show "not done: another server"
refuse "its fixed address is nobody's by that" shown leases 192.168.10.20

kill "$(cat "$T/dhcpd.pid")"
wait "$_dhcpd"
check "a minute after it has gone we answer" wait_for 75 logged "has gone: clients are answered"
check "the client is served" ask 02:00:00:00:03:01
check "by us" from 192.168.10.1
stop_provd

# One that comes later; and one that is told to be there ----------------------
sed 's/probe-time: 2s/probe-time: 1s/' "$T/probe.yaml" >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "alone, it serves after the probe" wait_for 5 logged "no other server answers"
in_ns other "$dnsmasq" -k -C /dev/null -p 0 -i oth -z -u root --no-ping --dhcp-authoritative \
    --log-facility=- -x "$T/dnsmasq.pid" \
    -l "$T/dnsmasq.leases" --dhcp-range=192.168.10.200,192.168.10.220,1h \
    >"$T/dnsmasq.log" 2>&1 &
_dnsmasq=$!
wait_for 10 grep -q started "$T/dnsmasq.log" || die "dnsmasq did not start"
ask 02:00:00:00:03:02
check "a server that came later is shown" wait_for 5 \
    logged "ev=dhcp.foreign .*server=192.168.10.9 .*takes 192.168.10.2"
check "and does not stop us" logged "DISCOVER -> OFFER 192.168.10.*new-address"
stop_provd
sed 's/^  probe-time.*/&\n  other-servers: tolerate/' "$T/provd.yaml" >"$T/tolerate.yaml"
start_provd "$T/tolerate.yaml"
check "told to tolerate it we go on" wait_for 5 logged "dhcp.other-server .*goes on beside it"
check "status says both" \
    shown status "authoritative .*authoritative .*another server answers, too"
stop_provd

# observe: nothing leaves ------------------------------------------------------
dhcp_conf observe | sed 's/^interface/clients: any\n&/' >"$T/observe.yaml"
rm -rf "$T/state"
start_provd "$T/observe.yaml"
check "beside an observer the other server serves" ask 02:00:00:00:03:03
check "alone" from 192.168.10.9
check "what we would have said is told" \
    logged "mac=02:00:00:00:03:03 .*DISCOVER -> OFFER 192.168.10.10.*not done: mode observe"
check "a host is answered by it" ask 02:00:00:00:00:20
check "and its history tells both" wait_for 5 in_show "OFFER 192.168.10.20 .*not done: mode observe"
ctl --json leases
check "nothing was leased" grep -q '"leases":\[\]' "$T/ctl"
kill "$(cat "$T/dnsmasq.pid")"
wait "$_dnsmasq"
stop_provd

# Addresses that somebody uses -------------------------------------------------
rm -rf "$T/state"
in_ns other ip addr add 192.168.10.100/24 dev oth
in_ns other ip addr add 192.168.10.20/24 dev oth
dhcp_conf >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "the first address of the range is in use" ask 02:00:00:00:03:04
check "so the next one is given" got "192.168.10.101 192.168.10.1"
check "it is told who uses it" logged "ev=dhcp.conflict ip=192.168.10.100 used-by=$mac .*mac=02:00:00:00:03:04"
ctl leases
check "and not given to others for a while" grep -q "^192.168.10.100 .*declined" "$T/ctl"
stop_provd
start_provd "$T/provd.yaml"
check "another client" ask 02:00:00:00:03:05
check "is not asked to wait for it again" got "192.168.10.102 192.168.10.1"
check "found once" test "$(grep -c "ip=192.168.10.100 used-by" "$T/provd.log")" -eq 1
check "a host's fixed address is given all the same" ask 02:00:00:00:00:20
check "though it is in use" got "192.168.10.20 192.168.10.1"
check "which is shown" logged "ip=192.168.10.20 used-by=$mac .*it all the same"
check "in its history too" wait_for 5 in_show "192.168.10.20 is in use by $mac"
check "a client that has its address is not delayed" ask 02:00:00:00:03:04
check "and keeps it" got "192.168.10.101 192.168.10.1"
check "status counts" shown status "addresses found in use: 1"
