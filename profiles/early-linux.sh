# early-linux.sh - process 1 on the read-only root that came over NFS: what
# whoever comes after it needs.
# shellcheck shell=sh disable=SC2154,SC2317

# mount_on DIRECTORY ARGUMENT...: unless it is mounted already.
mount_on() {
	m_dir=$1
	shift
	mountpoint -q "$m_dir" || mount "$@" "$m_dir"
}

# Drivers for what the machine has; the interface that carries the root keeps
# its name.
devices() {
	if [ -x /lib/systemd/systemd-udevd ] && mkdir -p /run/udev/rules.d; then
		: > /run/udev/rules.d/80-net-setup-link.rules
		/lib/systemd/systemd-udevd --daemon --resolve-names=never
		udevadm trigger --type=subsystems --action=add
		udevadm trigger --type=devices --action=add
		udevadm settle --timeout=60
	else
		for m_mod in virtio_blk virtio_scsi sd_mod ahci ata_piix nvme; do
			modprobe -q "$m_mod" || :
		done
	fi
}

# The kernel's own, and some to write to.
memory_systems() {
	[ -e /proc/mounts ] || mount -t proc proc /proc
	mount_on /sys -t sysfs sysfs
	mount_on /dev -t devtmpfs dev
	mount_on /run -t tmpfs -o mode=0755 run
	mount_on /tmp -t tmpfs tmp
	mkdir -p /dev/pts "$work"
	mount_on /dev/pts -t devpts devpts
}
