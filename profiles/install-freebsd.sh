# install-freebsd.sh - what the steps of installing a FreeBSD call.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

take_disk() {
	eval "name$1=\$2 disk$1=/dev/\$2"
}

# slices FILE DISK NUMBER,MIB,active|-...: fdisk's table for several slices, on
# cylinders of 255 heads and 63 sectors; * takes the rest.
slices() {
	l_file=$1
	l_bytes=$(disk_bytes "$2")
	shift 2
	printf '%s\n' "$@" | awk -F, -v "bytes=$l_bytes" '
		{ no[NR] = $1; mib[NR] = $2; active[NR] = $3 }
		END {
			cyl = 16065
			left = total = int(bytes / 512 / cyl)
			for (i = 1; i <= NR; i++) {
				size[i] = int((mib[i] * 2048 + cyl - 1) / cyl)
				if (mib[i] == "*") star = i
				else left -= size[i]
			}
			if (left < (star ? 1 : 0)) exit 1
			if (star) size[star] = left
			at = 0
			for (i = 1; i <= NR; i++) {
				skip = at == 0 ? 63 : 0
				printf "p %d 165 %d %d\n", no[i], at * cyl + skip, size[i] * cyl - skip
				at += size[i]
			}
			for (i = 1; i <= NR; i++)
				if (active[i] == "active") printf "a %d\n", no[i]
		}' > "$l_file" || fail "the disk is too small for its slices"
	cat "$l_file"
}

# bsd_label DEVICE LINE...: the standard label first, then, around its raw
# partition c, the lines given; -B puts the boot blocks there.
bsd_label() {
	l_dev=$1
	shift
	run bsdlabel -w "$l_dev"
	bsdlabel "$l_dev" > "$work/standard" 2> "$work/out" || {
		run_status=1
		fail_command "bsdlabel $l_dev"
	}
	l_raw=$(sed -n -e 's/^ *c:/c:/p' "$work/standard")
	[ -n "$l_raw" ] || fail "the standard label of $l_dev has no partition c"
	{
		sed -e '/^ *[a-h]:/d' "$work/standard"
		for l_line in "$@"; do
			case $l_line in
			[ab]:*) ;;
			*)
				[ -z "$l_raw" ] || printf '%s\n' "$l_raw"
				l_raw= ;;
			esac
			printf '%s\n' "$l_line"
		done
		[ -z "$l_raw" ] || printf '%s\n' "$l_raw"
	} > "$work/label" || fail "cannot write $work/label"
	cat "$work/label"
	run bsdlabel -R -B "$l_dev" "$work/label"
}

keep_device() {
	is_device "$1" || fail "$1 is not there, but the label is to be kept"
}

# verify_pieces PREFIX SUFFIX,SUM,BYTES...
verify_pieces() {
	v_file=$1
	say "+ cksum $1.??"
	shift
	for v_piece in "$@"; do
		v_suffix=${v_piece%%,*}
		v_want=${v_piece#*,}
		v_got=$(cksum < "$v_file.$v_suffix" 2> "$work/out") ||
		    fail "$v_file.$v_suffix: $(tail -n 1 "$work/out")"
		[ "$v_got" = "${v_want%,*} ${v_want#*,}" ] ||
		    fail "$v_file.$v_suffix: its cksum is $v_got, not ${v_want%,*} ${v_want#*,}"
	done
}

# unpack_pieces PREFIX COUNT TARGET
unpack_pieces() {
	u_name=$1
	u_count=$2
	u_target=$3
	set -- "$1".[a-z][a-z]
	[ $# -eq "$u_count" ] || fail "$u_name: $# pieces, but the .inf file says $u_count"
	mkdir -p "$u_target" || fail "cannot make $u_target"
	say "+ cat $u_name.?? | tar --unlink -xpzf - -C $u_target"
	rm -f "$work/failed"
	run_status=0
	{ cat "$@" || echo cat > "$work/failed"; } |
	    tar --unlink -xpzf - -C "$u_target" > "$work/out" 2>&1 || run_status=$?
	if [ "$run_status" -ne 0 ] || [ -e "$work/failed" ]; then
		[ "$run_status" -ne 0 ] || run_status=1
		fail_command "cat $u_name.?? | tar -C $u_target"
	fi
}

# choose_kernel auto|GENERIC|SMP HAS-GENERIC HAS-SMP
choose_kernel() {
	kernel=$1
	if [ "$kernel" = auto ]; then
		kernel=GENERIC
		k_cpus=$(sysctl -n hw.ncpu)
		if [ "${k_cpus:-1}" -gt 1 ] && [ "$3" = yes ]; then
			kernel=SMP
		fi
		[ "$kernel" = SMP ] || [ "$2" = yes ] || kernel=SMP
	fi
	kernel_dir=/boot/$kernel
	say "the kernel is $kernel"
}

unpack_kernel() {
	case $kernel in
	GENERIC) unpack_pieces "$1/generic" "$2" /mnt/boot ;;
	*) unpack_pieces "$1/smp" "$3" /mnt/boot ;;
	esac
}

