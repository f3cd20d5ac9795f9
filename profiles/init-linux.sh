# init-linux.sh - process 1 on the read-only root that came over NFS.
# shellcheck shell=sh disable=SC2154

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

# The log lies on a mount of its own. It may fail: nothing depends on it.
mount_log() {
	mkdir -p "$work/log"
	mount -i -t nfs -o "vers=3,proto=tcp,mountproto=tcp,nolock,soft,timeo=50,retrans=2,addr=$server" \
	    "$server:/.provd/$token" "$work/log" ||
	    echo "provd: no log on the server"
}

main() {
	settings
	[ -e /proc/mounts ] || mount -t proc proc /proc
	mount_on /sys -t sysfs sysfs
	mount_on /dev -t devtmpfs dev
	mount_on /run -t tmpfs -o mode=0755 run
	mount_on /tmp -t tmpfs tmp
	exec < /dev/console > /dev/console 2>&1
	mkdir -p /dev/pts "$work"
	mount_on /dev/pts -t devpts devpts
	devices
	mount_log
	if sh "/.provd/$token/install"; then
		echo "provd: done, starting again"
		sync
		reboot -f -f
		sleep 60
	fi
	echo "provd: stopped. Here is a shell; reboot -f -f starts the machine again."
	while :; do
		HOME=/tmp TERM=linux setsid -c sh -i
		sleep 1
	done
}
