#!/bin/sh
# Server-sent events: lines at once, hosts as they change, what somebody missed,
# and those who do not read.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
: "${PROVD:=$BUILD/provd}"
ns_setup
dhcp_conf authoritative >"$T/provd.yaml"
_i=0
while [ $_i -lt 40 ]; do
	printf '  h%d: { mac: "02:00:00:00:01:%02x" }\n' $_i $_i
	_i=$((_i + 1))
done >>"$T/provd.yaml"
start_provd "$T/provd.yaml"
in_client ip addr add 192.168.10.77/24 dev cli
events() { in_client python3 "$TOP/tests/interop/api_events.py" "$1" "$T/provd.sock" "$T/provd.yaml"; }
check "a line at once, its host within a second, ids that count up" events lines
check "at most four a second of a host, the last one current" events coalesce
check "of one host alone" events only
refuse "of a host that is not there" events nobody
check "hosts that come and go with the configuration" events reload
check "what somebody missed who was away" events resume
check "to read anew after another run" events reset
check "sixty-four watchers, and no more" events many
check "who does not read is sent away, the others are served" events slow
