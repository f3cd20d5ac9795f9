/* promise.c - promises by name, and what is read of them; see event.h. */
#include <stdio.h>
#include <string.h>

#include "event.h"

/* The path's last component: the N of a claim, a report's name. */
static const char *
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

void
promise_init(struct promise *p, enum promise_kind kind, uint32_t inst,
    const char *path, uint32_t addr)
{
	*p = (struct promise){ .kind = kind, .inst = inst, .addr = addr };
	/* A component has at most TREE_NAME_MAX bytes, so it fits. */
	(void)snprintf(p->name, sizeof(p->name), "%.*s", (int)TREE_NAME_MAX,
	    last_name(path));
}

void
promise_claim_text(const struct promise *p, char ret[TREE_CLAIM_SIZE])
{
	int n;

	memset(ret, '\n', TREE_CLAIM_SIZE);
	if (p->result == 0) {
		memcpy(ret, "go", 2);
		return;
	}
	n = snprintf(ret, TREE_CLAIM_SIZE, "refused: %.100s", p->text);
	for (int i = 0; i < n; i++)
		if (ret[i] < ' ')
			ret[i] = ' ';
	ret[n] = '\n';
}
