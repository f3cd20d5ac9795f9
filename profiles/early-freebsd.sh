# early-freebsd.sh - on the read-only root that came over NFS: what whoever comes
# after it needs.
# shellcheck shell=sh disable=SC2154,SC2317

# memory DIRECTORY MEGABYTES: something to write to, by what this release has:
# tmpfs (7 and later), md (5), mfs (4).
memory() {
	mount -t tmpfs tmpfs "$1" 2> /dev/null ||
	    mdmfs -s "$2m" md "$1" 2> /dev/null ||
	    mount_mfs -s "$(($2 * 2048))" -T qp120at dummy "$1" 2> /dev/null ||
	    echo "provd: no memory filesystem on $1"
}

# Where nothing was gathered yet, whoever asks for random numbers waits (up to
# FreeBSD 10).
entropy() {
	[ "$(sysctl -n kern.random.sys.seeded 2> /dev/null)" = 0 ] || return 0
	{ date; dmesg; sysctl -a; ifconfig -a; } 2> /dev/null |
	    dd of=/dev/random bs=8192 2> /dev/null
}
