#!/bin/sh
# provctl watch on terminals of every kind, log and wait: against a server that says
# what the test wants, and against provd.
# shellcheck disable=SC2034,SC2154
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
ns_setup
: "${PROVD:=$BUILD/provd}"
CTL=${PROVD%/*}/provctl
check "against what may come" python3 "$TOP/tests/interop/provd_watch.py" "$CTL" "$T"

mkdir -p "$T/tree/distributions" "$T/tree/boot"
: >"$T/tree/boot/vmlinuz"
: >"$T/tree/boot/initrd.img"
for s in base kernel; do
	echo x >"$T/tree/distributions/$s.txz"
	printf "$s.txz\t%064d\t1\t$s\t\"$s\"\ton\n" 0 >>"$T/tree/distributions/MANIFEST"
done
cat >"$T/provd.yaml" <<END
interface: srv
state: state
socket: ctl
user: root
trees: { debian: { path: tree } }
profiles: [ $TOP/profiles/debian.yaml ]
hosts:
  web1: { mac: "52:54:00:00:00:01", profile: debian }
  web2: { mac: "52:54:00:00:00:02", profile: debian }
END
start_provd "$T/provd.yaml"
ctl() { timeout 20 "$CTL" -s "$T/ctl" "$@"; }
quietly() { "$@" >"$T/out" 2>&1; }
ctl wait web1 --until armed --timeout 15s >"$T/waited" 2>&1 &
waiter=$!
ctl watch >"$T/lines" 2>&1 &
lines=$!
ctl log -f web1 >"$T/log" 2>&1 &
log=$!
sleep 0.5
check "arm" quietly ctl arm -y web1
check "wait sees it" wait "$waiter"
check "and says it" grep -qx 'web1: armed' "$T/waited"
check "lines without a terminal" wait_for 5 grep -q ' web1 *armed ' "$T/lines"
check "log -f tells it too" wait_for 5 grep -q 'armed' "$T/log"
refuse "nothing of it steers" grep -q "$(printf '\033')" "$T/lines"
kill "$lines" "$log"
code=0
ctl wait web2 --until armed --timeout 1s >"$T/out" 2>&1 || code=$?
check "too long is an exit code of its own" test "$code" -eq 5
check "a selector means the hosts that it means now" quietly ctl wait 'name=web1' --until armed --timeout 5s
refuse "nobody is an error" quietly ctl wait 'name=nobody' --timeout 5s
stop_provd
