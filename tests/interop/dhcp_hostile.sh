#!/bin/sh
# What one machine on the segment can do to the others: ask for every address,
# decline every address, answer for every address, speak for every server.  And
# a full disk: a lease that was acknowledged is not lost by one that was not.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
: "${PROVD:=$BUILD/provd}"
ctl() { "${PROVD%/*}/provctl" -s "$T/provd.sock" "$@" >"$T/ctl"; }
client() { in_client python3 "$TOP/tests/interop/dhcp_modes.py" "$@"; }
lines() { grep -c -- "$1" "$T/provd.log"; }
wire_setup
in_ns client ip addr add 192.168.10.2/24 dev cli

dhcp_conf | sed 's/rate-limit: 0/rate-limit: 0\n  conflict-check: off/' >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "greed" client greedy
check "declining" client declines
ctl leases
check "half of the range was put aside" test "$(grep -c declined "$T/ctl")" -eq 5
check "forgery" client forged 20000
check "the log is not flooded ($(lines ev=dhcp.foreign) lines)" \
    test "$(lines ev=dhcp.foreign)" -lt 5000
check "and says so" logged "ev=dhcp.many"
check "strangers" client hide
check "among them another server is told of" wait_for 5 \
    logged "ev=dhcp.foreign .*server=10.9.9.9"
stop_provd

rm -rf "$T/state"
dhcp_conf >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "ARP" client arp
check "the log says why it asks no more" logged \
    "ev=dhcp.conflict err=\"whatever address is asked for"
check "in few lines" test "$(lines ev=dhcp.conflict)" -lt 300
ctl leases
check "no more than half is put aside" test "$(grep -c declined "$T/ctl")" -le 5
stop_provd

# The disk is full while a machine renews by its second network card.
rm -rf "$T/state"
mkdir "$T/state"
mount -t tmpfs -o size=2m tmpfs "$T/state"
dhcp_conf | sed 's/rate-limit: 0/rate-limit: 0\n  conflict-check: off\n  match-client-id: yes/' \
    >"$T/provd.yaml"
start_provd "$T/provd.yaml"
check "a lease by client identifier" client lease
dd if=/dev/zero of="$T/state/filler" bs=4k 2>/dev/null
in_client ip addr add 192.168.10.100/24 dev cli
check "no disk" client no_disk
ctl leases
check "the lease that was promised still stands" grep -q "192.168.10.100 .*bound" "$T/ctl"
rm "$T/state/filler"
stop_provd
umount "$T/state"
