/* beside.c - other places for a file that is not where a boot program looks. */
#include <stdio.h>
#include <string.h>

#include "beside.h"

#define OWN		".provd/"
#define SUFFIXES	6u	/* of the name asked for, beside the last file */

/* How much of a file's name no candidate may leave: the first component, and
 * in .provd the one behind it. */
static size_t
anchor(const char *last)
{
	size_t n = strncmp(last, OWN, sizeof(OWN) - 1) == 0 ? sizeof(OWN) - 1 : 0;

	if (last[n] == '/')
		return strlen(last);	/* a name of nothing */
	return n + strcspn(last + n, "/");
}

/* The name without its first i components; NULL: there are not so many. */
static const char *
suffix(const char *name, unsigned i)
{
	for (; i > 0; i--) {
		if ((name = strchr(name, '/')) == NULL)
			return NULL;
		name += strspn(name, "/");
	}
	return *name != '\0' ? name : NULL;
}

/* The length of the i-th directory above the file; 0: that is too high. */
static size_t
directory(const char *last, unsigned i)
{
	size_t low = anchor(last), n = strlen(last);

	for (;; i--) {
		while (n > 0 && last[n - 1] != '/')
			n--;
		if (n == 0 || n - 1 < low)
			return 0;
		n--;
		if (i == 0)
			return n;
	}
}

/* First every end of the name beside the last file, then the whole of it in
 * the directories above. */
bool
beside(const char *last, const char *asked, unsigned i, char ret[BESIDE_NAME])
{
	const char *name;
	unsigned n = 0;
	size_t dir;
	int len;

	if (i >= BESIDE_MAX || strncmp(asked, OWN, sizeof(OWN) - 1) == 0)
		return false;
	while (n < SUFFIXES && suffix(asked, n) != NULL)
		n++;
	if (i < n) {
		dir = directory(last, 0);
		name = suffix(asked, i);
	} else {
		dir = directory(last, i - n + 1);
		name = suffix(asked, 0);
	}
	if (dir == 0 || name == NULL)
		return false;
	len = snprintf(ret, BESIDE_NAME, "%.*s/%s", (int)dir, last, name);
	return len > 0 && (size_t)len < BESIDE_NAME;
}
