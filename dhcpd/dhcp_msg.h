/* dhcp_msg.h - a DHCP or BOOTP message: bytes <-> struct.
 *
 * Pure: no sockets, no clock, no log.
 *
 * Reading: an option that is repeated is one long value (RFC 3396); options
 * in file and sname (option 52) are read like the others, and the field is
 * then empty.  Writing: never an overload, never a PAD before END (FreeBSD's
 * loader takes the byte after a PAD for a length), option 82 last (RFC 3046),
 * zeroes after END up to 300 bytes.
 *
 * Ownership: a message holds its bytes itself; pointers from dhcp_opt() live
 * as long as it and are good until the next dhcp_put().
 * Errors: -EBADMSG: not a message, or cut short.  -ENOBUFS: full.
 * Layer: dhcpd, codec.
 * Spec: RFC 951, 2131 section 2, 2132, 3046, 3396.
 */
#ifndef DHCPD_DHCP_MSG_H
#define DHCPD_DHCP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"
#include "dhcp_proto.h"

/* The longest message that is read or written. */
#define DHCP_MSG_MAX	4096

struct dhcp_msg {
	uint8_t		op, htype, hlen, hops;
	uint32_t	xid;
	uint16_t	secs, flags;
	uint32_t	ciaddr, yiaddr, siaddr, giaddr;
	uint8_t		chaddr[16];
	char		sname[BOOTP_SNAME_LEN + 1];	/* always terminated */
	char		file[BOOTP_FILE_LEN + 1];
	bool		cookie;		/* an options area at all (RFC 1497) */
	size_t		wire_len;	/* as received; 0: not received */

	/* Options: values in pool, codes in order of first appearance. */
	uint8_t		order[254];
	uint8_t		n;
	uint16_t	off[256], len[256];
	bool		has[256];
	size_t		used;
	uint8_t		pool[DHCP_MSG_MAX];
};

int	dhcp_parse(const uint8_t *, size_t, struct dhcp_msg *ret);
/* At most max bytes, which the caller has from option 57; options that don't
 * fit are left out, the last put first.  Returns the length. */
int	dhcp_write(const struct dhcp_msg *, size_t max, uint8_t buf[DHCP_MSG_MAX],
	    uint8_t *ret_left_out /* code of the first one, 0: none; may be NULL */);

/* A message without options; the fields are zero. */
void	dhcp_init(struct dhcp_msg *);

/* The value, or NULL if absent (an empty value is not NULL). */
const uint8_t *dhcp_opt(const struct dhcp_msg *, uint8_t code, size_t *ret_len);
/* False, and *ret as it was, if absent or of another length. */
bool	dhcp_opt_u8(const struct dhcp_msg *, uint8_t code, uint8_t *ret);
bool	dhcp_opt_u16(const struct dhcp_msg *, uint8_t code, uint16_t *ret);
bool	dhcp_opt_u32(const struct dhcp_msg *, uint8_t code, uint32_t *ret);
/* Option 53; DHCP_NOTYPE if there is none, -1 if it makes no sense. */
int	dhcp_type(const struct dhcp_msg *);

/* Each code once. */
int	dhcp_put(struct dhcp_msg *, uint8_t code, const void *, size_t);
int	dhcp_put_u8(struct dhcp_msg *, uint8_t code, uint8_t);
int	dhcp_put_u32(struct dhcp_msg *, uint8_t code, uint32_t);
int	dhcp_put_addrs(struct dhcp_msg *, uint8_t code, const uint32_t *, size_t n);

struct mac dhcp_mac(const struct dhcp_msg *);	/* of chaddr */
const char *dhcp_type_name(int type);		/* "DISCOVER", ..., "BOOTP" */

#endif /* DHCPD_DHCP_MSG_H */
