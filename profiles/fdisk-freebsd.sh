# fdisk-freebsd.sh - slices by fdisk(8), labels by bsdlabel(8), or disklabel(8)
# before FreeBSD 5.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# blank_disk NAME: what was on a disk that may be wiped must not come back with
# a table of our own: tables and labels begin in its first MiB, and RAID and GPT
# leave something in the last.
blank_disk() {
	# blocks of 64K from where to the end, and the sectors that are left then
	l_end=$(disk_bytes "$1" | awk '{
		n = int($1 / 512); k = int(n / 128)
		print (k > 16 ? k - 16 : 0), n - k * 128, k * 128 }')
	# shellcheck disable=SC2086	# three numbers
	set -- "$1" $l_end
	run dd if=/dev/zero of="/dev/$1" bs=65536 count=16
	run dd if=/dev/zero of="/dev/$1" bs=65536 count=16 oseek="$2"
	[ "$3" -eq 0 ] || run dd if=/dev/zero of="/dev/$1" bs=512 count="$3" oseek="$4"
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
			printf "g c%d h255 s63\n", total
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

# label_device DEVICE: GEOM makes it a moment after its table was written.
label_device() {
	l_try=0
	until is_device "$1" || [ -z "$l_geom" ]; do
		l_try=$((l_try + 1))
		[ "$l_try" -le 15 ] || fail "$1 did not appear"
		sleep 1
	done
}

# bsd_label DEVICE LINE...: the standard label first, then, around its raw
# partition c, the lines given; -B puts the boot blocks there.
bsd_label() {
	l_dev=$1
	shift
	l_geom=yes
	l_tool=bsdlabel
	l_write="bsdlabel -w $l_dev"
	l_show="bsdlabel $l_dev"
	if ! type bsdlabel > /dev/null 2>&1; then
		l_geom=
		l_tool='disklabel -r'
		l_write="disklabel -w -r $l_dev auto"
		l_show="disklabel -r $l_dev"
	fi
	label_device "$l_dev"
	# shellcheck disable=SC2086	# words
	run $l_write
	$l_show > "$work/standard" 2> "$work/out" || {
		run_status=1
		fail_command "$l_show"
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
	# shellcheck disable=SC2086	# words
	run $l_tool -R -B "$l_dev" "$work/label"
	for l_line in "$@"; do
		label_device "$l_dev${l_line%%:*}"
	done
}
