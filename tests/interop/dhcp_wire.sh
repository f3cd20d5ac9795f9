#!/bin/sh
# DHCP frame by frame: who is reached how, relays, BOOTP, broken packets.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
ns_setup
dhcp_conf >"$T/provd.yaml"
ip route add 10.99.0.0/24 via 192.168.10.2
in_client ip addr add 192.168.10.2/24 dev cli
in_client ip addr add 10.99.0.1/24 dev cli
start_provd "$T/provd.yaml"
check "as the RFCs say" in_client python3 "$TOP/tests/interop/dhcp_wire.py"
stop_provd

# A disk that fills up while it serves.
rm -rf "$T/state"
mkdir "$T/state"
mount -t tmpfs -o size=4m tmpfs "$T/state"
start_provd "$T/provd.yaml"
dd if=/dev/zero of="$T/state/fill" bs=4k 2>/dev/null
check "with a full disk" in_client python3 "$TOP/tests/interop/dhcp_wire.py" full
check "the operator is told" logged "ev=dhcp.commit .*err="
rm "$T/state/fill"
check "and with space" in_client python3 "$TOP/tests/interop/dhcp_wire.py" space
stop_provd
umount "$T/state"

# What a container may lack.
: "${PROVD:=$BUILD/provd}"
cat >"$T/noraw" <<END
#!/bin/sh
exec setpriv --bounding-set -net_raw --inh-caps -net_raw "$PROVD" "\$@"
END
chmod +x "$T/noraw"
PROVD=$T/noraw
start_provd "$T/provd.yaml"
check "without raw sockets" in_client python3 "$TOP/tests/interop/dhcp_wire.py" noraw
check "it is said once" test "$(grep -c "ev=dhcp.raw" "$T/provd.log")" -eq 1
