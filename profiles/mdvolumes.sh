# mdvolumes.sh - an rc.d script of the new system: this paragraph is for its
# reader here, what follows is what the client gets, after "#!/bin/sh".
# rc.d/mdconfig of the releases is not enough: with background_fsck it leaves a
# filesystem unchecked, and one that needs more than fsck -p stays away.
# shellcheck shell=sh disable=SC1091,SC2034

#
# PROVIDE: mdvolumes
# REQUIRE: FILESYSTEMS
# BEFORE: jail
# KEYWORD: nojail shutdown
#
# Files that hold a filesystem, as jails live in: each line of /etc/mdvolumes
# has a unit of md(4) and a file. At the start they are attached and checked,
# whoever mounts them comes later; at the end they are detached.
# shellcheck shell=sh disable=SC1091,SC2034

. /etc/rc.subr

name=mdvolumes
rcvar=mdvolumes_enable
start_cmd=mdvolumes_start
stop_cmd=mdvolumes_stop

mdvolumes_start() {
	while read -r md_unit md_file; do
		case $md_unit in
		'' | *[!0-9]*) continue ;;
		esac
		[ ! -e "/dev/md$md_unit" ] || continue
		echo "Attaching $md_file."
		mdconfig -a -t vnode -f "$md_file" -u "$md_unit" < /dev/null || continue
		fsck -t ufs -p "/dev/md$md_unit" < /dev/null ||
		    fsck -t ufs -y "/dev/md$md_unit" < /dev/null || {
			warn "$md_file can't be repaired, and stays detached"
			mdconfig -d -u "$md_unit" < /dev/null
		}
	done < /etc/mdvolumes
}

mdvolumes_stop() {
	while read -r md_unit md_file; do
		case $md_unit in
		'' | *[!0-9]*) continue ;;
		esac
		[ -e "/dev/md$md_unit" ] || continue
		umount "/dev/md$md_unit" > /dev/null 2>&1 < /dev/null
		mdconfig -d -u "$md_unit" < /dev/null
	done < /etc/mdvolumes
}

load_rc_config "$name"
: "${mdvolumes_enable:=NO}"
run_rc_command "$1"
