#!/bin/sh
# stop_stalled.sh - SIGTERM while disk threads wait for a disk that does not
# answer: provd ends within ten seconds, and what it had promised is there after it.
#
# The disk is an image on a loop device that lies in a FUSE file system of the
# test (stalldisk.py). What is waited for are bytes of files, which the kernel lets a
# process that ends give up; a directory it would wait for for ever.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
command -v mke2fs >/dev/null || skip "no mke2fs"
{ [ -w /dev/fuse ] && [ -w /dev/loop-control ]; } || skip "no /dev/fuse or no loop devices"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
D=$T/files
M=/run/stalled	# what is mounted there goes with the namespace
trap '_rc=$?; rm -rf "$T/gates"; (exit $_rc); _finish' EXIT	# nothing waits any more
mkdir -p "$D/boot" "$D/distributions" "$T/disks" "$T/gates" "$M/fuse" "$M/img"
head -c 300000 /dev/urandom >"$D/boot/vmlinuz"
head -c 3000 /dev/urandom >"$D/boot/initrd.img"
for i in 1 2 3 4 5 6 7 8; do head -c 3000000 /dev/urandom >"$D/f$i"; done
for s in base kernel; do
	tar -cJf "$D/distributions/$s.txz" -C "$D" boot
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$D/distributions/$s.txz" | cut -d' ' -f1)" $s $s
done >"$D/distributions/MANIFEST"
mke2fs -q -F -t ext4 -d "$D" "$T/disks/img" 64m 2>/dev/null
python3 "$TOP/tests/interop/stalldisk.py" "$T/disks" "$M/fuse" "$T/gates" >"$T/fuse.log" 2>&1 &
wait_for 10 grep -q ready "$T/fuse.log" || skip "no FUSE: $(tail -n 1 "$T/fuse.log")"
mount -o loop,ro,noload "$M/fuse/img" "$M/img" || skip "no loop devices"
cat >"$T/provd.yaml" <<END_
interface: srv
state: $T/state
socket: $T/ctl
user: root
threads: 2
http: { enabled: yes }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  debian: { path: $M/img, clients: any }
hosts:
  h1: { mac: "52:54:00:12:34:56", profile: debian }
END_
ctl() { timeout 20 "$PROVCTL" -s "$T/ctl" "$@"; }
shows() { ctl --json show h1 | grep -q "$1"; }
url=http://192.168.10.1
get() { in_client curl -s -m 60 "$@"; }
start_provd "$T/provd.yaml"
check "a host is armed" ctl arm h1 -y
TOKEN=$(ctl explain h1 | sed -n 's|.*\.provd/\([0-9a-f]\{32\}\)/.*|\1|p' | head -n 1)
check "its claim is granted" test "$(get "$url/.provd/$TOKEN/claim/5")" = go
find "$M/img" -type f -size +1M -exec stat {} + >"$T/stat"	# names and inodes, no bytes
: >"$T/gates/img"
for i in 1 2 3 4 5 6 7; do
	get -o /dev/null "$url/debian/f$i" &
	get -o /dev/null "tftp://192.168.10.1//debian/f$i" &
done
wait_disk() { ctl status | grep -q '^http *open *7 '; }
check "clients wait for a disk that stalls" wait_for 10 wait_disk
check "a report is committed meanwhile" test \
    "$(get -w '%{http_code}' "$url/.provd/$TOKEN/report/3-unpack-begin")" = 200
# shellcheck disable=SC2154	# of lib.sh
_p=$_provd _provd='' began=$(date +%s%N)
(sleep 20; rm -f "$T/gates/img") &	# or this test would wait as well
kill -TERM "$_p"
wait "$_p"
rc=$? ms=$((($(date +%s%N) - began) / 1000000))
echo "# exit code $rc after $ms ms"
check "it ends within ten seconds" [ $ms -lt 10000 ]
check "and not as if it had failed" [ $rc -eq 0 ]
check "and says why it did not wait" grep -q 'ev=stop err="a disk does not answer"' "$T/provd.log"
refuse "its socket is gone" test -e "$T/ctl"
rm -f "$T/gates/img"
start_provd "$T/provd.yaml"
check "what it had promised is there" shows '"installing"'
check "all of it" shows unpack
check "and the disk is served again" get -f -o "$T/got" "$url/debian/f8"
check "as it is" cmp "$T/got" "$D/f8"
began=$(date +%s%N)
stop_provd
ms=$((($(date +%s%N) - began) / 1000000))
check "without a disk that stalls it ends at once: $ms ms" [ $ms -lt 3000 ]
