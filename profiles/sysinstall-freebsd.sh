# sysinstall-freebsd.sh - the old installer, told what to do by a script.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

find_sysinstall() {
	for y_tool in /usr/sbin/sysinstall /stand/sysinstall; do
		[ ! -x "$y_tool" ] || return 0
	done
	fail "there is no sysinstall in this tree"
}

# What it has drawn, as lines: it writes for a screen, and a file only when the
# machine was booted with boot_verbose.
y_lines() {
	if [ -s "$work/sysinstall.debug" ]; then
		cat "$work/sysinstall.debug"
	else
		tr '\033' '\n' < "$work/screen.out" | tr '\r' '\n' |
		    sed -e 's/^[[(][0-9;?]*[A-Za-z]//' | tr -cd '\012\040-\176' | sed -e '/^[ x|qlkmj-]*$/d'
	fi
}

# y_stop REASON: with what it said last.
y_stop() {
	kill -9 "$y_pid" "$y_keys" 2> /dev/null
	y_lines | tail -n 40
	y_lines | tail -n 15 > "$work/out"
	[ -z "$log" ] || cat "$work/out" >> "$log" 2> /dev/null || :
	fail "sysinstall: $1: $(tail -n 1 "$work/out")"
}

# run_sysinstall NAME MINUTES LINE...: the lines are its script. It asks nothing
# then, but shows what went wrong in a box that waits for a key, and tries for
# ever to get a distribution that it can't read.
run_sysinstall() {
	y_file=$work/$1.cfg
	y_left=$(($2 * 12))
	shift 2
	printf '%s\n' "$@" > "$y_file" || fail "cannot write $y_file"
	cat "$y_file"
	say "+ $y_tool configFile=$y_file loadConfig"
	rm -f "$work/sysinstall.debug" "$work/keys"
	: > "$work/screen.out"
	mkfifo "$work/keys" || fail "cannot make a fifo"
	while :; do
		echo
		sleep 2
	done > "$work/keys" &
	y_keys=$!
	(cd "$work" && TERM=vt100 exec "$y_tool" "configFile=$y_file" loadConfig) \
	    < "$work/keys" > "$work/screen.out" 2>&1 &
	y_pid=$!
	while kill -0 "$y_pid" 2> /dev/null; do
		if grep -q -e 'rest of script aborted' -e 'Unable to transfer' -e 'Unable to open' \
		    -e 'ERROR: Unable' -e 'Failed to ' "$work/screen.out"; then
			sleep 5
			y_stop "it failed"
		fi
		[ "$y_left" -gt 0 ] || y_stop "it took too long"
		y_left=$((y_left - 1))
		sleep 5
	done
	run_status=0
	wait "$y_pid" || run_status=$?
	[ "$run_status" -eq 0 ] || y_stop "exit status $run_status"
	kill "$y_keys" 2> /dev/null
	rm -f "$work/keys"
}

# sysinstall_disks NAME BOOTMANAGER...: one slice over the whole of each.
sysinstall_disks() {
	for y_word in "$@"; do
		case $y_word in
		booteasy | standard)
			set -- "$@" "disk=$y_disk" partition=all "bootManager=$y_word" diskPartitionEditor ;;
		*) y_disk=$y_word ;;
		esac
		shift
	done
	run_sysinstall disks 10 "$@" diskPartitionWrite shutdown
}

# sysinstall_dists MEDIA NAME...: from a directory, into /mnt. KERNEL is the one
# that was chosen.
sysinstall_dists() {
	y_media=$1
	shift
	y_dists=
	for y_word in "$@"; do
		[ "$y_word" != KERNEL ] || y_word=$kernel
		case " $y_dists " in
		*" $y_word "*) ;;
		*) y_dists="${y_dists:+$y_dists }$y_word" ;;
		esac
	done
	run_sysinstall dists 240 installRoot=/mnt "ufs=$y_media" mediaSetUFS \
	    "dists=$y_dists" distSetCustom distExtractAll shutdown
}
