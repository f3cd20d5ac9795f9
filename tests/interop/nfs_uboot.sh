#!/bin/sh
# nfs_uboot.sh - U-Boot loads files over NFS version 2 and MOUNT version 2: a
# client that nobody of us wrote, on an emulated machine.
# shellcheck disable=SC2034
PEERS="u-boot-qemu qemu-system-arm"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

QEMU=$(peer qemu-system-arm qemu-system-aarch64) || skip "no qemu-system-aarch64"
ROM=$BUILD/peers/u-boot-qemu/usr/lib/u-boot/qemu_arm64/u-boot.bin
[ -r "$ROM" ] || skip "no U-Boot for qemu_arm64"
ip tuntap add srv mode tap 2>/dev/null || skip "no tap devices here"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up

mkdir -p "$T/tree/etc" "$T/tree/1/2/3/4/5/6/7/8/9/10"
head -c 700001 /dev/urandom >"$T/tree/kernel"
head -c 1024 /dev/urandom >"$T/tree/block"
ln -s ../kernel "$T/tree/etc/link"
head -c 3000 /dev/urandom >"$T/tree/1/2/3/4/5/6/7/8/9/10/deep"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
trees:
  freebsd: { path: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"
boot() { timeout 100 python3 "$TOP/tests/interop/nfs_uboot.py" "$QEMU" "$ROM" 192.168.10.1 /freebsd "$T/tree"; }
check "U-Boot loads files, by links and deep paths" boot
