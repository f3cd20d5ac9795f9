#!/bin/sh
# iso.sh - trees served from ISO 9660 images that were never mounted: made by
# three programs, read back over NFS and TFTP, compared with what went in and
# with what bsdtar and xorriso take out.  Then images that are damaged.
# shellcheck disable=SC2034
PEERS="libnfs-utils xorriso genisoimage makefs libarchive-tools"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
ISO="python3 $TOP/tests/interop/iso.py"
LS=$(peer libnfs-utils nfs-ls) || skip "no nfs-ls"
CP=$(peer libnfs-utils nfs-cp) || skip "no nfs-cp"
XORRISO=$(peer xorriso xorriso) || skip "no xorriso"
GENISOIMAGE=$(peer genisoimage genisoimage) || skip "no genisoimage"
MAKEFS=$(peer makefs makefs) || skip "no makefs"
BSDTAR=$(peer libarchive-tools bsdtar) || skip "no bsdtar"
LIB=$(find "$BUILD/peers/libnfs-utils" -name 'libnfs.so.*' | head -n 1)
[ "$(id -u)" -eq 0 ] && mknod "$T/node" c 4 64 2>/dev/null ||
    skip "device nodes cannot be made here"

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli

# Images ----------------------------------------------------------------------
# Each of these programs loops or fails on some input of its own: timeout.
mkdir "$T/few" "$T/plain"
$ISO make "$T/src" 10000
$ISO make "$T/few" 20
cp -a "$T/src/sizes" "$T/src/modes/empty" "$T/plain"
mkdir "$T/plain/BOOT"
echo loader >"$T/plain/BOOT/LOADER.RC"
$ISO scan "$T/src" "$T/src.json"
$ISO scan "$T/few" "$T/few.json"
$ISO scan "$T/plain" "$T/plain.json"

xorriso_make() { timeout 60 "$XORRISO" -as mkisofs -quiet -o "$@" 2>>"$T/log"; }
genisoimage_make() { timeout 60 "$GENISOIMAGE" -quiet -o "$@" 2>>"$T/log"; }
makefs_make() { timeout 60 "$MAKEFS" -t cd9660 "$@" >>"$T/log" 2>&1; }
check "xorriso -R" xorriso_make "$T/x.iso" -R -iso-level 3 "$T/src"
check "xorriso -R -J, relocated" xorriso_make "$T/xj.iso" -R -J -joliet-long \
    -iso-level 3 -rr_reloc_dir rr_moved "$T/few"
check "xorriso, plain" xorriso_make "$T/xp.iso" --norock -iso-level 3 "$T/plain"
check "genisoimage -R" genisoimage_make "$T/g.iso" -R -iso-level 3 "$T/few"
check "genisoimage -R -J -U" genisoimage_make "$T/gj.iso" -R -J -U "$T/few"
check "genisoimage, plain" genisoimage_make "$T/gp.iso" -iso-level 3 "$T/plain"
check "makefs rockridge" makefs_make -o rockridge "$T/m.iso" "$T/few"
check "makefs rockridge, a plain tree" makefs_make -o rockridge "$T/mr.iso" "$T/plain"
check "makefs, plain" makefs_make "$T/mp.iso" "$T/plain"

# disc1 and livefs: what the disc has wins, the rest lies beneath.
mkdir -p "$T/livefs/sizes" "$T/livefs/usr/bin" "$T/livefs/modes"
echo "of livefs" >"$T/livefs/sizes/1"
echo "of livefs" >"$T/livefs/sizes/more"
echo "of livefs" >"$T/livefs/usr/bin/sh"
echo "of livefs" >"$T/livefs/links"

cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
trees:
  x: { iso: $T/x.iso, clients: any }
  xj: { iso: $T/xj.iso, clients: any }
  xp: { iso: $T/xp.iso, clients: any }
  g: { iso: $T/g.iso, clients: any }
  gj: { iso: $T/gj.iso, clients: any }
  gp: { iso: $T/gp.iso, clients: any }
  m: { iso: $T/m.iso, clients: any }
  mp: { iso: $T/mp.iso, clients: any }
  mr: { iso: $T/mr.iso, clients: any }
  both: { iso: $T/xj.iso, with: $T/livefs, clients: any }
  directory: { path: $T/src, clients: any }
END
start_provd "$T/provd.yaml"

# Byte for byte -----------------------------------------------------------------
walk() { in_client env LD_LIBRARY_PATH="$(dirname "$LIB")" $ISO walk "$LIB" $S "/$1" "$T/$1.json"; }

# unpack NAME: what the two others find in the image
unpack() {
	mkdir "$T/bsdtar.$1"
	timeout 60 "$BSDTAR" -C "$T/bsdtar.$1" --same-owner -xpf "$T/$1.iso" 2>>"$T/log"
	timeout 60 "$XORRISO" -osirrox on -indev "$T/$1.iso" -extract / \
	    "$T/osirrox.$1" >>"$T/log" 2>&1
	$ISO scan "$T/bsdtar.$1" "$T/bsdtar.$1.json" &&
	    $ISO scan "$T/osirrox.$1" "$T/osirrox.$1.json"
}

# same NAME ORIGINAL [EXCEPT...]: as it went in
same() {
	_what=$1 _from=$2
	shift 2
	check "$_what.iso is read over NFS" walk "$_what"
	check "$_what.iso: as it went in" $ISO compare "$T/$_from.json" "$T/$_what.json" "$@"
	check "$_what.iso is unpacked" unpack "$_what"
}

