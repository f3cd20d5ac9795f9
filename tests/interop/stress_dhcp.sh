#!/bin/sh
# stress_dhcp.sh - DHCP answers within 10 ms while disks stall, while the
# sockets of TFTP, NFS and HTTP are full, and while the store is slow.
#
# A disk that stalls is an image on a loop device whose bytes come from a FUSE
# server of the test (stalldisk.py), which stops answering; the same server is
# a network file system that hangs. So it is the kernel's own page cache, block
# layer and openat2(2) that provd waits in, as with a broken disk. The store
# lies on another such disk, whose every write takes as long as we say.
#
# What an echo server next to provd needs at the same moment is printed beside
# it: on a busy machine that much is the scheduler's, and is allowed on top.
# STRESS=1: longer.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
PY=$TOP/tests/interop/stress_dhcp.py
MS=10
SECS=3 PATIENCE=100	# PATIENCE: of those who wait for the disk, while we measure
[ "${STRESS:-0}" = 0 ] || SECS=10 PATIENCE=250
{ [ -w /dev/fuse ] && [ -w /dev/loop-control ]; } || skip "no /dev/fuse or no loop devices"
command -v mke2fs >/dev/null || skip "no mke2fs"
ns_setup
ip addr flush dev srv
ip addr add 192.168.10.1/16 dev srv
in_client ip addr add 192.168.10.50/16 dev cli
# Below /run: what is mounted there goes with the namespace.
D=$T/files
M=/run/stress
trap '_rc=$?; rm -rf "$T/gates"; (exit $_rc); _finish' EXIT	# nothing waits any more
mkdir -p "$D" "$T/disks/net" "$T/gates" "$M/fuse" "$M/img" "$M/state" "$T/ok/boot"
i=0
while [ $i -lt 60 ]; do
	head -c 60000 /dev/urandom >"$D/f$i"
	i=$((i + 1))
done
cp "$D"/f* "$T/disks/net/"
head -c 300000 /dev/urandom >"$T/ok/boot/vmlinuz"
head -c 3000 /dev/urandom >"$T/ok/boot/initrd.img"
head -c 30000000 /dev/urandom >"$T/ok/big"
head -c 300000 /dev/urandom >"$T/ok/cold"
mkdir "$D/boot" && cp "$T"/ok/boot/* "$D/boot/"
mkdir "$D/distributions"
for s in base kernel; do
	tar -cJf "$D/distributions/$s.txz" -C "$D" f0
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$D/distributions/$s.txz" | cut -d' ' -f1)" $s $s
done >"$D/distributions/MANIFEST"
mke2fs -q -F -t ext4 -d "$D" "$T/disks/img" 64m 2>/dev/null
mke2fs -q -t ext4 -O ^has_journal "$T/disks/state" 64m 2>/dev/null
python3 "$TOP/tests/interop/stalldisk.py" "$T/disks" "$M/fuse" "$T/gates" >"$T/fuse.log" 2>&1 &
wait_for 10 grep -q ready "$T/fuse.log" || skip "no FUSE: $(tail -n 1 "$T/fuse.log")"
mount -o loop,ro,noload "$M/fuse/img" "$M/img" || skip "no loop devices"
mount -o loop "$M/fuse/state" "$M/state" || skip "no loop devices"
mkdir "$T/state"
conf() {
cat >"$T/provd.yaml" <<END_
interface: srv
state: $1/provd
socket: $T/ctl
user: root
threads: 2
http: { enabled: yes }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  ok: { path: $T/ok, clients: any }
  net: { path: $M/fuse/net, clients: any }
  debian: { path: $M/img, clients: any }
dhcp:
  mode: authoritative
  probe-time: 0
  conflict-check: off
  rate-limit: 0
  subnets:
    - subnet: 192.168.0.0/16
      range: 192.168.100.0-192.168.220.255
hosts:
  h1: { mac: "52:54:00:12:34:56", address: 192.168.10.20, profile: debian }
  h2: { mac: "52:54:00:12:34:57", address: 192.168.10.21, profile: debian }
END_
}
ctl() { timeout $PATIENCE "$PROVCTL" -s "$T/ctl" "$@"; }
from_client() { in_client python3 "$PY" "$@"; }
busy() { in_client nice -n 10 python3 "$PY" "$@"; }	# not what is measured
lag() { from_client lag "$1" $SECS $MS; }
stall() { : >"$T/gates/img" && : >"$T/gates/net"; }
go_on() { rm -f "$T/gates/img" "$T/gates/net"; }

conf "$T/state"
start_provd "$T/provd.yaml"
python3 "$PY" echo "$T/state/echo" &
echo=$!
sleep 1
armed() { ctl arm h1 -y >"$T/arm"; }
check "a host is armed from the disk that will stall" armed
check "nothing else to do" lag "at rest"

: >"$T/filling"
busy fill "$T/filling" ok/big >"$T/fill.log" 2>&1 &
fill=$!
sleep 3
check "sockets are full" lag "sockets are full"

stall
busy hang "$T/hanging" "$D" $PATIENCE debian net >"$T/hang.log" 2>&1 &
hang=$!
wait_for 15 test -e "$T/hanging"
check "and disks stall, 120 requests wait for them" lag "disks stall too"
sync "$T/ok/cold"
check "what is on another disk is served" from_client served ok/cold "$T/ok/cold"
ctl status | sed -n '/^memory/,$s/^/# /p'
ctl arm h2 -y >"$T/arm2" 2>&1 &
arm=$!
check "and a host is armed from a disk that stalls" lag "arming waits for the disk"
kill -HUP "$_provd"
check "and the configuration is read again" lag "reload"
rm "$T/filling"
wait $fill
check "requests were sent, nothing was read" [ $? -eq 0 ]
sed 's/^#/# fill:/' "$T/fill.log"
go_on
wait $arm
check "the host is armed when the disk goes on" [ $? -eq 0 ]
wait $hang
check "and every file that waited is right" [ $? -eq 0 ]
cat "$T/hang.log"
reloaded() { grep -q '^ev=reload .*did=reloaded' "$T/provd.log"; }
check "so is the configuration" wait_for 10 reloaded
stop_provd
kill $echo
conf "$M/state"
start_provd "$T/provd.yaml"
python3 "$PY" echo "$M/state/echo" &
sleep 1

# 150 ms for every write of the store's disk: an ACK takes as long as it does,
# an OFFER promises nothing.
echo 150 >"$T/gates/state"
in_client python3 "$PY" lag "store" 3 3000 >"$T/slow.log" 2>&1 &
slow=$!
check "a slow store does not delay OFFERs" from_client offers "store is slow" $SECS $MS
wait $slow
check "and what it commits is acknowledged" [ $? -eq 0 ]
sed -n 's/^#/# slow store:/p' "$T/slow.log"
rm "$T/gates/state"
check "and all is well after that" lag "at the end"
refuse "no sanitizer has complained" \
    grep -q "runtime error:\|ERROR: .*Sanitizer\|WARNING: ThreadSanitizer" "$T/provd.log"
stop_provd
