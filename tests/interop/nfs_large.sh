#!/bin/sh
# nfs_large.sh - a tree of many files: every name, every attribute, in little
# memory; a handle from before a restart, without reading all of it first.
#
# FILES=20000 in directories of 250, and half as many again in one;
# `make check-all` takes 500,000.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

: "${FILES:=20000}"
[ -x "$BUILD/bench/nfs" ] || skip "no $BUILD/bench/nfs"
S=192.168.10.1
HERE=$TOP/tests/interop

ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
mkdir "$T/tree" "$T/state"
chmod 755 "$T"
python3 - "$T/tree" "$FILES" <<'END'
import os
import sys

os.chdir(sys.argv[1])
n = int(sys.argv[2])
dirs = ['usr/d%04d' % i for i in range(n * 2 // 3 // 250 + 1)] + ['many']
for d in dirs:
    os.makedirs(d)
for i in range(n):
    d = dirs[i // 250] if i < n * 2 // 3 else 'many'
    with open('%s/file%06d' % (d, i), 'w') as f:
        f.write('x' * (i % 7))
END
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { portmap: off }
trees:
  tree: { path: $T/tree, export: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"

# work NAME CLIENTS DEPTH AMOUNT; the meter is any number
echo 0 >"$T/meter"
work() { in_client "$BUILD/bench/nfs" "$1" "$T/tree" $S 2049 2049 "$2" "$3" "$4" "$T/meter" >"$T/out"; }
# KiB at the most
peak() { awk '$1 == "VmHWM:" { print $2 }' "/proc/$_provd/status"; }
# A sanitizer's shadow is memory too.
sanitized() { nm "$PROVD" 2>/dev/null | grep -q __asan; }
handle() {
	in_client python3 - "$HERE" $S "$T" "$1" <<-'END'
	import os, sys, time
	sys.path.insert(0, sys.argv[1])
	from nfsclient import GETATTR, NFS, Nfs, Tcp, opaque
	server, where, what = sys.argv[2:]
	tree = os.path.join(where, 'tree')
	last = max(d for d in os.listdir(tree + '/usr'))
	name = max(os.listdir('%s/usr/%s' % (tree, last)))
	n = Nfs(Tcp(server, 2049))
	kept = os.path.join(where, 'handle')
	if what == 'keep':
	    fh, attr = n.walk(n.mount(tree), 'usr/%s/%s' % (last, name))
	    with open(kept, 'wb') as f:
	        f.write(fh)
	    sys.exit()
	with open(kept, 'rb') as f:
	    fh = f.read()
	begin = time.monotonic()
	attr = n.getattr(fh)
	took = time.monotonic() - begin
	print('# the first answer took %.1f ms' % (took * 1000))
	want = os.stat('%s/usr/%s/%s' % (tree, last, name)).st_size
	sys.exit(attr['size'] != want or took > 1)
	END
}

check "a handle" handle keep
check "$FILES files: READDIRPLUS, every name once, every attribute" work list 1 1 1
check "READDIR, and LOOKUP of each" work walk 1 8 1
check "16 clients read 1,000 files each" work small 16 1 1000
p=$(peak)
echo "# at the most $((p / 1024)) MiB"
if ! sanitized; then
	check "less than 64 MiB" [ "$p" -lt 65536 ]
fi
stop_provd
start_provd "$T/provd.yaml"
check "the handle after a restart, within a second" handle use
p=$(peak)
if ! sanitized; then
	check "in less than 32 MiB" [ "$p" -lt 32768 ]
fi
