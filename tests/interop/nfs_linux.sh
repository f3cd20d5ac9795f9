#!/bin/sh
# nfs_linux.sh - Linux' own NFS client, in a machine: the tree over versions 2
# and 3 is the one that lies here.
#
# Needs the tree of `make tree` for its kernel and busybox.
# STRESS=1: 20,000 files, while other clients behave badly (stress_clients.py).
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

D=$BUILD/tree/debian
M=$(echo "$D"/lib/modules/*)
for f in "$D/boot/vmlinuz" "$D/bin/busybox" "$M/modules.dep"; do
	[ -r "$f" ] || skip "no $f"
done
command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64"
command -v busybox >/dev/null || skip "no busybox"
ip tuntap add srv mode tap 2>/dev/null || skip "no tap devices here"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up

mkdir -p "$T/other" "$T/tree/etc" "$T/tree/many" "$T/tree/1/2/3/4/5/6/7/8/9/10/11/12"
head -c 700001 /dev/urandom >"$T/tree/kernel"
ln -s ../kernel "$T/tree/etc/link"
echo deep >"$T/tree/1/2/3/4/5/6/7/8/9/10/11/12/deep"
i=0
FILES=1500
[ "${STRESS:-0}" = 0 ] || FILES=20000
while [ $i -lt $FILES ]; do
	echo $i >"$T/tree/many/file number $i"
	i=$((i + 1))
done
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
http: { enabled: yes }
trees:
  k: { path: $T/tree, clients: any }
  t: { path: $T/other, clients: any }
END

# What is seen of a tree: names, types, modes, sizes, bytes, targets.
cat >"$T/see" <<'END'
cd "$1" || exit 1
export LC_ALL=C
find . ! -type d -exec stat -c '%n %f %u %g %s %Y' {} + | sort | md5sum
find . -type d -exec stat -c '%n %f %u %g %Y' {} + | sort | md5sum
find . -type f -exec md5sum {} + | sort | md5sum
readlink etc/link
cat etc/link | md5sum
cat 1/2/3/4/5/6/7/8/9/10/11/12/deep
END

# An initramfs of busybox and the modules that are needed, in their order.
I=$T/init.d
mkdir -p "$I/bin" "$I/proc" "$I/mnt" "$I/lib/modules"
cp "$D/bin/busybox" "$I/bin/"
cp "$T/see" "$I/see"
: >"$T/modules"
for m in virtio_pci virtio_net nfsv2 nfsv3; do
	sed -n "s|^\([^:]*/$m\.ko\): *\(.*\)|\1 \2|p" "$M/modules.dep" |
	    awk '{ for (i = NF; i > 0; i--) print $i }' >>"$T/modules"
done
awk '!seen[$0]++' "$T/modules" | while read -r f; do
	cp "$M/$f" "$I/lib/modules/"
	echo "insmod /lib/modules/${f##*/}"
done >"$I/insmod"
cat >"$I/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
. /insmod 2>/dev/null
ip addr add 192.168.10.50/24 dev eth0
ip link set eth0 up
for v in 2 3; do
	mount -i -t nfs -o ro,nolock,vers=$v,proto=tcp,mountproto=udp,addr=192.168.10.1 192.168.10.1:/k /mnt &&
	    grep -o "vers=$v,rsize=[0-9]*" /proc/mounts
	echo "SEEN $v" $(sh /see /mnt)
	umount /mnt
done
poweroff -f
END
chmod +x "$I/init"
(cd "$I" && find . | busybox cpio -o -H newc 2>/dev/null) >"$T/initrd"

start_provd "$T/provd.yaml"
# Bad company for as long as the machine reads.
attack() {
	while kill -0 "$1" 2>/dev/null; do
		for _part in "never_read 50" "loris 5 80" "open_close 20000"; do
			# shellcheck disable=SC2086
			STRESS_FROM=192.168.10.1 python3 "$TOP/tests/interop/stress_clients.py" \
			    $_part >>"$T/attack" 2>&1 || return 1
		done
	done
}
if [ "${STRESS:-0}" != 0 ]; then
	head -c 64000000 /dev/urandom >"$T/other/big"
	echo 1 >"$T/other/s1"
fi
timeout $((120 + FILES / 60)) qemu-system-x86_64 -no-user-config -nodefaults -display none -no-reboot \
    -m 256 -kernel "$D/boot/vmlinuz" -initrd "$T/initrd" \
    -append "console=ttyS0 quiet panic=-1" -serial "file:$T/console" \
    -netdev tap,id=n0,ifname=srv,script=no,downscript=no \
    -device virtio-net-pci,netdev=n0,romfile= >"$T/qemu.log" 2>&1 &
qemu=$!
[ "${STRESS:-0}" = 0 ] || check "others behave badly meanwhile" attack $qemu
wait $qemu
tr -d '\r' <"$T/console" >"$T/seen"
# shellcheck disable=SC2046,SC2005	# one line of it
here=$(echo $(busybox sh "$T/see" "$T/tree"))
for v in 2 3; do
	check "version $v was mounted" grep -q "^vers=$v,rsize=" "$T/seen"
	check "version $v: the same tree as here" grep -qxF "SEEN $v $here" "$T/seen"
done
[ "$_failed" -eq 0 ] || { echo "here: $here"; tail -n 40 "$T/seen" "$T/qemu.log"; } | sed 's/^/# /'
