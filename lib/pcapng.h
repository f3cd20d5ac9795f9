/* pcapng.h - packet files that Wireshark and tcpdump read.
 *
 * Pure.  Writing appends blocks to a buffer: a section, then each interface,
 * then packets with their direction and, if wanted, a comment.  Reading takes a
 * file's bytes apart, whoever wrote it, in either byte order; blocks and
 * options that are not needed are stepped over.  Pointers are into the bytes.
 * Errors: -EBADMSG: no such file, or damaged.  Layer: lib.
 * Spec: draft-ietf-opsawg-pcapng, sections 4.1 (SHB), 4.2 (IDB), 4.3 (EPB).
 */
#ifndef LIB_PCAPNG_H
#define LIB_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define PCAPNG_LINK_IPV4	228	/* LINKTYPE_IPV4: packets begin with the IP header */
#define PCAPNG_IFACES_MAX	64u
#define PCAPNG_COMMENT_MAX	60000u

void	pcapng_section(struct buf *, const char *program);
void	pcapng_iface(struct buf *, const char *name, uint16_t link);
/* ns: since 1970.  comment: NULL: none; cut at PCAPNG_COMMENT_MAX. */
void	pcapng_packet(struct buf *, unsigned iface, int64_t ns, bool out,
	    const void *, size_t, const char *comment);

struct pcapng_reader {
	const uint8_t	*p, *end;
	bool		 swapped, begun;
	unsigned	 n_iface;
	struct { char name[16]; uint16_t link; uint64_t per_s; } iface[PCAPNG_IFACES_MAX];
};
struct pcapng_item {
	unsigned	 iface;
	int64_t		 ns;
	bool		 out;
	const uint8_t	*p;
	size_t		 len;		/* as stored */
	bool		 cut;		/* it was longer */
	const char	*comment;	/* NULL: none; not terminated */
	size_t		 comment_len;
};
void	pcapng_open(struct pcapng_reader *, const void *, size_t);
/* The next packet: 1, or 0 at the end. */
int	pcapng_next(struct pcapng_reader *, struct pcapng_item *ret);

#endif /* LIB_PCAPNG_H */
