#!/bin/sh
# Interfaces go down and up, change their addresses, are removed and made anew: provd
# goes on without a restart, though it is root no longer; a second one is refused.
# shellcheck source-path=SCRIPTDIR
PEERS="udhcpc"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
: "${PROVD:=$BUILD/provd}"
provctl=${PROVD%/*}/provctl
ns_setup
user=root
[ "$(id -u)" -ne 0 ] || ! getent passwd nobody >/dev/null || user=nobody
mkdir "$T/s"
[ $user = root ] || chown nobody "$T/s"
chmod 755 "$T"
dhcp_conf | sed -e '/subnets:/,/routers/d' -e '/10.99.0.0/,/range/d' -e '/address:/d' -e "s#state:.*#state: $T/s/state#;s#user: root#user: $user#" >"$T/provd.yaml"
start_provd "$T/provd.yaml"
cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$ip from \$serverid" >"$T/bound"
END
chmod +x "$T/script"
lease() {
	rm -f "$T/bound"
	in_client "$udhcpc" -f -q -n -i cli -s "$T/script" -t 2 -T 1 >"$T/udhcpc" 2>&1
	cat "$T/bound" 2>/dev/null
}
is_from() { case $(lease) in *"from $1") ;; *) return 1 ;; esac; }
said() { grep -q "ev=dhcp.interface .*$1" "$T/provd.log"; }

check "an address" is_from 192.168.10.1
ip link set srv down
sleep 1
ip link set srv up
check "after the link was down" wait_for 10 is_from 192.168.10.1
ip addr add 192.168.77.1/24 dev srv
ip addr del 192.168.10.1/24 dev srv
check "the address of the interface changes" wait_for 10 said "address=192.168.77.1 was=192.168.10.1"
check "and so does what it gives" wait_for 10 is_from 192.168.77.1
check "of the new network" grep -q "^192.168.77" "$T/bound"
check "provctl status shows it" sh -c "'$provctl' -s '$T/provd.sock' status | grep -q '^srv  *192.168.77.1'"
ip addr flush dev srv
check "without an address" wait_for 10 said "without an address nobody is answered"
refuse "nobody is answered" is_from 192.168.77.1
ip link del srv
check "the interface is gone" wait_for 10 said "it is gone"
sleep 4
ns_link client srv cli
ip addr add 192.168.10.1/24 dev srv
check "and is there again, as another one" wait_for 10 said "another one, and is served"
check "it is served" wait_for 10 is_from 192.168.10.1
[ "$(id -u)" -ne 0 ] || [ $user = root ] ||
    check "by $user" test "$(stat -c %U "/proc/$_provd")" = "$user" -o "$(ps -o user= -p "$_provd")" = "$user"
check "little was said of it" test "$(grep -c 'ev=dhcp.interface' "$T/provd.log")" -le 6
grep 'ev=dhcp.interface' "$T/provd.log" | sed 's/^/# /'

"$PROVD" -f "$T/provd.yaml" >"$T/out" 2>&1
check "a second provd is refused" test $? = 1
check "and says why" grep -q "UDP port 67: Address already in use; another provd or another server has it" "$T/out"
check "which disturbs the first one in nothing" is_from 192.168.10.1
check "nor its socket" sh -c "'$provctl' -s '$T/provd.sock' status >/dev/null"
