#!/bin/sh
# bench_nfs.sh - what NFS costs a server: provd beside nfs-ganesha, the same
# calls on the same tree, by turns.
#
# Prints the server's CPU time for each answer, or MiB, and throughput, medians
# of RUNS=1; beside them the floor: the same calls answered from memory by
# bench/floor.c.  Fails when an answer is wrong or missing.  MANY=1 makes the works
# as many times longer; FILES=20 files in each of 200 directories, BIG_MB=16.
# WORKS="read walk ..." picks some.
# shellcheck disable=SC2034
PEERS="nfs-ganesha-vfs rpcbind"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"
# shellcheck source=tests/interop/ganesha_lib.sh
. "$(dirname "$0")/ganesha_lib.sh"

: "${RUNS:=1}" "${MANY:=1}" "${FILES:=20}" "${BIG_MB:=16}"
: "${WORKS:=read read1m walk list attr small loader boot3 boot2}"
command -v xorriso >/dev/null || skip "no xorriso"
for f in nfs floor; do
	[ -x "$BUILD/bench/$f" ] || skip "no $BUILD/bench/$f"
done
S=192.168.10.1

ns_setup
bench_setup
in_client ip addr add 192.168.10.2/24 dev cli
mkdir "$T/state"
chmod 755 "$T"
"$BUILD/bench/nfs" make "$T/tree" "$BIG_MB" 200 "$FILES" || die "no tree"
mkdir "$T/only"
cp "$T/tree/big" "$T/only/big"	# a second name would cost a look at it each time
xorriso -as mkisofs -quiet -R -o "$T/tree.iso" "$T/only" 2>/dev/null || die "no image"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { portmap: off }
trees:
  tree: { path: $T/tree, export: $T/tree, clients: any }
  image: { iso: $T/tree.iso, export: $T/image, clients: any }
END

PROGRAM=${PROVD:-$BUILD/provd}
metered_provd
start_provd "$T/provd.yaml"
metered ganesha sh -c :
eval "$(sed -n '/^ganesha_start()/,/^}/p' "$TOP/tests/interop/ganesha_lib.sh" |
    sed "s|\"\$GANESHA\" -F|metered ganesha \"\$GANESHA\" -F|")"
ganesha_start
metered floor "$BUILD/bench/floor" 4049 2049 >"$T/floor.out" 2>&1 &
_floor=$_meters/floor

meter_file() {
	ls "$_meters/$1/cpuacct.usage" 2>/dev/null || echo "$_meters/$1/cpu.stat"
}

# run SERVER WORK CLIENTS DEPTH AMOUNT: a line in $T/out.  SERVER image: provd's.
run() {
	_who=$1 _work=$2 _ports="2049 2049" _dir=$T/tree
	case $1 in
	ganesha) _ports="3049 3050" ;;
	floor) _ports="4049 4049" ;;
	image) _who=provd _dir=$T/only:$T/image ;;
	esac
	shift 2
	# shellcheck disable=SC2086	# two words
	in_client "$BUILD/bench/nfs" "$_work" "$_dir" $S $_ports "$@" \
	    "$(meter_file "$_who")" >"$T/out" 2>"$T/err"
}
ganesha_answers() {
	[ -s "$T/ganesha.pid" ] && run ganesha list 1 1 1
}
if ! wait_for 40 ganesha_answers; then
	sed 's/^/# /' "$T/err" "$T/ganesha.log" "$T/ganesha.out"
	die "nfs-ganesha does not answer"
fi

# Clients, calls under way of each, how much they do.
shape() {
	case $1 in
	read) echo 1 4 $((2 * MANY)) ;;
	read1m) echo 1 2 $((2 * MANY)) ;;
	walk | list) echo 1 1 "$MANY" ;;
	attr) echo 1 8 $((2 * MANY)) ;;
	small) echo 64 1 $((50 * MANY)) ;;
	loader) echo 64 1 $((200 * MANY)) ;;
	boot2 | boot3) echo 1 1 "$MANY" ;;
	esac
}
i=0
while [ $i -le "$RUNS" ]; do
	for w in $WORKS; do
		case $w in
		read | read1m) servers="provd image ganesha floor" ;;
		boot2) servers="provd floor" ;;	# ganesha has no version 2
		*) servers="provd ganesha floor" ;;
		esac
		for s in $servers; do
			# shellcheck disable=SC2046	# several words
			run $s "$w" $(shape "$w") || die "$s, $w: $(cat "$T/err")"
			[ $i -eq 0 ] || cat "$T/out" >>"$T/$w.$s"	# the first is a warm-up
		done
	done
	i=$((i + 1))
done
pass "every answer was what is there"

echo "# microseconds of server CPU for each answer (read: each MiB); median of $RUNS"
table_row 36 work provd ganesha floor ratio target floor "per s" ganesha
for w in $WORKS; do
	c=2 v=3
	case $w in
	read) n="READ of 64 KiB over TCP, MiB" c=5 v=6 t=0.30 ;;
	read1m) n="READ of 1 MiB over TCP, MiB" c=5 v=6 t=- ;;
	walk) n="walk: READDIR and LOOKUP" t=0.40 ;;
	list) n="walk: READDIRPLUS, entries" t=0.40 ;;
	attr) n="GETATTR and LOOKUP, 8 in flight" t=0.30 ;;
	small) n="64 clients, small files" t=0.50 ;;
	loader) n="loader over UDP, 64 clients" t=0.20 ;;
	boot2) n="boot of FreeBSD's loader, NFSv2" t=- ;;
	boot3) n="boot of FreeBSD's loader" t=- ;;
	esac
	g=- gv=- f=$(median "$T/$w.floor" $c)
	[ ! -s "$T/$w.ganesha" ] || g=$(median "$T/$w.ganesha" $c) gv=$(median "$T/$w.ganesha" $v)
	for s in provd image; do
		[ -s "$T/$w.$s" ] || continue
		[ $s = provd ] || n="  of an ISO image"
		p=$(median "$T/$w.$s" $c)
		table_row 36 "$n" "$p" "$g" "$f" "$(ratio "$p" "$g")" "$t" \
		    "$(ratio "$f" "$g")" "$(median "$T/$w.$s" $v)" "$gv"
	done
done
p=$(rss provd) g=$(rss ganesha)
table_row 36 "memory after it all, MiB" $((p / 1024)) $((g / 1024)) - "$(ratio "$p" "$g")" "64 MiB"
kill "$(cat "$T/ganesha.pid")" "$(cat "$_floor/cgroup.procs")"
# A sanitizer's shadow is memory too.
nm "$PROGRAM" 2>/dev/null | grep -q __asan || check "less than 64 MiB" [ "$p" -lt 65536 ]
