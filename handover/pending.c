/* pending.c - see pending.h. */
#include <string.h>

#include "pending.h"

bool
hand_pending(const struct fleet_host *fh, const char *target)
{
	const size_t head = sizeof(HANDED) - 1, n = strlen(target);

	if (fh->rec.state != HS_INSTALLED && fh->rec.state != HS_LOCAL)
		return false;
	for (unsigned i = fh->tl.n; i-- > 0;) {
		const struct tl_line *l = timeline_at(&fh->tl, i);

		if (strncmp(l->text, HANDED, head) == 0 &&
		    strncmp(l->text + head, target, n) == 0 && l->text[head + n] == ':')
			return fh->rec.state == HS_INSTALLED && l->time < fh->rec.since;
		if (strcmp(l->text, "installed") == 0)
			return true;
	}
	/* Its line may have been lost; who has left installed long ago was
	 * installed before there was a handover. */
	return fh->rec.state == HS_INSTALLED;
}
