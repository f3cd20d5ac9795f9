/* place.c - hosts that are known by an identifier of theirs or of their place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"

#define ID_MAX	255u

struct place {
	const struct cfg_host	*host;
	uint8_t			*key;	/* circuit-id, remote-id, client-id, each behind its length */
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

/* A client's identifier says who it is, wherever that is: an entry of its own. */
static int
make(const struct cfg_host *h, const char *const text[3], struct place_list *l)
{
	struct place *p = &l->p[l->n];
	uint8_t id[3][ID_MAX];
	const char *why;
	int n[3] = { 0 };

	for (unsigned i = 0; i < 3; i++)
		if (text[i] != NULL && (n[i] = place_id(text[i], id[i], &why)) < 0)
			return -EINVAL;
	if ((p->key = malloc(3 + (size_t)(n[0] + n[1] + n[2]))) == NULL)
		return -ENOMEM;
	p->host = h;
	for (unsigned i = 0; i < 3; i++)
		p->len = put(p->key, p->len, id[i], (size_t)n[i]);
	l->n++;
	return 0;
}

static int
make_host(const struct cfg_host *h, struct place_list *l)
{
	int r = 0;

	if (h->client_id != NULL)
		r = make(h, (const char *const[3]){ NULL, NULL, h->client_id }, l);
	if (r == 0 && (h->circuit != NULL || h->remote != NULL))
		r = make(h, (const char *const[3]){ h->circuit, h->remote, NULL }, l);
	return r;
}

int
place_list_new(const struct cfg_top *top, struct place_list **ret)
{
	struct place_list *l;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < top->n_host; i++)
		n += (top->host[i].client_id != NULL ? 1u : 0) +
		    (top->host[i].circuit != NULL || top->host[i].remote != NULL ? 1u : 0);
	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->p = calloc(n + 1, sizeof(*l->p))) == NULL) {
		free(l);
		return -ENOMEM;
	}
	for (size_t i = 0; i < top->n_host; i++)
		if ((r = make_host(&top->host[i], l)) < 0) {
			place_list_free(l);
			return r;
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
    const uint8_t *remote, size_t nr, const uint8_t *client, size_t n)
{
	uint8_t key[3 + 3 * ID_MAX];
	struct place k = { .key = key }, *p;

	if (nc + nr + n == 0 || nc > ID_MAX || nr > ID_MAX || n > ID_MAX)
		return NULL;
	k.len = put(key, put(key, put(key, 0, circuit, nc), remote, nr), client, n);
	p = bsearch(&k, l->p, l->n, sizeof(*l->p), compare);
	return p != NULL ? p->host : NULL;
}

const struct cfg_host *
place_find(const struct place_list *l, const struct fleet_place *at, const char **ret_how)
{
	const struct cfg_host *h;

	if (l->n == 0)
		return NULL;
	*ret_how = "client-id";
	if ((h = find(l, NULL, 0, NULL, 0, at->client, at->client_len)) != NULL)
		return h;
	*ret_how = "circuit-id";
	if ((h = find(l, at->circuit, at->circuit_len, at->remote, at->remote_len, NULL, 0)) != NULL ||
	    (h = find(l, at->circuit, at->circuit_len, NULL, 0, NULL, 0)) != NULL)
		return h;
	return find(l, NULL, 0, at->remote, at->remote_len, NULL, 0);
}

bool
place_twice(const struct place_list *l, const struct cfg_host **ret_a,
    const struct cfg_host **ret_b, const char **ret_what)
{
	for (size_t i = 1; i < l->n; i++)
		if (compare(&l->p[i - 1], &l->p[i]) == 0) {
			*ret_a = l->p[i - 1].host;
			*ret_b = l->p[i].host;
			*ret_what = l->p[i].key[0] + l->p[i].key[1] == 0 ?
			    "client-id" : "circuit-id and remote-id";
			if (*ret_a > *ret_b) {	/* as in the file */
				*ret_a = l->p[i].host;
				*ret_b = l->p[i - 1].host;
			}
			return true;
		}
	return false;
}
