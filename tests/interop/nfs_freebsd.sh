#!/bin/sh
# nfs_freebsd.sh - FreeBSD's loader over UDP, then its kernel with the handle
# that the loader got, also after provd was restarted in between; the same with
# the loader and kernel of the time before version 3.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
HERE=$TOP/tests/interop

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
mkdir -p "$T/tree/boot/defaults" "$T/tree/boot/kernel" "$T/tree/etc" "$T/tree/dev" "$T/tree/many"
echo 'include /boot/loader.4th' >"$T/tree/boot/loader.rc"
head -c 5000 /dev/urandom >"$T/tree/boot/defaults/loader.conf"
head -c 700001 /dev/urandom >"$T/tree/boot/kernel/kernel"
: >"$T/tree/etc/empty"
ln -s ../boot/kernel/kernel "$T/tree/etc/link"
i=0
while [ $i -lt 400 ]; do
	echo "$i" >"$T/tree/many/a file with a rather long name, number $i"
	i=$((i + 1))
done
mkdir -p "$T/tree/1/2/3/4/5/6/7/8/9/10"
echo deep >"$T/tree/1/2/3/4/5/6/7/8/9/10/deep"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
threads: 2
dhcp: { mode: off }
tftp: { enabled: no }
trees:
  freebsd: { path: $T/tree, clients: any }
END
client() { in_client python3 "$HERE/nfs_freebsd.py" "$1" $S /freebsd "$T/tree" "$T/handle"; }

start_provd "$T/provd.yaml"
check "loader, UDP" client loader
check "kernel, TCP, the loader's handle" client kernel
stop_provd
start_provd "$T/provd.yaml"
check "kernel, the same handle after a restart" client kernel
kill_provd
start_provd "$T/provd.yaml"
check "kernel, the same handle after kill -9" client kernel
check "loader again, the same ports and xids" client loader

check "version 2: loader, UDP" client loader2
check "version 2: kernel, TCP, the loader's handle" client kernel2
check "version 2: kernel, UDP" client kernel2udp
kill_provd
start_provd "$T/provd.yaml"
check "version 2: kernel, UDP, the same handle after kill -9" client kernel2udp
check "version 2: kernel, TCP" client kernel2
check "a kernel of version 3 goes on with the handle of version 2" client kernel
check "version 2: loader again, the same ports and xids" client loader2
