#!/bin/sh
# media.sh - provctl media: discs, archives and directories unpacked, compared
# with bsdtar's unpacking and through NFS; interrupted, damaged, hostile.
# shellcheck disable=SC2034
PEERS="libnfs-utils"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
HERE=$TOP/tests/interop
# In memory: every tree is brought to the disk, which may be busy with others.
W=$T/w
mkdir "$W" && mount -t tmpfs -o size=400m tmpfs "$W" || skip "no tmpfs"
LIB=$(find "$BUILD/peers/libnfs-utils" -name 'libnfs.so.*' | head -n 1)
: "${PROVD:=$BUILD/provd}"
CTL=$(dirname "$PROVD")/provctl
for tool in xorriso bsdtar setpriv xz; do
	command -v $tool >/dev/null || skip "no $tool"
done
# Only with many ids do files get other owners.
many_ids() { awk '{ n += $3 } END { exit n < 65536 }' /proc/self/uid_map; }

make() { python3 "$HERE/media_make.py" "$1" "$W/$1"; }
disc() { xorriso -as mkisofs -quiet -R --hardlinks -V DISC -o "$W/$1.iso" "$W/$1" 2>"$W/xorriso.log"; }
make modern && make classic && make linux && make hostile || die "the fixtures cannot be made"
disc modern && disc classic || die "no disc: $(cat "$W/xorriso.log")"
mkdir "$W/media"
# Sanitizers look for leaks with ptrace, which is forbidden when rights were given up.
media() { "$CTL" --dir "$W/media" -s "$W/no.sock" media "$@" >"$W/out" 2>"$W/err"; }

# Sizes and links of directories are the file system's own.
attrs() {
	(cd "$1" && find . -type d -printf '%p\t%y\t%m\t%U\t%G\t%T@\n' -o \
	    -printf '%p\t%y\t%m\t%U\t%G\t%s\t%n\t%T@\t%l\n' | sort)
}
sums() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
same() {	# same TREE REFERENCE
	attrs "$1" >"$W/a.attrs" && attrs "$2" >"$W/b.attrs" && diff "$W/b.attrs" "$W/a.attrs" >"$W/diff" &&
	    sums "$1" >"$W/a.sums" && sums "$2" >"$W/b.sums" && cmp "$W/a.sums" "$W/b.sums" || {
		head -n 5 "$W/diff" "$W/err"
		return 1
	}
}
said() { grep -q -e "$1" "$W/out" "$W/err" || { cat "$W/out" "$W/err"; return 1; }; }
says() {	# says TEXT COMMAND...: it is refused with that
	_text=$1
	shift
	! "$@" && said "$_text"
}
clean() { [ -z "$(find "$W/media" -maxdepth 1 -name '.*' ! -path "$W/media")" ]; }

check "provd itself is not linked with libarchive" sh -c "! ldd '$PROVD' | grep -q archive"

# As root: the disk holds everything ------------------------------------------
mkdir "$W/ref" "$W/ref.classic"
bsdtar -xpf "$W/modern.iso" -C "$W/ref" && bsdtar -xpf "$W/classic.iso" -C "$W/ref.classic" || die "bsdtar"
touch -r "$W/modern" "$W/ref"		# bsdtar leaves today's time on the root
touch -r "$W/classic" "$W/ref.classic"

check "nothing is written by a dry run" eval 'media add -n "$W/modern.iso" fbsd &&
    said "FreeBSD, .* files, .* MB" && [ -z "$(ls -A "$W/media")" ]'
check "a disc is added" media add "$W/modern.iso" fbsd
check "it is known" said '^fbsd: FreeBSD 14.3-RELEASE, sets by MANIFEST, loaders for BIOS and UEFI$'
check "as bsdtar unpacks it: owners, modes, links, times, bytes" same "$W/media/fbsd" "$W/ref"
if many_ids; then
	check "no attribute is missing on the disk" test ! -e "$W/media/fbsd.mtree"
