/* origin.c - see origin.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "origin.h"

int
host_name(const char *host, char *ret, size_t cap)
{
	size_t n = strcspn(host, ":"), port;

	if (host[n] == ':') {
		port = strspn(host + n + 1, "0123456789");
		if (port == 0 || port > 5 || host[n + 1 + port] != '\0')
			return -EINVAL;
	}
	if (n > 0 && host[n - 1] == '.')
		n--;
	if (n == 0 || n >= cap)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)host[i]) && strchr("-._", host[i]) == NULL)
			return -EINVAL;
		ret[i] = (char)tolower((unsigned char)host[i]);
	}
	ret[n] = '\0';
	return 0;
}

bool
host_among(const char *host, char *const *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(host, name[i]) == 0)
			return true;
	return false;
}

bool
origin_own(const char *origin, const char *site, const char *host)
{
	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return false;
	if (origin == NULL)
		return true;
	return strncasecmp(origin, "https://", 8) == 0 && strcasecmp(origin + 8, host) == 0;
}
