/* fuzz_release.c - any bytes as MANIFEST, as a .inf file, as sums, as a
 * repository of packages, and as facts. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../profiles/check.h"
#include "../../profiles/facts.h"
#include "../../profiles/release.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[200] = "", *text = strndup((const char *)data, size);
	struct release rel = { 0 };
	struct release_set set = { 0 };
	struct fact_disk disk[4];
	char sum[65], dir[201], name[64];
	int r;

	assert(text != NULL);
	r = release_parse_manifest((const char *)data, size, &rel, why);
	assert(r == 0 ? rel.n_set > 0 : *why != '\0');
	for (size_t i = 0; i < rel.n_set; i++)
		assert(strlen(rel.set[i].sha256) == 64 || r < 0);
	release_done(&rel);
	why[0] = '\0';
	r = release_parse_inf((const char *)data, size, &set, why);
	assert(r == 0 ? set.n_piece > 0 && set.piece != NULL : *why != '\0');
	free(set.piece);
	if (release_sum((const char *)data, size, "base.aa", 64, sum))
		assert(strlen(sum) == 64);
	if (release_parse_repository((const char *)data, size, dir))
		assert(check_relative(dir));
	if (release_package_name((const char *)data, size, name))
		assert(name[0] != '\0' && strchr(name, '/') == NULL);
	for (size_t n = facts_disks(text, disk, 4); n-- > 0; )
		assert(disk[n].name[0] != '\0');
	free(text);
	return 0;
}
