# inspect-freebsd.sh - the facts of a FreeBSD client.
# shellcheck shell=sh disable=SC2154

disk_model() {
	case $1 in
	ad[0-9]*) atacontrol cap "$1" 2> /dev/null | sed -n -e 's/^device model *//p' ;;
	*) camcontrol inquiry "$1" -D 2> /dev/null | sed -n -e 's/.*<\([^>]*\)>.*/\1/p' ;;
	esac
}

facts() {
	i_firmware=$(sysctl -n machdep.bootmethod 2> /dev/null | tr '[:upper:]' '[:lower:]')
	fact "firmware=${i_firmware:-bios}" "memory=$(sysctl -n hw.physmem)" \
	    "cpus=$(sysctl -n hw.ncpu)" "arch=$(uname -m)" \
	    "vendor=$(kenv smbios.system.maker 2> /dev/null)" \
	    "product=$(kenv smbios.system.product 2> /dev/null)" \
	    "machine_serial=$(kenv smbios.system.serial 2> /dev/null)"
	for i_disk in $(all_disks); do
		fact "disk=$i_disk" "size=$(disk_bytes "$i_disk")" \
		    "serial=$(disk_serial "$i_disk")" "wwn=$(disk_wwn "$i_disk")" \
		    "bus=$(disk_bus "$i_disk")" "model=$(disk_model "$i_disk")" \
		    "holds=$(disk_content "$i_disk")"
	done
	for i_if in $(ifconfig -l); do
		i_mac=$(ifconfig "$i_if" | sed -n -e 's/^[[:space:]]*ether \([0-9a-f:]*\).*/\1/p')
		[ -n "$i_mac" ] || continue
		fact "nic=$i_if" "mac=$i_mac" \
		    "link=$(ifconfig "$i_if" | sed -n -e 's/^[[:space:]]*status: //p')"
	done
}