fi
check "nothing else is left" clean
check "a name that exists is refused" says 'there is a tree named fbsd' media add "$W/modern.iso" fbsd
check "a classic disc is added" media add "$W/classic.iso" fbsd62
check "as bsdtar unpacks it, too" same "$W/media/fbsd62" "$W/ref.classic"
check "its pieces are pinned" eval '(cd "$W/media/fbsd62" && sha256sum -c --quiet ../fbsd62.sums) &&
    [ "$(wc -l <"$W/media/fbsd62.sums")" -eq 17 ]'
tar -C "$W/linux" -cf - . | gzip -1 >"$W/linux.tar.gz"
check "an archive is added" media add "$W/linux.tar.gz" debian
check "it is known" said '^debian: Debian GNU/Linux 12 (bookworm), sets by MANIFEST$'
check "as it was packed" same "$W/media/debian" "$W/linux"
check "a directory is added" media add "$W/linux/" debian2
check "as it was" same "$W/media/debian2" "$W/linux"
xz -0 -T2 -k "$W/modern.iso"
check "a compressed disc is added" media add "$W/modern.iso.xz" fbsdxz
check "as bsdtar unpacks it" same "$W/media/fbsdxz" "$W/ref"
media list
check "media list" eval 'said "^fbsd62 *FreeBSD 6.2-RELEASE i386, sets in pieces, loader for BIOS$" &&
    [ "$(wc -l <"$W/out")" -eq 5 ]'
check "media check" eval 'media check fbsd && said "3 files are good, 0 bad, 1 that MANIFEST names" &&
    media check fbsd62 && said "17 files are good, 0 bad"'

# Later damage -------------------------------------------------------------------
damage() { printf X | dd of="$1" bs=1 seek=1000 conv=notrunc 2>/dev/null; }
chmod u+w "$W/media/fbsd62/6.2-RELEASE/base/base.ac"
damage "$W/media/fbsd62/6.2-RELEASE/base/base.ac"
rm "$W/media/fbsd62/6.2-RELEASE/src/sbase.ab"
check "media check names what changed" eval 'says "base/base.ac: its cksum is not the one in the .inf file" media check fbsd62 &&
    said "base/base.ac: its SHA-256 is not what it was" && said "src/sbase.ab: No such file"'
check "media remove" eval 'media remove fbsd62 && [ ! -e "$W/media/fbsd62" ] && [ ! -e "$W/media/fbsd62.sums" ]'
check "what is not there cannot be removed" says 'there is no tree named fbsd62' media remove fbsd62
check "a tree is replaced" eval 'media add --replace "$W/classic.iso" fbsdxz &&
    [ -e "$W/media/fbsdxz.sums" ] && same "$W/media/fbsdxz" "$W/ref.classic" && clean'

# Refused ------------------------------------------------------------------------
refused() {	# refused NAME TEXT FILE
	check "$1" says "$2" media add "$3" no
	[ ! -e "$W/media/no" ] && clean || fail "$1: something is left"
}
mkdir -p "$W/netinst/install.amd" "$W/boot/usr/freebsd-dist" "$W/empty"
echo x >"$W/netinst/install.amd/vmlinuz"
cp "$W/modern/usr/freebsd-dist/MANIFEST" "$W/boot/usr/freebsd-dist"
disc netinst
disc boot
refused "a Debian disc" 'this is a Debian disc: it has install.amd, no MANIFEST' "$W/netinst.iso"
refused "bootonly.iso" "this is FreeBSD's bootonly disc.*take disc1.iso" "$W/boot.iso"
truncate -s 3M "$W/memstick.img"
printf 'EFI PART' | dd of="$W/memstick.img" bs=1 seek=512 conv=notrunc 2>/dev/null
refused "memstick.img" "this is the image of a whole disk.*take disc1.iso" "$W/memstick.img"
xz -0 "$W/memstick.img"
refused "memstick.img.xz" "this is the image of a whole disk.*take disc1.iso" "$W/memstick.img.xz"
refused "an empty directory" 'it is empty\|neither' "$W/empty"
: >"$W/nothing"
refused "an empty file" 'nothing: it is empty' "$W/nothing"
head -c 4000000 "$W/modern.iso" >"$W/cut.iso"
refused "a disc that is cut off" 'it is cut off: 4000000 of [0-9]* bytes' "$W/cut.iso"
refused "what is not there" 'No such file' "$W/none.iso"
check "a name that is none" says "a tree's name is" media add "$W/modern.iso" ../no
head -c 4000000 "$W/modern.iso.xz" >"$W/cut.iso.xz"
check "a compressed disc that is cut off" says 'damaged or cut off' media add "$W/cut.iso.xz" no
check "nothing of it is current" test ! -e "$W/media/no"
check "what it left is removed" eval 'media remove no && clean'