# as_by PROGRAM NAME [EXCEPT...]: as that program takes it out
as_by() {
	_by=$1 _what=$2
	shift 2
	check "$_what.iso: as $_by sees it" $ISO compare "$T/$_what.json" "$T/$_by.$_what.json" "$@"
}

# What the two cannot do: xorriso does not restore devices, times of links and
# hard links that it did not record; bsdtar loses a slash of a long link,
# hides the directory that deep ones were moved to, which a mount shows, and
# does not read all that makefs writes.
LOST="dev/sda1 dev/tty links/first:nlink links/second:nlink links/abs:mtime
    links/dot:mtime links/long:mtime links/longest:mtime links/rel:mtime
    links/root:mtime links/self:mtime links/up:mtime"
LONG="links/long:size links/long:sum"
for image in "x src" "xj few" "g few rr_moved" "gj few rr_moved"; do
	# shellcheck disable=SC2086	# several words, here and below
	same $image
	image=${image%% *}
	# shellcheck disable=SC2086
	as_by bsdtar "$image" $LONG rr_moved dev/sda1 dev/tty
	# shellcheck disable=SC2086
	as_by osirrox "$image" $LOST
done
same m few .rr_moved :nlink
# shellcheck disable=SC2086
as_by osirrox m $LOST :nlink
same mr plain
as_by bsdtar mr
as_by osirrox mr
for image in xp gp mp; do
	same $image plain plain :mode
	as_by bsdtar $image plain :mode
	as_by osirrox $image plain :mode
done
modes() { ! in_client "$LS" -R "nfs://$S/$1" | grep -Ev '^(dr-xr-xr-x|-r--r--r--) .* 0 +0 '; }
check "without Rock Ridge: root's, readable" modes xp

# The same by the tools' own ways ---------------------------------------------
# nfs-ls skips directories that it cannot enter; the count tells.
list() {
	in_client "$LS" -R "nfs://$S/x" >"$T/ls" || return 1
	[ "$(wc -l <"$T/ls")" -eq "$(find "$T/src" -mindepth 1 | wc -l)" ]
}
check "nfs-ls -R lists every file" list
copy() { rm -f "$T/copy" && in_client "$CP" "nfs://$S/$1" "$T/copy" >/dev/null && cmp "$T/copy" "$2"; }
check "nfs-cp" copy x/sizes/100000 "$T/src/sizes/100000"
tftp() { : >"$T/copy" && in_client curl -s -o "$T/copy" "tftp://$S//$1" && cmp "$T/copy" "$2"; }
if command -v curl >/dev/null; then
	check "TFTP" tftp x/sizes/100000 "$T/src/sizes/100000"
	check "TFTP, through a link" tftp x/links/rel "$T/src/sizes/1"
	check "TFTP, without Rock Ridge" tftp gp/boot/loader.rc "$T/plain/BOOT/LOADER.RC"
fi

# disc1 and livefs as one tree: the disc's files, and what it lacks from livefs
joined() {
	cp -a "$T/few" "$T/joined" && mkdir "$T/joined/usr" &&
	    cp -a "$T/livefs/usr" "$T/joined" &&
	    cp -a "$T/livefs/sizes/more" "$T/joined/sizes" &&
	    touch -r "$T/few/sizes" "$T/joined/sizes" &&
	    $ISO scan "$T/joined" "$T/joined.json" && walk both &&
	    $ISO compare "$T/joined.json" "$T/both.json"
}
check "two parts are one tree" joined

# An image that changes ----------------------------------------------------------
kill_image() {
	cp "$T/g.iso" "$T/g.keep" && truncate -s 100000 "$T/g.iso" &&
	    ! copy g/sizes/100000 "$T/few/sizes/100000" 2>/dev/null &&
	    copy x/sizes/1 "$T/src/sizes/1"
}
check "an image cut while it is served: errors, and no others'" kill_image
reload() {
	cp "$T/g.keep" "$T/g.iso.new" && mv "$T/g.iso.new" "$T/g.iso" &&
	    kill -HUP "$_provd" && wait_for 20 copy g/sizes/100000 "$T/few/sizes/100000" 2>/dev/null
}
check "put back, and read again: it is served again" reload
stop_provd

# Damaged images: refused, or served as far as they can be read ------------------
n=0
sed '/^trees:/q' "$T/provd.yaml" >"$T/damaged.yaml"
exports=
while [ $n -lt 18 ]; do
	case $((n % 3)) in 0) image=xj ;; 1) image=g ;; 2) image=m ;; esac
	$ISO damage "$T/$image.iso" "$T/d$n.iso" $n
	line="  d$n: { iso: $T/d$n.iso, clients: any }"
	{ cat "$T/damaged.yaml"; echo "$line"; } >"$T/one.yaml"
	"$PROVD" -T -f "$T/one.yaml" >/dev/null 2>"$T/why"
	case $? in
	0)
		cp "$T/one.yaml" "$T/damaged.yaml"
		exports="$exports /d$n"
		;;
	2) grep -q "d$n: $T/d$n.iso: an ISO 9660 image" "$T/why" || fail "d$n: $(cat "$T/why")" ;;
	*) fail "provd -T of a damaged image: $(cat "$T/why")" ;;
	esac
	n=$((n + 1))
done
echo "  x: { iso: $T/x.iso, clients: any }" >>"$T/damaged.yaml"
start_provd "$T/damaged.yaml"
damaged() {
	# shellcheck disable=SC2086
	in_client env LD_LIBRARY_PATH="$(dirname "$LIB")" timeout 60 \
	    $ISO try "$LIB" $S $exports && copy x/sizes/4096 "$T/src/sizes/4096"
}
check "damaged images are read as far as they can be" damaged
