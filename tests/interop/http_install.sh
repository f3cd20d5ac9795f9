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
start_provd "$T/provd.yaml"

ctl() { "$PROVCTL" -s "$T/provd.sock" "$@"; }
url=http://192.168.10.1:8080
get() { in_client curl -s -S -m 20 "$@"; }
same() { get -o "$T/got" "$url/$1" && cmp "$2" "$T/got"; }
status() { [ "$(get -o /dev/null -w '%{http_code}' "$url/$2")" = "$1" ]; }

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
check "a claim is no file" status 404 "$OWN/claim/1"
check "a report is no file" status 404 "$OWN/report/1-start-begin"
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
# A transfer that has begun ends whole, whatever becomes of the installation.
get --limit-rate 2M -o "$T/held" "$url/$OWN/root/boot/initrd.img" &
_held=$!
sleep 0.4
check "the host is disarmed" ctl disarm h1
check "its own files are gone" status 404 "$OWN/menu.ipxe"
check "its view is gone" status 404 "$OWN/root/boot/vmlinuz"
wait "$_held"
check "but a transfer ends whole" cmp "$T/held" "$T/debian/boot/initrd.img"
