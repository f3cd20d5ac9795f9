# init-freebsd.sh - what init(8) runs first on the read-only root that came
# over NFS, because the loader was told init_script.
# shellcheck shell=sh disable=SC2154

# Something to write to; mount_tmpfs is younger than mdmfs.
memory() {
	mount -t tmpfs tmpfs /tmp 2> /dev/null ||
	    mdmfs -s 32m md /tmp ||
	    echo "provd: no memory filesystem on /tmp"
	mkdir -p "$work/log"
}

# The log lies on a mount of its own. It may fail: nothing depends on it.
mount_log() {
	mount_nfs -3 -T -L -s -R 1 "$server:/.provd/$token" "$work/log" ||
	    echo "provd: no log on the server"
}

# The server may take the tree away when all is done.
keep_reboot() {
	cp /rescue/reboot "$work/reboot" 2> /dev/null ||
	    cp /sbin/reboot "$work/reboot"
}

main() {
	settings
	memory
	mount_log
	keep_reboot
	if sh "/.provd/$token/install"; then
		echo "provd: done, starting again"
		"$work/reboot" -q || reboot
		sleep 60
	fi
	echo "provd: stopped. Here is a shell; reboot starts the machine again."
	while :; do
		HOME=/tmp sh -i
		sleep 1
	done
}
