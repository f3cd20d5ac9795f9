#!/bin/sh
# bench_storm.sh - a rack of machines that is switched on at the same second
# (bench/storm.c), against provd on all CPUs: how long until the last is installed.
#
# Arms every host by provctl, which is part of what one waits for, lets them boot,
# and looks at what provd made of it: all of them `installed`. Then once more with
# max-installing: never more than so many at a time, and all come through. Fails
# when a machine does not, or a byte is wrong; a figure fails nothing.
# MACHINES=40 AT_A_TIME=10 KERNEL_KB=512 ROOT_MB=1 DIST_MB=1, small enough for a
# smoke test; `make bench-storm` takes a whole rack. RUNS=1 SECONDS_EACH=120.
# shellcheck disable=SC2154
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"

: "${RUNS:=1}" "${MACHINES:=40}" "${AT_A_TIME:=10}" "${SECONDS_EACH:=120}"
: "${KERNEL_KB:=512}" "${ROOT_MB:=1}" "${DIST_MB:=1}"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
STORM=$BUILD/bench/storm
[ -x "$STORM" ] || skip "no $STORM"
S=10.48.0.1
# On the disk of the build, not on a tmpfs.
D=$BUILD/storm.state
rm -rf "$D"
mkdir -p "$D"

ns_setup
ip addr flush dev srv
ip addr add $S/16 dev srv
in_client ip addr add 10.48.0.2/16 dev cli
# The machines' addresses are theirs, and the bench itself answers ARP for them.
in_client ip route add local 10.48.16.0/20 dev lo
in_client sysctl -qw net.ipv4.conf.cli.arp_ignore=8
_last=$(($(nproc) - 1))
bench_setup
taskset -p -c "0-$_last" $$ >/dev/null

files() {	# DIRECTORY NAME COUNT KB
	_i=0
	while [ $_i -lt "$3" ]; do
		head -c $(($4 * 1024 + _i * 100)) /dev/urandom >"$1/$2$_i"
		_i=$((_i + 1))
	done
}
mkdir -p "$T/tree/boot/kernel" "$T/tree/boot/defaults" "$T/tree/usr/freebsd-dist" \
    "$T/tree/bin" "$T/tree/sbin" "$T/tree/lib" "$T/tree/etc" "$T/boot"
chmod -R a+rX "$T"
head -c 330000 /dev/urandom >"$T/tree/boot/pxeboot"
head -c 390000 /dev/urandom >"$T/tree/boot/loader.efi"
head -c 5000 /dev/urandom >"$T/tree/boot/defaults/loader.conf"
echo 'include /boot/loader.4th' >"$T/tree/boot/loader.rc"
head -c $((KERNEL_KB * 1024 + 333)) /dev/urandom >"$T/tree/boot/kernel/kernel"
files "$T/tree/etc" rc. 20 2
files "$T/tree/bin" tool. 20 20
files "$T/tree/lib" lib. $((ROOT_MB * 2)) 300
files "$T/tree/sbin" init. $((ROOT_MB)) 400
for s in base kernel; do
	head -c $((DIST_MB * 1048576 / 2 + 5)) /dev/urandom >"$T/tree/usr/freebsd-dist/$s.txz"
	printf '%s.txz\t%s\t1\t%s\t"%s"\ton\n' $s \
	    "$(sha256sum <"$T/tree/usr/freebsd-dist/$s.txz" | cut -d' ' -f1)" $s $s
done >"$T/tree/usr/freebsd-dist/MANIFEST"
for p in ipxe.efi undionly.kpxe pxelinux.0 ldlinux.c32; do
	head -c 90000 /dev/urandom >"$T/boot/$p"
done

