# zfs-freebsd.sh - pools.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# Blocks of 4K even where a disk claims smaller ones.
zfs_ready() {
	load_module zfs
	for z_name in vfs.zfs.vdev.min_auto_ashift vfs.zfs.min_auto_ashift; do
		if sysctl -n "$z_name" > /dev/null 2>&1; then
			run sysctl "$z_name=12"
			break
		fi
	done
}

# A pool of this name on a disk that is not cleared would be in the way of the
# new one, here or when the new system starts.
pool_name_free() {
	zpool import 2> /dev/null | sed -n -e 's/^ *pool: *//p' > "$work/pools"
	while read -r z_name; do
		[ "$z_name" != "$1" ] ||
		    fail "another disk of this machine holds a pool $1: remove it, or name the new pool otherwise"
	done < "$work/pools"
}

# pool_cache POOL...: what the new system needs to find its pools again.
pool_cache() {
	run mkdir -p /mnt/boot/zfs
	for z_name in "$@"; do
		run zpool set "cachefile=$work/zpool.cache" "$z_name"
		z_try=0
		until grep -q "$z_name" "$work/zpool.cache" 2> /dev/null; do
			z_try=$((z_try + 1))
			[ "$z_try" -lt 30 ] || fail "zpool did not write the cache file for $z_name"
			sleep 1
		done
	done
	run cp "$work/zpool.cache" /mnt/boot/zfs/zpool.cache
}
