/* fuzz_select.c - any text is a selector or is told why not; one host is meant
 * by the whole exactly if one of its parts means it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../../fleet/select.h"
#include "must.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cfg_var label[] = {
		{ .key = (char []){ "rack" }, .value = (char []){ "7" } },
		{ .key = (char []){ "role" }, .value = (char []){ "web server" } },
	};
	static const struct mac mac[] = { { { 0x52, 0x54, 0, 0, 0, 1 } } };
	static const char *const group[] = { "front" };
	const struct select_in in = { .name = "web1", .state = "new", .mac = mac,
	    .n_mac = 1, .label = label, .n_label = 2, .group = group, .n_group = 1 };
	char *text = strndup((const char *)data, size), why[200] = "";
	struct select *s;
	bool any = false;
	int r;

	MUST(text != NULL);
	if ((r = select_parse(text, &s, why)) < 0) {
		MUST(r == -EINVAL && why[0] != '\0');
		free(text);
		return 0;
	}
	MUST(select_parts(s) > 0);
	for (size_t i = 0; i < select_parts(s); i++) {
		MUST(strstr(text, select_part(s, i)) != NULL);
		any |= select_match_part(s, i, &in);
	}
	MUST(any == select_match(s, &in));
	(void)select_uses(s, "state");
	select_free(s);
	free(text);
	return 0;
}
