#!/bin/sh
# Real firmware in QEMU: the iPXE ROM under SeaBIOS, OVMF's own PXE client and
# iPXE under OVMF take the answers they get and ask for their file at once.
PEERS="ovmf"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
ovmf=$BUILD/peers/ovmf/usr/share/OVMF
[ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || skip "no iPXE ROM for QEMU"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"

# QEMU's tap is the server's interface.
ip tuntap add dev srv mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up
mkdir -p "$T/tree/boot"
head -c 3000 /dev/zero >"$T/tree/boot/file"
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

asked_for_file() { tail -c "+$_from" "$T/provd.log" | grep -q "ev=tftp.*boot/file"; }
since() { tail -c "+$_from" "$T/provd.log" | grep -c "$1"; }

# boot NAME FIRMWARE ARG...: power on, until the file is asked for
boot() {
	name=$1 fw=$2
	shift 2
	_from=$(($(wc -c <"$T/provd.log") + 1))
	timeout 90 "$qemu" -accel tcg -m 256 -display none -nodefaults -no-reboot \
	    -serial "file:$T/$name.serial" -boot n \
	    -netdev tap,id=n,ifname=srv,script=no,downscript=no "$@" \
	    >"$T/$name.qemu" 2>&1 &
	_qemu=$!
	check "$name asks for its file" wait_for 80 asked_for_file
	kill "$_qemu" 2>/dev/null
	wait "$_qemu" 2>/dev/null
	check "$name is known as $fw" test "$(since "arch=\"$fw\"")" -gt 0
	check "$name has its lease" test "$(since "REQUEST -> ACK")" -gt 0
	tail -c "+$_from" "$T/provd.log" | grep -E "ev=(dhcp|tftp)" | sed "s/^/# /"
}

# The ROM holds iPXE for BIOS and for UEFI; without it UEFI has its own client.
nic=virtio-net-pci,netdev=n,mac=52:54:00:00:00
flash="-drive if=pflash,format=raw"
boot ipxe-bios "iPXE, BIOS" -device "$nic:01"
[ -d "$ovmf" ] || skip "no OVMF"
cp "$ovmf/OVMF_VARS.fd" "$T/vars1.fd"
cp "$ovmf/OVMF_VARS.fd" "$T/vars2.fd"
# shellcheck disable=SC2086
boot ovmf "PXE, UEFI x64" $flash,readonly=on,file="$ovmf/OVMF_CODE.fd" \
    $flash,file="$T/vars1.fd" -device "$nic:02,romfile="
# shellcheck disable=SC2086
boot ipxe-uefi "iPXE, UEFI x64" $flash,readonly=on,file="$ovmf/OVMF_CODE.fd" \
    $flash,file="$T/vars2.fd" -device "$nic:03"
