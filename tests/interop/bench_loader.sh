#!/bin/sh
# bench_loader.sh - what a boot of FreeBSD's loader costs: provd beside
# nfs-ganesha, the same calls, the same tree, by turns.
#
# Prints the median of the runs for each kind of call, and fails when an answer
# is wrong or missing.  RUNS=1 BOOTS=1 (1,263 calls each, by FILE_KB) FILE_KB=100.
# `make bench` makes more of them.
# shellcheck disable=SC2034
PEERS="nfs-ganesha-vfs rpcbind"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/ganesha_lib.sh
. "$(dirname "$0")/ganesha_lib.sh"

: "${RUNS:=1}" "${BOOTS:=1}" "${FILE_KB:=100}"
[ -x "$BUILD/bench/loader" ] || skip "no $BUILD/bench/loader"
S=192.168.10.1

ns_setup
in_client ip addr add 192.168.10.2/24 dev cli

# A kernel, and what else a loader reads; 16 files, three levels deep.
mkdir -p "$T/tree/boot/defaults" "$T/tree/boot/kernel"
FILES=boot/kernel/kernel
dd if=/dev/urandom of="$T/tree/boot/kernel/kernel" bs=1k count=$((FILE_KB * 8)) 2>/dev/null
i=0
while [ $i -lt 15 ]; do
	dd if=/dev/urandom of="$T/tree/boot/defaults/file$i" bs=1k count=$((FILE_KB / 10 + i)) 2>/dev/null
	FILES="$FILES boot/defaults/file$i"
	i=$((i + 1))
done
# shellcheck disable=SC2086	# several words
WANT=$(($(cd "$T/tree" && cat $FILES | wc -c) * BOOTS))

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
END

start_provd "$T/provd.yaml"
ganesha_start

# run NAME NFS-PORT MOUNT-PORT VERSION BOOTS PID: appended to $T/NAME
run() {
	# shellcheck disable=SC2086	# several words
	in_client "$BUILD/bench/loader" $S "$2" "$3" "$T/tree" "$4" "$5" "$6" $FILES >"$T/out" 2>"$T/err" &&
	    cat "$T/out" >>"$T/$1"
}
ganesha_answers() {
	[ -s "$T/ganesha.pid" ] && run warm 3049 3050 3 1 "$(cat "$T/ganesha.pid")"
}
if ! wait_for 40 ganesha_answers; then
	sed 's/^/# /' "$T/err" "$T/ganesha.log" "$T/ganesha.out"
	die "nfs-ganesha does not answer"
fi
G=$(cat "$T/ganesha.pid")
# shellcheck disable=SC2154	# of lib.sh
run warm 2049 2049 3 1 "$_provd"
i=0
while [ $i -lt "$RUNS" ]; do
	run provd-v3 2049 2049 3 "$BOOTS" "$_provd" || die "provd: $(cat "$T/err")"
	run ganesha-v3 3049 3050 3 "$BOOTS" "$G" || die "ganesha: $(cat "$T/err")"
	run provd-v2 2049 2049 2 "$BOOTS" "$_provd" || die "provd, version 2: $(cat "$T/err")"
	i=$((i + 1))
done
kill "$G"

for n in provd-v3 ganesha-v3 provd-v2; do
	check "$n: every byte came" [ "$(grep -c "^bytes $WANT " "$T/$n")" = "$RUNS" ]
done

# median NAME KIND
median() {
	awk -v k="$2" '$1 == k { print $3 }' "$T/$1" | sort -n |
	    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
echo "# microseconds a call over UDP, one after the other; median of $RUNS runs of $BOOTS boots"
printf '# %-22s %9s %9s %9s %9s %7s\n' call calls provd-v2 provd-v3 ganesha v3/v3
for k in mnt lookup noent read all cpu; do
	p=$(median provd-v3 $k) g=$(median ganesha-v3 $k)
	case $k in
	noent) name="lookup, not there" ;;
	cpu) name="all, the server's CPU" ;;
	*) name=$k ;;
	esac
	printf '# %-22s %9s %9s %9s %9s %7s\n' "$name" \
	    "$(awk -v k=$k '$1 == k { print $2; exit }' "$T/provd-v3")" \
	    "$(median provd-v2 $k)" "$p" "$g" \
	    "$(echo "$p $g" | awk '{ printf "%.2f", ($2 > 0 ? $1 / $2 : 0) }')"
done
