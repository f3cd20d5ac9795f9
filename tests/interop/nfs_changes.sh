#!/bin/sh
# nfs_changes.sh - what changes on the server is what the next call sees, while
# clients keep all of it in the server's memory.  CHANGES=3000.
# The same where the system lets nobody watch directories, or only a few: its limits
# for a user are used up.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

: "${CHANGES:=3000}"
: "${PROVD:=$BUILD/provd}"
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
stop_provd

# A user namespace of its own has limits of its own.
PROGRAM=$PROVD
cat >"$T/limited" <<'END'
#!/bin/sh
limit=${0%/*}/limit
exec unshare -U -r sh -c 'cat "$0.instances" >/proc/sys/user/max_inotify_instances &&
	cat "$0.watches" >/proc/sys/user/max_inotify_watches && exec "$@"' "$limit" "$PROGRAM" "$@"
END
chmod +x "$T/limited"
export PROGRAM
PROVD=$T/limited
# shellcheck disable=SC2154	# of lib.sh
watches() { cat "/proc/$_provd/fdinfo/"* 2>/dev/null | grep -c '^inotify wd:'; }
limited() {	# limited INSTANCES WATCHES
	echo "$1" >"$T/limit.instances"
	echo "$2" >"$T/limit.watches"
	rm -rf "$T/tree" "$T/state"
	mkdir "$T/tree" "$T/state"
	start_provd "$T/provd.yaml"
	check "$1 instances, $2 watches: each change is seen at once" in_client \
	    python3 "$TOP/tests/interop/nfs_changes.py" $S "$T/tree" $((CHANGES / 10))
	_watches=$(watches)
	stop_provd
}
if unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_inotify_watches' 2>/dev/null; then
	limited 1000 1000
	check "where it may it watches: $_watches" [ "$_watches" -gt 1 ]
	limited 0 1000
	check "without inotify: $_watches" [ "$_watches" -eq 0 ]
	limited 1000 0
	check "nothing may be watched: $_watches" [ "$_watches" -eq 0 ]
	limited 1000 3
	check "three directories may be: $_watches" [ "$_watches" -le 3 ]
else
	skip "user namespaces have no limits of their own here"
fi
