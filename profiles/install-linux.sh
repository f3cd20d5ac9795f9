# install-linux.sh - what the steps of installing a Linux call.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# verify_sha256 FILE SUM.  Past the cache, so that a machine with little memory
# keeps it, and the server sees how far the unpacking is later.
verify_sha256() {
	say "+ sha256sum $1"
	[ -f "$1" ] || fail "$1 is not there"
	v_sum=$({ dd if="$1" bs=1M iflag=direct 2> "$work/out" ||
	    echo failed; } | sha256sum)
	[ "${v_sum%% *}" = "$2" ] || {
		v_sum=$(sha256sum < "$1" 2> "$work/out")
		[ "${v_sum%% *}" = "$2" ] ||
		    fail "$1: its sha256 is ${v_sum%% *}, not $2"
	}
}

# $2 is disk number $1: its name, and what comes before a partition's number.
take_disk() {
	eval "name$1=\$2 disk$1=/dev/\$2"
	case $2 in
	*[0-9]) eval "part$1=/dev/\${2}p" ;;
	*) eval "part$1=/dev/\$2" ;;
	esac
}

# clear_disk NAME: no signature of an earlier life is left.
clear_disk() {
	for d_path in "/sys/block/$1/$1"*; do
		[ -e "$d_path/partition" ] || continue
		run wipefs --all --quiet "/dev/${d_path##*/}"
	done
	run wipefs --all --quiet "/dev/$1"
}

# layout NAME mbr|gpt SIZE,TYPE...: sizes in MiB, or * for the rest; everything
# begins and ends on a MiB.
layout() {
	l_disk=$1
	l_left=$(($(disk_bytes "$1") / 1048576 - 1))
	l_label=dos
	if [ "$2" = gpt ]; then
		l_label=gpt
		l_left=$((l_left - 1))
	fi
	shift 2
	l_least=0
	for l_part in "$@"; do
		case $l_part in
		'*'*) l_least=16 ;;
		*) l_left=$((l_left - ${l_part%%,*})) ;;
		esac
	done
	[ "$l_left" -ge "$l_least" ] ||
	    fail "/dev/$l_disk is too small: $((l_least - l_left)) MiB are missing"
	l_start=1
	{
		printf 'label: %s\n\n' "$l_label"
		for l_part in "$@"; do
			l_size=${l_part%%,*}
			[ "$l_size" != '*' ] || l_size=$l_left
			printf 'start=%dMiB, size=%dMiB, %s\n' "$l_start" \
			    "$l_size" "${l_part#*,}"
			l_start=$((l_start + l_size))
		done
	} > "$work/table" || fail "cannot write $work/table"
	[ "$l_label" = gpt ] || [ "$l_start" -le 2097152 ] ||
	    fail "/dev/$l_disk is too large for an MBR partition table: use gpt"
	cat "$work/table"
	run_from "$work/table" sfdisk --quiet --wipe always \
	    --wipe-partitions always "/dev/$l_disk"
}

# The kernel and udev need a moment to make the devices.
wait_device() {
	w_try=0
	udevadm settle > /dev/null 2>&1 || :
	until is_device "$1"; do
		[ "$w_try" -lt 20 ] || fail "$1 does not appear"
		w_try=$((w_try + 1))
		sleep 1
	done
}

# keep_device DEVICE [FS]: a partition of a table that is kept, and what it must
# hold if that is kept too.
keep_device() {
	is_device "$1" || fail "$1 is not there, but the partition table is to be kept"
	[ -n "$2" ] || return 0
	k_fs=$(blkid -p -s TYPE -o value "$1" 2> /dev/null) || k_fs=nothing
	[ "$k_fs" = "$2" ] || fail "$1 is to be preserved as $2, but holds $k_fs"
}

# fstab DEVICE MOUNT TYPE OPTIONS DUMP PASS
fstab() {
	t_uuid=$(blkid -p -s UUID -o value "$1" 2> "$work/out") || t_uuid=
	[ -n "$t_uuid" ] || fail "$1 has no UUID: $(tail -n 1 "$work/out")"
	shift
	add_line /mnt/etc/fstab "UUID=$t_uuid $*"
}

# save_ssh_keys NAME...: from whatever root is on the disks, read only and
# without replaying a journal.
save_ssh_keys() {
	run mkdir -p "$work/old" "$work/ssh"
	run chmod 700 "$work/ssh"
	for d_name in "$@"; do
		for d_path in "/sys/block/$d_name/$d_name"*; do
			[ -e "$d_path/partition" ] || continue
			save_ssh_keys_of "/dev/${d_path##*/}"
		done
	done
}

save_ssh_keys_of() {
	case $(blkid -p -s TYPE -o value "$1" 2> /dev/null) in
	ext[234]) k_options=ro,noload ;;
	xfs) k_options=ro,norecovery,nouuid ;;
	*) return 0 ;;
	esac
	mount -o "$k_options" "$1" "$work/old" 2> /dev/null || return 0
	for k_file in "$work/old/etc/ssh"/ssh_host_*_key \
	    "$work/old/etc/ssh"/ssh_host_*_key.pub; do
		[ -f "$k_file" ] || continue
		[ ! -h "$k_file" ] || continue
		if cp -p "$k_file" "$work/ssh/"; then
			say "kept ${k_file##*/} of $1"
		fi
	done
	run umount "$work/old"
}

# The kept keys, and new ones of the kinds that are missing.
ssh_host_keys() {
	for k_file in "$work/ssh"/ssh_host_*; do
		[ -f "$k_file" ] || continue
		run mkdir -p /mnt/etc/ssh
		run cp -p "$k_file" /mnt/etc/ssh/
		run chown 0:0 "/mnt/etc/ssh/${k_file##*/}"
	done
	[ ! -x /mnt/usr/bin/ssh-keygen ] || run chroot /mnt ssh-keygen -A
}

# set_password USER HASH
set_password() {
	say "+ set the password of $1"
	printf '%s:%s\n' "$1" "$2" | chroot /mnt chpasswd -e > "$work/out" 2>&1 ||
	    { run_status=1; fail_command "chpasswd $1"; }
}

# The chroot needs the kernel's filesystems.
mount_kernel() {
	for m_dir in dev proc sys run; do
		run mkdir -p "/mnt/$m_dir"
		run mount --bind "/$m_dir" "/mnt/$m_dir"
	done
}
