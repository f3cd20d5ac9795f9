#!/bin/sh
# stress_clients.sh - clients that say nothing, a byte a second, or much and
# never read; fragments without end; connections that come and go; files that
# change while they are sent. All the while another client works, and libnfs
# reads a tree of 20,000 files. Memory stays within bounds, descriptors come back.
#
# STRESS=1: a million connections, and longer.
# shellcheck disable=SC2034
PEERS="libnfs-utils"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
PY=$TOP/tests/interop/stress_clients.py
LIB=$(find "$BUILD/peers/libnfs-utils" -name 'libnfs.so.*' | head -n 1)
CONNS=${CONNS:-50000} SECS=${SECS:-6}
[ "${STRESS:-0}" = 0 ] || CONNS=1000000 SECS=20
GROWS=64	# MiB at most, of all that clients can make provd hold here
ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
in_client ip addr add 192.168.10.51/24 dev cli
SOURCES="192.168.10.52 192.168.10.53 192.168.10.54 192.168.10.55"
for a in $SOURCES; do in_client ip addr add "$a/24" dev cli; done
mkdir "$T/tree" "$T/many"
for i in 1 2 3 4 5 6 7 8; do
	head -c $((i * 3001)) /dev/urandom >"$T/tree/s$i"
done
head -c 64000000 /dev/urandom >"$T/tree/big"
python3 - "$T/many" <<-'END_'
	import os, random, sys
	top, rnd = sys.argv[1], random.Random(1)
	for d in range(200):
	    os.mkdir('%s/d%d' % (top, d))
	    for f in range(100):
	        with open('%s/d%d/file%d' % (top, d, f), 'wb') as o:
	            o.write(rnd.randbytes(rnd.choice((0, 1, 4096, rnd.randrange(9000)))))
END_
cat >"$T/provd.yaml" <<END_
interface: srv
state: $T/state
socket: $T/ctl
user: root
threads: 2
dhcp: { mode: off }
nfs: { max-connections: 250 }
http: { enabled: yes, max-connections: 250, max-connections-per-client: 100 }
trees:
  t: { path: $T/tree, clients: any }
  many: { path: $T/many, clients: any }
END_
ctl() { timeout 20 "$PROVCTL" -s "$T/ctl" "$@"; }
from_client() { in_client python3 "$PY" "$@"; }
# The figures of `provctl status`: memory in KiB, descriptors.
usage() { ctl status | sed -n 's/^memory \([0-9]*\) KiB, at most \([0-9]*\); \([0-9]*\) desc.*/\1 \2 \3/p'; }
# Those of sockets and files; directories that are watched are a cache.
# shellcheck disable=SC2154	# of lib.sh
descriptors() { find -L "/proc/$_provd/fd" -maxdepth 1 \( -type s -o -type f \) 2>/dev/null | wc -l; }
# What ASan keeps of freed memory is not meant.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4
export ASAN_OPTIONS
start_provd "$T/provd.yaml"

: >"$T/working"
# Warm: what is used always counts as used at the start.
in_client timeout 1 python3 "$PY" witness "$T/none" "$T/tree" >/dev/null 2>&1 || :
from_client witness "$T/working" "$T/tree" >"$T/witness" 2>&1 &
witness=$!
sleep 2
# shellcheck disable=SC2046	# three words
set -- $(usage)
mem=$1 fds=$(descriptors)
echo "# at the start: $mem KiB, $fds sockets and files"
in_client env LD_LIBRARY_PATH="$(dirname "$LIB")" python3 "$TOP/tests/interop/nfs_libnfs.py" \
    "$LIB" 192.168.10.1 /many "$T/many" >"$T/libnfs" 2>&1 &
libnfs=$!

# part MSG ARG...: one kind of clients, and the memory afterwards
part() {
	_msg=$1
	shift
	check "$_msg" from_client "$@"
	# shellcheck disable=SC2046
	set -- $(usage)
	echo "#   now $1 KiB, $2 at most; $3 descriptors"
}
part "connections that say nothing" idle 700
part "nothing is read" never_read 50
from_client loris "$SECS" 80 >"$T/loris" 2>&1 &
loris=$!
from_client fragments 6000 >"$T/fragments" 2>&1 &
fragments=$!
part "files that change" changing "$T/tree" "$SECS"
wait $loris
check "meanwhile some sent a byte a second" [ $? -eq 0 ]
cat "$T/loris"
wait $fragments
check "and fragments without end" [ $? -eq 0 ]
cat "$T/fragments"
# shellcheck disable=SC2086	# several words
part "$CONNS connections come and go" open_close "$CONNS" $SOURCES
check "the control socket's answers are not read" python3 "$PY" control "$T/ctl" 200

wait $libnfs
check "libnfs read 20,000 files meanwhile, byte for byte" [ $? -eq 0 ]
sed 's/^/# libnfs: /' "$T/libnfs"
rm "$T/working"
wait $witness
check "others were served all the while" [ $? -eq 0 ]
cat "$T/witness"
ctl status | sed -n '/^memory/,$s/^/# /p'
back() { [ "$(descriptors)" -le $((fds + 4)) ]; }
check "descriptors come back" wait_for 20 back
back || find "/proc/$_provd/fd" -mindepth 1 -printf '#   %l\n' | sort | uniq -c
# shellcheck disable=SC2046
set -- $(usage)
check "memory is bounded: $(($2 - mem)) KiB more at most, $(($1 - mem)) now" \
    [ $(($2 - mem)) -le $((GROWS * 1024)) ]
refuse "no sanitizer has complained" \
    grep -q "runtime error:\|ERROR: .*Sanitizer\|WARNING: ThreadSanitizer" "$T/provd.log"
stop_provd
