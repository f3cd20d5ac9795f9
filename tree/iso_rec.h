/* iso_rec.h - the records of an ISO 9660 image: bytes <-> struct.
 *
 * ECMA-119 (= ISO 9660) sections 8.4 (volume descriptors), 9.1 (directory
 * records); SUSP 1.12 and Rock Ridge (RRIP 1.09, 1.12) in their system use
 * areas.  Of numbers that are stored in both byte orders the little-endian
 * one counts, as everywhere.  Pure; bounded readers only; nothing is read but
 * what was given.  Errors: -EBADMSG.
 * Layer: tree, internal.
 */
#ifndef TREE_ISO_REC_H
#define TREE_ISO_REC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/wire.h"
#include "tree.h"

#define ISO_SECTOR	2048u		/* logical sector, 6.1.2 */
#define ISO_LINK_MAX	4095u		/* bytes of a symbolic link's target */
#define ISO_NAME_MAX	255u

/* A number recorded in both byte orders, 7.3.3. */
static inline uint32_t
rd_both32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 8);

	return p != NULL ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0] : 0;
}

/* One directory record. */
#define ISO_FLAG_DIR	0x02u
#define ISO_FLAG_ASSOC	0x04u		/* another file's resource fork */
#define ISO_FLAG_MORE	0x80u		/* not the last extent of the file */
struct iso_rec {
	uint32_t	 block, size;	/* of the extent, in blocks and bytes */
	uint8_t		 skip;		/* blocks of an extended attribute record before it */
	uint8_t		 flags;
	bool		 interleaved;
	int64_t		 time;
	const uint8_t	*id;		/* borrowed; one byte 0 is ".", 1 is ".." */
	uint8_t		 id_len;
	struct rd	 sua;		/* system use area, borrowed */
};
/* The next record of a directory's sector.  False at the end of what the
 * sector holds, or with r->err. */
bool	iso_rec_read(struct rd *r, struct iso_rec *ret);
static inline bool
iso_rec_is_dots(const struct iso_rec *r)
{
	return r->id_len == 1 && r->id[0] <= 1;
}
/* The record's own name, as a mount shows it: no ";1", and no full stop with
 * nothing behind it.  buf: ISO_NAME_MAX; the length. */
size_t	iso_rec_name(const struct iso_rec *, bool lower, char *buf);

/* The primary volume descriptor, a sector. */
struct iso_pvd {
	uint32_t	 block_size, blocks;
	struct iso_rec	 root;		/* borrowed */
};
int	iso_pvd_read(const uint8_t sector[ISO_SECTOR], struct iso_pvd *ret);

/* What Rock Ridge says of one file; collected over the system use area and
 * its continuations. */
#define RR_PX		0x01u		/* mode, nlink, uid, gid */
#define RR_NM		0x02u
#define RR_SL		0x04u
#define RR_CL		0x08u		/* stands for the directory at `child` */
#define RR_RE		0x10u		/* shown elsewhere, by a CL */
#define RR_ZF		0x20u		/* compressed; real_size */
#define RR_SF		0x40u		/* stored as a sparse file */
#define RR_PN		0x80u
struct iso_rr {
	uint32_t	 has;
	uint32_t	 mode, nlink, uid, gid;
	uint32_t	 dev_high, dev_low;
	uint32_t	 child;
	uint64_t	 real_size;
	bool		 has_mtime, has_atime, has_ctime;
	int64_t		 mtime, atime, ctime;
	uint16_t	 name_len;
	uint16_t	 link_len;
	bool		 name_bad, link_bad;	/* longer than we can hold */
	bool		 link_slash;	/* before a link's next component */
	/* The next continuation, if there is one. */
	uint32_t	 ce_block, ce_off, ce_len;
	char		 name[ISO_NAME_MAX];
	char		 link[ISO_LINK_MAX];
};
void	iso_rr_init(struct iso_rr *);
/* One area; the first one of a record with its leading bytes skipped.  The
 * caller goes on with the area at ce_* while ce_len is not 0. */
int	iso_rr_read(struct rd area, struct iso_rr *);

/* Does the root's "." announce SUSP?  How many bytes to skip in other areas. */
bool	iso_susp_start(struct rd sua, uint8_t *ret_skip);

/* 7 bytes (9.1.5) and 17 (8.4.26.1) to seconds since 1970; 0 for nonsense. */
int64_t	iso_time_short(const uint8_t b[7]);
int64_t	iso_time_long(const uint8_t b[17]);

#endif /* TREE_ISO_REC_H */