# configure LINE
configure() {
	cat <<-END
	interface: srv
	state: $D/state
	socket: $T/provd.sock
	user: root
	$1
	boot-programs: $T/boot
	profiles: [ $TOP/profiles/freebsd-ufs.yaml ]
	trees:
	  freebsd: { path: $T/tree }
	dhcp:
	  mode: reservation
	  subnets: [ { subnet: 10.48.0.0/16, range: 10.48.16.0-10.48.31.255 } ]
	hosts:
	END
	awk -v n="$MACHINES" 'BEGIN { for (i = 0; i < n; i++)
	    printf "  m%04d: { mac: \"02:00:00:00:%02x:%02x\", profile: freebsd-ufs, tree: freebsd, vars: { first: \"yes\", wipe: \"yes\" } }\n",
	    i, i / 256, i % 256 }'
}

ctl() { "$PROVCTL" -s "$T/provd.sock" "$@"; }
names() { awk -v n="$MACHINES" 'BEGIN { for (i = 0; i < n; i++) printf "m%04d\n", i }'; }
now() { date +%s.%N; }
since() { echo "$1 $(now)" | awk '{ printf "%.2f", $2 - $1 }'; }
peak() { awk '$1 == "VmHWM:" { printf "%.1f", $2 / 1024 }' "/proc/$_provd/status"; }
in_state() { ctl hosts | awk -v s="$1" '$3 == s { n++ } END { print n + 0 }'; }

# The most that were on their way at one moment, as the log has it.
most() {
	awk '/ev=host.state/ { for (i = 1; i <= NF; i++) { split($i, v, "="); f[v[1]] = v[2] }
	    if (f["state"] == "booting" || f["state"] == "installing") on[f["host"]] = 1
	    else delete on[f["host"]]
	    n = 0; for (h in on) n++; if (n > most) most = n }
	    END { print most + 0 }' "$T/provd.log"
}

# storm TEXT LINE: a fresh provd, all armed, all switched on
storm() {
	echo "# $1"
	rm -rf "$D/state"
	: >"$T/provd.log"
	configure "$2" >"$T/provd.yaml"
	metered_provd
	start_provd "$T/provd.yaml"
	PROVD=${PROVCTL%/*}/provd
	_t=$(now)
	_before=$(meter provd)
	# shellcheck disable=SC2046	# several words
	ctl arm $(names) -y >"$T/armed" || die "not all are armed: $(tail -n 1 "$T/armed")"
	_arming=$(since "$_t")
	_mid=$(meter provd)
	in_client "$STORM" -n "$MACHINES" -t "$SECONDS_EACH" $S cli "$T/tree" >"$T/out" 2>"$T/err"
	_r=$?
	_after=$(meter provd)
	grep '^#' "$T/out"
	sed 's/^/# /' "$T/err" | head -n 10
	read -r _ _machines _bad _s _calls _mib _waited <<-END
	$(grep '^storm ' "$T/out")
	END
	echo "# armed in $_arming s ($(((_mid - _before) / 1000)) ms of provd's CPU)"
	echo "# the last of $MACHINES after $_s s; $_calls calls, $_mib MiB, $_waited times told to wait"
	echo "# provd: $(((_after - _mid) / 1000)) ms of CPU, at most $(peak) MiB, $(wc -l <"$T/provd.log") lines of log"
	echo "$_arming $_s $(((_after - _mid) / 1000)) $(peak)" >>"$T/figures"
	check "$1: every machine came through" [ "$_r" = 0 ]
	check "and every host is installed" [ "$(in_state installed)" = "$MACHINES" ]
}

i=0
while [ $i -lt "$RUNS" ]; do
	storm "$MACHINES machines at once" ''
	stop_provd
	i=$((i + 1))
done
[ "$RUNS" -lt 3 ] || echo "# medians of $RUNS: armed in $(median "$T/figures" 1) s, the last after $(median "$T/figures" 2) s, $(median "$T/figures" 3) ms of provd's CPU, $(median "$T/figures" 4) MiB"
storm "$AT_A_TIME at a time" "max-installing: $AT_A_TIME"
_most=$(most)
check "never more than $AT_A_TIME on their way (at most $_most)" [ "$_most" -le "$AT_A_TIME" ]
check "and so many were" [ "$_most" -ge $((AT_A_TIME / 2)) ]
check "the others were told to wait" [ "$_waited" -gt 0 ]
stop_provd
rm -rf "$D"
