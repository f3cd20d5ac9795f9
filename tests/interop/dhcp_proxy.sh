#!/bin/sh
# Beside another DHCP server that gives addresses and nothing else: firmware in
# QEMU gets its address there, its boot file here, and loads it.
PEERS="dnsmasq-base ovmf udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
dnsmasq=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
ovmf=$BUILD/peers/ovmf/usr/share/OVMF
[ -d "$ovmf" ] || skip "no OVMF"
[ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || skip "no iPXE ROM for QEMU"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"
: "${PROVD:=$BUILD/provd}"
in_show() { "${PROVD%/*}/provctl" -s "$T/provd.sock" show "$1" | grep -q -- "$2"; }

wire_setup
# QEMU's port on the switch.  (A tap belongs to the namespace that uses it.)
ip tuntap add dev tap0 mode tap 2>"$T/err" || skip "no tap device: $(cat "$T/err")"
# shellcheck disable=SC2154	# set by ns_add
ip link add up0 type veth peer name p-vm netns "$_ns_wire"
ip link add vm type bridge
for _l in tap0 up0; do ip link set "$_l" master vm up; done
ip link set vm up
in_ns wire ip link set p-vm master br0 up

in_ns other "$dnsmasq" -k -C /dev/null -p 0 -i oth -z -u root --no-ping --dhcp-authoritative \
    --log-facility=- -x "$T/dnsmasq.pid" -l "$T/dnsmasq.leases" \
    --dhcp-range=192.168.10.200,192.168.10.220,1h >"$T/dnsmasq.log" 2>&1 &
wait_for 10 grep -q started "$T/dnsmasq.log" || die "dnsmasq did not start"

mkdir -p "$T/tree/boot"
head -c 3000 /dev/zero >"$T/tree/boot/file"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
nfs: { enabled: no }
trees:
  t: { path: $T/tree, clients: known }
dhcp:
  mode: proxy
  subnets:
    - subnet: 192.168.10.0/24
      options: { filename: /t/boot/file }
hosts:
  bios: { mac: 52:54:00:00:00:01 }
  uefi: { mac: 52:54:00:00:00:02 }
  ipxe: { mac: 52:54:00:00:00:03 }
  box: { mac: 02:00:00:00:00:21 }
END
start_provd "$T/provd.yaml"

asked_for_file() { tail -c "+$_from" "$T/provd.log" | grep -q "ev=tftp.*boot/file"; }
since() { tail -c "+$_from" "$T/provd.log" | grep -c -- "$1"; }

# boot HOST FIRMWARE ARG...: power on, until the file is asked for
boot() {
	name=$1 fw=$2
	shift 2
	_from=$(($(wc -c <"$T/provd.log") + 1))
	timeout 120 "$qemu" -accel tcg -m 256 -display none -nodefaults -no-reboot \
	    -serial "file:$T/$name.serial" -boot n \
	    -netdev tap,id=n,ifname=tap0,script=no,downscript=no "$@" \
	    >"$T/$name.qemu" 2>&1 &
	_qemu=$!
	check "$name asks for its file" wait_for 110 asked_for_file
	kill "$_qemu" 2>/dev/null
	wait "$_qemu" 2>/dev/null
	check "$name is known as $fw" test "$(since "arch=\"$fw")" -gt 0
	check "$name has its address from the other server" \
	    test "$(since "dhcp.learnt host=$name .*server=192.168.10.9")" -gt 0
	check "$name was given none by us" test "$(since "(selected,")" -eq 0
	tail -c "+$_from" "$T/provd.log" | grep -E "ev=(dhcp|tftp)" | sed "s/^/# /"
}

nic=virtio-net-pci,netdev=n,mac=52:54:00:00:00
flash="-drive if=pflash,format=raw"
cp "$ovmf/OVMF_VARS.fd" "$T/vars1.fd"
cp "$ovmf/OVMF_VARS.fd" "$T/vars2.fd"
boot bios "iPXE, BIOS" -device "$nic:01"
check "bios: the file was in the offer" test "$(since "OFFER without an address (proxy-offer,")" -gt 0
# shellcheck disable=SC2086
boot uefi "PXE, UEFI x64" $flash,readonly=on,file="$ovmf/OVMF_CODE.fd" \
    $flash,file="$T/vars1.fd" -device "$nic:02,romfile="
check "uefi: was sent to port 4011" test "$(since "(proxy-redirect,")" -gt 0
check "uefi: and asked there" test "$(since "(proxy-boot-server,")" -gt 0
# shellcheck disable=SC2086
boot ipxe "iPXE, UEFI" $flash,readonly=on,file="$ovmf/OVMF_CODE.fd" \
    $flash,file="$T/vars2.fd" -device "$nic:03"

# A system hears nothing from us, and its host is known all the same.
cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$ip \$serverid" >"$T/bound"
END
chmod +x "$T/script"
set_mac 02:00:00:00:00:21
check "a system has a lease of the other server" in_client "$udhcpc" -f -q -n -i cli \
    -s "$T/script" -t 3 -T 2
check "alone" grep -q ' 192.168.10.9$' "$T/bound"
check "its host's history tells" wait_for 5 in_show box "takes 192.168.10.2.* from the server 192.168.10.9"
check "and who was heard is shown" sh -c \
    "'${PROVD%/*}/provctl' -s '$T/provd.sock' status | grep -q '^192.168.10.9 '"
"${PROVD%/*}/provctl" -s "$T/provd.sock" explain uefi >"$T/explain"
check "explain says what UEFI is told at port 4011" grep -q "^at port 4011: ACK without an address" "$T/explain"
check "and that a system hears nothing" grep -q "proxy-no-firmware\|it is no firmware" "$T/explain"
