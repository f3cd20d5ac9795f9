#!/bin/sh
# http_install.sh - what one armed host is served by HTTP, and nobody else: the
# overlay's files and the release tree by the installation's token, from a
# directory and from an image; the plain tree for known hosts only.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
command -v xorriso >/dev/null || skip "no xorriso"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
mkdir -p "$T/debian/boot" "$T/debian/distributions" "$T/other"
head -c 70000 /dev/urandom >"$T/debian/boot/vmlinuz"
head -c 3000003 /dev/urandom >"$T/debian/boot/initrd.img"
echo other >"$T/other/file"
ln -s initrd.img "$T/debian/boot/link"
for s in base kernel; do
	tar -cJf "$T/debian/distributions/$s.txz" -C "$T/other" file
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$T/debian/distributions/$s.txz" | cut -d' ' -f1)" $s $s
done >"$T/debian/distributions/MANIFEST"
xorriso -as mkisofs -quiet -R -o "$T/debian.iso" "$T/debian" 2>/dev/null || die "no image"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
nfs: { enabled: no }
tftp: { enabled: no }
http: { enabled: yes, port: 8080 }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  debian: { path: $T/debian }
  image: { iso: $T/debian.iso, clients: any }
hosts:
  h1: { mac: 52:54:00:12:34:56, profile: debian, tree: debian }
END
mkdir "$T/state"
mount -t tmpfs -o size=6m tmpfs "$T/state"
start_provd "$T/provd.yaml"

ctl() { "$PROVCTL" -s "$T/provd.sock" "$@"; }
shows() { ctl --json show h1 | grep -q "$1"; }
url=http://192.168.10.1:8080
get() { in_client curl -s -S -m 20 "$@"; }
same() { get -o "$T/got" "$url/$1" && cmp "$2" "$T/got"; }
# status WANT PATH [CURL-ARG...]
status() {
	_want=$1 _path=$2
	shift 2
	[ "$(get -o /dev/null -w '%{http_code}' "$@" "$url/$_path")" = "$_want" ]
}

