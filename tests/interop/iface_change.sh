#!/bin/sh
# iface_change.sh - TFTP, HTTP and NFS at an interface that changes its
# address, loses it, is removed and made anew: they go on without a restart,
# though provd is root no longer. And one whose MTU shrinks in the middle of a transfer.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
ns_setup
user=root
[ "$(id -u)" -ne 0 ] || ! getent passwd nobody >/dev/null || user=nobody
mkdir "$T/tree" "$T/s"
[ $user = root ] || chown nobody "$T/s"
chmod 755 "$T"
head -c 150001 /dev/urandom >"$T/tree/file"
conf() {
	cat >"$T/provd.yaml" <<-END
	interface: srv
	state: $T/s/state
	socket: $T/s/ctl
	user: $user
	threads: 2
	dhcp: { mode: off }
	http: { enabled: yes }
	tftp: { single-port: $1 }
	trees:
	  t: { path: $T/tree, clients: any }
	END
}
get() {		# get TIMES URL: so often that each data thread has had its turn
	for _i in $(seq "$1"); do
		rm -f "$T/got"
		in_client curl -sS -m 3 -o "$T/got" "$2" 2>"$T/err" && cmp -s "$T/got" "$T/tree/file" || return 1
	done
}
nfs() {
	in_client env PYTHONPATH="$TOP/tests/interop" python3 - "$1" "$T/tree/file" <<-'END' 2>"$T/err"
	import sys
	from nfsclient import Nfs, Tcp, Udp
	for rpc in Tcp, Udp:
	    n = Nfs(rpc(sys.argv[1]))
	    fh, _ = n.lookup(n.mount('/t'), b'file')
	    assert n.read_all(fh, 8192) == open(sys.argv[2], 'rb').read()
	END
}
served() {	# served ADDRESS
	get 8 "http://$1/t/file" && get 8 "tftp://$1//t/file" && nfs "$1"
}
said() { grep -q "ev=$1.interface .*$2" "$T/provd.log"; }
renew() {	# renew ADDRESS: another interface of the same name
	ip link del srv
	sleep 4
	ns_link client srv cli
	ip addr add "$1/24" dev srv
	in_client ip addr add "${1%.*}.50/24" dev cli
}
conf no
start_provd "$T/provd.yaml"
in_client ip addr add 192.168.10.50/24 dev cli
in_client ip addr add 192.168.77.50/24 dev cli
check "served" served 192.168.10.1
ip addr add 192.168.77.1/24 dev srv
ip addr del 192.168.10.1/24 dev srv
check "the address changes" wait_for 10 served 192.168.77.1
check "HTTP says so" said http "address=192.168.77.1 was=192.168.10.1 .*its new address is used"
ip addr flush dev srv
check "without an address" wait_for 10 said http 'was=192.168.77.1 .*nobody is answered there'
ip addr add 192.168.77.1/24 dev srv
check "with the same one again" wait_for 10 served 192.168.77.1
renew 192.168.10.1
check "the interface is another one" wait_for 10 served 192.168.10.1
check "TFTP says so" said tftp "if=srv .*it is another one, and is served"
check "little was said of it" [ "$(grep -c 'ev=[a-z]*\.interface' "$T/provd.log")" -le 6 ]
grep 'ev=[a-z]*\.interface' "$T/provd.log" | sed 's/^/# /'
stop_provd
conf yes
start_provd "$T/provd.yaml"
check "over a single port" served 192.168.10.1
renew 192.168.10.1
check "the interface is another one again" wait_for 10 served 192.168.10.1

# A window is one system call (UDP_SEGMENT), which the kernel refuses when a block is
# larger than the MTU: then blocks are sent one by one, in fragments.
shrinks() {
	rm -f "$T/half" "$T/go"
	ip link set srv mtu 1500
	in_client env PYTHONPATH="$TOP/tests/interop" python3 - "$T" <<-'END' &
	import os, sys, time
	from stress_clients import tftp_get
	top, told = sys.argv[1], []
	def pause(at):
	    if at > 1000000 and not told:
	        told.append(open(top + '/half', 'w'))
	        while not os.path.exists(top + '/go'):
	            time.sleep(0.01)
	got = tftp_get('t/large', window=16, pause=pause)
	assert told and got == open(top + '/tree/large', 'rb').read()
	END
	_get=$!
	wait_for 20 test -e "$T/half" || return 1
	ip link set srv mtu 1000
	python3 - <<-'END' || return 1
	import errno, socket, struct
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.IPPROTO_IP, 10, 0)		# IP_MTU_DISCOVER: no
	try:
	    s.sendmsg([bytes(4 * 1432)], [(17, 103, struct.pack('H', 1432))], 0, ('192.168.10.50', 9))
	    raise SystemExit('# the kernel cuts, and fragments')
	except OSError as e:
	    assert e.errno in (errno.EMSGSIZE, errno.EINVAL, errno.EIO), e
	END
	: >"$T/go"
	wait $_get
}
head -c 3000001 /dev/urandom >"$T/tree/large"
check "the MTU shrinks in the middle of a window, single port" shrinks
stop_provd
conf no
start_provd "$T/provd.yaml"
check "the MTU shrinks in the middle of a window" shrinks
[ $user = root ] || check "by $user" test "$(stat -c %U "/proc/$_provd")" = "$user" -o "$(ps -o user= -p "$_provd")" = "$user"
