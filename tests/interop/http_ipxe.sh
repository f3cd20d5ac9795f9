#!/bin/sh
# http_ipxe.sh - the iPXE ROM in QEMU: its script, a large file, a name with a space
# and the sectors of a disk come by HTTP.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
[ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || skip "no iPXE ROM for QEMU"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"

# QEMU's tap is the server's interface.
ip tuntap add dev srv mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
ip addr add 192.168.10.1/24 dev srv
ip link set srv up
mkdir -p "$T/tree/boot"
head -c 20000003 /dev/urandom >"$T/tree/boot/large file"
head -c 1048576 /dev/zero >"$T/tree/boot/disk"
echo end >"$T/tree/boot/end"
url=http://192.168.10.1:8080/t/boot
cat >"$T/tree/boot/script.ipxe" <<END
#!ipxe
imgfetch --name big large%20file || goto failed
imgfree big
imgfetch $url/nothing && goto failed ||
sanhook --no-describe --drive 0x80 $url/disk || goto failed
sanunhook --drive 0x80
imgfetch end
:failed
shell
END
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
nfs: { enabled: no }
tftp: { enabled: no }
http: { enabled: yes, port: 8080 }
trees:
  t: { path: $T/tree, clients: any }
dhcp:
  mode: authoritative
  probe-time: 0
  subnets:
    - subnet: 192.168.10.0/24
      range: 192.168.10.100-192.168.10.109
      options: { filename: $url/script.ipxe }
END
start_provd "$T/provd.yaml"
timeout 120 "$qemu" -accel tcg -m 256 -display none -nodefaults -no-reboot \
    -serial "file:$T/serial" -boot n -netdev tap,id=n,ifname=srv,script=no,downscript=no \
    -device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01 >"$T/qemu" 2>&1 &
_qemu=$!
said() { grep -q "ev=http .*file=\"*/t/boot/$1" "$T/provd.log"; }
check "its script comes to its end" wait_for 100 said "end status=200"
kill "$_qemu"
wait "$_qemu" 2>/dev/null
check "the large file came whole" said 'large file" status=200 bytes=20000003 err=-'
check "sectors are ranges" said "disk status=206"
check "what is not there is not there" said "nothing status=404"
