#!/bin/sh
# Starting, refusing to start, reloading, stopping: what an operator meets.
# shellcheck disable=SC2086,SC2154
. "$(dirname "$0")/lib.sh"
ns_setup
: "${PROVD:=$BUILD/provd}"
CTL="${PROVD%/*}/provctl -s $T/ctl"
mkdir -p "$T/tree/distributions" "$T/tree/boot"
: >"$T/tree/boot/vmlinuz"
: >"$T/tree/boot/initrd.img"
printf 'base.txz\t%064d\t1\tbase\t"base"\ton\nkernel.txz\t%064d\t1\tkernel\t"kernel"\ton\n' 0 0 \
    >"$T/tree/distributions/MANIFEST"
: >"$T/tree/distributions/base.txz"
: >"$T/tree/distributions/kernel.txz"

# config TEXT: the smallest configuration, and TEXT behind it
config() {
	cat >"$T/provd.yaml" <<-END
	interface: srv
	state: state
	socket: ctl
	user: root
	trees:
	  debian: { path: tree }
	profiles: [ $TOP/profiles/debian.yaml ]
	$1
	END
}

# refused CODE PATTERN MSG: provd ends at once, with that code and one line
refused() {
	_code=0
	timeout 20 "$PROVD" -f "$T/provd.yaml" >"$T/out" 2>&1 || _code=$?
	if [ "$_code" -eq "$1" ] && grep -q "$2" "$T/out"; then
		pass "$3"
	else
		fail "$3 (exit code $_code: $(head -3 "$T/out"))"
	fi
}

config 'hosts: { web1: { mac: "52:54:00:00:00:01", profile: debian } }'
cp "$T/provd.yaml" "$T/good.yaml"
check "-T accepts a minimal file" sh -c "'$PROVD' -T -f '$T/provd.yaml' >'$T/effective.yaml'"
check "-T accepts what it printed" sh -c "'$PROVD' -T -f '$T/effective.yaml' >'$T/again.yaml'"
check "-T prints the same again" cmp -s "$T/effective.yaml" "$T/again.yaml"

printf 'interface: srv\n trees: [\n' >"$T/provd.yaml"
refused 2 'provd.yaml:[0-9]*:[0-9]*: ' "YAML that cannot be read"
config 'colour: blue'
refused 2 'provd.yaml:8:1: .*colour' "an unknown option"
config 'tftp: { port: 70000 }'
refused 2 'tftp.port' "a value out of range"
config 'hosts: { web1: { mac: "52:54:00:00:00:01", profile: nosuch } }'
refused 2 'nosuch' "a profile that is not loaded"
sed 's/path: tree/path: nowhere/' "$T/good.yaml" >"$T/provd.yaml"
refused 2 'nowhere' "a tree that is not there"
sed 's/^user: root/user: root\nboot-programs: nowhere/' "$T/good.yaml" >"$T/provd.yaml"
refused 2 'boot-programs' "a directory of boot programs that is not there"
sed 's/interface: srv/interface: eth9/' "$T/good.yaml" >"$T/provd.yaml"
refused 1 'eth9' "an interface that is not there"
sed 's/user: root/user: nosuchuser/' "$T/good.yaml" >"$T/provd.yaml"
refused 1 'nosuchuser' "a user that is not there"
printf 'name: broken\nos: linux\ntree: debian\ndisks: [ { partitions: [ { size: "*", fs: ext4, mount: /srv } ] } ]\ndistributions: { sets: [ base ] }\n' >"$T/broken.yaml"
sed "s|profiles: .*|profiles: [ broken.yaml ]|; /hosts:/d" "$T/good.yaml" >"$T/provd.yaml"
refused 2 'broken.yaml' "a profile without a root filesystem"

cp "$T/good.yaml" "$T/provd.yaml"
python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 69))
print(flush=True)
time.sleep(30)' >"$T/busy" &
busy=$!
wait_for 5 test -s "$T/busy"
refused 1 '69' "a busy port"
kill "$busy"
wait "$busy" 2>/dev/null

start_provd "$T/provd.yaml"
check "hosts are listed" sh -c "$CTL hosts | grep -q '^web1 .* ready'"
refused 1 '.' "a second provd on the same ports"
sed -e 's/socket: ctl/socket: ctl2/' "$T/good.yaml" >"$T/provd.yaml"
echo 'dhcp: { port: 6767 }
tftp: { port: 6969 }
nfs: { port: 22049, portmap: off }' >>"$T/provd.yaml"
refused 1 'state' "a second provd on the same state directory"
cp "$T/good.yaml" "$T/provd.yaml"
check "the first still answers" sh -c "$CTL hosts >/dev/null"

