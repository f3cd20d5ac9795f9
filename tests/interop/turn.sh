#!/bin/sh
# max-installing: a machine whose turn it is not waits in an iPXE script, and
# boots its installer when the one before it is no longer counted. With QEMU's
# iPXE ROM and with OVMF's own PXE client, which is given iPXE to wait in.
PEERS="ovmf ipxe"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
ovmf=$BUILD/peers/ovmf/usr/share/OVMF
[ -c /dev/net/tun ] || skip "no /dev/net/tun"
: "${PROVD:=$BUILD/provd}"
CTL="${PROVD%/*}/provctl -s $T/provd.sock"

ip tuntap add dev srv mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up
mkdir -p "$T/tree/distributions" "$T/tree/boot" "$T/programs"
cp "$BUILD/peers/ipxe/usr/lib/ipxe/ipxe.efi" "$T/programs/" || die "no ipxe.efi"
head -c 3000 /dev/zero >"$T/tree/boot/vmlinuz"
head -c 3000 /dev/zero >"$T/tree/boot/initrd.img"
printf 'base.txz\t%064d\t1\tbase\t"base"\ton\nkernel.txz\t%064d\t1\tkernel\t"kernel"\ton\n' 0 0 \
    >"$T/tree/distributions/MANIFEST"
: >"$T/tree/distributions/base.txz"
: >"$T/tree/distributions/kernel.txz"
{
	cat <<-END2
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	max-installing: 1
	boot-programs: $T/programs
	trees: { debian: { path: $T/tree } }
	profiles: [ $TOP/profiles/debian.yaml ]
	dhcp:
	  subnets: [ { subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.109 } ]
	hosts:
	END2
	for n in 1 2 3; do
		echo "  web$n: { mac: \"52:54:00:00:00:0$n\", address: 192.168.10.1$n, profile: debian }"
	done
} >"$T/provd.yaml"
start_provd "$T/provd.yaml"
for n in 1 2 3; do $CTL arm web$n --yes >/dev/null || die "web$n is not armed"; done

# power N ARG...: machine N on; its process is in $m
power() {
	n=$1
	shift
	timeout 200 "$qemu" -accel tcg -m 256 -display none -nodefaults -no-reboot -boot n \
	    -netdev tap,id=n,ifname=srv,script=no,downscript=no "$@" >"$T/web$n.qemu" 2>&1 &
	m=$!
}
off() { kill "$m" 2>/dev/null; wait "$m" 2>/dev/null; }
# host N PATTERN: what is said of it now
host() { $CTL hosts | grep -q "^web$1 .*$2"; }

nic=virtio-net-pci,netdev=n,mac=52:54:00:00:00
power 1 -device "$nic:01"
check "the first boots" wait_for 60 host 1 booting
off
power 2 -device "$nic:02"
check "the second waits for its turn" wait_for 60 host 2 'waits for its turn, place 1'
asked=$(grep -c 'ev=dhcp.*host=web2.*ACK' "$T/provd.log")
asks_again() { [ "$(grep -c 'ev=dhcp.*host=web2.*ACK' "$T/provd.log")" -gt "$asked" ]; }
check "and asks again" wait_for 60 asks_again
check "it has not begun" host 2 armed
check "its history says so" sh -c "$CTL show web2 | grep -q 'waits for its turn: 1 installs at a time, place 1'"
$CTL disarm web1 >/dev/null
check "when the first is no longer counted, it boots" wait_for 60 host 2 booting
menu() { grep -q 'ev=tftp.*peer=192.168.10.12:.*menu.ipxe' "$T/provd.log"; }
check "from its menu" wait_for 30 menu
off

cp "$ovmf/OVMF_VARS.fd" "$T/vars.fd" || die "no OVMF"
flash="-drive if=pflash,format=raw"
# shellcheck disable=SC2086
power 3 $flash,readonly=on,file="$ovmf/OVMF_CODE.fd" $flash,file="$T/vars.fd" \
    -device "$nic:03,romfile="
script() { grep -q 'ev=tftp.*peer=192.168.10.13:.*wait.ipxe' "$T/provd.log"; }
check "UEFI waits in iPXE" wait_for 90 script
$CTL disarm web2 >/dev/null
check "and boots in its turn" wait_for 60 host 3 booting
off
