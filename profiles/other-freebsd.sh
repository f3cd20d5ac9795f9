# other-freebsd.sh - a FreeBSD that runs from the server's tree: a shell, started
# by init_script (8 and later) or in place of /etc/rc (before), or all that
# /etc/rc starts, which is kept aside.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# to_memory DIRECTORY MEGABYTES: the same, but it can be written to.
to_memory() {
	(cd "$1" && tar -cf - .) > /tmp/provd.tar 2> /dev/null
	memory "$1" "$2"
	(cd "$1" && tar -xpf -) < /tmp/provd.tar
	rm -f /tmp/provd.tar
}

writable() {
	memory /tmp 64
	chmod 1777 /tmp
	to_memory /etc 32
	to_memory /root 16
	memory /var "${memory%[mM]}"
	mtree -deU -f /etc/mtree/BSD.var.dist -p /var > /dev/null
	mkdir -p "$work"
}

passwords() {
	HASH=$password awk -F: 'BEGIN { OFS = ":" } $1 == "root" { $2 = ENVIRON["HASH"] } { print }' \
	    /etc/master.passwd > /tmp/master && cat /tmp/master > /etc/master.passwd
	rm -f /tmp/master
	chmod 600 /etc/master.passwd
	pwd_mkdb -p /etc/master.passwd
}

# What the disc's own files would start, or mount, is not what was asked for; the
# root's interface is up, and stays as it is.
multi_user() {
	m_sshd=NO
	[ -z "$keys" ] || m_sshd=YES
	cp "/.provd/$token/rc" /etc/rc
	rm -f /etc/rc.initdiskless /etc/rc.conf.local
	put /etc/rc.conf 644 '' "hostname=\"$hostname\"
root_rw_mount=\"NO\"
dumpdev=\"NO\"
tmpmfs=\"NO\"
varmfs=\"NO\"
sendmail_enable=\"NONE\"
sshd_enable=\"$m_sshd\"
$rc_conf"
	put /etc/rc.local 644 '' "sh /.provd/$token/commands
"
	# a login where the kernel writes
	[ -z "$serial" ] || sed -e '/^tty[ud]0/s/[[:space:]]off/ on/' /etc/ttys > /tmp/ttys
	[ -z "$serial" ] || cat /tmp/ttys > /etc/ttys
	[ -z "$keys" ] || printf '\nPermitRootLogin prohibit-password\n' >> /etc/ssh/sshd_config
}

main() {
	settings
	root=
	[ "$system" = diskless ] || trap '' INT QUIT TSTP
	writable
	settle
	passwords
	tell_up
	if [ "$system" = diskless ]; then
		multi_user
		exec /bin/sh /etc/rc "$@"
	fi
	entropy
	if [ -n "$keys" ] && [ -f /etc/rc.d/sshd ]; then
		printf '\nPermitRootLogin prohibit-password\n' >> /etc/ssh/sshd_config
		sh /etc/rc.d/sshd onestart
	fi
	sh "/.provd/$token/commands"
	trap - INT QUIT TSTP
	shells sh -i
}