# A reload that fails keeps what was running and says so.
echo 'nonsense: 1' >>"$T/provd.yaml"
kill -HUP "$_provd"
wait_for 5 grep -q 'ev=reload.*did=kept-old' "$T/provd.log"
check "a broken file is refused and logged" grep -q 'ev=reload .*nonsense' "$T/provd.log"
$CTL reload >"$T/out" 2>&1 && fail "provctl reload says so" || {
	check "provctl reload says so" grep -q nonsense "$T/out"
}
sed 's/hosts: {/hosts: { web2: { mac: "52:54:00:00:00:02" },/' "$T/good.yaml" >"$T/provd.yaml"
check "a good file is taken" sh -c "$CTL reload && $CTL hosts | grep -q '^web2 .* new'"
sed 's/socket: ctl/socket: ctl3/' "$T/good.yaml" >"$T/provd.yaml"
$CTL reload >"$T/out" 2>&1 && fail "what needs a restart is refused by name" ||
	check "what needs a restart is refused by name" grep -q 'socket' "$T/out"
cp "$T/good.yaml" "$T/provd.yaml"

# provctl's exit codes
code() {
	_want=$1 _got=0
	shift
	"$@" >"$T/out" 2>&1 || _got=$?
	[ "$_got" -eq "$_want" ]
}
check "exit 1: refused" code 1 $CTL show nosuch
check "exit 2: wrong usage" code 2 $CTL arm
check "exit 3: no provd" code 3 "${PROVD%/*}/provctl" -s "$T/nothing" hosts
$CTL watch >"$T/watch" &
watch=$!
$CTL --json watch >"$T/watch.json" &
watch="$watch $!"
sleep 0.5
check "a host can be armed" sh -c "$CTL arm web1 --yes | grep -q armed"
wait_for 5 grep -q 'web1 .*armed' "$T/watch"
check "watch shows it as it happens" grep -q 'web1 .*armed with profile debian' "$T/watch"
check "and as JSON, a line each" sh -c "head -1 '$T/watch.json' |
    python3 -c 'import json, sys; assert json.load(sys.stdin)[\"name\"] == \"web1\"'"
kill $watch
check "its script can be looked at" sh -c "$CTL render web1 .provd/install | sh -n"
check "its menu can be looked at" sh -c "$CTL render web1 .provd/menu.ipxe | grep -q '^#!ipxe'"
check "of several hosts those that can be armed are" code 1 $CTL arm web1 nosuch web1 --yes
check "and the others are named" sh -c "grep -q '^provctl: nosuch: there is no host' '$T/out' &&
    [ \$(grep -c '^web1: armed' '$T/out') -eq 2 ]"
check "arming is JSON on request" sh -c \
    "$CTL --json arm web1 | python3 -c 'import json, sys; assert json.load(sys.stdin)[\"state\"] == \"armed\"'"
check "the schema is JSON" sh -c "'$PROVD' -x schema | python3 -m json.tool >/dev/null"

# kill -9: whatever was said to be so is so.
token=$($CTL render web1 .provd/init | sha256sum)
kill_provd
start_provd "$T/provd.yaml"
check "armed after kill -9" sh -c "$CTL hosts | grep -q '^web1 .* armed'"
[ "$token" = "$($CTL render web1 .provd/init | sha256sum)" ] &&
	pass "the same bytes after kill -9" || fail "the same bytes after kill -9"
check "disarmed, by its MAC address" sh -c "$CTL disarm 52:54:00:00:00:01 | grep -q '^web1: ready'"

# A full disk: nothing is promised, files are served, the operator is told.
stop_provd
mkdir "$T/small"
mount -t tmpfs -o size=400k tmpfs "$T/small"
sed 's/state: state/state: small/' "$T/good.yaml" >"$T/provd.yaml"
start_provd "$T/provd.yaml"
dd if=/dev/zero of="$T/small/filler" bs=1k count=400 2>/dev/null
check "arming is refused on a full disk" code 1 $CTL arm web1 --yes
check "and nothing has changed" sh -c "$CTL hosts | grep -q '^web1 .* ready'"
check "and the log says why" grep -q 'ev=store.commit.*err=' "$T/provd.log"
rm "$T/small/filler"
check "with room again it works" sh -c "$CTL arm web1 --yes >/dev/null"
stop_provd
umount "$T/small"

# Without the rights to bind port 67: one line that says what is missing.
mkdir -m 777 "$T/plain"
chmod 755 "$T"
printf 'interface: srv\nstate: state\nsocket: ctl\n' >"$T/plain/provd.yaml"
cp "$PROVD" "$T/plain/provd"
setpriv --reuid 65534 --regid 65534 --clear-groups "$T/plain/provd" \
    -f "$T/plain/provd.yaml" >"$T/out" 2>&1 && fail "a port that may not be bound"
check "a port that may not be bound" grep -q 'port 67: Permission denied; .*capabilities' "$T/out"
check "is one line" test "$(grep -c '^provd: ' "$T/out")" -eq 1
