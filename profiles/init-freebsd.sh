# init-freebsd.sh - what installs or inspects, on the read-only root that came
# over NFS: init(8) was told of it by init_script (8 and later), or finds it in
# place of /etc/rc (before). Its input and output are the console.
#
# Lines are written whole, so a message of the kernel may come between two of
# them, but not into one.
# shellcheck shell=sh disable=SC2154

# tell TEXT: on every console.
tell() {
	echo "$*"
	[ -z "$others" ] || echo "$*" >> "$work/screen"
}

# The kernel writes to all consoles, but /dev/console is the first of them only.
# A line of those in use, a slash, and those that could be.
other_consoles() {
	c_all=$(sysctl -n kern.console 2> /dev/null)
	c_first=yes
	for c_name in $(echo "${c_all%%/*}" | tr ',' ' '); do
		[ "$c_name" != consolectl ] || c_name=ttyv0
		[ -n "$c_first" ] || [ ! -c "/dev/$c_name" ] || echo "$c_name"
		c_first=
	done
}

# The log lies on a mount of its own. It may fail: nothing depends on it, and
# nothing waits for it long. Before 5 there were no locks to be kept local, and
# -L meant something else.
mount_log() {
	l_local=-L
	case $(uname -r) in [1-4].*) l_local= ;; esac
	for l_how in -T ''; do
		rm -f "$work/mounted"
		# shellcheck disable=SC2086	# words
		{
			mount_nfs -3 $l_how $l_local -s -R 1 "$server:/.provd/$token" "$work/log"
			echo $? > "$work/mounted"
		} < /dev/null > "$work/mount" 2>&1 &
		l_wait=15
		until [ -s "$work/mounted" ] || [ "$l_wait" -eq 0 ]; do
			sleep 1
			l_wait=$((l_wait - 1))
		done
		[ ! -e "$work/log/log" ] || return 0
		[ -s "$work/mounted" ] || break
	done
	tell "provd: no log on the server: $(tail -n 1 "$work/mount")"
}

# The server may take the tree away when all is done.
keep_reboot() {
	cp /rescue/reboot "$work/reboot" 2> /dev/null ||
	    cp /sbin/reboot "$work/reboot"
}

# A console that stands still must not hold up anything: each has a tail(1).
install() {
	if [ -z "$others" ]; then
		sh "/.provd/$token/install"
		return
	fi
	for i_name in $others; do
		tail -f "$work/screen" > "/dev/$i_name" 2> /dev/null &
		tails="$tails $!"
	done
	{
		sh "/.provd/$token/install"
		echo $? > "$work/status"
	} 2>&1 | tee -a "$work/screen"
	return "$(cat "$work/status")"
}

main() {
	settings
	trap '' INT QUIT TSTP
	others=
	tails=
	memory /tmp 64
	mkdir -p "$work/log" && chmod 1777 /tmp
	: > "$work/screen"
	others=$(other_consoles)
	entropy
	mount_log
	keep_reboot
	if install; then
		tell "provd: done, starting again"
		sync
		# their program comes from the server, which may take it away
		# shellcheck disable=SC2086	# process ids
		[ -z "$tails" ] || { sleep 1; kill $tails 2> /dev/null; }
		"$work/reboot" -q || reboot
		sleep 60
	fi
	tell "provd: stopped. Here is a shell; reboot starts the machine again."
	trap - INT QUIT TSTP
	while :; do
		HOME=/tmp PS1='provd# ' sh -i
		sleep 2
	done
}
