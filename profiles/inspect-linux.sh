# inspect-linux.sh - the facts of a Linux client.
# shellcheck shell=sh disable=SC2154

dmi() {
	cat "/sys/class/dmi/id/$1" 2> /dev/null || :
}

facts() {
	i_firmware=bios
	[ ! -d /sys/firmware/efi ] || i_firmware=uefi
	i_memory=$(sed -n -e 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
	fact "firmware=$i_firmware" "memory=$((${i_memory:-0} * 1024))" \
	    "cpus=$(grep -c '^processor' /proc/cpuinfo)" "arch=$(uname -m)" \
	    "vendor=$(dmi sys_vendor)" "product=$(dmi product_name)" \
	    "machine_serial=$(dmi product_serial)"
	for i_disk in $(all_disks); do
		fact "disk=$i_disk" "size=$(disk_bytes "$i_disk")" \
		    "serial=$(disk_serial "$i_disk")" "wwn=$(disk_wwn "$i_disk")" \
		    "bus=$(disk_bus "$i_disk")" "model=$(disk_attr "$i_disk" model)" \
		    "holds=$(disk_content "$i_disk")"
	done
	for i_path in /sys/class/net/*; do
		[ -e "$i_path/device" ] || continue
		i_driver=$(readlink "$i_path/device/driver") || i_driver=
		fact "nic=${i_path##*/}" "mac=$(cat "$i_path/address")" \
		    "driver=${i_driver##*/}" "link=$(cat "$i_path/operstate")"
	done
}
