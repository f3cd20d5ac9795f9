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
uname) echo x86_64; exit 0 ;;
blockdev) [ ! -e "/answer/no_device" ] && exit 0; exit 1 ;;
udevadm | file | geom | atacontrol | camcontrol) answer "$name" ;;
sysctl) answer "$2" ;;
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
mount) [ "$1" != -p ] || answer mount ;;
bsdlabel) [ $# -ne 1 ] || answer bsdlabel ;;
esac

# Commands.
line=$name
for arg in "$@"; do
	line="$line $(printf '%s' "$arg" | tr '\n' '|')"
done
printf '%s\n' "$line" >> /log
number=$(grep -c '^[^ ]' /log)
if [ "$number" = "$(/usr/bin/cat /fail_at 2> /dev/null)" ]; then
	echo "$name: it's broken, 100% & \"more\"" >&2
	exit 7
fi
keep() {
	sed -e 's/^/    /' >> /log
}
case $name in
sfdisk | boot0cfg) keep ;;
fdisk) [ "$2" != -f ] || keep < "$3" ;;
bsdlabel) [ "$1" != -R ] || keep < "$4" ;;
tar)
	case $* in *' - '*) cksum | keep ;; esac
	[ ! -d /unpacked ] || /usr/bin/cp -r /unpacked/. /mnt/ ;;
chroot) case $* in *chpasswd*) keep ;; esac ;;
mkdir | cp | chmod | ln | rm) exec "$real" "$@" ;;
esac
exit 0
