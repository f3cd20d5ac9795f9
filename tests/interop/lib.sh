# shellcheck shell=sh
# lib.sh - what the interop tests share; to be sourced by a POSIX shell.
#
#	PEERS="isc-dhcp-client"		# Debian packages, unpacked by peers.sh
#	. "$(dirname "$0")/lib.sh"
#	ns_setup
#	start_provd "$T/provd.yaml"
#	in_client "$(peer isc-dhcp-client dhclient)" ... && pass "lease" || fail "lease"
#
# Sourcing it runs the script again inside network, mount and process
# namespaces of its own: whatever the test starts, mounts or configures goes
# when it ends, however it ends.  That outermost namespace is the server's.
#
#	ns_setup		veth srv (192.168.10.1/24) here, cli in the client's namespace
#	ns_add NAME		one more namespace; in_ns NAME CMD... runs there
#	in_client CMD...  in_server CMD...
#	peer PKG PROGRAM	path of a program of an unpacked package
#	start_provd FILE [ARG...]	returns when it serves; its log is $T/provd.log
#	stop_provd  kill_provd	SIGTERM and wait; SIGKILL
#	provd_rss		its resident KiB now
#	pass MSG  fail MSG  skip MSG	one result each; skip ends the test
#	check MSG CMD...  refuse MSG CMD...	pass if the command succeeds, fails
#	wait_for SECONDS CMD...	repeats CMD until it succeeds
#	$T			directory for the test's files, removed at the end
#	$TOP			the source tree
#
# Exit code: 0 passed, 1 failed, 77 skipped.  PROVD_REQUIRE=1 makes a skip a
# failure, PROVD_KEEP=1 keeps $T, PROVD names the program, PROVD_TEST_TIME
# bounds the test (seconds).

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${PROVD_BUILD:-$TOP/build}

skip() {
	if [ "${PROVD_REQUIRE:-0}" = 1 ]; then
		echo "not ok - $* (required: PROVD_REQUIRE=1)"
		exit 1
	fi
	echo "ok - # SKIP $*"
	_skipped=1
	exit 77
}

