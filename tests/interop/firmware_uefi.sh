#!/bin/sh
# firmware_uefi.sh - UEFI in QEMU, by its odd ways: HTTP boot from a URL; an
# installed host that is sent to its disk by the shim and GRUB that Debian has
# signed, which look for their files in the wrong places, and by iPXE; UEFI of
# 32 bits.
# shellcheck disable=SC2034
PEERS="ovmf ovmf-ia32 shim-signed grub-efi-amd64-signed ipxe"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
ovmf=$BUILD/peers/ovmf/usr/share/OVMF
[ -e "$ovmf/OVMF_CODE_4M.fd" ] || skip "no OVMF"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"

# QEMU's tap is the server's interface.
ip tuntap add dev srv mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up
mkdir -p "$T/tree" "$T/programs"
"$TOP/tests/interop/efi_disk.py" "$T/esp"
cp "$T/esp/EFI/BOOT/BOOTX64.EFI" "$T/tree/hello.efi"
cp "$T/esp/EFI/BOOT/BOOTIA32.EFI" "$T/tree/hello32.efi"
cp -L "$BUILD/peers/shim-signed/usr/lib/shim/shimx64.efi.signed" "$T/programs/shimx64.efi"
cp -L "$BUILD/peers/grub-efi-amd64-signed/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed" \
    "$T/programs/grubx64.efi"
# Under Secure Boot the disk's loader must be signed as well.
mkdir -p "$T/esp2/EFI/debian"
cp "$T/programs/shimx64.efi" "$T/esp2/EFI/debian/"
cp -L "$BUILD/peers/grub-efi-amd64-signed/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" \
    "$T/esp2/EFI/debian/grubx64.efi"
echo "echo disk started; sleep 100" >"$T/esp2/EFI/debian/grub.cfg"

# conf FILENAME: strangers are sent that; host web1 is known and not armed
conf() {
	cat <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	nfs: { enabled: no }
	http: { enabled: yes, port: 8080 }
	boot-programs: $T/programs
	trees:
	  t: { path: $T/tree, clients: any }
	dhcp:
	  mode: authoritative
	  probe-time: 0
	  subnets:
	    - subnet: 192.168.10.0/24
	      range: 192.168.10.100-192.168.10.109
	      ${1:+options: { filename: $1 \}}
	END
	[ -n "${1:-}" ] || cat <<-END
	hosts:
	  web1: { mac: "52:54:00:00:00:03" }
	END
}

seen() { grep -qa "$2" "$T/$1.serial"; }
said() { tail -c "+$_from" "$T/provd.log" | grep -q "$1"; }

# boot NAME MAC CODE VARS SECONDS ARG...: power on, until its disk program speaks
boot() {
	name=$1 mac=$2 code=$3 vars=$4 seconds=$5
	shift 5
	_from=$(($(wc -c <"$T/provd.log") + 1))
	cp "$vars" "$T/$name.vars"
	: >"$T/$name.serial"
	_began=$(date +%s)
	timeout 200 "$qemu" -accel tcg -m 256 -display none -nodefaults -no-reboot \
	    -machine q35,smm=on -device virtio-rng-pci \
	    -global driver=cfi.pflash01,property=secure,value=on \
	    -drive if=pflash,format=raw,unit=0,readonly=on,file="$code" \
	    -drive if=pflash,format=raw,unit=1,file="$T/$name.vars" \
	    -serial "file:$T/$name.serial" \
	    -netdev tap,id=n,ifname=srv,script=no,downscript=no \
	    -device "virtio-net-pci,netdev=n,mac=$mac,${rom}bootindex=1" \
	    "$@" >"$T/$name.qemu" 2>&1 &
	_qemu=$!
	check "$name: its program starts" wait_for "$seconds" seen "$name" "disk started"
	echo "# after $(($(date +%s) - _began)) s"
	kill "$_qemu" 2>/dev/null
	wait "$_qemu" 2>/dev/null
	tail -c "+$_from" "$T/provd.log" | grep -E "ev=(dhcp|tftp|http)" | cut -c1-200 | sed "s/^/# /"
}
rom=romfile=,		# no iPXE in the card
disk="-drive if=none,id=d,format=raw,readonly=on,file=fat:$T/esp2 -device virtio-blk-pci,drive=d,bootindex=2"

# To the disk, by shim and GRUB.
conf >"$T/disk.yaml"
start_provd "$T/disk.yaml"
# shellcheck disable=SC2086
boot shim 52:54:00:00:00:03 "$ovmf/OVMF_CODE_4M.secboot.fd" "$ovmf/OVMF_VARS_4M.ms.fd" 100 $disk
check "the rule is disk-grub" said "rule disk-grub"
check "GRUB found its menu" said "ev=tftp.done .*grub.cfg"
refuse "what shim and GRUB only try is no warning" said "ev=tftp.refused"

# The same from iPXE, by its own menu; such a card knows nothing of Secure Boot.
rom=
# shellcheck disable=SC2086
boot ipxe 52:54:00:00:00:03 "$ovmf/OVMF_CODE_4M.fd" "$ovmf/OVMF_VARS_4M.fd" 100 $disk
check "ipxe: the rule is disk-ipxe" said "rule disk-ipxe"
check "ipxe: GRUB found its menu" said "ev=tftp.done .*grub.cfg"
rom=romfile=,
stop_provd

# A URL.
conf /t/hello.efi >"$T/http.yaml"
start_provd "$T/http.yaml"
boot http 52:54:00:00:00:04 "$ovmf/OVMF_CODE_4M.fd" "$ovmf/OVMF_VARS_4M.fd" 100 \
    -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n \
    -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
check "it is known as HTTP boot" said 'arch="HTTP boot, UEFI x64"'
check "it got its file by HTTP" said "ev=http .*status=200"
stop_provd

# 32 bits.
code=$BUILD/peers/ovmf-ia32/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd
[ -e "$code" ] || skip "no OVMF of 32 bits"
conf /t/hello32.efi >"$T/ia32.yaml"
start_provd "$T/ia32.yaml"
boot ia32 52:54:00:00:00:05 "$code" "${code%CODE_4M.secboot.fd}VARS_4M.fd" 100
check "it is known as UEFI ia32" said 'arch="PXE, UEFI ia32"'
