# disks-freebsd.sh - which disks a FreeBSD client has, and what is on them, with the tools
# of 6.2 and later.
# Nothing here writes to one.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# Not memory, CDs, floppies and the boot blocks of eMMC; nor card readers without
# a card; nor a disk's other name where one driver offers two.
all_disks() {
	d_all=$(sysctl -n kern.disks)
	for d_name in $d_all; do
		case $d_name in
		md* | cd* | acd* | fd* | afd* | mmcsd*boot* | mmcsd*rpmb) continue ;;
		nvd*)
			case " $d_all" in *' nda'*) continue ;; esac ;;
		esac
		[ "$(disk_bytes "$d_name")" != 0 ] || continue
		echo "$d_name"
	done | sort
}

# Numbers of bytes may be larger than what this shell counts.
at_least() {
	awk "BEGIN { exit !($1 >= $2) }"
}

disk_bytes() {
	d_bytes=$(diskinfo "/dev/$1" 2> /dev/null | awk '{ print $3 }')
	echo "${d_bytes:-0}"
}

disk_serial() {
	d_value=$(diskinfo -v "/dev/$1" 2> /dev/null |
	    sed -n -e 's/^[[:space:]]*\([^[:space:]].*\)# Disk ident.*/\1/p')
	if [ -z "$d_value" ]; then
		case $1 in
		ad[0-9]*)
			d_value=$(atacontrol cap "$1" 2> /dev/null |
			    sed -n -e 's/^serial number *//p') ;;
		da[0-9]*)
			d_value=$(camcontrol inquiry "$1" -S 2> /dev/null) ;;
		esac
	fi
	printf '%s\n' "$d_value" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//'
}

# 6.2 has no way to ask for it.
disk_wwn() {
	geom disk list "$1" 2> /dev/null | tr 'A-F' 'a-f' |
	    sed -n -e 's/^ *lunid: *//p' | head -n 1
}

disk_bus() {
	case $1 in
	ad*) echo ata ;;
	nvd* | nda*) echo nvme ;;
	vtbd*) echo virtio ;;
	mmcsd* | sdda*) echo mmc ;;
	*)
		if camcontrol devlist -v 2> /dev/null |
		    awk -v "d=$1" '/^scbus/ { usb = /umass/ } $0 ~ "[(,]" d "[,)]" && usb { found = 1 } END { exit !found }'
		then
			echo usb
		else
			echo scsi
		fi ;;
	esac
}

is_device() {
	diskinfo "$1" > /dev/null 2>&1
}

disk_unusable() {
	if ! is_device "/dev/$1"; then
		echo "it is not there"
	elif mount -p 2> /dev/null | grep -q "^/dev/$1[a-z0-9]*[[:space:]]"; then
		echo "it is mounted"
	elif swapinfo 2> /dev/null | grep -q "^/dev/$1[a-z0-9]*[[:space:]]"; then
		echo "it is in use as swap"
	fi
}

# bytes_of DISK SKIP COUNT: how many bytes that are not zero, in blocks of 64K
bytes_of() {
	dd if="/dev/$1" of="$work/blocks" bs=65536 skip="$2" count="$3" \
	    > /dev/null 2>&1 || { echo unreadable; return 0; }
	tr -d '\000' < "$work/blocks" | wc -c | tr -d ' '
}

# Labels, tables and filesystems all begin in the first MiB or end with the
# disk; a disk is empty if there is nothing there.
disk_content() {
	d_end=$(disk_bytes "$1" | awk '{ n = int($1 / 65536) - 1; print (n > 0 ? n : 0) }')
	for d_value in "$(bytes_of "$1" 0 16)" "$(bytes_of "$1" "$d_end" 2)"; do
		case $d_value in
		0) ;;
		unreadable) echo "something that cannot be read"; return 0 ;;
		*)
			d_value=$(file -b -s "/dev/$1" 2> /dev/null | cut -c 1-40)
			echo "data${d_value:+ ($d_value)}"
			return 0 ;;
		esac
	done
}
