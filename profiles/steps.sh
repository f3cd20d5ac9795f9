# steps.sh - the steps of an installation: find the disks, claim, run commands,
# and stop at the first that fails.
#
# Needs common.sh, one of disks-*.sh, and from settings(): steps, taken.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# The reason goes to the server and the console; whoever started the script
# offers a shell.
fail() {
	say "provd: step $step_no, $step_name, failed: $*"
	report $((step_no * 2)) "$step_name" fail "$*" ||
	    say "provd: the server does not take this report"
	exit 1
}

begin() {
	step_no=$1
	step_name=$2
	say "provd: step $1 of $steps: $3"
	report $((step_no * 2 - 1)) "$step_name" begin ||
	    stop "the server does not take reports: stopped before step $1"
}

end() {
	report $((step_no * 2)) "$step_name" 'done' ||
	    stop "the server does not take reports: stopped after step $step_no"
}

# Run a command; its failure ends everything.
run() {
	run_from /dev/null "$@"
}

# run_from FILE COMMAND...
run_from() {
	run_input=$1
	shift
	say "+ $*"
	run_status=0
	"$@" < "$run_input" > "$work/out" 2>&1 || run_status=$?
	if [ -s "$work/out" ]; then
		cat "$work/out"
		[ -z "$log" ] || tail -n 20 "$work/out" >> "$log" 2> /dev/null || :
	fi
	[ "$run_status" -eq 0 ] || fail_command "$*"
}

fail_command() {
	run_last=$(tr -d '\000\r' < "$work/out" | sed -e '/^ *$/d' | tail -n 1)
	fail "$(printf '%.80s' "$1"): ${run_last:-exit status $run_status}"
}

# put FILE MODE TEXT: a file of the new system, and the directories above it.  A
# link that is there might lead out of the new system, so it goes.
put() {
	say "+ write $1"
	[ ! -h "$1" ] || run rm -f "$1"
	{ mkdir -p "${1%/*}" && printf '%s' "$3" > "$1" && chmod "$2" "$1"; } \
	    > "$work/out" 2>&1 || { run_status=1; fail_command "write $1"; }
}

# add_line FILE WORD...: the words, joined, as one more line.
add_line() {
	a_file=$1
	shift
	a_line=
	for a_word in "$@"; do
		a_line=$a_line$a_word
	done
	printf '%s\n' "$a_line" >> "$a_file" || fail "cannot write $a_file"
}

# find_disk NUMBER empty|wipe|keep NAME SERIAL WWN LO HI BUS no|yes|COUNT
# One disk must match all that is not empty, and may be written to; or the first
# of those that are left is taken, where exactly COUNT must match.
find_disk() {
	f_match=
	f_count=0
	for f_name in $(all_disks); do
		[ -z "$3" ] || [ "$f_name" = "$3" ] || continue
		[ -z "$4" ] || [ "$(disk_serial "$f_name")" = "$4" ] || continue
		[ -z "$5" ] || [ "$(disk_wwn "$f_name")" = "$5" ] || continue
		f_bytes=$(disk_bytes "$f_name")
		[ -z "$6" ] || at_least "$f_bytes" "$6" || continue
		[ -z "$7" ] || at_least "$7" "$f_bytes" || continue
		[ -z "$8" ] || [ "$(disk_bus "$f_name")" = "$8" ] || continue
		f_count=$((f_count + 1))
		if [ "$9" != no ]; then
			case " $taken " in *" $f_name "*) continue ;; esac
			[ -z "$f_match" ] || continue
		fi
		f_match="$f_match $f_name"
	done
	case $9 in
	no | yes | "$f_count") ;;
	*) fail "disk $1: $f_count disks match, not $9; there are: $(all_disks | tr '\n' ' ')" ;;
	esac
	case $f_match in
	'') fail "disk $1: no disk matches; there are: $(all_disks | tr '\n' ' ')" ;;
	' '*' '*) fail "disk $1: $f_count disks match:$f_match" ;;
	esac
	f_name=${f_match# }
	case " $taken " in
	*" $f_name "*) fail "disk $1: /dev/$f_name is taken for another disk" ;;
	esac
	taken="$taken $f_name"
	f_why=$(disk_unusable "$f_name" | head -n 1)
	[ -z "$f_why" ] || fail "/dev/$f_name: $f_why"
	f_holds=$(disk_content "$f_name")
	case $2 in
	empty) [ -z "$f_holds" ] ||
	    fail "/dev/$f_name holds $f_holds and is not touched; the profile may say wipe: yes" ;;
	keep) [ -n "$f_holds" ] ||
	    fail "/dev/$f_name is empty, but something on it is to be preserved" ;;
	esac
	say "disk $1 is /dev/$f_name, $(disk_bytes "$f_name") bytes, serial $(disk_serial "$f_name")${f_holds:+, holds $f_holds}"
	take_disk "$1" "$f_name"
}

# The server lets an installation begin once only, and answers "go" when it
# has written that down.  Nothing has been written to a disk before this.
claim() {
	c_no=$(od -An -N4 -tu4 /dev/urandom | tr -d ' \n')
	case $c_no in
	'' | *[!0-9]*) stop "no random number from /dev/urandom" ;;
	esac
	c_try=1
	until c_answer=$(cat "$provd/claim/$c_no" 2> "$work/out"); do
		[ "$c_try" -lt 5 ] ||
		    stop "the claim was not answered: $(tail -n 1 "$work/out")"
		sleep $((c_try * 2))
		c_try=$((c_try + 1))
	done
	[ "$c_answer" = go ] ||
	    stop "the server did not let the installation begin: ${c_answer:-no answer}"
	say "provd: claimed as $c_no"
}