# A set that is wrong, and what a second try does ------------------------------------
cp "$W/modern.iso" "$W/bad.iso"
off=$(grep -abo "$(head -c 16 "$W/modern/usr/freebsd-dist/kernel.txz" | od -An -tx1 | tr -d ' \n' | sed 's/../\\x&/g')" -P "$W/bad.iso" 2>/dev/null | head -n 1 | cut -d: -f1)
[ -n "$off" ] || off=$(python3 -c "
import sys
d = open('$W/bad.iso', 'rb').read()
print(d.index(open('$W/modern/usr/freebsd-dist/kernel.txz', 'rb').read(64)))")
cp "$W/bad.iso" "$W/good.iso"
printf BROKEN | dd of="$W/bad.iso" bs=1 seek=$((off + 5000)) conv=notrunc 2>/dev/null
touch -d '2024-01-01 00:00:00 UTC' "$W/bad.iso" "$W/good.iso"
check "a set that is wrong is named" says 'usr/freebsd-dist/kernel.txz: its SHA-256 is not the one in MANIFEST' media add "$W/bad.iso" twice
check "and the tree is not made current" test ! -e "$W/media/twice"
media list
check "another image that is refused does not cost it" eval '! media add "$W/netinst.iso" twice && media list'
check "media list says so" said '^twice *incomplete: provctl media add '
mv "$W/good.iso" "$W/bad.iso"
check "only what was wrong is unpacked again" eval 'media add "$W/bad.iso" twice &&
    said "going on where" && said ", 30[0-9][0-9] of them were there already" && same "$W/media/twice" "$W/ref" && clean'
media remove twice

# Interrupted ------------------------------------------------------------------------
now() { date +%s%N; }
t0=$(now)
media add "$W/modern.iso" kill
t1=$(now)
media remove kill
bad='' resumed=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	"$CTL" --dir "$W/media" -s "$W/no.sock" media add "$W/modern.iso" kill >/dev/null 2>&1 &
	pid=$!
	sleep "$(echo "$t0 $t1 $i" | awk '{ printf "%.3f", ($2 - $1) / 1e9 * $3 / 12 }')"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ ! -e "$W/media/kill" ] || { media remove kill; continue; }
	n=$(find "$W/media/.kill.part" -type f ! -name 'hard*' 2>/dev/null | wc -l)
	media add "$W/modern.iso" kill || bad="$bad $i:failed"
	kept=$(sed -n 's/.*, \([0-9]*\) of them were there.*/\1/p' "$W/out")
	[ "${kept:-0}" -ge "$n" ] || bad="$bad $i:${kept:-0}<$n"
	[ "${kept:-0}" -eq 0 ] || resumed=$((resumed + 1))
	attrs "$W/media/kill" >"$W/a.attrs"
	cmp -s "$W/a.attrs" "$W/b.attrs.ref" 2>/dev/null || { [ -e "$W/b.attrs.ref" ] || attrs "$W/ref" >"$W/b.attrs.ref"
		cmp -s "$W/a.attrs" "$W/b.attrs.ref" || bad="$bad $i:other"; }
	[ $((i % 5)) -ne 0 ] || same "$W/media/kill" "$W/ref" || bad="$bad $i:bytes"
	clean || bad="$bad $i:left"
	media remove kill
done
check "killed at ten points, it goes on each time${bad:+:$bad}" test -z "$bad"
check "and not from the beginning ($resumed of 10)" test "$resumed" -ge 4