check "the host is armed" ctl arm h1 -y
TOKEN=$(ctl explain h1 | sed -n 's|.*\.provd/\([0-9a-f]\{32\}\)/.*|\1|p' | head -n 1)
[ ${#TOKEN} -eq 32 ] || die "no token: $(ctl explain h1)"
OWN=.provd/$TOKEN
for f in menu.ipxe pxelinux.cfg/default; do
	ctl render h1 $f >"$T/want"
	[ -s "$T/want" ] || fail "$f is empty"
	check "its own $f" same "$OWN/$f" "$T/want"
	check "and again" same "$OWN/$f" "$T/want"
done
for f in boot/vmlinuz boot/initrd.img boot/link; do
	check "$f of its view" same "$OWN/root/$f" "$T/debian/$f"
	check "$f of the image" same "image/$f" "$T/debian/$f"
	check "$f of the image again" same "image/$f" "$T/debian/$f"
	get -r 65000-69999 -o "$T/got" "$url/image/$f"
	tail -c +65001 "$T/debian/$f" | head -c 5000 >"$T/want"
	check "a piece of it" cmp "$T/want" "$T/got"
done
# What is not in memory comes by a disk thread.
cold() {
	dd of="$1" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null
	same "$2" "$T/debian/boot/initrd.img"
}
check "from the disk" cold "$T/debian/boot/initrd.img" "$OWN/root/boot/initrd.img"
check "from the image on the disk" cold "$T/debian.iso" image/boot/initrd.img
check "the plain tree is for known hosts" status 403 debian/boot/vmlinuz
check "a directory is none" status 404 "$OWN"
check "nor are they listed" status 404 .provd/
check "another token" status 404 ".provd/00000000000000000000000000000000/menu.ipxe"
check "the timeline tells the file" sh -c \
    "'$PROVCTL' -s '$T/provd.sock' --json show h1 | grep -q initrd"
counted() { ctl status | grep -Eq '^http +bytes +[1-9]'; }
check "what was sent is counted" counted
tag=$(get -I "$url/$OWN/menu.ipxe" | grep -i '^etag')
stop_provd
start_provd "$T/provd.yaml"
check "a restart changes no tag" test "$tag" = "$(get -I "$url/$OWN/menu.ipxe" | grep -i '^etag')"
# Claims and reports are what they are over NFS.
for f in claim report claim/ report/ claim/x report/nonsense; do
	check "$f is not there" status 404 "$OWN/$f"
	check "$f is not there for HEAD" status 404 "$OWN/$f" -I
done
for f in claim/17 report/1-check-begin; do
	check "$f of another token" status 404 ".provd/00000000000000000000000000000000/$f"
done
heads() {	# heads CURL-ARG... : what a cache could take for its own is not there
	rm -f "$T/got"
	get -D "$T/head" -o "$T/got" "$@" || return 1
	tr -d '\r' <"$T/head" >"$T/lines"
	grep -qx 'Cache-Control: no-store' "$T/lines" &&
	    ! grep -qi '^\(etag\|last-modified\|expires\|age\):' "$T/lines"
}
long() {	# long SIZE CURL-ARG...
	_size=$1
	shift
	heads "$@" && grep -q '^HTTP/1.1 200 ' "$T/lines" && grep -qx "Content-Length: $_size" "$T/lines"
}
go() { long 128 "$@" && [ "$(wc -c <"$T/got")" -eq 128 ] && [ "$(cat "$T/got")" = go ]; }
refused() { long 128 "$@" && [ "$(wc -c <"$T/got")" -eq 128 ] && grep -q '^refused: ' "$T/got"; }
check "a report before the claim" long 0 "$url/$OWN/report/1-check-begin"
check "a name that is none has no cache either" heads "$url/$OWN/report/nonsense"
check "HEAD of a claim" long 128 -I "$url/$OWN/claim/17"
check "what was not to be sent is no claim" status 304 "$OWN/claim/17" -H 'If-None-Match: *'
check "nor what was not to be done" status 412 "$OWN/claim/17" -H 'If-Match: "0000000000000001"'
refuse "so nothing was claimed" shows '"installing"'
check "claim 17: go" go "$url/$OWN/claim/17"
kill_provd
start_provd "$T/provd.yaml"
check "after kill -9 the host is installing" shows '"installing"'
check "claim 17 again, its answer was lost: go" go -r 0-1 "$url/$OWN/claim/17"
check "claim 18: refused" refused "$url/$OWN/claim/18"
check "claim 17 in the view's root: go" go "$url/$OWN/root/.provd/$TOKEN/claim/17"
check "a report by HEAD" long 0 -I "$url/$OWN/report/3-unpack-begin"
kill_provd
start_provd "$T/provd.yaml"
check "after kill -9 it has come" shows unpack
check "a report with a text" long 0 "$url/$OWN/report/4-unpack-done-all%20sets"
check "its text has come" shows "done: all sets"
used_again() {
	get -w '%{num_connects} ' -o "$T/a" "$url/$OWN/claim/17" -o "$T/b" "$url/$OWN/report/5-setup-begin" \
	    -o "$T/c" "$url/$OWN/menu.ipxe" | grep -qx '1 0 0 ' && [ "$(cat "$T/a")" = go ]
}
check "a connection is used again" used_again
# Nothing is said that is not on the disk.
dd if=/dev/zero of="$T/state/fill" bs=64k 2>/dev/null
dd if=/dev/zero of="$T/state/fill2" bs=1k 2>/dev/null
full() {
	for i in 1 2 3 4 5 6 7 8 9; do
		status 503 "$OWN/report/$((i + 10))-full-begin" && return 0
	done
	return 1
}
check "without room for it there is no report" full
check "nor a claim" status 503 "$OWN/claim/17"
rm "$T/state/fill" "$T/state/fill2"
check "with room there is" status 200 "$OWN/report/20-full-done"
check "what is no report is told nobody" status 404 "$OWN/report/20"
check "the last report" status 200 "$OWN/report/21-finish-done"
check "the host is installed" shows '"installed"'
check "a step after the end does not exist" status 404 "$OWN/report/22-more-begin"
check "claim 17 after the end: refused" refused "$url/$OWN/claim/17"

# A transfer that has begun ends whole, whatever becomes of the installation.
get --limit-rate 2M -o "$T/held" "$url/$OWN/root/boot/initrd.img" &
_held=$!
sleep 0.4
check "the host is disarmed" ctl disarm h1
check "its own files are gone" status 404 "$OWN/menu.ipxe"
check "its view is gone" status 404 "$OWN/root/boot/vmlinuz"
wait "$_held"
check "but a transfer ends whole" cmp "$T/held" "$T/debian/boot/initrd.img"
stop_provd
umount "$T/state"
