#!/bin/sh
# iface_change.sh - TFTP, HTTP and NFS at an interface that changes its
# address, loses it, is removed and made anew: they go on without a restart,
# though provd is root no longer.
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
[ $user = root ] || check "by $user" test "$(stat -c %U "/proc/$_provd")" = "$user" -o "$(ps -o user= -p "$_provd")" = "$user"
