#!/bin/sh
# bench_tftp.sh - provd beside tftpd-hpa, atftpd and dnsmasq: the same clients
# (bench/tftp.c), the same file, by turns.
#
# One table: the server's CPU time for each DATA packet, and how long the
# clients had to wait where a packet of a hundred is lost or each takes 0.2 ms.
# Fails when a byte is wrong or missing; a figure fails nothing.
# RUNS=1 FILE_KB=256 FILES=2 LOSS_KB=128 SERVERS="..."; `make bench` makes more of them.
# shellcheck disable=SC2034
PEERS="tftpd-hpa atftpd dnsmasq-base"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"

: "${RUNS:=1}" "${FILE_KB:=256}" "${FILES:=2}" "${LOSS_KB:=128}"
: "${SERVERS:=provd hpa atftpd dnsmasq}"
HPA=$(peer tftpd-hpa in.tftpd) || skip "no tftpd-hpa"
ATFTPD=$(peer atftpd atftpd) || skip "no atftpd"
DNSMASQ=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
[ -x "$BUILD/bench/tftp" ] || skip "no $BUILD/bench/tftp"
S=192.168.10.1

ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
bench_setup
mkdir "$T/tree"
chmod 755 "$T" "$T/tree"
head -c $((FILE_KB * 1024 + 77)) /dev/urandom >"$T/tree/file"
head -c $((LOSS_KB * 1024)) /dev/urandom >"$T/tree/loss"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
threads: 1
dhcp: { mode: off }
nfs: { enabled: no }
tftp: { port: 1069 }
trees:
  t: { path: $T/tree, clients: any }
END
for s in $SERVERS; do
	case $s in
	provd)	metered_provd
		start_provd "$T/provd.yaml" ;;
	hpa)	metered hpa "$HPA" -L -s -u root -a $S:1070 "$T/tree" >"$T/hpa.out" 2>&1 & ;;
	atftpd)	metered atftpd "$ATFTPD" --daemon --no-fork --user root.root --port 1071 --verbose=0 \
		    --bind-address $S --maxthread 2000 --logfile /dev/null "$T/tree" >"$T/atftpd.out" 2>&1 & ;;
	dnsmasq) metered dnsmasq "$DNSMASQ" -k -C /dev/null -p 0 -i srv -z -u root --quiet-tftp \
		    --log-facility=- --pid-file= --enable-tftp --tftp-root="$T/tree" --tftp-max=2000 \
		    >"$T/dnsmasq.out" 2>&1 & ;;
	esac
done
port_of() {
	case $1 in
	provd) echo 1069 ;;
	hpa) echo 1070 ;;
	atftpd) echo 1071 ;;
	dnsmasq) echo 69 ;;
	esac
}
fetch() {	# NAME FILE OPTION...
	_port=$(port_of "$1") _file=$2
	shift 2
	in_client "$BUILD/bench/tftp" -p "$_port" "$@" $S "$_file" "$T/tree/$_file" 2>"$T/err"
}
for s in $SERVERS; do
	wait_for 10 fetch "$s" file -t 2 >"$T/out" || die "$s does not answer: $(cat "$T/out" "$T/err")"
done

# one NAME ROW FILE BLKSIZE WINDOW OPTION...: "us/DATA seconds MiB/s" to $T/NAME.ROW
one() {
	_s=$1 _row=$2 _f=$3 _b=$4 _w=$5
	shift 5
	_before=$(meter "$_s")
	if ! fetch "$_s" "$_f" -b "$_b" -w "$_w" "$@" >"$T/out"; then
		fail "$_s, $_row: $(cat "$T/out") $(head -n 1 "$T/err")"
		return
	fi
	sleep 0.05
	read -r _blk _win _data _sec _ <"$T/out"
	# Who does not know windows does not take part.
	[ "$_blk $_win" = "$_b $_w" ] || { echo "- - -"; return; } >>"$T/$_s.$_row"
	awk -v u=$(($(meter "$_s") - _before)) -v n="$_data" -v t="$_sec" -v b="$_b" \
	    'BEGIN { printf "%.2f %.3f %.1f\n", u / n, t, n * b / t / 1048576 }' >>"$T/$_s.$_row"
}

