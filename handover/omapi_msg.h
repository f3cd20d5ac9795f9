/* omapi_msg.h - messages of OMAPI, the control protocol of ISC dhcpd.
 *
 * Six numbers of 32 bits (authenticator's id, length of the signature,
 * opcode, handle, id, id that is answered), two dictionaries (the message's
 * values, the object's), the signature of all but the first number.  Both
 * sides begin with a version and a header size.
 *
 * Pure.  A parsed message borrows from the buffer it was parsed from.
 * Errors: -EAGAIN: more is needed; -EBADMSG; -EPERM: wrongly signed.
 * Layer: handover.
 */
#ifndef HANDOVER_OMAPI_MSG_H
#define HANDOVER_OMAPI_MSG_H

#include <stdbool.h>

#include "../lib/buf.h"
#include "hmac.h"

#define OMAPI_MAX	((size_t)64 << 10)	/* of one message */
#define OMAPI_VALUES	32			/* of one dictionary; more are passed over */
#define OMAPI_STARTUP	8u			/* bytes that both sides begin with */

enum { OMAPI_OPEN = 1, OMAPI_REFRESH, OMAPI_UPDATE, OMAPI_NOTIFY, OMAPI_STATUS, OMAPI_DELETE };

struct omapi_value {
	const char	*name;
	size_t		 name_len;
	const uint8_t	*p;		/* NULL with len 0: none */
	size_t		 len;
};

struct omapi_dict { struct omapi_value v[OMAPI_VALUES]; size_t n; };

struct omapi_msg {
	uint32_t	 authid, opcode, handle, id, rid;
	struct omapi_dict msg, obj;
};

struct omapi_key {
	char		 name[256];
	enum hmac_alg	 alg;
	uint8_t		 secret[128];
	size_t		 len;		/* 0: messages are not signed */
};

void	omapi_put_startup(struct buf *);
int	omapi_get_startup(const uint8_t *, size_t);

void	omapi_add(struct omapi_dict *, const char *name, const void *, size_t);
void	omapi_add_str(struct omapi_dict *, const char *name, const char *);
/* big-endian into the caller's 4 bytes, which must live as long as the message */
void	omapi_add_u32(struct omapi_dict *, const char *name, uint32_t, uint8_t buf[4]);

/* Signed with key when authid is not 0. */
void	omapi_put(struct buf *, const struct omapi_msg *, const struct omapi_key *);
/* One message from the beginning of a stream; its signature is checked when it
 * has an authid. */
int	omapi_get(const uint8_t *, size_t, const struct omapi_key *, struct omapi_msg *ret,
	    size_t *ret_used);
const struct omapi_value *omapi_find(const struct omapi_dict *, const char *name);	/* NULL */
uint32_t omapi_u32(const struct omapi_dict *, const char *name, uint32_t dflt);

/* "hmac-md5.SIG-ALG.REG.INT.", as an authenticator is asked for. */
const char *omapi_alg_name(enum hmac_alg);
/* The secret of a key: base64, or in a dhcpd.conf's key statement. -EINVAL. */
int	omapi_secret(const char *text, size_t len, struct omapi_key *ret);

#endif /* HANDOVER_OMAPI_MSG_H */
