/* os_stat.c - see os_stat.h. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#else
#include <sys/param.h>
#include <sys/mount.h>
#endif

#include "os_stat.h"

#ifdef __linux__

/* statfs(2): NFS, SMB (three of them), FUSE, 9P, Ceph, AFS, Lustre, GFS2, OCFS2. */
static const unsigned long remote[] = {
	0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997,
	0x00c36400, 0x5346414f, 0x0bd00bd0, 0x01161970, 0x7461636f,
};

bool
os_is_remote(int fd)
{
	struct statfs s;

	if (fstatfs(fd, &s) == -1)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (((unsigned long)s.f_type & 0xffffffff) == remote[i])
			return true;
	return false;
}

static struct timespec
time_of(struct statx_timestamp t)
{
	return (struct timespec){ .tv_sec = t.tv_sec, .tv_nsec = (long)t.tv_nsec };
}

int
os_stat_now(int fd, struct stat *ret)
{
	struct statx s;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS,
	    &s) == -1)
		return -errno;
	*ret = (struct stat){
		.st_dev = makedev(s.stx_dev_major, s.stx_dev_minor),
		.st_rdev = makedev(s.stx_rdev_major, s.stx_rdev_minor),
		.st_ino = s.stx_ino, .st_mode = s.stx_mode, .st_nlink = s.stx_nlink,
		.st_uid = s.stx_uid, .st_gid = s.stx_gid, .st_size = (off_t)s.stx_size,
		.st_blocks = (blkcnt_t)s.stx_blocks, .st_blksize = (blksize_t)s.stx_blksize,
		.st_atim = time_of(s.stx_atime), .st_mtim = time_of(s.stx_mtime),
		.st_ctim = time_of(s.stx_ctime),
	};
	return 0;
}

#else

bool
os_is_remote(int fd)
{
	struct statfs s;

	return fstatfs(fd, &s) == 0 && (s.f_flags & MNT_LOCAL) == 0;
}

int
os_stat_now(int fd, struct stat *ret)
{
	return fstat(fd, ret) == -1 ? -errno : 0;
}

#endif
