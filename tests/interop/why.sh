#!/bin/sh
# Why a machine gets no further: each of these machines stops somewhere else, by
# its packets, and provctl names the rule. All at one time, since each waits.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
CTL="${PROVD%/*}/provctl -s $T/provd.sock"
ns_setup
mkdir -p "$T/tree/distributions" "$T/tree/boot" "$T/programs"
head -c 3000 /dev/zero >"$T/tree/boot/vmlinuz"
head -c 3000 /dev/zero >"$T/tree/boot/initrd.img"
for f in pxelinux.0 ipxe.efi; do head -c 20000 /dev/zero >"$T/programs/$f"; done
printf 'base.txz\t%064d\t1\tbase\t"base"\ton\nkernel.txz\t%064d\t1\tkernel\t"kernel"\ton\n' 0 0 \
    >"$T/tree/distributions/MANIFEST"
: >"$T/tree/distributions/base.txz"
: >"$T/tree/distributions/kernel.txz"

HOSTS="other lost stp arch http notftp notfound noway cut error portmap mount stale secure two decline"
{
	cat <<-END2
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	boot-programs: $T/programs
	trees: { debian: { path: $T/tree } }
	profiles: [ $TOP/profiles/debian.yaml ]
	http: { enabled: no }
	tftp: { timeout: 100, retries: 2 }
	dhcp:
	  conflict-check: off
	  probe-time: 0
	  subnets: [ { subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.100 } ]
	hosts:
	  taken: { mac: "02:00:00:00:01:01", profile: debian }
	  empty: { mac: "02:00:00:00:01:02", profile: debian }
	END2
	n=10
	for h in $HOSTS; do
		echo "  $h: { mac: \"02:00:00:00:00:$n\", address: 192.168.10.$n, profile: debian }"
		n=$((n + 1))
	done
} >"$T/provd.yaml"
start_provd "$T/provd.yaml"
# shellcheck disable=SC2086
$CTL arm $HOSTS taken empty --yes >/dev/null || die "the hosts are not armed"
n=9
while [ $((n += 1)) -lt 30 ]; do in_client ip addr add "192.168.10.$n/24" dev cli; done
in_client ip addr add 192.168.10.250/24 dev cli

# rule HOST: the one that is told of it now
rule() { $CTL show "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["stuck_rule"])'; }
says() { [ "$(rule "$1")" = "$2" ] || { echo "# $1: $(rule "$1")"; return 1; }; }
# stops HOST RULE SECONDS: it stops there
stops() {
	if wait_for "$3" says "$1" "$2" >"$T/says"; then
		pass "$1: $2"
	else
		tail -n 1 "$T/says"
		fail "$1: $2"
	fi
}
unknown() { $CTL hosts --unknown --json | grep -q "\"stuck_rule\":\"$1\""; }

in_client python3 "$TOP/tests/interop/why.py" >"$T/py.out" 2>&1 || { cat "$T/py.out"; die "the machines"; }
stops stp spanning-tree 15
stops other other-dhcp 15
check "with both addresses" sh -c "$CTL show other | grep -q '^stuck .*192.168.10.10.*(192.168.10.9)'"
check "and advice" sh -c "$CTL show other | grep -q '^advice .*dhcp.mode: proxy'"
stops lost offer-lost 15
stops arch arch-not-served 15
stops http http-off 15
stops two two-machines 15
stops decline address-declined 15
stops empty pool-exhausted 15
stops secure secure-boot 15
stops noway tftp-no-way-back 10
stops cut tftp-given-up 10
stops mount mount-refused 10
check "and which" sh -c "$CTL show mount | grep -q '^stuck .*/nothing was refused'"
stops stale stale-handle 15
stops error tftp-client-error 50
stops notfound file-not-found 50
stops notftp no-tftp 50
stops portmap mountd-blocked 50
check "who is no host is shown, and why" unknown unknown-client
check "and who asks from an address of nobody" unknown no-lease
check "the packets of a host" sh -c "$CTL show lost --packets | grep -q -- '->  DISCOVER from PXE, BIOS'"
check "and of who is none" sh -c "$CTL show 02:00:00:00:09:09 --packets | grep -q 'silence (rule unknown-client)'"
check "a line of the history says when it began" wait_for 10 sh -c "$CTL show notftp | grep -q 'stuck: got .*never asked for it'"
lines=$($CTL show notftp | grep -c 'stuck: ')
check "and says it once" [ "$lines" = 1 ]

stop_provd
start_provd "$T/provd.yaml"
stops notfound file-not-found 15
stops error tftp-client-error 15
check "strangers are known after a restart" unknown unknown-client
check "no token is told" sh -c "! $CTL show notfound --json | grep -qE '[0-9a-f]{32}'"
