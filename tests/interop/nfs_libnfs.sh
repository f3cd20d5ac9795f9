#!/bin/sh
# nfs_libnfs.sh - a tree of more than 5,000 files read over TCP by libnfs and
# its tools, every byte and attribute compared.
# shellcheck disable=SC2034
PEERS="libnfs-utils"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
HERE=$TOP/tests/interop
LS=$(peer libnfs-utils nfs-ls) || skip "no nfs-ls"
CAT=$(peer libnfs-utils nfs-cat) || skip "no nfs-cat"
CP=$(peer libnfs-utils nfs-cp) || skip "no nfs-cp"
LIB=$(find "$BUILD/peers/libnfs-utils" -name 'libnfs.so.*' | head -n 1)

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
in_client ip link set cli mtu 1500
mkdir "$T/tree"
python3 - "$T/tree" <<-'END'
	import os, random, sys
	top, rnd = sys.argv[1], random.Random(1)
	for d in range(50):
	    sub = os.path.join(top, *('d%d' % (d % k) for k in range(7, 7 + d % 9)), 'dir %d' % d)
	    os.makedirs(sub, exist_ok=True)
	    for f in range(100):
	        path = os.path.join(sub, 'file-%d-%s' % (f, 'x' * rnd.randrange(60)))
	        with open(path, 'wb') as o:
	            o.write(rnd.randbytes(rnd.choice((0, 1, 4095, 4096, 4097, rnd.randrange(20000)))))
	        os.chmod(path, rnd.choice((0o644, 0o600, 0o755, 0o444)))
	    os.symlink('file-1', os.path.join(sub, 'link'))
	os.mkdir(os.path.join(top, 'many'))
	for f in range(1000):
	    with open(os.path.join(top, 'many', '%d-%s' % (f, 'y' * (f % 200))), 'w') as o:
	        o.write(str(f))
	    os.utime(o.name, ns=(0, 10**18 + 10**9 - 1 - f))
	os.mkfifo(os.path.join(top, 'fifo'))
END
head -c 30000001 /dev/urandom >"$T/tree/big"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
trees:
  t: { path: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"

walk() { in_client env LD_LIBRARY_PATH="$(dirname "$LIB")" python3 "$HERE/nfs_libnfs.py" "$LIB" $S /t "$T/tree"; }
check "every file, byte for byte" walk
# nfs-ls skips directories that it cannot enter; the count tells.
list() {
	in_client "$LS" -R "nfs://$S/t" >"$T/ls" || return 1
	[ "$(wc -l <"$T/ls")" -eq "$(find "$T/tree" -mindepth 1 | wc -l)" ]
}
check "nfs-ls -R lists every file" list
cat_big() { in_client "$CAT" "nfs://$S/t/big" | cmp - "$T/tree/big"; }
check "nfs-cat of 30 MB" cat_big
cp_big() { in_client "$CP" "nfs://$S/t/big" "$T/copy" >/dev/null && cmp "$T/copy" "$T/tree/big"; }
check "nfs-cp of 30 MB" cp_big
nowrite() { ! in_client "$CP" "$T/copy" "nfs://$S/t/new" >"$T/out" 2>&1 && [ ! -e "$T/tree/new" ]; }
check "nfs-cp to the server is refused" nowrite
stop_provd
cat_again() { in_client "$CAT" "nfs://$S/t/big" | cmp -s - "$T/tree/big"; }
check "nothing is read while provd is not there" eval '! cat_again'
start_provd "$T/provd.yaml"
check "again after a restart" cat_big
