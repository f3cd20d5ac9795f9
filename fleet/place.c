/* place.c - hosts that are known by where they are plugged in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"

#define ID_MAX	255u

struct place {
	const struct cfg_host	*host;
	uint8_t			*key;	/* each id behind its length */
	size_t			 len;
};

struct place_list { struct place *p; size_t n; };

#define CIRCUIT_ID	1		/* RFC 3046 3.1, 3.2 */
#define REMOTE_ID	2

void
place_of_agent(const uint8_t *p, size_t len, struct fleet_place *ret)
{
	const uint8_t *end = p + len;

	*ret = (struct fleet_place){ 0 };
	for (; end - p >= 2 && p[1] <= end - p - 2; p += 2 + p[1])
		if (p[0] == CIRCUIT_ID) {
			ret->circuit = p + 2;
			ret->circuit_len = p[1];
		} else if (p[0] == REMOTE_ID) {
			ret->remote = p + 2;
			ret->remote_len = p[1];
		}
}

static int
nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *d = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return c != '\0' && d != NULL ? (int)(d - digits) : -1;
}

int
place_id(const char *text, uint8_t ret[ID_MAX], const char **why)
{
	size_t n = strlen(text);

	*why = "must have 1 to 255 bytes";
	if (strncmp(text, "0x", 2) != 0) {
		if (n == 0 || n > ID_MAX)
			return -EINVAL;
		memcpy(ret, text, n);
		return (int)n;
	}
	if (n == 2 || n > 2 + 2 * ID_MAX)
		return -EINVAL;
	*why = "must be whole bytes in hex behind 0x";
	for (size_t i = 2; i < n; i += 2) {
		int hi = nibble(text[i]), lo = hi < 0 ? -1 : nibble(text[i + 1]);

		if (lo < 0)
			return -EINVAL;
		ret[i / 2 - 1] = (uint8_t)(hi << 4 | lo);
	}
	return (int)(n / 2 - 1);
}

static int
compare(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;
	int r = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

	return r != 0 ? r : a->len < b->len ? -1 : a->len > b->len;
}

static size_t
put(uint8_t *key, size_t at, const uint8_t *id, size_t len)
{
	key[at] = (uint8_t)len;
	if (len > 0)
		memcpy(key + at + 1, id, len);
	return at + 1 + len;
}

static int
make(const struct cfg_host *h, struct place *ret)
{
	uint8_t circuit[ID_MAX], remote[ID_MAX];
	const char *why;
	int nc = 0, nr = 0;

	if ((h->circuit != NULL && (nc = place_id(h->circuit, circuit, &why)) < 0) ||
	    (h->remote != NULL && (nr = place_id(h->remote, remote, &why)) < 0))
		return -EINVAL;
	if ((ret->key = malloc(2 + (size_t)nc + (size_t)nr)) == NULL)
		return -ENOMEM;
	ret->host = h;
	ret->len = put(ret->key, put(ret->key, 0, circuit, (size_t)nc), remote, (size_t)nr);
	return 0;
}

int
place_list_new(const struct cfg_top *top, struct place_list **ret)
{
	struct place_list *l;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < top->n_host; i++)
		n += top->host[i].circuit != NULL || top->host[i].remote != NULL;
	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->p = calloc(n + 1, sizeof(*l->p))) == NULL) {
		free(l);
		return -ENOMEM;
	}
	for (size_t i = 0; i < top->n_host; i++) {
		const struct cfg_host *h = &top->host[i];

		if (h->circuit == NULL && h->remote == NULL)
			continue;
		if ((r = make(h, &l->p[l->n])) < 0) {
			place_list_free(l);
			return r;
		}
		l->n++;
	}
	qsort(l->p, l->n, sizeof(*l->p), compare);
	*ret = l;
	return 0;
}

void
place_list_free(struct place_list *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->p[i].key);
	free(l->p);
	free(l);
}

static const struct cfg_host *
find(const struct place_list *l, const uint8_t *circuit, size_t nc,
    const uint8_t *remote, size_t nr)
{
	uint8_t key[2 + 2 * ID_MAX];
	struct place k = { .key = key }, *p;

	if (nc + nr == 0 || nc > ID_MAX || nr > ID_MAX)
		return NULL;
	k.len = put(key, put(key, 0, circuit, nc), remote, nr);
	p = bsearch(&k, l->p, l->n, sizeof(*l->p), compare);
	return p != NULL ? p->host : NULL;
}

const struct cfg_host *
place_find(const struct place_list *l, const struct fleet_place *at)
{
	const struct cfg_host *h;

	if (l->n == 0)
		return NULL;
	if ((h = find(l, at->circuit, at->circuit_len, at->remote, at->remote_len)) != NULL ||
	    (h = find(l, at->circuit, at->circuit_len, NULL, 0)) != NULL)
		return h;
	return find(l, NULL, 0, at->remote, at->remote_len);
}

bool
place_twice(const struct place_list *l, const struct cfg_host **ret_a,
    const struct cfg_host **ret_b)
{
	for (size_t i = 1; i < l->n; i++)
		if (compare(&l->p[i - 1], &l->p[i]) == 0) {
			*ret_a = l->p[i - 1].host;
			*ret_b = l->p[i].host;
			if (*ret_a > *ret_b) {	/* as in the file */
				*ret_a = l->p[i].host;
				*ret_b = l->p[i - 1].host;
			}
			return true;
		}
	return false;
}
