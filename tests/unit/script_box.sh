#!/bin/sh
# script_box.sh - run a rendered script in a root of its own, where whatever
# could touch a machine is script_fake.sh.
#
#	script_box.sh DIRECTORY SHELL...
#
# The directory holds the root; of this machine it gets /usr, read-only, and
# two harmless devices.
set -eu
if [ -z "${PROVD_BOX:-}" ]; then
	PROVD_BOX=1
	export PROVD_BOX
	exec unshare --user --map-root-user --mount -- "$0" "$@"
fi
box=$1
shift
for d in null urandom; do
	: > "$box/dev/$d"
	mount --bind "/dev/$d" "$box/dev/$d"
done
mount --rbind /usr "$box/usr"
mount -o remount,bind,ro "$box/usr"
exec env -i PATH=/usr/bin /usr/sbin/chroot "$box" "$@"
