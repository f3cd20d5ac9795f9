# init-linux.sh - process 1 on the read-only root that came over NFS, to install
# or to inspect.
# shellcheck shell=sh disable=SC2154

# The log lies on a mount of its own. It may fail: nothing depends on it.
mount_log() {
	mkdir -p "$work/log"
	mount -i -t nfs -o "vers=3,proto=tcp,mountproto=tcp,nolock,soft,timeo=50,retrans=2,addr=$server" \
	    "$server:/.provd/$token" "$work/log" ||
	    echo "provd: no log on the server"
}

main() {
	settings
	memory_systems
	exec < /dev/console > /dev/console 2>&1
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
