# shellcheck shell=sh
# bench_lib.sh - what the benches share; to be sourced after lib.sh.
#
# Server and client share the last CPU, so that the wake-ups between two are not
# what is measured, and TCP's congestion control is reno: bbr's pacing timers
# double the cost of small answers. A server's CPU time is that of its control
# group: all threads, all processes, those that ended too.
#
#	bench_setup		once, after ns_setup
#	metered NAME CMD...	runs CMD in NAME's control group
#	meter NAME		CPU time of that group so far, in us
#	metered_provd		start_provd runs it metered, as `provd`
#	rss NAME		resident KiB of all processes of the group now
#	median FILE COLUMN	of what the runs wrote, a line each
#	ratio A B		A / B, two digits; "-" when there is no B
#	table_row WIDTH WORD...	first word to the left, the others in columns

bench_setup() {
	_cpu=$(($(nproc) - 1))
	taskset -p -c $_cpu $$ >/dev/null
	sysctl -qw net.ipv4.tcp_congestion_control=reno
	in_client sysctl -qw net.ipv4.tcp_congestion_control=reno
	_meters=/sys/fs/cgroup/cpuacct
	[ -d $_meters ] || _meters=/sys/fs/cgroup
	# Those of runs that have ended are empty, so they go.
	rmdir "$_meters"/provd-bench.*/* "$_meters"/provd-bench.* 2>/dev/null || :
	_meters=$_meters/provd-bench.${T##*.}
	mkdir "$_meters" 2>/dev/null || skip "no control groups of our own here"
}

metered() {
	_meter=$_meters/$1
	mkdir -p "$_meter"
	shift
	# shellcheck disable=SC2016	# for the other shell
	sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$_meter" "$@"
}

metered_provd() {
	: "${PROVD:=$BUILD/provd}"
	mkdir -p "$_meters/provd"
	cat >"$T/provd.run" <<-END
	#!/bin/sh
	echo 0 >"$_meters/provd/cgroup.procs" && exec "$PROVD" "\$@"
	END
	chmod +x "$T/provd.run"
	PROVD=$T/provd.run
}

meter() {
	if [ -e "$_meters/$1/cpuacct.usage" ]; then
		awk '{ printf "%d\n", $1 / 1000 }' "$_meters/$1/cpuacct.usage"
	else
		awk '$1 == "usage_usec" { print $2 }' "$_meters/$1/cpu.stat"
	fi
}

rss() {
	while read -r _p; do
		cat "/proc/$_p/status" 2>/dev/null
	done <"$_meters/$1/cgroup.procs" | awk '$1 == "VmRSS:" { n += $2 } END { print n + 0 }'
}

median() {
	awk -v c="$2" '{ print $c }' "$1" | sort -n |
	    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f\n", a / b; else print "-" }'; }

table_row() {
	_w=$1
	shift
	printf "# %-${_w}s" "$1"
	shift
	for _c; do printf ' %12s' "$_c"; done
	echo
}
