#!/bin/sh
# When an installation has ended, the host's reservation goes to the network's
# own DHCP server: Debian's dhcpd over OMAPI, Debian's Kea over its control
# socket.  udhcpc then gets the address from that server.
PEERS="isc-dhcp-server kea-dhcp4-server udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"
dhcpd=$(peer isc-dhcp-server dhcpd) || skip "no dhcpd"
omshell=$(peer isc-dhcp-server omshell) || skip "no omshell"
kea=$(peer kea-dhcp4-server kea-dhcp4) || skip "no kea-dhcp4"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
S=192.168.10.1
SECRET=c2VjcmV0LW9mLXRoZS1vdGhlci1zZXJ2ZXI=

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
in_client ip link set cli down
in_client ip link set cli address 02:00:00:00:00:77
in_client ip link set cli up
mkdir -p "$T/debian/boot" "$T/debian/distributions" "$T/x"
echo kernel >"$T/debian/boot/vmlinuz"
echo initrd >"$T/debian/boot/initrd.img"
for s in base kernel; do
	tar -cJf "$T/debian/distributions/$s.txz" -C "$T" x
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$T/debian/distributions/$s.txz" | cut -d' ' -f1)" $s $s
done >"$T/debian/distributions/MANIFEST"

# conf ADDRESS HANDOVER: DHCP on another port, for the other server has 67
conf() {
	cat >"$T/provd.yaml" <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	tftp: { enabled: no }
	dhcp: { port: 1067 }
	profiles: [ $TOP/profiles/debian.yaml ]
	trees:
	  debian: { path: $T/debian }
	hosts:
	  web1: { mac: ["02:00:00:00:00:77", "02:00:00:00:00:78"], address: $1, profile: debian }
	handover: $2
	END
}
ctl() { "$PROVCTL" -s "$T/provd.sock" "$@"; }
shows() { ctl show web1 | grep -q -- "$1"; }
newest() { ctl show web1 | grep "handed over" | tail -n 1; }
newest_is() { newest | grep -q -- "$1"; }

_claim=10
install() {
	ctl arm web1 -y >/dev/null || { fail "web1 is armed"; return; }
	TOKEN=$(ctl explain web1 | sed -n 's|.*\.provd/\([0-9a-f]\{32\}\)/.*|\1|p' | head -n 1)
	_claim=$((_claim + 1))
	for step in "claim $_claim go" "report 9-finish-done"; do
		# shellcheck disable=SC2086
		in_client python3 "$TOP/tests/interop/nfs_install.py" v3tcp $S "$TOKEN" \
		    "$T/debian" $step >/dev/null || fail "$step"
	done
}

cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || env >"$T/env"
END
chmod +x "$T/script"
lease_is() {
	rm -f "$T/env"
	in_client timeout 30 "$udhcpc" -f -q -n -i cli -s "$T/script" -t 6 -T 2 >"$T/udhcpc.log" 2>&1
	grep -qx "ip=$1" "$T/env" && grep -qx "hostname=web1" "$T/env"
}
no_file() { ! grep -q "^boot_file=." "$T/env"; }

# dhcpd ----------------------------------------------------------------------------

isc_conf() {
	cat >"$T/dhcpd.conf" <<-END
	authoritative;
	omapi-port 7911;
	key provd { algorithm $1; secret "$SECRET"; };
	omapi-key provd;
	subnet 192.168.10.0 netmask 255.255.255.0 {
	  range 192.168.10.100 192.168.10.110;
	  filename "pxelinux.0";
	  next-server 192.168.10.1;
	}
	$2
	END
}
start_isc() {
	touch "$T/dhcpd.leases"
	"$dhcpd" -4 -f -q -cf "$T/dhcpd.conf" -lf "$T/dhcpd.leases" --no-pid srv \
	    >"$T/dhcpd.log" 2>&1 &
	_other=$!
	wait_for 10 sh -c 'ss -Hltn "sport = :7911" | grep -q .' || fail "dhcpd listens"
}
stop_other() {
	kill "$_other"
	wait "$_other" 2>/dev/null || :
}
look() {
	"$omshell" <<-END 2>&1
	server 127.0.0.1
	key-algorithm $1
	key provd $SECRET
	connect
	new host
	set hardware-address = 02:00:00:00:00:77
	open
	END
}
seen() { look "$1" | grep -q "$2"; }

echo "$SECRET" >"$T/key"
isc="{ server: 127.0.0.1, key-name: provd, key-file: $T/key"
isc_conf hmac-md5 ""
start_isc
conf 192.168.10.77 "{ isc: $isc } }"
start_provd "$T/provd.yaml"
install
check "dhcpd is told" wait_for 20 newest_is "handed over to dhcpd at 127.0.0.1: created"
check "omshell sees the address" seen hmac-md5 "ip-address = c0:a8:0a:4d"
check "the second MAC is there" grep -q "host web1-2" "$T/dhcpd.leases"
check "the host gets its address from dhcpd" lease_is 192.168.10.77
check "and nothing to boot" no_file

