#!/bin/sh
# nfs_rpc.sh - rpcinfo and showmount against our own port mapper, and against a
# running rpcbind with which provd registers.
# shellcheck disable=SC2034
PEERS="rpcbind nfs-common"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
RPCINFO=$(peer rpcbind rpcinfo) || skip "no rpcinfo"
RPCBIND=$(peer rpcbind rpcbind) || skip "no rpcbind"
SHOWMOUNT=$(peer nfs-common showmount) || skip "no showmount"

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
mkdir -p "$T/tree/sub" "$T/other"
conf() {
	cat >"$T/provd.yaml" <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	dhcp: { mode: off }
	tftp: { enabled: no }
	nfs: { portmap: $1 }
	trees:
	  t: { path: $T/tree, clients: any }
	  o: { path: $T/other, export: /secret, clients: none }
	END
}
# has PATTERN CMD...: the output has a line like that
has() {
	_want=$1
	shift
	in_client "$@" >"$T/out" 2>&1
	grep -Eq "$_want" "$T/out" || { sed 's/^/# /' "$T/out"; return 1; }
}
hasnt() { ! has "$@" >/dev/null; }

# What a client sees is the same in both cases.
see() {
	for _p in '100003 +3 +udp +2049' '100003 +3 +tcp +2049' '100003 +2 +udp +2049' '100003 +2 +tcp +2049' '100005 +1 +udp +2049' '100005 +2 +udp +2049' '100005 +3 +tcp +2049'; do
		check "$1: rpcinfo -p: $_p" has "$_p" "$RPCINFO" -p $S
	done
	check "$1: rpcinfo" has '100003 +3 +tcp +[0-9.]*\.8\.1 ' "$RPCINFO" $S
	for _t in udp tcp; do
		for _v in '100003 2' '100003 3' '100005 1' '100005 2' '100005 3'; do
			# shellcheck disable=SC2086
			check "$1: rpcinfo -T $_t $_v" has 'ready and waiting' "$RPCINFO" -T $_t $S $_v
		done
	done
	check "$1: NFS version 4 is told to be missing" has 'version 4 is not available|low version = 2, high version = 3' "$RPCINFO" -T udp $S 100003 4
	check "$1: NLM is not registered" has 'not registered' "$RPCINFO" -T udp $S 100021 4
	check "$1: showmount -e" has '^/t +\(everyone\)' "$SHOWMOUNT" -e $S
	check "$1: showmount -e hides" hasnt secret "$SHOWMOUNT" -e $S
	check "$1: showmount -a" has 'mount points on' "$SHOWMOUNT" -a $S
}

conf auto
start_provd "$T/provd.yaml"
check "our own port mapper serves port 111" grep -q 'portmap="\?own' "$T/provd.log"
see own
stop_provd

# The user that Debian's rpcbind becomes; /etc is the test's own.
echo '_rpc:x:0:0::/run/rpcbind:/bin/false' >>/etc/passwd
mkdir -p /run/rpcbind
"$RPCBIND" -f >"$T/rpcbind.log" 2>&1 &
rpcbind=$!
answers() { "$RPCINFO" -p 127.0.0.1 >/dev/null 2>&1; }
if wait_for 10 answers; then
	start_provd "$T/provd.yaml"
	check "rpcbind has port 111: registered there" grep -q 'portmap="\?rpcbind' "$T/provd.log"
	see rpcbind
	kill_provd
	start_provd "$T/provd.yaml"
	check "again after kill -9" has '100003 +3 +tcp +2049' "$RPCINFO" -p $S
	stop_provd
	check "gone when provd stops" hasnt '100003' "$RPCINFO" -p $S
	conf own
	if "${PROVD:-$BUILD/provd}" -f "$T/provd.yaml" >"$T/out" 2>&1; then
		fail "port 111 is busy, and provd starts all the same"
	else
		check "port 111 is busy: one line says so" grep -q '^provd: .*port 111' "$T/out"
	fi
else
	sed 's/^/# /' "$T/rpcbind.log"
	fail "rpcbind does not start"
fi
kill $rpcbind 2>/dev/null
wait $rpcbind 2>/dev/null
conf rpcbind
if "${PROVD:-$BUILD/provd}" -f "$T/provd.yaml" >"$T/out" 2>&1; then
	fail "there is no rpcbind, and provd starts all the same"
else
	check "no rpcbind: one line says so" grep -q '^provd: .*rpcbind' "$T/out"
fi