# A full disk ----------------------------------------------------------------------------
mkdir "$W/small"
mount -t tmpfs -o size=10m tmpfs "$W/small" || skip "no tmpfs"
small() { "$CTL" --dir "$W/small" -s "$W/no.sock" media "$@" >"$W/out" 2>"$W/err"; }
check "a disk that is too small is noticed first" says 'MB are needed, .* MB are free' small add "$W/modern.iso" full
check "or when it is full" says 'the disk is full; make room' small add "$W/modern.iso.xz" full
mount -o remount,size=64m "$W/small"
check "with more room it goes on" eval 'small add "$W/modern.iso.xz" full && said "were there already" && same "$W/small/full" "$W/ref"'
umount "$W/small"

# Hostile archives --------------------------------------------------------------------------
mkdir -p "$W/victim/freebsd-dist" && echo precious >"$W/victim/freebsd-dist/base.txz"
canary() { [ -s "$W/victim/freebsd-dist/base.txz" ] && [ ! -e "$W/evil" ] && [ ! -e "$W/media/evil" ] && [ ! -e /tmp/provd-evil ] && [ ! -e "$W/media/no" ]; }
for f in "$W"/hostile/*.tar; do
	name=$(basename "$f" .tar)
	case $name in devices | flags) continue ;; esac
	if media add "$f" no || ! canary; then fail "hostile archive $name"; fi
	if [ "$name" = sets-through-link ]; then media remove no; fi	# only its sum is wrong
	clean || fail "hostile archive $name leaves something"
done
pass "$(($(find "$W/hostile" -name '*.tar' | wc -l) - 2)) hostile archives"
check "a name that leads out is named" says '../evil leads out of the tree' media add "$W/hostile/dotdot.tar" no
check "and a hard link" says 'evil: a hard link to what the image does not hold' media add "$W/hostile/hard-missing.tar" no
check "and two files of one name" says 'usr/a: the image has two files of this name' media add "$W/hostile/twice.tar" no
check "devices are left out" eval 'media add "$W/hostile/devices.tar" dev && said "3 devices and the like left out" &&
    [ -f "$W/media/dev/usr/a" ] && [ -z "$(find "$W/media/dev" ! -type f ! -type d)" ]'

check "file flags go into the mtree file" eval 'media add "$W/hostile/flags.tar" flags &&
    grep -q "^\./libexec/ld-elf.so.1 type=file mode=0555 flags=schg,uarch$" "$W/media/flags.mtree" &&
    media remove flags && [ ! -e "$W/media/flags.mtree" ]'

# Without root: owners and modes go into the mtree file ---------------------------------------
if many_ids; then
	mkdir "$W/user" "$W/user/media"
	chown 65534:65534 "$W/user" "$W/user/media"
	chmod 755 "$T" "$W"
	user() { setpriv --reuid 65534 --regid 65534 --clear-groups env ASAN_OPTIONS=detect_leaks=0 \
	    "$CTL" --dir "$W/user/media" -s "$W/no.sock" media "$@" >"$W/out" 2>"$W/err"; }
	# Not everybody may pass through where the program lies.
	cp "$CTL" "$W/provctl" && CTL=$W/provctl
	check "a disc is added by a user" user add "$W/modern.iso" fbsd
	check "no file of his is setuid" test -z "$(find "$W/user/media" -type f -perm /6000)"
	check "owners and modes are in the mtree file" grep -q ' type=file mode=4555 uid=2' "$W/user/media/fbsd.mtree"
	sums "$W/user/media/fbsd" >"$W/a.sums"
	sums "$W/ref" >"$W/b.sums"
	check "every byte is there" cmp "$W/a.sums" "$W/b.sums"
fi

# Served ------------------------------------------------------------------------------------------
ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
sed '/^tree:/d' "$TOP/profiles/debian.yaml" >"$W/debian.yaml"
config() {	# config MEDIA [LINE...]
	cat >"$W/provd.yaml" <<-END
		interface: srv
		state: $W/state
		socket: $W/provd.sock
		user: root
		read-all-files: yes
		media: $1
		dhcp: { mode: off }
		tftp: { enabled: no }
		profiles: $W/debian.yaml
		hosts:
		  web1: { mac: 52:54:00:12:34:56, address: 192.168.10.50, profile: debian }
		$2
	END
}
ctl() { "$CTL" -c "$W/provd.yaml" -s "$W/provd.sock" "$@" >"$W/out" 2>"$W/err"; }
walk() { in_client env LD_LIBRARY_PATH="$(dirname "$LIB")" python3 "$HERE/nfs_libnfs.py" "$LIB" $S "/$1" "$2"; }
rm -rf "$W/media/dev"
config "$W/media" "trees: { all: { path: $W/media/fbsd, clients: any }, debian2: { path: $W/linux, clients: none } }"
start_provd "$W/provd.yaml"
known() { ctl trees && said "$@"; }
check "provd knows what each tree is" wait_for 10 known '^fbsd *FreeBSD 14.3-RELEASE, sets by MANIFEST, loaders for BIOS and UEFI  */fbsd *known'
check "one of trees wins" eval 'known "^debian2 .*none .*$W/linux$" &&
    grep -q "ev=media tree=debian2 .*did=not-served" "$T/provd.log"'
