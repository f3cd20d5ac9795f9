# gpart-freebsd.sh - partition tables by gpart(8), and what firmware starts.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# Metadata of everything (tables, labels, RAID, encryption, pools) lies in the
# first or in the last MiB of what it is on.
zero_ends() {
	z_ends=$(diskinfo "$1" 2> /dev/null | awk '{
		n = int($3 / 65536); k = n < 16 ? n : 16
		printf "%d %.0f %d %d %.0f\n", k, n - k, $2, ($3 - n * 65536) / $2, n * 65536 / $2 }')
	case $z_ends in
	*[0-9]' '*[0-9]' '*[0-9]) ;;
	*) return 0 ;;
	esac
	# shellcheck disable=SC2086	# five numbers
	set -- "$1" $z_ends
	[ "$2" = 0 ] || run dd if=/dev/zero of="$1" bs=65536 count="$2"
	[ "$3" = 0 ] || run dd if=/dev/zero of="$1" bs=65536 count="$2" seek="$3"
	[ "$5" = 0 ] || run dd if=/dev/zero of="$1" bs="$4" count="$5" seek="$6"
}

# Let go of a disk: classes that took it because of what they found on it.
release_disk() {
	for c_class in eli mirror raid raid3 stripe concat; do
		geom "$c_class" status -gs 2> /dev/null |
		    awk -v "d=$1" '{
			for (i = 2; i <= NF; i++)
				if ($i == d || $i ~ "^" d "[sp][0-9]+[a-h]?$") { print $1; next }
		    }' > "$work/holders"
		while read -r c_name; do
			run_from /dev/null geom "$c_class" stop -f "$c_name"
		done < "$work/holders"
	done
}

# clear_disk NAME: its partitions first, from the innermost, so that nothing of
# them comes back when new ones begin at the same place.
clear_disk() {
	release_disk "$1"
	for c_glob in "s[1-4][a-h]" "p[0-9][a-h]" "s[1-4]" "p[0-9]*" "[a-h]"; do
		for c_dev in "/dev/$1"$c_glob; do
			case ${c_dev#"/dev/$1"} in
			*[!0-9a-z]* | *.*) continue ;;
			esac
			[ ! -e "$c_dev" ] || zero_ends "$c_dev"
		done
	done
	if gpart show "$1" > /dev/null 2>&1; then
		run gpart destroy -F "$1"
	fi
	zero_ends "/dev/$1"
	c_left=$(disk_content "$1")
	[ -z "$c_left" ] || fail "/dev/$1 was cleared, but holds $c_left"
}

# gpart_rest PROVIDER TAKEN ADD...: gpart add for the partition that gets what
# the others, which take TAKEN MiB, leave.
gpart_rest() {
	g_provider=${1#/dev/}
	g_mib=$(disk_bytes "$1" | awk -v "taken=$2" '{ n = int($1 / 1048576) - taken; print (n > 0 ? n : 0) }')
	shift 2
	[ "$g_mib" -gt 0 ] || fail "/dev/$g_provider is too small for its partitions"
	run gpart add -s "${g_mib}M" "$@" "$g_provider"
}

# Labels name devices, so two of the same name would be a gamble.
new_label() {
	[ ! -e "/dev/gpt/$1" ] || fail "there is a /dev/gpt/$1 already, on another disk"
}

# esp_loader DEVICE FILE: the new system's /boot/FILE, where firmware looks for
# it by itself and where FreeBSD has it.
esp_loader() {
	[ -f "/mnt/boot/$2" ] || fail "the new system has no /boot/$2 for UEFI"
	case $(uname -p) in
	amd64) e_name=BOOTX64.EFI ;;
	aarch64) e_name=BOOTAA64.EFI ;;
	i386) e_name=BOOTIA32.EFI ;;
	riscv64) e_name=BOOTRISCV64.EFI ;;
	*) fail "no name for a UEFI loader of $(uname -p)" ;;
	esac
	run mkdir -p "$work/esp"
	run mount -t msdosfs "$1" "$work/esp"
	run mkdir -p "$work/esp/EFI/BOOT" "$work/esp/EFI/freebsd"
	run cp "/mnt/boot/$2" "$work/esp/EFI/BOOT/$e_name"
	run cp "/mnt/boot/$2" "$work/esp/EFI/freebsd/loader.efi"
	# only for a machine that was started by UEFI, and never a reason to stop
	efi_entry "$work/esp/EFI/freebsd/loader.efi" ||
	    say "no boot entry was made; the firmware finds EFI/BOOT/$e_name by itself"
	run umount "$work/esp"
}

# efi_entry FILE: one entry of ours, behind all others, so that the network is
# asked first as before.
efi_entry() {
	[ "$(sysctl -n machdep.bootmethod 2> /dev/null)" = UEFI ] || return 0
	efibootmgr > "$work/efi" 2> /dev/null || return 1
	e_order=$(sed -n -e 's/^ *BootOrder *: *//p' "$work/efi" | tr -d ' ')
	sed -n -e 's/^.*Boot\([0-9A-Fa-f]\{4\}\)\** .*FreeBSD (provd).*/\1/p' "$work/efi" > "$work/efi.old"
	while [ -z "${e_made:-}" ] && read -r e_old; do
		efibootmgr -B -b "$e_old" < /dev/null > /dev/null 2>&1 || return 1
		e_order=$(printf '%s\n' ",$e_order," | sed -e "s/,$e_old,/,/" -e 's/^,//' -e 's/,$//')
	done < "$work/efi.old"
	efibootmgr -c -a -L "FreeBSD (provd)" -l "$1" > /dev/null 2>&1 || return 1
	e_made=yes
	e_new=$(efibootmgr 2> /dev/null | sed -n -e 's/^ *BootOrder *: *//p' | tr -d ' ')
	e_order=$(printf '%s\n' "$e_new" | awk -F, -v "old=$e_order" '{
		n = split(old, o, ",")
		for (i = 1; i <= n; i++) { was[o[i]] = 1; all = all (all == "" ? "" : ",") o[i] }
		for (i = 1; i <= NF; i++) if (!($i in was)) all = all (all == "" ? "" : ",") $i
		print all }')
	say "+ efibootmgr -o $e_order"
	efibootmgr -o "$e_order" > /dev/null 2>&1
}
