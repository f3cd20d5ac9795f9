# install-freebsd.sh - what the steps of installing a FreeBSD call.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

take_disk() {
	eval "name$1=\$2 disk$1=/dev/\$2"
}

# The device of a partition appears a moment after the partition.
wait_device() {
	w_try=0
	until is_device "$1"; do
		w_try=$((w_try + 1))
		[ "$w_try" -le 15 ] || fail "$1 did not appear"
		sleep 1
	done
}

load_module() {
	kldstat -q -m "$1" || run kldload "$1"
}

keep_device() {
	is_device "$1" || fail "$1 is not there, but the label is to be kept"
}

# verify_sha256 FILE SUM
verify_sha256() {
	say "+ sha256 $1"
	v_got=$(sha256 -q "$1" 2> "$work/out") || fail "$1: $(tail -n 1 "$work/out")"
	[ "$v_got" = "$2" ] || fail "$1: its sha256 is $v_got, not $2"
}

# fstab DEVICE MOUNT TYPE OPTIONS DUMP PASS, as in the book
fstab() {
	printf '%s\n' "$*" >> /mnt/etc/fstab || fail "cannot write /mnt/etc/fstab"
}
