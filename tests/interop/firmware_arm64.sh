#!/bin/sh
# firmware_arm64.sh - two firmwares of emulated arm64 machines: U-Boot, which has
# an UEFI of its own, and EDK2 by PXE.
# shellcheck disable=SC2034
PEERS="u-boot-qemu qemu-system-arm qemu-efi-aarch64"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
qemu=$(peer qemu-system-arm qemu-system-aarch64) || skip "no qemu-system-aarch64"
uboot=$BUILD/peers/u-boot-qemu/usr/lib/u-boot/qemu_arm64/u-boot.bin
edk2=$BUILD/peers/qemu-efi-aarch64/usr/share/AAVMF
[ -r "$uboot" ] || skip "no U-Boot for arm64"
[ -r "$edk2/AAVMF_CODE.fd" ] || skip "no EDK2 for arm64"
ip tuntap add dev srv mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up

mkdir -p "$T/tree/boot"
"$TOP/tests/interop/efi_disk.py" "$T/esp"
cp "$T/esp/EFI/BOOT/BOOTAA64.EFI" "$T/tree/boot/file"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
nfs: { enabled: no }
trees:
  t: { path: $T/tree, clients: any }
dhcp:
  mode: authoritative
  probe-time: 0
  subnets:
    - subnet: 192.168.10.0/24
      range: 192.168.10.100-192.168.10.109
      options: { filename: /t/boot/file }
END
start_provd "$T/provd.yaml"
said() { grep -q "$1" "$T/provd.log"; }
seen() { grep -qa "$2" "$T/$1.serial"; }

# boot NAME ARG...
boot() {
	name=$1
	shift
	: >"$T/$name.serial"
	timeout 250 "$qemu" -M virt -cpu cortex-a57 -m 512 -no-user-config -nodefaults \
	    -display none -netdev tap,id=n0,ifname=srv,script=no,downscript=no "$@" \
	    >"$T/$name.qemu" 2>&1 &
	_qemu=$!
}
off() {
	kill "$_qemu" 2>/dev/null
	wait "$_qemu" 2>/dev/null
}

# Left alone it tries its disks, then a script of its own from the network, then
# UEFI, for which it asks again under another name.
boot uboot -bios "$uboot" -serial "file:$T/uboot.serial" \
    -device virtio-net-pci,netdev=n0,mac=52:54:00:00:00:06,romfile=
check "U-Boot starts its program" wait_for 150 seen uboot "disk started"
check "it is known as U-Boot first" said 'arch=U-Boot'
check "and as UEFI arm64 then" said 'arch="PXE, UEFI arm64"'
check "it found its file" said "ev=tftp.done .*file=/t/boot/file"
refuse "what it only tries is no warning" said "ev=tftp.refused"
off

cp "$edk2/AAVMF_VARS.fd" "$T/vars.fd"
boot edk2 -serial "file:$T/edk2.serial" \
    -drive if=pflash,format=raw,readonly=on,file="$edk2/AAVMF_CODE.fd" \
    -drive if=pflash,format=raw,file="$T/vars.fd" \
    -device virtio-rng-pci \
    -device virtio-net-pci,netdev=n0,mac=52:54:00:00:00:07,romfile=,bootindex=1
check "UEFI starts its program" wait_for 200 seen edk2 "disk started"
check "it is known as UEFI arm64" said '52:54:00:00:00:07 .*arch="PXE, UEFI arm64"'
off
grep -E "ev=(dhcp|tftp)" "$T/provd.log" | cut -c1-200 | sed "s/^/# /"