conf 192.168.10.88 "{ isc: $isc } }"
check "another address" ctl reload
install
check "is told too" wait_for 20 newest_is "handed over to dhcpd at 127.0.0.1: updated"
check "omshell sees it" seen hmac-md5 "ip-address = c0:a8:0a:58"
check "so does the host" lease_is 192.168.10.88

# Not there, then provd dies; both come back.
stop_other
conf 192.168.10.99 "{ isc: $isc } }"
check "a third address, and no dhcpd" ctl reload
install
check "the timeline tells" wait_for 20 newest_is "not handed over to dhcpd.*refused"
kill_provd
start_isc
start_provd "$T/provd.yaml"
check "after kill -9 it is told all the same" wait_for 20 newest_is "handed over to dhcpd at 127.0.0.1: updated"
check "omshell sees it" seen hmac-md5 "ip-address = c0:a8:0a:63"
stop_other

# A key of the other kind, a wrong one, and a host that dhcpd.conf has already.
rm -f "$T/dhcpd.leases"
isc_conf hmac-sha256 'host old { hardware ethernet 02:00:00:00:00:77; fixed-address 192.168.10.60; }'
start_isc
install
check "a key that dhcpd does not know is named" wait_for 20 newest_is 'key "provd" (hmac-md5) is unknown'
conf 192.168.10.99 "{ isc: $isc, key-algorithm: hmac-sha256 } }"
check "the right algorithm" ctl reload
check "is told at once" wait_for 20 newest_is "handed over to dhcpd at 127.0.0.1: updated"
check "the host of dhcpd.conf has the new address" seen hmac-sha256 "ip-address = c0:a8:0a:63"
check "and is the only one with its MAC" seen hmac-sha256 'name = "old"'
echo "AAAA" >"$T/key"
check "a wrong secret" ctl reload
install
check "is named" wait_for 20 newest_is "the secret in key-file"
stop_other
stop_provd

# Kea ------------------------------------------------------------------------------------

cat >"$T/kea.conf" <<END
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "srv" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "$T/kea.sock" },
  "lease-database": { "type": "memfile", "persist": false },
  "subnet4": [ { "subnet": "192.168.10.0/24", "id": 1,
    "pools": [ { "pool": "192.168.10.100 - 192.168.10.110" } ],
    "boot-file-name": "pxelinux.0", "next-server": "192.168.10.1",
    "reservations": [ { "hw-address": "02:00:00:00:00:05", "ip-address": "192.168.10.5" } ] } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO",
    "output_options": [ { "output": "stdout" } ] } ] } }
END
start_kea() {
	KEA_PIDFILE_DIR=$T KEA_LOCKFILE_DIR=$T "$kea" -c "$T/kea.conf" >"$T/kea.log" 2>&1 &
	_other=$!
	wait_for 20 test -S "$T/kea.sock" || { fail "Kea listens"; tail -n 5 "$T/kea.log" | sed 's/^/# /'; }
}
kea_has() {
	python3 - "$T/kea.sock" "$1" <<-'END'
	import json, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.send(b'{"command": "config-get"}')
	data = b""
	while chunk := s.recv(65536):
	    data += chunk
	conf = json.loads(data)["arguments"]["Dhcp4"]
	got = {r["hw-address"]: r.get("ip-address") for r in conf["subnet4"][0]["reservations"]}
	print("#", got)
	assert len(conf["subnet4"][0]["reservations"]) == len(got) == 3, "one of each"
	assert got["02:00:00:00:00:77"] == sys.argv[2] and got["02:00:00:00:00:05"] == "192.168.10.5"
	END
}

start_kea
conf 192.168.10.77 "{ kea: { socket: $T/kea.sock, write: yes } }"
start_provd "$T/provd.yaml"
check "Kea is told of what dhcpd was not" wait_for 20 newest_is "handed over to Kea at .*: created"
check "and has it" kea_has 192.168.10.77
check "in its file too" grep -q "02:00:00:00:00:77" "$T/kea.conf"
check "the host gets its address from Kea" lease_is 192.168.10.77
conf 192.168.10.88 "{ kea: { socket: $T/kea.sock, write: yes } }"
check "another address" ctl reload
install
check "is told too" wait_for 20 newest_is "handed over to Kea at .*: updated"
check "and is there" kea_has 192.168.10.88
check "the host has it" lease_is 192.168.10.88
conf 192.168.10.5 "{ kea: { socket: $T/kea.sock, write: yes } }"
check "an address that is another's" ctl reload
install
check "is refused with Kea's own words" wait_for 20 newest_is "not handed over to Kea.*Kea says:"
check "and Kea is as it was" kea_has 192.168.10.88
conf 10.9.9.9 "{ kea: { socket: $T/kea.sock } }"
check "an address of no subnet" ctl reload
install
check "is named" wait_for 20 newest_is "10.9.9.9 is in none of Kea's subnets"
stop_other
rm -f "$T/kea.sock"
