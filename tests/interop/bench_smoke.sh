#!/bin/sh
# The load clients of bench/ against provd, for a few seconds each.
#
# Prints what an answer costs the server; fails when an answer is wrong or
# missing.  SECONDS_EACH=3 CLIENTS=64.
. "$(dirname "$0")/lib.sh"
ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
mkdir "$T/tree"
dd if=/dev/urandom of="$T/tree/file" bs=1k count=1024 2>/dev/null
cat >"$T/provd.yaml" <<END
interface: srv
state: state
socket: ctl
user: root
trees:
  t: { path: tree, clients: any }
END
start_provd "$T/provd.yaml"
check "tftp" in_client "$BUILD/bench/tftp" -n "${CLIENTS:-64}" -b 1428 192.168.10.1 t/file "$T/tree/file"
# shellcheck disable=SC2154	# of lib.sh
check "nfs" in_client "$BUILD/bench/load" nfs 192.168.10.1 /t/file "${CLIENTS:-64}" \
    "${SECONDS_EACH:-3}" "$_provd"
