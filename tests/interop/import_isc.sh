#!/bin/sh
# What a dhcpd tells its clients, and what provd tells them with the imported
# configuration: the same, option for option, to machines of many kinds.
PEERS="isc-dhcp-server"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
ns_setup
dhcpd=$(peer isc-dhcp-server dhcpd) || skip "no dhcpd"
PROVCTL=${PROVCTL:-$(dirname "${PROVD:-$BUILD/provd}")/provctl}
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"

ip addr flush dev srv
ip addr add 192.168.10.105/24 dev srv

# ask_dhcpd CONF OUT: Debian's dhcpd, as its unit would start it
ask_dhcpd() {
	: >"$T/dhcpd.leases"
	"$dhcpd" -4 -f -q -cf "$1" -lf "$T/dhcpd.leases" -pf "$T/dhcpd.pid" \
	    --no-pid srv >"$T/dhcpd.log" 2>&1 &
	_dhcpd=$!
	if wait_for 10 grep -q "Server starting service" "$T/dhcpd.log"; then :; else sleep 1; fi
	in_client python3 "$TOP/tests/interop/import_ask.py" ask 192.168.10.105 "$2"
	kill "$_dhcpd"
	wait "$_dhcpd" || :
}

# ask_provd OUT FILE...: the files imported, and served
ask_provd() {
	_out=$1
	shift
	"$PROVCTL" import --interface srv "$@" >"$T/provd.yaml" 2>"$T/report"
	_code=$?
	sed 's/^/# /' "$T/report"
	[ $_code -eq 0 ] || [ $_code -eq 4 ] || fail "provctl import: exit code $_code"
	# What a test needs is none of the import's.
	cat >>"$T/provd.yaml" <<-END
	state: $T/state
	socket: $T/provd.sock
	user: root
	END
	sed -i 's/^dhcp:$/dhcp:\n  probe-time: 0/' "$T/provd.yaml"
	start_provd "$T/provd.yaml"
	in_client python3 "$TOP/tests/interop/import_ask.py" ask 192.168.10.105 "$_out"
	stop_provd
	rm -rf "$T/state"
}

same() {
	check "$1: provd says what dhcpd says" python3 "$TOP/tests/interop/import_ask.py" same \
	    "$T/$1.isc" "$T/$1.provd" 192.168.10.105
	check "$1: dhcpd did answer" grep -q "ack yiaddr" "$T/$1.isc"
}

# The server of 2006: three files make one configuration.
mkdir -p /run/tftpboot/boot
echo loader >/run/tftpboot/boot/pxeboot
G=$TOP/tests/golden/import/seed
for f in dhcpd.conf exports inetd.conf; do
	sed 's|/usr/tftpboot|/run/tftpboot|' "$G/$f" >"$T/$f"
done
# dhcpd's max-lease-time is a day if nobody says otherwise, whatever the default is.
sed '1i max-lease-time -1;' "$T/dhcpd.conf" >"$T/dhcpd.day"
ask_dhcpd "$T/dhcpd.day" "$T/seed.isc"
ask_provd "$T/seed.provd" "$T/dhcpd.conf" "$T/exports" "$T/inetd.conf"
same seed

cat >"$T/dhcpd.conf" <<'END'
authoritative;
option rack-id code 224 = text;
option weights code 225 = array of unsigned integer 16;
option pair code 226 = { unsigned integer 8, ip-address };
option fine code 227 = boolean;
option blob code 228 = string;
option architecture code 93 = unsigned integer 16;
option loader-configfile code 209 = text;
option domain-name "example.org";
option domain-search "example.org", "lab.example.org";
option domain-name-servers 10.0.0.2, 10.0.0.3;
option time-offset -18000;
option static-routes 10.8.0.0 10.0.0.1, 10.9.0.0 10.0.0.1;
option netbios-name-servers 10.0.0.8;
option interface-mtu 1400;
option broadcast-address 192.168.10.255;
option weights 1, 2, 48;
option pair 7 10.0.0.9;
option fine true;
option blob "bytes";
option rack-id "top";
server-identifier 192.168.10.105;
default-lease-time 7200;
class "pxe" {
	match if substring (option vendor-class-identifier, 0, 9) = "PXEClient";
	next-server 192.168.10.7;
	if exists user-class and option user-class = "iPXE" {
		filename "http://192.168.10.7/boot.ipxe";
	} elsif option architecture = 00:07 or option architecture = 00:09 {
		filename "ipxe.efi";
	} else {
		filename "undionly.kpxe";
	}
}
class "phone" {
	match if substring (option vendor-class-identifier, 0, 7) = "Polycom";
	option tftp-server-name "192.168.10.8";
}
class "lab" {
	match if option user-class = "lab";
	option rack-id "lab";
}
class "macs" { match hardware; }
subclass "macs" 1:02:00:00:00:00:03 { option rack-id "by mac"; }
subnet 192.168.10.0 netmask 255.255.255.0 {
	option routers 192.168.10.1;
	pool {
		deny members of "phone";
		range 192.168.10.100 192.168.10.120;
	}
	pool {
		allow members of "phone";
		range 192.168.10.200 192.168.10.210;
		option ntp-servers 192.168.10.9;
	}
}
group {
	option loader-configfile "group.cfg";
	option root-path "192.168.10.7:/usr/tftpboot";
	next-server 192.168.10.6;
	host one { hardware ethernet 02:00:00:00:00:01; fixed-address 192.168.10.11; option host-name "one"; }
	host two { hardware ethernet 02:00:00:00:00:02; fixed-address 192.168.10.12; option host-name "two";
		filename "two.0"; default-lease-time 600; }
}
END
ask_dhcpd "$T/dhcpd.conf" "$T/classes.isc"
ask_provd "$T/classes.provd" "$T/dhcpd.conf"
same classes
