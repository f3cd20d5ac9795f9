# bsdinstall-freebsd.sh - the release's own installer, watched.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

bsdinstall_log=/tmp/bsdinstall_log

# bsdinstall_script FILE console|none DISK...: starts it, and returns when the
# second part of the file waits in the new system.
bsdinstall_script() {
	b_file=$1
	b_in=/dev/null
	b_out=$work/bsdinstall.out
	[ "$2" = none ] || b_in=/dev/console b_out=/dev/console
	shift 2
	b_no=0
	for b_disk in "$@"; do
		b_no=$((b_no + 1))
		export "provd_disk$b_no=$b_disk"
	done
	TMPDIR=/tmp BSDINSTALL_LOG=$bsdinstall_log TERM=xterm nonInteractive=YES
	export TMPDIR BSDINSTALL_LOG TERM nonInteractive
	: > "$bsdinstall_log"
	say "+ bsdinstall script $b_file"
	set +m
	bsdinstall script "$b_file" < "$b_in" > "$b_out" 2>&1 &
	b_pid=$!
	bsdinstall_wait '[ -e /mnt/tmp/.provd-ready ]'
}

bsdinstall_end() {
	: > /mnt/tmp/.provd-go || fail "cannot write to /mnt/tmp"
	bsdinstall_wait false
	wait "$b_pid" || bsdinstall_fail "bsdinstall failed"
}

# What it says last, that is for people.
bsdinstall_fail() {
	b_last=$(cat "$work/bsdinstall.out" "$bsdinstall_log" 2> /dev/null |
	    tr -d '\000\r\033' | sed -e '/^ *$/d' | tail -n 1)
	tail -n 40 "$bsdinstall_log" 2> /dev/null
	fail "$1: ${b_last:-it said nothing}"
}

# The text of a dialog that is there.
bsdinstall_asks() {
	ps -axww -o args= 2> /dev/null | sed -n -E \
	    -e 's/^[^ ]*dialog .*--(msgbox|yesno|menu|inputbox|textbox|checklist|radiolist) +//p' | head -n 1
}

# bsdinstall_wait CONDITION: until it holds, or bsdinstall has ended.  An error
# becomes a dialog: then nothing grows any more, and without a console nobody can
# answer it.
bsdinstall_wait() {
	b_idle=0
	b_was=
	until eval "$1"; do
		if ! kill -0 "$b_pid" 2> /dev/null; then
			[ "$1" != false ] || return 0
			bsdinstall_fail "bsdinstall ended too early"
		fi
		sleep 2
		b_is="$(wc -c < "$bsdinstall_log") $(df -k /mnt 2> /dev/null | tail -n 1)"
		b_idle=$((b_idle + 2))
		[ "$b_is" = "$b_was" ] || b_idle=0
		b_was=$b_is
		if [ "$b_in" = /dev/null ] && [ "$b_idle" -ge 60 ] && [ $((b_idle % 60)) -eq 0 ]; then
			b_asks=$(bsdinstall_asks)
			if [ -n "$b_asks" ]; then
				kill "$b_pid"
				fail "bsdinstall asks what nobody answers: $b_asks"
			fi
		fi
		if [ "$b_idle" -ge 900 ]; then
			kill "$b_pid"
			bsdinstall_fail "bsdinstall did nothing for 15 minutes"
		fi
		bsdinstall_progress
	done
	bsdinstall_progress
}

# The steps that it writes into its log, as notes of this one.
bsdinstall_progress() {
	b_now=$(sed -n -e 's/^.*Running installation step: \([a-z_]*\).*/\1/p' \
	    -e 's,^.*Extracting .*/\([a-z0-9-]*\)\.t[a-z]*$,unpacking \1,p' "$bsdinstall_log" | tail -n 1)
	if [ -n "$b_now" ] && [ "$b_now" != "${b_said:-}" ]; then
		b_said=$b_now
		say "bsdinstall: $b_now"
		report $((step_no * 2 - 1)) "$step_name" note "$b_now" ||
		    stop "the server does not take reports: stopped in step $step_no"
	fi
}
