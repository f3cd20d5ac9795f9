#!/bin/sh
# busybox udhcpc: what its script is told; renewal by unicast (SIGUSR1),
# release (SIGUSR2); and a server that is killed and started again in between.
PEERS="udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
ns_setup
dhcp_conf >"$T/provd.yaml"
start_provd "$T/provd.yaml"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"

cat >"$T/script" <<END
#!/bin/sh
{ echo "event=\$1"; env; } >"$T/env.new"
mv "$T/env.new" "$T/env.\$1"
case \$1 in
bound | renew) ip addr flush dev cli; ip addr add "\$ip/\$mask" dev cli ;;
deconfig) ip addr flush dev cli ;;
esac
END
chmod +x "$T/script"
set_mac 02:00:00:00:01:01
in_client "$udhcpc" -f -i cli -s "$T/script" -x hostname:box -O rootpath \
    -p "$T/pid" -t 5 -T 1 >"$T/udhcpc.log" 2>&1 &
signal() { kill "-$1" "$(cat "$T/pid")"; }

came() { [ -e "$T/env.$1" ]; }
said() { grep -qx -- "$2" "$T/env.$1"; }
check "gets a lease" wait_for 15 came bound
first=$(sed -n 's/^ip=//p' "$T/env.bound")
case $first in
192.168.10.10[0-9]) pass "from the range: $first" ;;
*) fail "an address of the range, not '$first'" ;;
esac
check "mask" said bound "subnet=255.255.255.0"
check "router" said bound "router=192.168.10.254"
check "name servers" said bound "dns=192.168.10.253 192.168.10.252"
check "domain" said bound "domain=example.org"
check "lease time" said bound "lease=7200"
check "server identifier" said bound "serverid=192.168.10.1"

# RENEWING: sent from the address to the server's, and answered there.
signal USR1
check "renews" wait_for 10 came renew
check "the same address" said renew "ip=$first"
check "as its lease" logged "its lease is extended"

# What was acknowledged is on disk.
kill_provd
start_provd "$T/provd.yaml"
rm -f "$T/env.renew"
signal USR1
check "renews from a server that was killed and came again" wait_for 10 came renew
check "the same address again" said renew "ip=$first"

signal USR2
check "releases" wait_for 10 logged "it gave its address back"
rm -f "$T/env.bound"
signal USR1
check "asks for a new lease" wait_for 15 came bound
check "and gets its old address" said bound "ip=$first"
signal TERM

# The same machine in another guise: its client id is another one.
rm -f "$T/env.bound"
check "with another client id" in_client timeout 20 "$udhcpc" -f -q -n -i cli \
    -s "$T/script" -x 0x3d:ff00112233 -t 5 -T 1
check "the machine keeps its address" said bound "ip=$first"

rm -f "$T/env.bound"
check "with the broadcast flag" in_client timeout 20 "$udhcpc" -f -q -n -B -i cli \
    -s "$T/script" -t 5 -T 1
check "too" said bound "ip=$first"

# hosts only
stop_provd
dhcp_conf reservation >"$T/provd.yaml"
start_provd "$T/provd.yaml"
set_mac 02:00:00:00:01:02
refuse "a stranger gets nothing" in_client timeout 20 "$udhcpc" -f -q -n -i cli \
    -s "$T/script" -t 2 -T 1
set_mac 02:00:00:00:00:20
rm -f "$T/env.bound"
check "a host of the configuration gets its address" in_client timeout 20 \
    "$udhcpc" -f -q -n -i cli -s "$T/script" -t 5 -T 1
check "192.168.10.20" said bound "ip=192.168.10.20"
check "and its name" said bound "hostname=fixed.example.org"
