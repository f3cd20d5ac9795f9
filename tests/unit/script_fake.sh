#!/bin/dash
# script_fake.sh - stands for every command that touches a machine: writes down
# how it was called, and answers from the files in /answer.
#
# /log		one line for each call that could change something; what came in
#		through standard input or a file follows, indented
# /unpacked	what tar puts into /mnt
# /fail_at	the number of the line whose command fails
name=${0##*/}
real=/usr/bin/$name

answer() {	# answer NAME: the file, or failure
	[ -e "/answer/$1" ] || exit 1
	exec /usr/bin/cat "/answer/$1"
}

# shellcheck disable=SC2154	# last
# Questions, which change nothing and are not written down.
case $name in
uname)
	case ${1:-} in
	-p) answer uname.p ;;
	-r) answer release ;;
	esac
	echo x86_64
	exit 0 ;;
blockdev) [ ! -e "/answer/no_device" ] && exit 0; exit 1 ;;
udevadm | file | atacontrol | camcontrol) answer "$name" ;;
geom)
	case $2 in
	list) answer geom ;;
	status) answer "geom.$1" ;;
	esac ;;
gpart) [ "$1" != show ] || answer "gpart.$2" ;;
zpool) [ "$*" != import ] || answer zpool.import ;;
efibootmgr) [ $# -ne 0 ] || answer efibootmgr ;;
kldstat) exit 1 ;;
df) # df -k DIRECTORY: where there is room
	[ -e "/answer/df.${2##*/}" ] || exit 0
	answer "df.${2##*/}" ;;
ps) answer ps ;;
sysctl) [ "$1" != -n ] || answer "$2" ;;
diskinfo)
	eval "last=\${$#}"
	answer "diskinfo.${last##*/}" ;;
ifconfig) answer "ifconfig.$1" ;;
kenv) answer "kenv.$1" ;;
swapinfo) answer swapinfo ;;
modprobe | mountpoint | setsid) exit 0 ;;
sleep) printf 'sleep %s\n' "$1" >> /sleeps; exit 0 ;;
cat)
	case ${1:-} in
	/.provd/*/claim/*)
		echo "claim ${1##*/}" >> /claims
		echo claim >> /log
		[ ! -e /answer/claim ] || exec /usr/bin/cat /answer/claim
		echo "cat: $1: Input/output error" >&2
		exit 1 ;;
	esac
	exec /usr/bin/cat "$@" ;;
blkid)
	eval "last=\${$#}"
	case $* in
	*' UUID '*) echo "uuid-of-${last##*/}" ;;
	*) answer "type.${last##*/}" ;;
	esac
	exit 0 ;;
wipefs)
	case $1 in
	--parsable) answer wipefs ;;
	esac ;;
mount)
	[ "$1" != -p ] || answer mount
	[ "$2" != tmpfs ] || [ ! -e /answer/no_tmpfs ] || exit 1 ;;
bsdlabel) [ $# -ne 1 ] || answer bsdlabel ;;
disklabel) [ $# -ne 2 ] || answer bsdlabel ;;
dd)
	case $* in
	if=/dev/zero* | "if=/dev/random of=/mnt/"*) ;;
	*) exec /usr/bin/dd "$@" ;;
	esac ;;
sh) [ "$1" = -i ] || exec /usr/bin/dash "$@" ;;
tail) [ "$1" = -f ] || exec /usr/bin/tail "$@" ;;
sha256) /usr/bin/sha256sum "$2" | cut -c 1-64; exit 0 ;;
md5) /usr/bin/md5sum "$2" | cut -c 1-32; exit 0 ;;
esac

# Commands.
line=$name
for arg in "$@"; do
	case $arg in
	*"
"*) arg=$(printf '%s' "$arg" | tr '\n' '|') ;;
	esac
	line="$line $arg"
done
printf '%s\n' "$line" >> /log
number=$(grep -c '^[^ ]' /log)
fail_at=
[ ! -e /fail_at ] || read -r fail_at < /fail_at || :
if [ "$number" = "$fail_at" ]; then
	echo "$name: it's broken, 100% & \"more\"" >&2
	exit 7
fi
keep() {
	sed -e 's/^/    /' >> /log
}
case $name in
sfdisk | boot0cfg) keep ;;
fdisk) [ "$4" != -f ] || keep < "$5" ;;
bsdlabel) [ "$1" != -R ] || keep < "$4" ;;
disklabel) [ "$2" != -R ] || keep < "$5" ;;
dd)	# zeros, as far as a machine without them has any; chance: nothing
	case $2 in
	of=/mnt/*) : > "${2#of=}" ;;
	*)	# without the first word, which says where zeros come from
		shift
		tr '\000-\377' '\000' < /dev/urandom |
		    /usr/bin/dd "$@" iflag=fullblock conv=notrunc > /dev/null 2>&1 ;;
	esac ;;
truncate) : > "$3" ;;
zpool)
	case $2 in
	cachefile=*) echo "$3" >> "${2#cachefile=}" ;;
	esac ;;
bsdinstall)
	keep < "$2"
	cat "$2" > /installerconfig
	echo 'DEBUG: Running installation step: scriptedpart x' >> "$BSDINSTALL_LOG"
	[ ! -e /answer/bsdinstall.stuck ] || /usr/bin/sleep 60
	[ ! -e /answer/bsdinstall.fails ] || exit 1
	/usr/bin/cp -r /unpacked/. /mnt/
	: > /mnt/tmp/.provd-ready
	until [ -e /mnt/tmp/.provd-go ]; do
		/usr/bin/sleep 0.1
	done ;;
pkg-static)
	# pkg-static --rootdir DIR --repo-conf-dir DIR COMMAND ...
	keep < "$4/base.conf"
	[ ! -e "/answer/pkg.$5" ] || cat "/answer/pkg.$5"
	case $* in
	*' install -n '*) [ ! -e /answer/pkg.look ] || cat /answer/pkg.look ;;
	*' install '*) /usr/bin/cp -r /unpacked/. "$2/" ;;
	esac
	case $* in *' fetch -d '*) [ ! -e /answer/pkg.damaged ] || exit 1 ;; esac ;;
tar)
	case $* in *' - '*) cksum | keep ;; esac
	case $* in
	-xOf*) ;;
	*' -C /mnt/boot')
		[ -e /answer/no_kernel ] || /usr/bin/mkdir -p /mnt/boot/GENERIC /mnt/boot/SMP ;;
	*)
		[ ! -d /unpacked ] || /usr/bin/cp -r /unpacked/. /mnt/ ;;
	esac ;;
cpio) cksum | keep ;;
mount_nfs) [ -e /answer/no_log ] || : > /tmp/provd/log/log ;;
sh | reboot) kill -9 "$PPID" ;;
sysinstall)
	keep < "${1#configFile=}"
	if grep -q distExtractAll "${1#configFile=}"; then
		/usr/bin/cp -r /unpacked/. /mnt/
	fi ;;
chroot) case $* in *chpasswd*) keep ;; esac ;;
mkdir | cp | chmod | ln | rm | touch) exec "$real" "$@" ;;
esac
exit 0
