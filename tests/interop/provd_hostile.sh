#!/bin/sh
# A hostile client, files that lie, a disk that fails: nothing crashes, leaks,
# stalls, grows without bound, or promises what is not so.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"
PY=$TOP/tests/interop/provd_hostile.py
D=$T/debian
ns_setup
in_client ip addr add 192.168.10.50/24 dev cli

mkdir -p "$D/boot" "$D/distributions" "$D/dir" "$T/other"
head -c 70000 /dev/urandom >"$D/boot/vmlinuz"
head -c 300 /dev/urandom >"$D/boot/initrd.img"
head -c 3000000 /dev/urandom >"$D/big"
for i in 1 2 3; do echo $i >"$D/dir/s$i"; done
mkfifo "$D/fifo"
mknod "$D/null" c 1 3 2>/dev/null || : # not in a user namespace
ln -s /etc "$D/out"
ln -s loop "$D/loop"
echo other >"$T/other/file"
for s in base kernel; do
	tar -cJf "$D/distributions/$s.txz" -C "$T/other" file
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$D/distributions/$s.txz" | cut -d' ' -f1)" $s $s
done >"$D/distributions/MANIFEST"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/ctl
user: root
threads: 2
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  t: { path: $D, clients: any }
  debian: { path: $D }
dhcp:
  mode: authoritative
  probe-time: 0
  conflict-check: off
  rate-limit: 0
  subnets:
    - subnet: 192.168.10.0/24
      range: 192.168.10.100-192.168.10.119
hosts:
  h1: { mac: "52:54:00:12:34:56", address: 192.168.10.20, profile: debian }
  h2: { mac: "52:54:00:12:34:57", address: 192.168.10.21, profile: debian }
END
mkdir "$T/state"
mount -t tmpfs -o size=12m tmpfs "$T/state"
ctl() { "$PROVCTL" -s "$T/ctl" "$@"; }
# Its own memory is looked at; what ASan keeps of freed memory is not meant.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4
export ASAN_OPTIONS
there() { python3 "$PY" "$@"; }
from_client() { in_client python3 "$PY" "$@"; }
token() {
	ctl explain "$1" | sed -n 's|.*\.provd/\([0-9a-f]\{32\}\)/.*|\1|p' | head -n 1
}
arm() {
	ctl disarm "$1" >/dev/null
	ctl arm "$1" -y >/dev/null && TOKEN=$(token "$1") && [ ${#TOKEN} -eq 32 ]
}
arm_both() { arm h2 && T2=$TOKEN && arm h1; }
# Half a second at most is a slow machine's; milliseconds are usual.
quick() { from_client dhcp_quick 500 40; }

start_provd "$T/provd.yaml"
check "DHCP: what belongs to others cannot be given back" from_client dhcp_release
kill_provd
rm -rf "$T/state"/*
start_provd "$T/provd.yaml"
check "DHCP: of a range half can be declined, hosts have theirs" from_client dhcp_decline
kill_provd
rm -rf "$T/state"/*
start_provd "$T/provd.yaml"
check "DHCP: mutated packets" from_client dhcp_mutated
check "DHCP: 20,000 strangers" from_client dhcp_macs "$_provd" "$T/provd.log"
check "TFTP: odd requests from forged ports" from_client tftp_flood "$_provd"
check "TFTP: odd acknowledgements" from_client tftp_acks
check "TFTP: a transfer is whole after that" from_client tftp_get t/boot/vmlinuz "$D/boot/vmlinuz"
check "two hosts are armed" arm_both
check "NFS: handles, cookies and offsets" from_client nfs_handles "$TOKEN"
check "NFS: a file that shrinks, a name that changes" \
    from_client tree_races "$TOKEN" "$D"
check "NFS: mutated calls" from_client nfs_mutated "$TOKEN"
check "claims of many at once: one go" \
    from_client claims "$TOKEN" 00000000000000000000000000000000
check "one claim, asked again before its answer: go" from_client claim_again "$T2" 5
check "the log at odd offsets" from_client nfs_log "$TOKEN"
check "the log is shown as text" there log_shown "$T/ctl"
check "reports with odd bytes, and too many" from_client nfs_reports "$TOKEN"
check "control socket: garbage" there ctl_garbage "$T/ctl"
check "control socket: clients that leave" there ctl_leavers "$T/ctl"
check "watchers that do not read" there watchers "$T/ctl" "$_provd" 3
check "DHCP is quick" quick

# No descriptor is left.
prlimit --pid "$_provd" --nofile=90:90
from_client hold 4 600 "$T/held" &
holder=$!
wait_for 10 test -e "$T/held"
check "control socket: no descriptors" there ctl_short "$T/ctl" "$_provd" "$T/provd.log"
check "DHCP is quick without descriptors" quick
wait "$holder"
answers() { ctl hosts >/dev/null; }
check "and all is well after that" wait_for 5 answers
stop_provd

# The disk is full in the middle of an installation.
start_provd "$T/provd.yaml"
check "two hosts are armed again" arm_both
dd if=/dev/zero of="$T/state/filler" bs=4k 2>/dev/null
check "a full disk: no promise" from_client claim_none "$TOKEN" 7
check "files are served" from_client tftp_get t/boot/vmlinuz "$D/boot/vmlinuz"
check "DHCP is quick" quick
check "the operator is told" grep -q "ev=store.commit.*host=h1" "$T/provd.log"
rm "$T/state/filler"
check "with room again: one go" \
    from_client claims "$TOKEN" 00000000000000000000000000000000

# Killed again and again, while a script works.
check "a host is armed" arm h2
from_client worker "$TOKEN" "$T/acked" 8 &
worker=$!
for i in 1 2 3 4; do
	sleep 0.8
	kill_provd
	start_provd "$T/provd.yaml"
done
check "killed with -9: the script goes on, no second go" wait "$worker"
stop_provd
check "every promise was kept" there acked "$T/state/provd.db" "$T/acked"

# Everything at once, and then it is told to stop.
start_provd "$T/provd.yaml"
check "the hosts are armed" arm_both
reloads() {
	for i in $(seq 200); do
		kill -HUP "$1" 2>/dev/null || return 0
		sleep 0.01
	done
}
there storm_arm "$T/ctl" 4 &
a=$!
from_client storm_read "$T/ctl" 4 &
b=$!
from_client storm_tftp 4 "$D/boot/vmlinuz" &
c=$!
reloads "$_provd" &
d=$!
sleep 1
check "a storm of reloads: DHCP answers" quick
sleep 1
before=$_failed
stop_provd
wait "$a" "$b" "$c" "$d"
check "stopped in the middle of all this, in order" test "$_failed" -eq "$before"
refuse "no sanitizer has complained" \
    grep -q "runtime error:\|ERROR: .*Sanitizer\|WARNING: ThreadSanitizer" "$T/provd.log"
umount "$T/state"
