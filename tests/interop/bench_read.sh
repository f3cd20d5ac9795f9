#!/bin/sh
# bench_read.sh - what sequential READs over TCP cost: provd, of a directory and
# of an ISO image, beside nfs-ganesha, by libnfs, by turns.
#
# Server and client share a CPU, so that the wake-ups between two are not what
# is measured; what the network costs the server's CPU time is in it.  Prints
# medians, and fails when a byte is wrong.
# RUNS=1 PASSES=1 FILE_MB=16; `make bench` makes more of them.  BENCH_USER=root:
# what provd runs as.
# shellcheck disable=SC2034
PEERS="nfs-ganesha-vfs rpcbind libnfs-utils"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/ganesha_lib.sh
. "$(dirname "$0")/ganesha_lib.sh"

: "${RUNS:=1}" "${PASSES:=1}" "${FILE_MB:=16}" "${BENCH_USER:=root}"
command -v xorriso >/dev/null || skip "no xorriso"
LIB=$(find "$BUILD/peers/libnfs-utils" -name 'libnfs.so.*' | head -n 1)
PY=$TOP/tests/interop/bench_read.py
S=192.168.10.1
# The last CPU of those that there are.
CPU=$(($(nproc) - 1))
taskset -p -c $CPU $$ >/dev/null

ns_setup
in_client ip addr add 192.168.10.2/24 dev cli

mkdir "$T/tree" "$T/state"
chmod 755 "$T"
# not a multiple of anything
head -c $((FILE_MB * 1048576 + 4321)) /dev/urandom >"$T/tree/file"
xorriso -as mkisofs -quiet -R -o "$T/tree.iso" "$T/tree" 2>/dev/null || die "no image"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: $BENCH_USER
threads: 1
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { portmap: off }
trees:
  tree: { path: $T/tree, export: $T/tree, clients: any }
  image: { iso: $T/tree.iso, export: $T/image, clients: any }
END

start_provd "$T/provd.yaml"
ganesha_start

# read_file URL SIZE PASSES PID [ORIGINAL]
read_file() {
	url=$1
	shift
	in_client env LD_LIBRARY_PATH="$(dirname "$LIB")" python3 "$PY" "$LIB" \
	    "nfs://$S$url" file "$@" 2>"$T/err"
}
P="?nfsport=2049&mountport=2049" G="?nfsport=3049&mountport=3050"
ganesha_answers() {
	[ -s "$T/ganesha.pid" ] && read_file "$T/tree$G" 65536 1 "$(cat "$T/ganesha.pid")" >/dev/null
}
if ! wait_for 40 ganesha_answers; then
	sed 's/^/# /' "$T/err" "$T/ganesha.log" "$T/ganesha.out"
	die "nfs-ganesha does not answer"
fi
GANESHA_PID=$(cat "$T/ganesha.pid")
# shellcheck disable=SC2154	# of lib.sh
for e in tree image; do
	for n in 1 2; do
		check "provd, $e: every byte, for the $n. time" read_file \
		    "$T/$e$P" 0 0 "$_provd" "$T/tree/file"
	done
done
run() {
	read_file "$1" "$2" "$PASSES" "$3" || die "$(cat "$T/err")"
}
i=0
while [ $i -lt "$RUNS" ]; do
	for size in 65536 1048576; do
		run "$T/tree$P" $size "$_provd" >>"$T/tree-$size"
		run "$T/image$P" $size "$_provd" >>"$T/image-$size"
		run "$T/tree$G" $size "$GANESHA_PID" >>"$T/ganesha-$size"
	done
	i=$((i + 1))
done
kill "$GANESHA_PID"

# median NAME COLUMN
median() {
	awk -v c="$2" '{ print $c }' "$T/$1" | sort -n |
	    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
echo "# sequential READs over TCP, $FILE_MB MiB, $PASSES times; median of $RUNS runs"
printf '# %-26s %12s %12s %9s\n' "" "server's CPU" throughput ganesha
printf '# %-26s %12s %12s %9s\n' "" us/MiB MiB/s CPU
for size in 65536 1048576; do
	g=$(median ganesha-$size 1)
	for n in tree image ganesha; do
		p=$(median $n-$size 1)
		case $n in
		ganesha) name=nfs-ganesha ;;
		*) name="provd, $n" ;;
		esac
		printf '# %-26s %12s %12s %9s\n' "$name, $((size / 1024)) KiB" "$p" \
		    "$(median $n-$size 2)" \
		    "$(echo "$p $g" | awk '{ printf "%.2f", $1 / $2 }')"
	done
done
