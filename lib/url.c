/* url.c - see url.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "url.h"

int
url_parse(const char *text, struct url *ret)
{
	struct url u = { 0 };
	const char *p = text;
	size_t n;
	int len;

	if (strncmp(p, "https://", 8) == 0) {
		u.tls = true;
		p += 8;
	} else if (strncmp(p, "http://", 7) == 0)
		p += 7;
	else
		return -EINVAL;
	for (const char *q = p; *q != '\0'; q++)
		if (!isgraph((unsigned char)*q))
			return -EINVAL;
	n = strcspn(p, ":/?#@");
	if (n == 0 || n >= sizeof(u.host) || p[n] == '@' || p[n] == '#' ||
	    strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") < n)
		return -EINVAL;
	memcpy(u.host, p, n);
	p += n;
	(void)snprintf(u.port, sizeof(u.port), "%s", u.tls ? "443" : "80");
	if (*p == ':') {
		n = strspn(++p, "0123456789");
		if (n == 0 || n > 5 || strtoul(p, NULL, 10) == 0 || strtoul(p, NULL, 10) > 65535 ||
		    (p[n] != '\0' && p[n] != '/' && p[n] != '?'))
			return -EINVAL;
		(void)snprintf(u.port, sizeof(u.port), "%.*s", (int)n, p);
		p += n;
	}
	if (strchr(p, '#') != NULL)
		return -EINVAL;
	len = snprintf(u.path, sizeof(u.path), "%s%s", *p == '/' ? "" : "/", p);
	if (len < 0 || (size_t)len >= sizeof(u.path))
		return -EINVAL;
	*ret = u;
	return 0;
}