# fstab DEVICE MOUNT TYPE OPTIONS DUMP PASS, as in the book
fstab() {
	printf '%s\n' "$*" >> /mnt/etc/fstab || fail "cannot write /mnt/etc/fstab"
}

# rc_interface MAC VALUE: the interface that has this address, or the one that
# carries the root.
rc_interface() {
	n_name=
	for n_if in $(ifconfig -l); do
		[ -n "$1" ] || break
		if ifconfig "$n_if" | grep -q "ether $1"; then
			n_name=$n_if
			break
		fi
	done
	[ -n "$n_name" ] || n_name=$(kenv boot.netif.name 2> /dev/null) ||
	    fail "no interface has the address $1"
	printf 'ifconfig_%s="%s"\n' "$n_name" "$2" >> /mnt/etc/rc.conf ||
	    fail "cannot write /mnt/etc/rc.conf"
}

# set_password USER HASH
set_password() {
	say "+ chpass -p ... $1"
	chroot /mnt chpass -p "$2" "$1" > "$work/out" 2>&1 ||
	    { run_status=1; fail_command "chpass $1"; }
}

# The first serial port gets a login prompt.
serial_login() {
	say "+ ttyd0 on in /etc/ttys"
	{ sed -e '/^tty[du]0[[:space:]]/s/[[:space:]]off[[:space:]]/ on /' \
	    /mnt/etc/ttys > "$work/ttys" &&
	    cat "$work/ttys" > /mnt/etc/ttys; } 2> "$work/out" ||
	    { run_status=1; fail_command "edit /etc/ttys"; }
}

# save_ssh_keys NAME: from whatever UFS root is on the disk.
save_ssh_keys() {
	run mkdir -p "$work/old" "$work/ssh"
	run chmod 700 "$work/ssh"
	for k_dev in "/dev/$1"s[1-4]a "/dev/$1"p[0-9]* "/dev/$1"a; do
		is_device "$k_dev" || continue
		mount -t ufs -o ro "$k_dev" "$work/old" 2> /dev/null || continue
		for k_file in "$work/old/etc/ssh"/ssh_host_*key \
		    "$work/old/etc/ssh"/ssh_host_*key.pub; do
			[ -f "$k_file" ] || continue
			[ ! -h "$k_file" ] || continue
			if cp -p "$k_file" "$work/ssh/"; then
				say "kept ${k_file##*/} of $k_dev"
			fi
		done
		run umount "$work/old"
	done
}

# Those that are missing are made by the new system when it starts.
ssh_host_keys() {
	for k_file in "$work/ssh"/ssh_host_*; do
		[ -f "$k_file" ] || continue
		run mkdir -p /mnt/etc/ssh
		run cp -p "$k_file" /mnt/etc/ssh/
	done
}
