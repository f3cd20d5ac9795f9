#!/bin/sh
# Pools and classes behind ISC's relay agent: who gets which address and which
# options, by known and unknown, vendor class, user class, architecture, hardware
# address, network and relay port; with udhcpc and dhclient.
# shellcheck disable=SC2034,SC2154
PEERS="isc-dhcp-relay isc-dhcp-client udhcpc"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
RELAY=$(peer isc-dhcp-relay dhcrelay) || skip "no dhcrelay"
UDHCPC=$(peer udhcpc udhcpc) || skip "no udhcpc"
DHCLIENT=$(peer isc-dhcp-client dhclient) || skip "no dhclient"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl

# provd (srv, 192.168.10.1) - relay (rsrv .2; ports a, b, c) - client (cli-a, cli-b, cli-c)
ns_add relay
ns_link relay srv rsrv
ip addr add 192.168.10.1/24 dev srv
in_ns relay ip addr add 192.168.10.2/24 dev rsrv
in_ns relay sysctl -qw net.ipv4.ip_forward=1
ns_add client
net=90
for p in a b c; do
	in_ns relay ip link add "port-$p" type veth peer name "cli-$p" netns "$_ns_client"
	in_ns relay ip link set "port-$p" up
	in_ns relay ip addr add "10.$net.0.1/24" dev "port-$p"
	ip route add "10.$net.0.0/24" via 192.168.10.2
	in_client ip link set "cli-$p" up
	net=$((net + 1))
done
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
  options: { default-lease-time: 2h, domain-name: all.example, ntp-servers: 192.168.10.7 }
  classes:
    phone: { vendor-class: ACME-Phone, options: { domain-name: phone.example } }
    uefi: { arch: [7, 9], options: { filename: uefi.efi } }
    lab: { user-class: lab, options: { domain-name: lab.example } }
    virtual: { mac-prefix: "00:50:56" }
    port-b: { circuit-id: port-b, options: { domain-name: b.example } }
    net-a: { subnet: 10.90.0.0/24, options: { routers: 10.90.0.1 } }
  subnets:
    - subnet: 192.168.10.0/24
    - subnet: 10.90.0.0/24
      pools:
        - { range: 10.90.0.10-10.90.0.19, allow: known }
        - { range: 10.90.0.20-10.90.0.29, allow: phone, options: { ntp-servers: 10.90.0.7, default-lease-time: 5m } }
        - { range: 10.90.0.30-10.90.0.39, allow: [uefi, lab] }
        - { range: 10.90.0.40-10.90.0.49, allow: virtual, deny: lab }
        - { range: 10.90.0.100-10.90.0.101, deny: [known, phone, uefi, lab, virtual] }
    - subnet: 10.91.0.0/24
      pools:
        - { range: 10.91.0.10-10.91.0.19, allow: port-b }
hosts:
  web1: { mac: 02:00:00:00:04:01 }
  byid: { client-id: "0x00646220313337", address: 10.90.0.200 }
END
start_provd "$T/provd.yaml"
in_ns relay "$RELAY" -4 -d -a -i port-a -i port-b -i port-c -i rsrv 192.168.10.1 >"$T/relay.log" 2>&1 &
_relay=$!
relaying() { grep -q "Sending on.*port-c" "$T/relay.log"; }
wait_for 10 relaying || { sed 's/^/# /' "$T/relay.log"; die "the relay did not start"; }

cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$ip ntp=\$ntpsrv domain=\$domain router=\$router file=\${bootfile:-\$boot_file} lease=\$lease" >"$T/bound"
END
chmod +x "$T/script"
mac() {
	in_client ip link set "$1" down
	in_client ip link set "$1" address "$2"
	in_client ip link set "$1" up
}
# lease PORT MAC [ARG...]: one line of what udhcpc got, or nothing
lease() {
	_port=cli-$1
	mac "$_port" "$2"
	shift 2
	rm -f "$T/bound"
	in_client "$UDHCPC" -f -q -n -i "$_port" -s "$T/script" -t 2 -T 2 -O ntpsrv -O bootfile "$@" >"$T/udhcpc" 2>&1
	cat "$T/bound" 2>/dev/null
}
# gets WHAT PATTERN PORT MAC [ARG...]
gets() {
	_what=$1 _want=$2
	shift 2
	_got=$(lease "$@")
	# shellcheck disable=SC2254
	case $_got in
	$_want) pass "$_what: $_got" ;;
	*) fail "$_what: wanted $_want, got $_got" ;;
	esac
}
why() { grep -q "mac=$1 .*$2" "$T/provd.log"; }

