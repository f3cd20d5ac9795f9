#!/bin/sh
# wave_qemu.sh - a wave's machine is a QEMU that stands still: the hook resets it
# by QMP, its firmware asks for what it is armed for, and begins; a person who
# disarms it ends the wave.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
ctl() { "$PROVCTL" -s "$T/provd.sock" "$@" </dev/null; }

ip tuntap add dev srv mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up
mkdir -p "$T/tree/distributions" "$T/tree/boot" "$T/programs"
head -c 3000 /dev/zero >"$T/tree/boot/vmlinuz"
head -c 3000 /dev/zero >"$T/tree/boot/initrd.img"
: >"$T/tree/distributions/base.txz"
: >"$T/tree/distributions/kernel.txz"
printf 'base.txz\t%064d\t1\tbase\t"base"\ton\nkernel.txz\t%064d\t1\tkernel\t"kernel"\ton\n' 0 0 \
    >"$T/tree/distributions/MANIFEST"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
boot-programs: $T/programs
hooks: $TOP/dist/hooks
trees: { debian: { path: $T/tree } }
profiles: [ $TOP/profiles/debian.yaml ]
dhcp: { subnets: [ { subnet: 192.168.10.0/24 } ] }
hosts:
  vm: { mac: "52:54:00:00:00:01", address: 192.168.10.11, profile: debian, power: { method: qemu, address: $T/qmp } }
END
start_provd "$T/provd.yaml"
timeout 200 "$qemu" -accel tcg -m 256 -display none -nodefaults -boot n -S \
    -qmp "unix:$T/qmp,server=on,wait=off" -netdev tap,id=n,ifname=srv,script=no,downscript=no \
    -device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01 >"$T/qemu.log" 2>&1 &
machine=$!
there() { [ -S "$T/qmp" ]; }
wait_for 30 there || die "QEMU does not start: $(cat "$T/qemu.log")"
off() { ctl power status vm | grep -qx 'vm: off'; }
on() { ctl power status vm | grep -qx 'vm: on'; }
booting() { ctl hosts vm | grep -q ' booting '; }
ended() { ctl wave report 1 | grep -q '^vm .* failed .*was disarmed'; }
check "it is off" off
check "a wave is started" ctl wave start vm --size 1
check "it is switched on" wait_for 30 on
check "and its firmware boots what it is armed for" wait_for 90 booting
check "its history has both" sh -c "'$PROVCTL' -s '$T/provd.sock' show vm | grep -q 'power cycle by qemu'"
ctl disarm vm >/dev/null
check "disarmed, the wave has ended" wait_for 20 ended
kill "$machine"
wait "$machine" 2>/dev/null
