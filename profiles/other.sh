# other.sh - what a rescue and a diskless system have in common on Linux and
# FreeBSD.
#
# From settings(): system, hostname, password, keys, resolv.  root is where their
# root is now.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# The server counts this as a boot that came to its end. Nothing waits for it.
tell_up() {
	provd=/.provd/$token
	log=
	report 1 up 'done' &
}

# put FILE MODE OWNER TEXT
put() {
	{ mkdir -p "$root${1%/*}" && rm -f "$root$1" && printf '%s' "$4" > "$root$1" &&
	    chmod "$2" "$root$1" && { [ -z "$3" ] || chown "$3" "$root$1"; }; } ||
	    echo "provd: $1 cannot be written"
}

# Who may log in, and by which names things are known.
settle() {
	hostname "$hostname"
	put /etc/resolv.conf 644 '' "$resolv"
	: > "$root/etc/fstab"
	if [ -n "$keys" ]; then
		put /root/.ssh/authorized_keys 600 '' "$keys"
		chmod 700 "$root/root/.ssh"
	fi
	own_files
}

# For as long as the machine runs.
shells() {
	echo "provd: $hostname: a shell on the system of the server; no disk was touched."
	echo "provd: reboot starts the machine again."
	while :; do
		HOME=/root PS1='rescue# ' "$@"
		sleep 1
	done
}
