#!/bin/sh
# provctl explain: the answer that would be given, and why; nothing changes.
# And a reload, which the next answer already obeys.
PEERS="udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
ns_setup
: "${PROVD:=$BUILD/provd}"
ctl=${PROVD%/*}/provctl
[ -x "$ctl" ] || skip "no program $ctl"
dhcp_conf reservation >"$T/provd.yaml"
start_provd "$T/provd.yaml"

explain() { "$ctl" -s "$T/provd.sock" explain "$@" >"$T/out" 2>&1; }
says() { grep -q -- "$1" "$T/out"; }

check "a host" explain fixed
cp "$T/out" "$T/host.out"
for what in "it is: iPXE, BIOS" "it is: PXE, BIOS" "it is: PXE, UEFI" "it is: HTTP boot" "quirk pxe-name" "quirk http-class" \
    "it is: operating system" "known by its MAC" "its fixed address is 192.168.10.20" \
    "boot rule " "OFFER 192.168.10.20" "subnet-mask: 255.255.255.0" \
    "routers: 192.168.10.254" 'host-name: "fixed.example.org"' "dhcp-lease-time: 7200 s"; do
	check "says \"$what\"" says "$what"
done
check "a stranger" explain 02:00:00:00:07:07
check "is not answered, and why" says "silence: it is no host of the configuration"
"$ctl" -s "$T/provd.sock" leases >"$T/out"
refuse "nothing was leased by that" says 192.168.10

# A packet from a file: the recorded DISCOVER of OVMF, in binary.
python3 - "$TOP/tests/golden/dhcp/edk2-discover.req.hex" "$T/packet" <<'END'
import sys
out = b""
for line in open(sys.argv[1]):
    for word in line.split("#")[0].split():
        byte, _, times = word.partition("*")
        out += bytes([int(byte, 16)]) * int(times or 1)
open(sys.argv[2], "wb").write(out)
END
check "a packet" explain --packet "$T/packet"
check "is told from which firmware it is" says "it is: PXE, UEFI x64"
check "and its answer" says "silence: it is no host"

dhcp_conf | sed 's/default-lease-time: 2h/default-lease-time: infinite/' \
    >"$T/provd.yaml"
check "reload" "$ctl" -s "$T/provd.sock" reload
check "the stranger again" explain 02:00:00:00:07:07
check "is answered now" says "OFFER 192.168.10.100"
check "with the new lease time" says "dhcp-lease-time: infinite"
udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
cat >"$T/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$ip \$lease" >"$T/bound"
END
chmod +x "$T/script"
set_mac 02:00:00:00:07:07
check "and really gets it" in_client timeout 20 "$udhcpc" -f -q -n -i cli \
    -s "$T/script" -t 5 -T 1
check "what was explained" grep -q "192.168.10.100 4294967295" "$T/bound"
