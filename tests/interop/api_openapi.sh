#!/bin/sh
# The description of the API: every call is in it, it is well formed, and what a
# running provd answers is what it says.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
ns_setup
debian_tree 70000 300003
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp:
  mode: authoritative
  probe-time: 0
  subnets: [{ subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.109 }]
nfs: { enabled: no }
tftp: { enabled: no }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  debian: { path: $T/debian }
hosts:
  h1: { mac: 52:54:00:12:34:56, profile: debian, labels: { rack: "7" } }
  h2: { uuid: 12345678-1234-1234-1234-123456789abc }
END
start_provd "$T/provd.yaml"
in_client ip addr add 192.168.10.77/24 dev cli
in_client python3 - <<'PY'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("192.168.10.77", 68))
for mac in "525400123456", "020000000099":	# a host, and nobody
    p = struct.pack("!BBBBIHHIIII", 1, 1, 6, 0, 7, 0, 0x8000, 0, 0, 0, 0)
    p += bytes.fromhex(mac).ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63\x35\x01\x01\xff"
    s.sendto(p.ljust(300, b"\0"), ("255.255.255.255", 67))
PY
told() { curl -s --unix-socket "$T/provd.sock" http://provd/v1/unknown | grep -q 02:00:00:00:00:99; }
wait_for 5 told
check "every call is described, and answers as described" \
    python3 "$TOP/tests/interop/api_openapi.py" "$T/provd.sock" "$TOP/provd/api.def"
