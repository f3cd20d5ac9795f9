#!/bin/sh
# A running site moves from dhcpd to provd: the leases that dhcpd gave are carried
# over, their machines keep their addresses, and nobody else gets one of them.
# shellcheck source-path=SCRIPTDIR
PEERS="isc-dhcp-server dnsmasq-base udhcpc"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
dhcpd=$(peer isc-dhcp-server dhcpd) || skip "no dhcpd"
dnsmasq=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
: "${PROVD:=$BUILD/provd}"
provctl=${PROVD%/*}/provctl
ns_setup
cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$ip" >"$T/bound"
END
chmod +x "$T/script"
# lease MAC [ARG...]: the address that this machine gets
lease() {
	set_mac "$1"
	shift
	rm -f "$T/bound"
	in_client "$udhcpc" -f -q -n -i cli -s "$T/script" -t 3 -T 2 "$@" >"$T/udhcpc" 2>&1
	cat "$T/bound" 2>/dev/null
}

cat >"$T/dhcpd.conf" <<END
default-lease-time 3600;
authoritative;
ping-check false;
subnet 192.168.10.0 netmask 255.255.255.0 { range 192.168.10.100 192.168.10.119; }
END
: >"$T/dhcpd.leases"
chmod 777 "$T"
"$dhcpd" -4 -f -q -cf "$T/dhcpd.conf" -lf "$T/dhcpd.leases" -pf "$T/dhcpd.pid" --no-pid srv >"$T/dhcpd.log" 2>&1 &
_dhcpd=$!
a1=$(lease 02:00:00:00:02:01)
a2=$(lease 02:00:00:00:02:02 -x hostname:second)
a3=$(lease 02:00:00:00:02:03)
echo "# dhcpd gave $a1, $a2, $a3"
check "dhcpd gave three addresses" test -n "$a1" -a -n "$a2" -a -n "$a3"
kill "$_dhcpd"
wait "$_dhcpd" 2>/dev/null
now=$(date +%s)
# What a journal has besides: what is over, what is not ours, what is no lease.
cat >>"$T/dhcpd.leases" <<END
lease 192.168.10.115 { ends 1 2001/01/01 00:00:00; binding state active; hardware ethernet 02:00:00:00:02:15; }
lease 192.168.10.116 { ends never; binding state free; hardware ethernet 02:00:00:00:02:16; }
lease 192.168.77.5 { ends epoch $((now + 900)); binding state active; hardware ethernet 02:00:00:00:02:77; }
lease 192.168.10.20 { ends never; binding state active; hardware ethernet 02:00:00:00:02:20; }
lease 192.168.10.105 { ends never; binding state active; hardware token-ring 02:00:00:00:02:05; }
END
dhcp_conf | sed 's/100-192.168.10.109/100-192.168.10.119/' >"$T/provd.yaml"
start_provd "$T/provd.yaml"
"$provctl" -s "$T/provd.sock" import --leases "$T/dhcpd.leases" >"$T/out" 2>"$T/err"
code=$?
sed 's/^/# /' "$T/out" "$T/err"
check "what could not be carried over makes it exit 4" test "$code" = 4
check "three leases are carried over" grep -q "^3 leases carried over, 2 refused, 1 had expired$" "$T/out"
check "what is outside of the networks is named" grep -q \
    "dhcpd.leases:[0-9]*: lease 192.168.77.5 of 02:00:00:00:02:77: it is in none of the networks" "$T/err"
check "and what is a host's" grep -q "lease 192.168.10.20 of .*: the address is host fixed's" "$T/err"
check "and what is no Ethernet machine's" grep -q "lease 192.168.10.105: is no Ethernet machine's" "$T/err"
check "provctl leases shows them" sh -c "'$provctl' -s '$T/provd.sock' leases | grep -q '^$a2 .*bound .*second'"
"$provctl" -s "$T/provd.sock" import --leases "$T/dhcpd.leases" >"$T/out" 2>/dev/null
check "it can be done again" grep -q "^3 leases carried over" "$T/out"
kill_provd
start_provd "$T/provd.yaml"
check "they are on disk" sh -c "'$provctl' -s '$T/provd.sock' leases | grep -q '^$a1 .*bound'"
check "a machine keeps its address" test "$(lease 02:00:00:00:02:02)" = "$a2"
check "a stranger who asks for another's gets a different one" \
    test "$(lease 02:00:00:00:02:99 -r "$a1")" != "$a1"
refuse "whose lease stays" sh -c "'$provctl' -s '$T/provd.sock' leases | grep -q '^$a1 .*02:00:00:00:02:99'"
stop_provd

# The same from dnsmasq.
"$dnsmasq" -k -C /dev/null -p 0 -i srv -z -u root --no-ping --dhcp-authoritative --log-facility=- \
    -x "$T/dnsmasq.pid" -l "$T/dnsmasq.leases" --dhcp-range=192.168.10.100,192.168.10.119,1h >"$T/dnsmasq.log" 2>&1 &
_dnsmasq=$!
wait_for 10 grep -q started "$T/dnsmasq.log"
b1=$(lease 02:00:00:00:02:31)
echo "# dnsmasq gave $b1"
kill "$_dnsmasq"
wait "$_dnsmasq" 2>/dev/null
rm -rf "$T/state"
start_provd "$T/provd.yaml"
"$provctl" -s "$T/provd.sock" import --leases "$T/dnsmasq.leases" >"$T/out" 2>&1
sed 's/^/# /' "$T/out"
check "dnsmasq's are carried over" grep -q "^1 leases carried over$" "$T/out"
check "and kept" test "$(lease 02:00:00:00:02:31)" = "$b1"