check "a line of the log for each" eval '[ "$(grep -c "^ev=tree tree=.* is=" "$T/provd.log")" -eq 5 ]'
ctl --json trees
check "the API says all of it" python3 - "$W/out" <<-'END'
	import json, sys
	t = {t['name']: t for t in json.load(open(sys.argv[1]))['trees']}['fbsd']
	assert (t['os'], t['version'], t['major'], t['minor'], t['sets']) == ('freebsd', '14.3-RELEASE', 14, 3, 'manifest'), t
	assert (t['bios_loader'], t['kernel'], t['dir']) == ('boot/pxeboot', 'boot/kernel/kernel', 'usr/freebsd-dist'), t
	assert t['clients'] == 'known' and t['hosts'] == [] and t['userland'] is False, t
END
check "media add has a running provd reload" eval 'ctl media add "$W/classic.iso" fbsd62 && said "^provd serves it as /fbsd62$" &&
    known "^fbsd62 .*FreeBSD 6.2-RELEASE i386"'
check "a tree through NFS: bytes, owners, modes, times" walk all "$W/ref"
check "none names a tree" says 'profile debian names no tree: say `tree:` in host web1, or --tree' ctl arm web1 -y
check "a tree that is not there" says 'no tree named nosuch is served' ctl arm web1 -y --tree nosuch
check "a tree of another system" says 'profile debian installs Linux, but the tree fbsd62 is FreeBSD 6.2-RELEASE i386, ' ctl arm web1 -y --tree fbsd62
check "--tree says it" ctl arm web1 -y --tree debian
check "a tree in use is not removed" says 'web1: is being installed from it; disarm first' ctl media remove debian
check "a tree in use is replaced, with a warning" eval 'ctl media add --replace "$W/linux.tar.gz" debian &&
    said "web1 is being installed from the tree that was there" && [ -d "$W/media/.debian.old" ]'
check "and removed when it is not in use" eval 'ctl disarm web1 && ctl media remove debian &&
    ! known "^debian  " && [ ! -e "$W/media/.debian.old" ]'
stop_provd
config "$W/media" "  web2: { mac: 52:54:00:12:34:57, profile: debian, tree: nosuch }"
check "a host's tree must be there" eval '! "$PROVD" -T -f "$W/provd.yaml" >"$W/out" 2>"$W/err" &&
    said "hosts: web2.tree: no tree named nosuch is defined"'
if many_ids; then
	config "$W/user/media"
	sed -i 's/^dhcp: { mode: off }/&\ntrees: { all: { path: @/; ' "$W/provd.yaml"
	sed -i "s|@|$W/user/media/fbsd, clients: any } }|" "$W/provd.yaml"
	start_provd "$W/provd.yaml"
	check "the user's tree is served with the image's owners and modes" walk all "$W/ref"
	stop_provd
fi
umount -l "$W"
