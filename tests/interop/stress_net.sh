#!/bin/sh
# stress_net.sh - every protocol over a network that loses, doubles, reorders
# and delays frames (badnet.py, between two tap devices): clients of others,
# every byte compared. The same seed makes the same network.
#
# STRESS=1: more seeds, larger files.
# shellcheck disable=SC2034
PEERS="tftp-hpa atftp libnfs-utils udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
S=192.168.10.1
HERE=$TOP/tests/interop
HPA=$(peer tftp-hpa tftp) || skip "no tftp-hpa"
ATFTP=$(peer atftp atftp) || skip "no atftp"
CAT=$(peer libnfs-utils nfs-cat) || skip "no nfs-cat"
UDHCPC=$(peer udhcpc udhcpc) || skip "no udhcpc"
SEEDS=${SEEDS:-1} KB=${KB:-1500}
[ "${STRESS:-0}" = 0 ] || SEEDS="1 2 3 4" KB=8000
[ -w /dev/net/tun ] || skip "no tap devices here"
ns_add client
mkdir "$T/tree"
head -c 150001 /dev/urandom >"$T/tree/small"
head -c $((KB * 1000)) /dev/urandom >"$T/tree/large"
cat >"$T/provd.yaml" <<END_
interface: srv
state: $T/state
socket: $T/ctl
user: root
threads: 2
http: { enabled: yes }
tftp: { timeout: 300, retries: 8 }
dhcp:
  mode: authoritative
  probe-time: 0
  conflict-check: off
  rate-limit: 0
  subnets: [ { subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.199 } ]
trees:
  t: { path: $T/tree, clients: any }
END_
# shellcheck disable=SC2016	# for udhcpc's shell
printf '#!/bin/sh\n[ "$1" != bound ] || echo "$ip" >"%s"\n' "$T/bound" >"$T/script"
chmod +x "$T/script"

# network ARG...: from now on it is ARG
network() {
	echo "$*" >"$T/net.opt"
	kill -HUP "$_net"
	sleep 0.2
	tail -n 1 "$T/net" | sed 's/^/#   until then, frames, lost, doubled, held back: /'
}
same() { cmp -s "$T/tree/$1" "$T/got"; }
got() {		# got FILE CMD...: the command brings the file
	_file=$1
	shift
	rm -f "$T/got"
	in_client timeout 60 "$@" >"$T/out" 2>&1 && same "$_file" && return 0
	tail -n 5 "$T/out" | sed 's/^/#   /'
	tail -n 2 "$T/provd.log" | sed 's/^/#   /'
	return 1
}
# atftp gives up by itself when an OACK comes to it twice, and says so: then, and
# only then, it may try again.
got_atftp() {
	for _try in 1 2 3 4 5 6; do
		got small "$ATFTP" --option "blksize 1428" -g -r t/small -l "$T/got" $S && return 0
		grep -q '^tftp: unexpected OACK$' "$T/out" || return 1
	done
	return 1
}
cat_large() { in_client timeout 60 "$CAT" "nfs://$S/t/large" >"$T/got" && same large; }
leases() {	# of five machines
	for _i in 1 2 3 4 5; do
		rm -f "$T/bound"
		in_client "$UDHCPC" -f -q -n -i cli -s "$T/script" -t 12 -T 1 \
		    -x "0x3d:ff0000000$_i" >"$T/out" 2>&1 && [ -s "$T/bound" ] || return 1
	done
}
all() {
	check "$1: five leases" leases
	check "$1: TFTP, tftp-hpa" got small "$HPA" -m binary $S -c get t/small "$T/got"
	check "$1: TFTP, atftp" got_atftp
	check "$1: TFTP, curl" got small curl -sS --tftp-no-options -o "$T/got" "tftp://$S//t/small"
	check "$1: HTTP, curl" got large curl -sS -o "$T/got" "http://$S/t/large"
	check "$1: NFS over TCP, libnfs" cat_large
	check "$1: NFS over UDP, versions 2 and 3" in_client timeout 100 \
	    python3 "$HERE/stress_net_nfs.py" $S /t small "$T/tree/small"
}

: >"$T/net.opt"
python3 "$HERE/badnet.py" srv cli "$T/net.opt" >"$T/net" &
_net=$!
wait_for 10 grep -q ready "$T/net" || skip "no tap devices here"
_pid='' && eval "_pid=\$_ns_client"
ip link set cli netns "$_pid"
ip addr add $S/24 dev srv
ip link set srv up
in_client ip addr add 192.168.10.50/24 dev cli
in_client ip link set cli up
start_provd "$T/provd.yaml"
for seed in $SEEDS; do
	network --seed "$seed" --drop 0.02
	all "2 percent lost each way"
	network --seed "$seed" --reorder 0.1 --dup 0.1 --jitter 1
	all "doubled, out of order"
	network --seed "$seed" --drop 0.01 --dup 0.02 --reorder 0.02 --delay 3 --jitter 2
	all "all of it, and 6 ms there and back"
done
network
