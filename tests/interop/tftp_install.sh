#!/bin/sh
# tftp_install.sh - what one armed host is served by TFTP, and nobody else.
#
# The overlay's files and the release tree by the installation's token; the
# plain tree for known hosts only; all of it for as long as the installation
# lasts, and for a transfer that has begun even longer.
PEERS="tftp-hpa"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

HPA=$(peer tftp-hpa tftp) || skip "no tftp-hpa"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"
S=192.168.10.1

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
mkdir "$T/got"
debian_tree 70000 300000
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
nfs: { enabled: no }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  debian: { path: $T/debian }
  other: { path: $T/other, clients: any }
hosts:
  h1: { mac: 52:54:00:12:34:56, profile: debian }
END
start_provd "$T/provd.yaml"

ctl() { "$PROVCTL" -s "$T/provd.sock" "$@"; }
get() {
	rm -f "$T/got/x"
	in_client "$HPA" -m binary $S -c get "$1" "$T/got/x" >"$T/out" 2>&1
}
# refused MSG NAME TEXT
refused() {
	get "$2" || :
	if [ -s "$T/got/x" ]; then
		fail "$1: a file came"
	else
		check "$1" grep -q "$3" "$T/out"
	fi
}

check "the host is armed" ctl arm h1 -y
TOKEN=$(ctl explain h1 | sed -n 's|.*\.provd/\([0-9a-f]\{32\}\)/.*|\1|p' | head -n 1)
[ ${#TOKEN} -eq 32 ] || die "no token: $(ctl explain h1)"
OWN=.provd/$TOKEN

for f in menu.ipxe pxelinux.cfg/default; do
	ctl render h1 $f >"$T/want"
	[ -s "$T/want" ] || fail "$f is empty"
	get "$OWN/$f"
	check "its own $f" cmp "$T/want" "$T/got/x"
done
for f in boot/vmlinuz boot/initrd.img; do
	get "$OWN/root/$f"
	check "$f of its view" cmp "$T/debian/$f" "$T/got/x"
done
get "\\$OWN\\root\\boot\\vmlinuz"
check "with DOS slashes" cmp "$T/debian/boot/vmlinuz" "$T/got/x"

refused "the plain tree is for known hosts" debian/boot/vmlinuz "denied"
get other/file
check "a tree for anybody" cmp "$T/other/file" "$T/got/x"
refused "a claim is no file" "$OWN/claim/1" "not found"
refused "a report is no file" "$OWN/report/1-start-begin" "not found"
refused "the directory of its own files" "$OWN" "directory"
refused "out of its view" "$OWN/root/../../../provd.yaml" "not found"
check "the timeline tells the file" sh -c \
    "'$PROVCTL' -s '$T/provd.sock' --json show h1 | grep -q initrd"

# A transfer that has begun ends whole, whatever becomes of the installation.
SUM=$(sha256sum <"$T/debian/boot/initrd.img")
in_client python3 "$TOP/tests/interop/tftp_wire.py" $S "$T/debian" held \
    "$OWN/root/boot/initrd.img" "${SUM%% *}" "$T/begun" "$T/go" &
_held=$!
_is_there() { [ -e "$1" ]; }
check "a transfer begins" wait_for 10 _is_there "$T/begun"
check "the host is disarmed" ctl disarm h1
refused "its own files are gone" "$OWN/menu.ipxe" "not found"
refused "its view is gone" "$OWN/root/boot/vmlinuz" "not found"
: >"$T/go"
check "but the transfer ends whole" wait "$_held"
