# jails-freebsd.sh - jails of the new system: what is in them and around them.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# jail_conf MAC TEXT: jail.conf, for jails on the interface with this address.
jail_conf() {
	interface "$1"
	put /mnt/etc/jail.conf 644 "\$host_interface = \"$i_name\";
$2"
}

# trim ROOT PATTERN...: what a jail can do without.  Patterns are matched inside
# it, so that no link leads out of it.
trim() {
	t_root=$1
	shift
	# shellcheck disable=SC2016
	run chroot "$t_root" /bin/sh -c 'for p; do for f in $p; do
		[ -h "$f" ] || [ -e "$f" ] || continue
		[ -h "$f" ] || chflags -R noschg "$f" || exit 1
		rm -rf "$f" || exit 1
	done; done' trim "$@"
}

# jail_basics ROOT: what the host has of these is right for the jail.
jail_basics() {
	for j_file in /etc/resolv.conf /etc/localtime; do
		[ -f "/mnt$j_file" ] || continue
		run cp "/mnt$j_file" "$1$j_file"
	done
}

# jail_password ROOT HASH
jail_password() {
	say "+ chpass -p ... root in $1"
	chroot "$1" chpass -p "$2" root > "$work/out" 2>&1 ||
	    { run_status=1; fail_command "chpass root in $1"; }
}
