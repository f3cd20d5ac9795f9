#!/bin/sh
# Metrics that promtool accepts and that count; alive and ready, and not ready
# when nothing can be written.
# shellcheck source-path=SCRIPTDIR
PEERS="prometheus"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
: "${PROVD:=$BUILD/provd}"
command -v openssl >/dev/null || skip "no openssl"
command -v curl >/dev/null || skip "no curl"
. "$(dirname "$0")/api_lib.sh"
ns_setup
in_client ip addr add 192.168.10.77/24 dev cli
in_client ip addr add 192.168.10.78/24 dev cli
certificate provd.test || die "openssl made no certificate"
mkdir "$T/state"
mount -t tmpfs -o size=8m tmpfs "$T/state" || skip "mounting is not allowed here"
{
	dhcp_conf authoritative
	api_conf | sed -n '/^api:/,$p'
	echo "  metrics-from: [192.168.10.78/32]"
} >"$T/provd.yaml"
start_provd "$T/provd.yaml"

local_get() { curl -s --unix-socket "$T/provd.sock" "http://provd$1"; }
code() { curl -s -o "$T/body" -w '%{http_code}' --unix-socket "$T/provd.sock" "http://provd$1"; }
metric() { local_get /metrics | awk -v m="$1" '$1 == m { print $2 }'; }
above() { [ "$(metric "$1")" -gt "$2" ]; }
is_now() { [ "$(metric "$1")" = "$2" ]; }
discover() {
	in_client python3 - <<-'PY'
	import os, socket, struct, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
	s.bind(("192.168.10.77", 68))
	for kind in b"\x01", b"\x03\x32\x04\x0a\x09\x09\x09":
	    p = struct.pack("!BBBBIHHIIII", 1, 1, 6, 0, 7, 0, 0x8000, 0, 0, 0, 0)
	    p += bytes.fromhex("020000000020").ljust(16, b"\0") + bytes(192)
	    s.sendto((p + b"\x63\x82\x53\x63\x35\x01" + kind + b"\xff").ljust(300, b"\0"), ("255.255.255.255", 67))
	PY
}
local_get /metrics >"$T/metrics"
accepted() { "$(peer prometheus promtool)" check metrics <"$T/metrics" 2>&1 | sed 's/^/# /' | tee "$T/said"; ! grep -q . "$T/said"; }
check "promtool has nothing to say against them" accepted
echo 'a{ 1' >"$T/metrics"
refuse "it would" accepted
check "nothing was decided yet" is_now 'provd_dhcp_packets_total{rule="fixed-address"}' 0
discover
check "a packet is counted by its rule" wait_for 3 is_now 'provd_dhcp_packets_total{rule="fixed-address"}' 1
check "its commit too" wait_for 3 above provd_store_commit_seconds_count 0
check "hosts by state" is_now 'provd_hosts{state="new"}' 1
check "what the process takes" above process_open_fds 5
TOKEN=$(token add prometheus) || die "no token"
check "over HTTPS with a token" is 200 client -H "Authorization: Bearer $TOKEN" "$U/metrics"
check "not without one" is 401 client --interface 192.168.10.77 "$U/metrics"
check "but from where the configuration says" is 200 client --interface 192.168.10.78 "$U/metrics"
check "who may see nothing else" is 401 client --interface 192.168.10.78 "$U/v1/hosts"
check "anybody may ask whether it is alive" is 200 client --interface 192.168.10.77 "$U/v1/health"
check "and ready" is 200 client --interface 192.168.10.77 "$U/v1/ready"
head -c 20m /dev/zero >"$T/state/fill" 2>/dev/null
unready() { discover; [ "$(code /v1/ready)" = 503 ]; }
check "not ready when its disk is full" wait_for 10 unready
check "with the reason" grep -q "store's last commit failed" "$T/body"
check "alive all the same" sh -c "[ '$(code /v1/health)' = 200 ]"
check "failures are counted" above provd_store_failed_total 0
rm "$T/state/fill"
ready() { discover; [ "$(code /v1/ready)" = 200 ]; }
check "ready again when there is room" wait_for 10 ready
umount -l "$T/state"
