/* url.h - http and https URLs of the configuration, taken apart.
 *
 * Pure.  Errors: -EINVAL.  Layer: lib.  Spec: RFC 3986, without user names,
 * fragments and IPv6.
 */
#ifndef LIB_URL_H
#define LIB_URL_H

#include <stdbool.h>

struct url {
	bool	tls;
	char	host[256];
	char	port[6];
	char	path[512];	/* with the query; at least "/" */
};

int	url_parse(const char *text, struct url *ret);

#endif /* LIB_URL_H */
