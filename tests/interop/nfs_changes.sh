#!/bin/sh
# nfs_changes.sh - what changes on the server is what the next call sees, while
# clients keep all of it in the server's memory.  CHANGES=3000.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

: "${CHANGES:=3000}"
S=192.168.10.1

ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
mkdir "$T/tree" "$T/state"
chmod 755 "$T"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
threads: 2
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { portmap: off }
trees:
  tree: { path: $T/tree, export: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"
check "$CHANGES changes, each seen at once" in_client \
    python3 "$TOP/tests/interop/nfs_changes.py" $S "$T/tree" "$CHANGES"
check "a greedy client leaves others their turn" in_client \
    python3 "$TOP/tests/interop/nfs_changes.py" $S "$T/tree" greedy
