# pieces-freebsd.sh - distributions in pieces, the kernel among them, and what
# the old installer mended when they were unpacked.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# verify_pieces PREFIX PIECE...
verify_pieces() {
	v_prefix=$1
	say "+ verify $1"
	shift
	for v_piece in "$@"; do
		verify_piece "$v_prefix" "$v_piece"
	done
}

# verify_piece PREFIX SUFFIX,CKSUM,BYTES[,SHA256[,MD5]]: by the strongest sum that
# is known and that this system can make. A suffix . is the file itself; - is not
# known.
verify_piece() {
	v_path=$1
	v_ifs=$IFS
	IFS=,
	# shellcheck disable=SC2086	# to be split
	set -- $2
	IFS=$v_ifs
	[ "$1" = . ] || v_path=$v_path.$1
	if [ "${4:--}" != - ] && type sha256 > /dev/null 2>&1; then
		v_how="sha256"
		v_want=$4
		v_got=$(sha256 -q "$v_path" 2> "$work/out")
	elif [ "$2" != - ]; then
		v_how="cksum"
		v_want="$2 $3"
		v_got=$(cksum < "$v_path" 2> "$work/out")
	elif [ "${5:--}" != - ]; then
		v_how="md5"
		v_want=$5
		v_got=$(md5 -q "$v_path" 2> "$work/out")
	else
		fail "$v_path: this system has no sha256(1) to check it with"
	fi
	[ -n "$v_got" ] || fail "$v_path: $(tail -n 1 "$work/out")"
	[ "$v_got" = "$v_want" ] || fail "$v_path: its $v_how is $v_got, not $v_want"
}

# unpack_pieces PREFIX COUNT gzip|bzip2 TARGET; COUNT 0: PREFIX is the file.
unpack_pieces() {
	u_name=$1
	u_count=$2
	u_pack=$3
	u_target=$4
	if [ "$u_count" -eq 0 ]; then
		set -- "$u_name"
	else
		set -- "$u_name".[a-z][a-z]
		[ $# -eq "$u_count" ] || fail "$u_name: $# pieces, but the .inf file says $u_count"
		u_name="$u_name.??"
	fi
	mkdir -p "$u_target" || fail "cannot make $u_target"
	u_flags=xpzf
	[ "$u_pack" = gzip ] || u_flags=xpjf
	rm -f "$work/failed"
	run_status=0
	# what cpio wrote begins with this number, in a file's name it can't stand
	case $("$u_pack" -dc < "$1" 2> /dev/null | dd bs=6 count=1 2> /dev/null | tr -cd '0-9') in
	07070[1-7])
		say "+ cat $u_name | $u_pack -dc | cpio -idum, in $u_target"
		{ cat "$@" || echo cat > "$work/failed"; } |
		    { "$u_pack" -dc || echo "$u_pack" > "$work/failed"; } |
		    (cd "$u_target" && exec cpio -idum --quiet) > "$work/out" 2>&1 || run_status=$?
		;;
	*)
		say "+ cat $u_name | tar --unlink -$u_flags - -C $u_target"
		{ cat "$@" || echo cat > "$work/failed"; } |
		    tar --unlink "-$u_flags" - -C "$u_target" > "$work/out" 2>&1 || run_status=$?
		;;
	esac
	if [ "$run_status" -ne 0 ] || [ -e "$work/failed" ]; then
		[ "$run_status" -ne 0 ] || run_status=1
		fail_command "cat $u_name | tar -C $u_target"
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

# unpack_kernel DIRECTORY COUNT PACK of GENERIC, COUNT PACK of SMP
unpack_kernel() {
	if [ -d "/mnt$kernel_dir" ]; then
		say "/mnt$kernel_dir is there already"
		return 0
	fi
	case $kernel in
	GENERIC) unpack_pieces "$1/generic" "$2" "$3" /mnt/boot ;;
	*) unpack_pieces "$1/smp" "$4" "$5" /mnt/boot ;;
	esac
	[ -d "/mnt$kernel_dir" ] || fail "the set $kernel has no $kernel_dir"
}

# fix_tree root|var|usr DIRECTORY: its directories, their owners and modes. What
# mtree(8) says of each is of no interest.
fix_tree() {
	[ -f "/mnt/etc/mtree/BSD.$1.dist" ] || return 0
	say "+ mtree -deU -f /etc/mtree/BSD.$1.dist -p $2"
	run_status=0
	chroot /mnt mtree -deU -f "/etc/mtree/BSD.$1.dist" -p "$2" > "$work/out" 2>&1 ||
	    run_status=$?
	[ "$run_status" -eq 0 ] || fail_command "mtree -deU -f /etc/mtree/BSD.$1.dist"
}

compat_link() {
	[ -e /mnt/compat ] || [ -h /mnt/compat ] || run ln -s usr/compat /mnt/compat
}

# Before devices made themselves: those of the new system and of its disks.
make_devices() {
	[ -f /mnt/dev/MAKEDEV ] || return 0
	k_disks=
	for k_disk in $taken; do
		for k_slice in 1 2 3 4; do
			k_disks="$k_disks ${k_disk}s${k_slice}a"
		done
	done
	# shellcheck disable=SC2016,SC2086	# words; $@ is that shell's
	run chroot /mnt /bin/sh -c 'cd /dev && sh MAKEDEV "$@"' sh all $k_disks
}

old_kernel() {
	for k_kernel in /mnt/kernel /mnt/boot/kernel/kernel; do
		[ ! -e "$k_kernel" ] || return 0
	done
	[ -e /mnt/kernel.GENERIC ] || fail "the new system has no kernel"
	run cp -p /mnt/kernel.GENERIC /mnt/kernel
}

# Without it mail to root waits; that is no reason to have no system.
mail_aliases() {
	[ -f /mnt/etc/mail/aliases ] || return 0
	say "+ chroot /mnt newaliases"
	chroot /mnt newaliases > "$work/out" 2>&1 ||
	    say "newaliases: $(tail -n 1 "$work/out")"
}