# row NAME FILE BLKSIZE WINDOW OPTION...: every server, by turns
row() {
	_name=$1
	shift
	for s in $SERVERS; do one "$s" "$_name" "$@"; done
}

i=0
while [ $i -lt "$RUNS" ]; do
	row 512-1-1 file 512 1 -c $((FILES * 2))
	row 512-1-64 file 512 1 -n 64 -c "$FILES"
	row 1428-1-1 file 1428 1 -c $((FILES * 4))
	row 1428-1-64 file 1428 1 -n 64 -c "$FILES"
	row 1428-16-1 file 1428 16 -c $((FILES * 8))
	row 1428-16-64 file 1428 16 -n 64 -c $((FILES * 2))
	row 1428-64-1 file 1428 64 -c $((FILES * 8))
	row 1428-64-64 file 1428 64 -n 64 -c $((FILES * 2))
	row 512-64-64 file 512 64 -n 64 -c "$FILES"
	row delay-1-64 file 1428 1 -n 64 -c "$FILES" -d 200
	row delay-16-1 file 1428 16 -c $((FILES * 2)) -d 200
	row loss-16-16 loss 1428 16 -n 16 -l 1 -s $((i + 1))
	i=$((i + 1))
done

# Once is enough: the peers wait for whole seconds, a minute and more for 1 MiB.
row loss-1-16 loss 1428 1 -n 16 -l 1 -t 200

# value NAME ROW COLUMN
value() {
	if grep -q '^[0-9]' "$T/$1.$2" 2>/dev/null; then median "$T/$1.$2" "$3"; else echo -; fi
}
# line TEXT ROW COLUMN TARGET: the best peer is the least, or (MiB/s) the most
line() {
	_text=$1 _row=$2 _col=$3 _target=$4 _best=
	set --
	for s in provd hpa atftpd dnsmasq; do
		_v=$(value $s "$_row" "$_col")
		set -- "$@" "$_v"
		if [ $s = provd ] || [ "$_v" = - ]; then continue; fi
		_best=$(awk -v a="$_best" -v b="$_v" -v c="$_col" 'BEGIN {
		    print a == "" || (c == 3 ? b > a : b < a) ? b : a }')
	done
	_mine=$1
	[ "$_mine" != - ] || _mine=0
	table_row 34 "$_text" "$@" "$(ratio "$_mine" "${_best:-0}")" "$_target"
}
echo "# median of $RUNS runs; $FILE_KB KiB, with loss $LOSS_KB KiB"
table_row 34 "" provd tftpd-hpa atftpd dnsmasq "provd/best" target
echo "# the server's CPU time, us for each DATA packet"
for r in 512-1-1 512-1-64 1428-1-1 1428-1-64 1428-16-1 1428-16-64 1428-64-1 1428-64-64 512-64-64; do
	case $r in
	1428-1-64) t="0.75 (dnsmasq)" ;;
	1428-16-* | 1428-64-*) t="0.30 (atftpd)" ;;
	*) t= ;;
	esac
	line "$(echo "$r" | awk -F- '{ printf "%s bytes, window %s, %s client%s", $1, $2, $3, ($3 > 1) ? "s" : "" }')" \
	    "$r" 1 "$t"
done
echo "# seconds until the last client has the file"
line "1 % lost, window 1, 16 clients" loss-1-16 2 0.05
line "1 % lost, window 16, 16 clients" loss-16-16 2 0.15
echo "# MiB a second"
for r in 1428-1-1 1428-1-64 1428-64-1 1428-64-64; do
	line "$(echo "$r" | awk -F- '{ printf "window %s, %s client%s", $2, $3, ($3 > 1) ? "s" : "" }')" "$r" 3 ""
done
line "0.2 ms, window 1, 64 clients" delay-1-64 3 ""
line "0.2 ms, window 16, 1 client" delay-16-1 3 ""
for s in $SERVERS; do
	check "$s: every byte came in every row" [ "$(cat "$T/$s".* 2>/dev/null | grep -c .)" -ge 1 ]
done
