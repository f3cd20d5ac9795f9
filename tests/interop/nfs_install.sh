#!/bin/sh
# nfs_install.sh - what an install script does over NFS: its view, the log, a
# claim, reports; with provd killed in between, and when it is over.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"
S=192.168.10.1
HERE=$TOP/tests/interop

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
debian_tree 700000 300
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
tftp: { enabled: no }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  debian: { path: $T/debian }
hosts:
  h1: { mac: 52:54:00:12:34:56, profile: debian }
END
ctl() { "$PROVCTL" -s "$T/provd.sock" "$@"; }
shows() { ctl --json show h1 | grep -q "$1"; }
start_provd "$T/provd.yaml"
check "the host is armed" ctl arm h1 -y
TOKEN=$(ctl explain h1 | sed -n 's|.*\.provd/\([0-9a-f]\{32\}\)/.*|\1|p' | head -n 1)
[ ${#TOKEN} -eq 32 ] || die "no token: $(ctl explain h1)"
over() {
	_how=$1
	shift
	in_client python3 "$HERE/nfs_install.py" "$_how" $S "$TOKEN" "$T/debian" "$@"
}
script() { over v3tcp "$@"; }

check "its view" script view "$T/view"
check "its view over version 2" over v2tcp view "$T/view2"
check "the same over UDP" over v2udp view "$T/view2"
check "a report before the claim" script report 1-check-begin
check "the log is written" script log_write 0 'first line
'
check "the log is read" script log_is 'first line
'
kill_provd
start_provd "$T/provd.yaml"
check "after kill -9: the same view, the same handles" script view "$T/view"
check "and over version 2" over v2udp view "$T/view2"
check "the log is there" script log_is 'first line
'
check "a write that is sent again changes nothing" script log_write 0 'first line
'
check "and another is added" script log_write 11 'second
'
check "both" script log_is 'first line
second
'
check "version 2 adds to it" over v2udp log_write 18 'third
'
check "and again, its answer was lost" over v2tcp log_write 18 'third
'
for _v in v3tcp v2tcp v2udp; do
	check "$_v: all three" over $_v log_is 'first line
second
third
'
done
check "claim 17: go" script claim 17 go
check "claim 17 over version 2 is the same claim: go" over v2udp claim 17 go
check "claim 19 over version 2: refused" over v2tcp claim 19 refused
check "claim 17 again, its answer was lost: go" script claim 17 go
check "claim 18: refused" script claim 18 refused
kill_provd
start_provd "$T/provd.yaml"
check "after kill -9: claim 17 is the same claim" script claim 17 go
check "claim 18 is refused as before" script claim 18 refused
check "the host is installing" shows installing
check "a report" script report 3-unpack-begin
check "a report over version 2, UDP" over v2udp report 4-unpack-done
check "it has come" shows unpack
check "what is no report does not exist" script report nonsense 2
check "nor over version 2" over v2tcp report nonsense 2
check "the last report, over version 2" over v2tcp report 9-finish-done
check "the host is installed" shows installed
check "a step after the end does not exist" script report 10-more-begin 2
check "claim 17 after the end: refused" script claim 17 refused
check "over version 2 too" over v2udp claim 17 refused
check "the timeline has read a file" shows vmlinuz
check "the host is disarmed" ctl disarm h1
check "nothing is left to see" script refused
check "nothing over version 2" over v2udp refused
