#!/bin/sh
# dhclient, and the script that Debian runs with it: a lease, the same again
# after a reboot, its release, a NAK on the wrong network, a DECLINE.
PEERS="isc-dhcp-client"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
ns_setup
dhcp_conf >"$T/provd.yaml"
start_provd "$T/provd.yaml"
dhclient=$(peer isc-dhcp-client dhclient) || skip "no dhclient"
script=$(peer isc-dhcp-client dhclient-script) || skip "no dhclient-script"

# run_dhclient [ARG...]: one attempt, to the first lease
# shellcheck disable=SC2120
run_dhclient() {
	in_client timeout 60 "$dhclient" -4 -1 -v -sf "$script" -lf "$T/leases" \
	    -pf "$T/pid" "$@" cli >>"$T/dhclient.log" 2>&1
}

# It stays as a daemon; ended without a word, as by a power cut.
end_dhclient() {
	[ ! -s "$T/pid" ] || kill -9 "$(cat "$T/pid")" 2>/dev/null
	rm -f "$T/pid"
	flush
}

check "gets a lease" run_dhclient
first=$(addr_of)
case $first in
192.168.10.10[0-9]) pass "from the range: $first" ;;
*) fail "an address of the range, not '$first'" ;;
esac
check "with the router" grep -q "option routers 192.168.10.254;" "$T/leases"
check "with both name servers" \
    grep -q "option domain-name-servers 192.168.10.253,192.168.10.252;" "$T/leases"
check "with the lease time" grep -q "option dhcp-lease-time 7200;" "$T/leases"
check "its script has written resolv.conf" \
    in_client grep -q "nameserver 192.168.10.253" /etc/resolv.conf
in_client ip route >"$T/route"
check "the default route is set" grep -q "default via 192.168.10.254" "$T/route"

end_dhclient
check "asks for the same address after a reboot (INIT-REBOOT)" run_dhclient
check "and has it" has "$first"
check "which was no new offer" logged "it has this address already"

check "releases it" run_dhclient -r
check "and the server knows" wait_for 5 logged "dhcp.release .*it gave its address back"
rm -f "$T/leases"
flush
check "asks as if for the first time" run_dhclient
check "and gets its old address" has "$first"

# A machine that was carried here from another network.
end_dhclient
sed -i "s/fixed-address .*/fixed-address 172.16.5.5;/" "$T/leases"
check "comes from another network" run_dhclient
check "is told so (NAK)" logged "REQUEST -> NAK: the address belongs to another network"
check "and gets an address of this one" has "$first"

# A script that finds the address in use says so by its exit code.
end_dhclient
rm -f "$T/leases"
cat >"$T/in-use" <<END
#!/bin/sh
[ "\$reason" = BOUND ] && [ "\$new_ip_address" = "$first" ] && exit 1
exec "$script" "\$@"
END
chmod +x "$T/in-use"
normal=$script
script=$T/in-use
refuse "declines an address that is in use" run_dhclient
script=$normal
check "the server notes it" wait_for 5 logged "dhcp.decline .*is not given for a while"
check "asks again" run_dhclient
case $(addr_of) in
"$first" | "") fail "and gets another address, not '$(addr_of)'" ;;
*) pass "and gets another address: $(addr_of)" ;;
esac

end_dhclient
rm -f "$T/leases"
set_mac 02:00:00:00:00:20
check "a host with a fixed address" run_dhclient
check "gets that one" has 192.168.10.20
check "and its name" grep -q 'option host-name "fixed.example.org";' "$T/leases"
end_dhclient
