/* webhook_send.h - one POST, blocking, with a limit of time.
 *
 * Errors: negative errno, -EPROTO: TLS or an answer that is none; *ret_why says it.
 * Any thread.  Layer: provd, I/O.
 */
#ifndef PROVD_WEBHOOK_SEND_H
#define PROVD_WEBHOOK_SEND_H

#include <stddef.h>

struct url;

/* headers: lines, each with its CR LF.  ca: a file, NULL: those that the system
 * trusts.  Returns the status code. */
int	webhook_post(const struct url *, const char *ca, const char *headers, const void *body,
	    size_t len, char why[200]);

#endif /* PROVD_WEBHOOK_SEND_H */
