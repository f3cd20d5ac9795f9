# disks-linux.sh - which disks a Linux client has, and what is on them.
# Nothing here writes to one.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# A disk's attribute in sysfs, as one clean word.
disk_attr() {
	a_value=
	for a_file in "/sys/block/$1/$2" "/sys/block/$1/device/$2"; do
		[ -r "$a_file" ] || continue
		a_value=$(tr -d '\000' < "$a_file" 2> /dev/null |
		    sed -e 's/^ *//' -e 's/ *$//')
		[ -z "$a_value" ] || break
	done
	printf '%s\n' "$a_value"
}

udev_value() {
	udevadm info --query=property --name="/dev/$1" 2> /dev/null |
	    sed -n -e "s/^$2=//p"
}

disk_serial() {
	a_value=$(disk_attr "$1" serial)
	if [ -z "$a_value" ] && [ -r "/sys/block/$1/device/vpd_pg80" ]; then
		a_value=$(tail -c +5 "/sys/block/$1/device/vpd_pg80" |
		    tr -d '\000' | sed -e 's/^ *//' -e 's/ *$//')
	fi
	[ -n "$a_value" ] || a_value=$(udev_value "$1" ID_SERIAL_SHORT)
	printf '%s\n' "$a_value"
}

disk_wwn() {
	a_value=$(disk_attr "$1" wwid)
	case $a_value in
	naa.* | eui.* | 0x*) ;;
	*) a_value=$(udev_value "$1" ID_WWN) ;;
	esac
	printf '%s\n' "$a_value" | tr 'A-F' 'a-f' |
	    sed -e 's/^naa\.//' -e 's/^eui\.//' -e 's/^0x//'
}

disk_bus() {
	case $1 in
	nvme*) echo nvme ;;
	mmcblk*) echo mmc ;;
	*)
		case $(readlink -f "/sys/block/$1") in
		*/usb[0-9]*) echo usb ;;
		*/virtio[0-9]*) echo virtio ;;
		*/ata[0-9]*) echo ata ;;
		*) echo scsi ;;
		esac ;;
	esac
}

at_least() {
	[ "$1" -ge "$2" ]
}

disk_bytes() {
	d_sectors=$(cat "/sys/block/$1/size" 2> /dev/null)
	echo $((${d_sectors:-0} * 512))
}

# Names of all disks: what has a size and is not made of something else.
all_disks() {
	for d_path in /sys/block/*; do
		d_name=${d_path##*/}
		case $d_name in
		'*' | loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | \
		    mtdblock* | nvme*c*n* | mmcblk*boot* | mmcblk*rpmb) continue ;;
		esac
		[ "$(disk_bytes "$d_name")" -gt 0 ] || continue
		echo "$d_name"
	done
}

is_device() {
	blockdev --getsize64 "$1" > /dev/null 2>&1
}

# Why a disk can't be written to: missing, read-only, mounted, in use as swap,
# or part of another device.  Nothing if it can.
disk_unusable() {
	if ! is_device "/dev/$1"; then
		echo "it is not there"
	elif [ "$(cat "/sys/block/$1/ro")" != 0 ]; then
		echo "it is read-only"
	elif grep -q "^/dev/$1[p0-9]* " /proc/mounts; then
		echo "it is mounted"
	elif grep -q "^/dev/$1[p0-9]* " /proc/swaps; then
		echo "it is in use as swap"
	else
		for d_path in "/sys/block/$1/holders"/* \
		    "/sys/block/$1/$1"*/holders/*; do
			[ ! -e "$d_path" ] || echo "${d_path##*/} is made of it"
		done
	fi
}

# What lies on a disk, in a few words; nothing if it is empty.
disk_content() {
	d_found=
	for d_path in "/sys/block/$1/$1"*; do
		[ ! -e "$d_path/partition" ] || d_found="$d_found ${d_path##*/}"
	done
	if [ -n "$d_found" ]; then
		echo "partitions$d_found"
	elif d_found=$(wipefs --parsable --output TYPE "/dev/$1" 2>&1); then
		printf '%s\n' "$d_found" | sed -e '/^#/d' -e '/^ *$/d' |
		    tr '\n' ' ' | sed -e 's/ $//'
	else
		echo "something that cannot be read: $d_found"
	fi
}
