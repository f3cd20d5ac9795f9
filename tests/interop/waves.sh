#!/bin/sh
# waves.sh - thirty machines installed eight at a time: more fail than may, and
# it stops; it is resumed, and goes on through kill -9; those that failed are
# tried once more.  Machines are simulated (machines.py), switched by a hook.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
ns_setup

mkdir -p "$T/tree/distributions" "$T/tree/boot" "$T/hooks" "$T/machines/on"
: >"$T/tree/boot/vmlinuz"
: >"$T/tree/boot/initrd.img"
: >"$T/tree/distributions/base.txz"
: >"$T/tree/distributions/kernel.txz"
printf 'base.txz\t%064d\t1\tbase\t"base"\ton\nkernel.txz\t%064d\t1\tkernel\t"kernel"\ton\n' 0 0 \
    >"$T/tree/distributions/MANIFEST"
cat >"$T/hooks/sim" <<END
#!/bin/sh
echo "\$PROVD_ACTION \$PROVD_HOST" >>$T/machines/switched
[ "\$PROVD_HOST" != h29 ] || { echo "no such machine"; exit 1; }
: >$T/machines/on/\$PROVD_HOST
END
chmod +x "$T/hooks/sim"
{
	cat <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	tftp: { enabled: no }
	nfs: { enabled: no }
	http: { enabled: yes, port: 8080 }
	hooks: $T/hooks
	power: { method: sim }
	trees: { debian: { path: $T/tree } }
	profiles: [ $TOP/profiles/debian.yaml ]
	dhcp: { probe-time: 0, subnets: [ { subnet: 192.168.10.0/24 } ] }
	groups: { all: { select: "*", profile: debian } }
	hosts:
	END
	for i in $(seq 0 29); do
		printf '  h%02d: { mac: "52:54:00:00:01:%02x", address: 192.168.10.%d, labels: { rack: 7 } }\n' \
		    "$i" "$i" $((i + 20))
	done
	echo '  other: { mac: "52:54:00:00:02:01", labels: { rack: 8 }, power: { method: none } }'
} >"$T/provd.yaml"
start_provd "$T/provd.yaml"
ctl() { "$PROVCTL" -s "$T/provd.sock" "$@" </dev/null; }
says() { _want=$1; shift; ctl "$@" >"$T/out" 2>&1; grep -qF -- "$_want" "$T/out" || { sed 's/^/# /' "$T/out"; false; }; }
wave() { ctl --json wave status "$1" >"$T/wave" 2>/dev/null; }
is() { wave "$1" && grep -q "\"state\":\"$2\"" "$T/wave" && ! grep -q '"ended":0,"hosts"' "$T/wave"; }
count() { wave "$1" && sed -n "s/.*\"count\":{[^}]*\"$2\":\([0-9]*\).*/\1/p" "$T/wave"; }
now() { [ "$(count "$1" "$2")" -ge "$3" ]; }

echo h04 h05 h06 >"$T/machines/fail"
python3 "$TOP/tests/interop/machines.py" "$T/provd.sock" http://192.168.10.1:8080 "$T/machines" 2>"$T/machines/log" &

check "who cannot be switched is said before anything happens" says \
    "other has no power.method" wave start '*' --size 8
check "a size that is none" says 'size: "x" is neither a number of hosts nor a percentage' wave start rack=7 --size x
check "a timeout that is none" says 'timeout: "1y" is no duration' wave start rack=7 --timeout 1y
check "nobody" says "no host is meant by rack=9" wave start rack=9
check "a wave is started" says "wave 1: started: 30 hosts, 8 at a time" \
    wave start rack=7 --size 8 --max-failed 2 --timeout 2m
check "a host is in one at a time" says "h00 is in wave 1, which has not ended" wave start h00
check "three fail, and it stops" wait_for 60 is 1 stopped
check "and says why" says "3 failed, and no more than 2 may" wave status 1
check "the others of the turn went on" test "$(count 1 installed)" = 5
check "no further ones were begun" test "$(count 1 waiting)" = 22
check "the reasons are in the report" sh -c \
    "'$PROVCTL' -s '$T/provd.sock' wave report 1 | grep -q '^h04 .* 1 failed .*step disk: no disk matches'"
check "those that wait are ready" test "$(ctl hosts rack=7,state=ready | wc -l)" = 23
stop_provd
start_provd "$T/provd.yaml"
check "a restart changes nothing" is 1 stopped

# On, through kill -9 in the middle of a turn
check "it is resumed" says "wave 1: goes on" wave resume 1
check "twice is refused" says "wave 1 is running" wave resume 1
check "more are installed" wait_for 60 now 1 installed 7
kill_provd
sleep 1
start_provd "$T/provd.yaml"
check "after kill -9 it goes on" wait_for 90 now 1 installed 15
kill_provd
start_provd "$T/provd.yaml"
check "and once more, to its end" wait_for 90 is 1 "done"
check "all but those that failed, and the one that has no power" test "$(count 1 installed)" = 26
check "that one is in the report" sh -c \
    "'$PROVCTL' -s '$T/provd.sock' wave report 1 | grep -q '^h29 .* failed .*sim: exit 1: no such machine'"
check "never more than eight at a time" test "$(cat "$T/machines/most")" -le 8
check "no installation began twice" test "$(ctl hosts 'rack=7,state in (installed,local)' | wc -l)" = 27

# Those that failed once more: one is dead now
echo h04 >"$T/machines/dead"
: >"$T/machines/fail"
sed -i 's/h29/h99/' "$T/hooks/sim"
check "nothing is left to begin" says "--retry takes those that failed" wave resume 1
check "those that failed once more" says "wave 1: goes on" wave resume 1 --retry
check "three are installed" wait_for 60 now 1 installed 29
check "a person stops it" says "wave 1: stopped" wave stop 1
check "what is under way goes on" sh -c "'$PROVCTL' -s '$T/provd.sock' wave status 1 | grep -q '^h04 .*installing'"
check "disarmed by a person is told" sh -c "'$PROVCTL' -s '$T/provd.sock' disarm h04 >/dev/null"
check "and ends it" wait_for 20 is 1 'done'
check "with its reason" says "was disarmed" wave report 1

# Who never boots has failed, and is not left armed
check "a wave of one" says "wave 2: started: 1 hosts" wave start h04 --timeout 2s --power on
check "it has failed" wait_for 30 is 2 'done'
check "in time" says "it never booted from the network; disarmed" wave report 2
check "and is no longer armed" wait_for 10 sh -c "'$PROVCTL' -s '$T/provd.sock' hosts h04 | grep -q ready"
check "it was switched on, not off and on" grep -qx 'on h04' "$T/machines/switched"
check "both are listed" test "$(ctl wave list | wc -l)" = 3
check "the machines had no trouble" test ! -s "$T/machines/log"
sed 's/^/# /' "$T/machines/log"