if [ -z "${PROVD_NS:-}" ]; then
	if [ -n "${PEERS:-}" ]; then
		# Here, because there is no network inside.
		# shellcheck disable=SC2086
		"$TOP/tests/interop/peers.sh" $PEERS >/dev/null ||
		    skip "cannot unpack $PEERS"
	fi
	_flags="-n -m -p -f --mount-proc --kill-child --propagation private"
	[ "$(id -u)" -eq 0 ] || _flags="-r $_flags"
	# shellcheck disable=SC2086
	unshare $_flags true 2>/dev/null || skip "namespaces are not allowed here"
	PROVD_NS=1
	export PROVD_NS
	_bound="timeout --foreground -k 5 ${PROVD_TEST_TIME:-300}"
	case $0 in
	/*) _self=$0 ;;
	*) _self=$PWD/$0 ;;
	esac
	# shellcheck disable=SC2086
	exec $_bound unshare $_flags "$_self" "$@"
fi

T=$(mktemp -d "${TMPDIR:-/tmp}/provd-test.XXXXXX")
_n=0 _failed=0 _skipped=0 _provd='' _done=0

pass() { _n=$((_n + 1)); echo "ok $_n - $*"; }
fail() { _n=$((_n + 1)) _failed=$((_failed + 1)); echo "not ok $_n - $*"; return 0; }
die() { fail "$*"; exit 1; }
# check MSG CMD...: pass if the command succeeds
check() {
	_msg=$1
	shift
	if "$@"; then pass "$_msg"; else fail "$_msg"; fi
}

# refuse MSG CMD...: pass if it fails
refuse() {
	_msg=$1
	shift
	if "$@"; then fail "$_msg"; else pass "$_msg"; fi
}

_finish() {
	_rc=$?
	[ "$_done" -eq 0 ] || return
	_done=1
	trap - EXIT
	if [ -n "$_provd" ] && ! kill -0 "$_provd" 2>/dev/null; then
		fail "provd ended by itself"
	fi
	[ -z "$_provd" ] || stop_provd
	if [ "$_skipped" -eq 0 ] && [ "$_n" -eq 0 ] && [ "$_rc" -eq 0 ]; then
		fail "nothing was tested"
	fi
	[ "$_failed" -eq 0 ] || _rc=1
	if [ "$_rc" -ne 0 ] && [ "$_rc" -ne 77 ] && [ -s "$T/provd.log" ]; then
		echo "# last lines of provd's log:"
		tail -n 30 "$T/provd.log" | sed 's/^/# /'
	fi
	echo "1..$_n"
	if [ "${PROVD_KEEP:-0}" = 1 ]; then echo "# files are in $T"; else rm -rf "$T"; fi
	exit "$_rc"
}
trap _finish EXIT
trap 'exit 1' HUP INT TERM

# Files below /etc and /run become copies that vanish with the namespace:
# dhclient-script rewrites resolv.conf, rpcbind's socket lies in /run.
_private_mounts='
	mount -t tmpfs tmpfs /run && mkdir -p /run/etc &&
	cp -a /etc/. /run/etc/ 2>/dev/null; mount --bind /run/etc /etc'
sh -c "$_private_mounts" || skip "mounting is not allowed here"
ip link set lo up

wait_for() {
	_until=$(($(date +%s) + $1))
	shift
	while ! "$@"; do
		[ "$(date +%s)" -lt "$_until" ] || return 1
		sleep 0.1
	done
}

_ns_ready() { [ -e "$T/ns.$1" ]; }

ns_add() {
	unshare -n -m --propagation private sh -c \
	    "$_private_mounts; ip link set lo up; : >'$T/ns.$1'; exec sleep infinity" &
	eval "_ns_$1=$!"
	wait_for 10 _ns_ready "$1" || die "namespace $1 did not come up"
}

in_ns() {
	_pid='' && eval "_pid=\$_ns_$1"
	shift
	nsenter -t "$_pid" -n -m --wd="$PWD" -- "$@"
}

in_client() { in_ns client "$@"; }
in_server() { "$@"; }

# ns_link NS HERE THERE: a cable between this namespace and another
ns_link() {
	_pid='' && eval "_pid=\$_ns_$1"
	ip link add "$2" type veth peer name "$3" netns "$_pid"
	ip link set "$2" up
	in_ns "$1" ip link set "$3" up
}

ns_setup() {
	ns_add client
	ns_link client srv cli
	ip addr add 192.168.10.1/24 dev srv
	# Duplicate address detection and the like have no place on a test bench.
	sysctl -qw net.ipv6.conf.srv.disable_ipv6=1 2>/dev/null || :
	in_client sysctl -qw net.ipv6.conf.cli.disable_ipv6=1 2>/dev/null || :
}

# debian_tree KERNEL INITRD: $T/debian, a release tree of Debian's form; sizes in
# bytes. Also $T/other, with a file that is in its distributions.
debian_tree() {
	mkdir -p "$T/debian/boot" "$T/debian/distributions" "$T/other"
	head -c "$1" /dev/urandom >"$T/debian/boot/vmlinuz"
	head -c "$2" /dev/urandom >"$T/debian/boot/initrd.img"
	echo other >"$T/other/file"
	for _set in base kernel; do
		tar -cJf "$T/debian/distributions/$_set.txz" -C "$T/other" file
		printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $_set \
		    "$(sha256sum <"$T/debian/distributions/$_set.txz" | cut -d' ' -f1)" $_set $_set
	done >"$T/debian/distributions/MANIFEST"
}

peer() {
	_p=$BUILD/peers/$1/wrap/$2
	[ -x "$_p" ] || { echo "no $2 in package $1" >&2; return 1; }
	echo "$_p"
}

# Only what this start wrote counts: the log goes on over several.
_provd_settled() {
	tail -c "+$((_mark + 1))" "$T/provd.log" | grep -q '^ev=start .*did=serving' ||
	    ! kill -0 "$_provd" 2>/dev/null
}

start_provd() {
	_conf=$1
	shift
	: "${PROVD:=$BUILD/provd}"
	[ -x "$PROVD" ] || skip "no program $PROVD"
	: >>"$T/provd.log"
	_mark=$(wc -c <"$T/provd.log")
	"$PROVD" -f "$_conf" "$@" >>"$T/provd.log" 2>&1 &
	_provd=$!
	wait_for 20 _provd_settled || die "provd is not ready after 20 s"
	kill -0 "$_provd" 2>/dev/null || {
		_provd=''
		die "provd did not start"
	}
}

stop_provd() {
	[ -n "$_provd" ] || return 0
	kill -TERM "$_provd" 2>/dev/null || :
	_p=$_provd
	_provd=''
	wait "$_p" || fail "provd ended with exit code $?"
}

provd_rss() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$_provd/status"; }

kill_provd() {
	[ -n "$_provd" ] || return 0
	kill -KILL "$_provd" 2>/dev/null || :
	wait "$_provd" 2>/dev/null || :
	_provd=''
}