gets "a host of the file has the pool of known ones" "10.90.0.1[0-9] ntp=192.168.10.7 domain=all.example router=10.90.0.1 *" a 02:00:00:00:04:01
gets "a phone has its own, with the pool's options" "10.90.0.2[0-9] ntp=10.90.0.7 domain=phone.example *lease=300" a 02:00:00:00:04:02 -V ACME-Phone-9
gets "UEFI by its architecture" "10.90.0.3[0-9] *domain=all.example*file=uefi.efi *" a 02:00:00:00:04:03 -x 0x5d:0007
gets "a user class" "10.90.0.3[0-9] *domain=lab.example *" a 02:00:00:00:04:04 -x 0x4d:6c6162
gets "an Ethernet prefix" "10.90.0.4[0-9] *" a 00:50:56:00:04:05
gets "which a denied class takes away again" "10.90.0.3[0-9] *" a 00:50:56:00:04:06 -x 0x4d:6c6162
gets "all others" "10.90.0.10[01] *" a 02:00:00:00:04:07
gets "while there are addresses" "10.90.0.10[01] *" a 02:00:00:00:04:08
gets "and nobody gets another class's" "" a 02:00:00:00:04:09
check "why is said" why 02:00:00:00:04:09 "silence"
gets "a client identifier makes a host of a machine" "10.90.0.200 *" a 02:00:00:00:04:10 -x 0x3d:00646220313337
check "known by it" grep -q "mac=02:00:00:00:04:10 host=byid" "$T/provd.log"
"$PROVCTL" -s "$T/provd.sock" explain 02:00:00:00:04:10 >"$T/explain" 2>&1
check "explain knows where it was, and by what it is known" sh -c "grep -q 'behind a relay' '$T/explain' &&
    grep -q 'its relay says: .*port-a' '$T/explain' && grep -q 'host byid, known by its client-id' '$T/explain' &&
    grep -q 'OFFER 10.90.0.200 .*fixed address' '$T/explain'"
"$PROVCTL" -s "$T/provd.sock" explain byid >"$T/explain" 2>&1
check "or asks for the machine's address" grep -q "host byid has no mac" "$T/explain"
gets "the relay's port is a class" "10.91.0.1[0-9] *domain=b.example *" b 02:00:00:00:04:11
"$PROVCTL" -s "$T/provd.sock" explain 02:00:00:00:04:11 >"$T/explain" 2>&1
check "which explain shows" grep -q "classes: port-b" "$T/explain"
gets "a relay of a network that is not served gets no answer" "" c 02:00:00:00:04:12
check "and the log says of which" grep -q "mac=02:00:00:00:04:12 .*silence" "$T/provd.log"
grep "mac=02:00:00:00:04:12" "$T/provd.log" | head -n 1 | sed 's/^/# /'

# dhclient, which says who it is by its configuration
cat >"$T/dhclient.conf" <<'END'
send vendor-class-identifier "ACME-Phone-1";
request routers, domain-name, ntp-servers;
END
mac cli-a 02:00:00:00:04:21
run() { "$@" >"$T/out" 2>&1; }
check "dhclient" run in_client timeout 30 "$DHCLIENT" -1 -v -cf "$T/dhclient.conf" -lf "$T/lf" -pf "$T/pf" -sf /bin/true cli-a
[ ! -s "$T/pf" ] || kill "$(cat "$T/pf")"
check "is a phone, too" grep -q "fixed-address 10.90.0.2[0-9]" "$T/lf"
check "with a phone's options" sh -c "grep -q 'domain-name \"phone.example\"' '$T/lf' && grep -q 'ntp-servers 10.90.0.7' '$T/lf'"

# What is out of the ranges after a reload is not given again, nor taken away.
a=$(lease a 02:00:00:00:04:07 | cut -d' ' -f1)
sed -i 's/10.90.0.100-10.90.0.101/10.90.0.110-10.90.0.119/' "$T/provd.yaml"
check "ranges change" "$PROVCTL" -s "$T/provd.sock" reload
check "the lease outside of them is shown" sh -c "'$PROVCTL' -s '$T/provd.sock' leases | grep -q '^$a .*bound'"
gets "its machine moves into them when it boots" "10.90.0.11[0-9] *" a 02:00:00:00:04:07 -r "$a"
kill "$_relay"

# A stranger's port does not make it a host.
sed -i 's/mode: authoritative/mode: reservation/' "$T/provd.yaml"
check "the mode changes" "$PROVCTL" -s "$T/provd.sock" reload
in_ns relay "$RELAY" -4 -d -a -i port-a -i rsrv 192.168.10.1 >"$T/relay2.log" 2>&1 &
wait_for 10 grep -q "Sending on.*port-a" "$T/relay2.log"
gets "in mode reservation a stranger is not answered, relay or not" "" a 02:00:00:00:04:30
check "as explain says" sh -c "'$PROVCTL' -s '$T/provd.sock' explain 02:00:00:00:04:30 | grep -q 'silence'"
