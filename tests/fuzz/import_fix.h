/* import_fix.h - any file makes a configuration that provd takes, and a report. */
#ifndef FUZZ_IMPORT_FIX_H
#define FUZZ_IMPORT_FIX_H

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fleet/config.h"
#include "../../import/import.h"

struct fuzz_text { const uint8_t *p; size_t len; unsigned files; };

/* Whatever it includes is itself, or, in a directory, itself twice. */
static int
fuzz_read(void *arg, const char *from, const char *name, bool dir, size_t i, char **ret_text,
    size_t *ret_len, char **ret_name)
{
	struct fuzz_text *t = arg;

	(void)from;
	(void)name;
	if ((dir && i == 2) || t->files++ > 6)
		return -ENOENT;
	*ret_text = malloc(t->len + 1);
	*ret_name = strdup("again");
	memcpy(*ret_text, t->p, t->len);
	*ret_len = t->len;
	return 0;
}

static void
fuzz_complain(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static void
fuzz_import(enum import_kind kind, const uint8_t *data, size_t size)
{
	struct fuzz_text t = { data, size, 0 };
	const struct import_source src = { fuzz_read, &t };
	struct buf yaml = { 0 }, report = { 0 };
	struct import *imp;
	struct config *cfg;
	size_t left;

	if (size > 8192)
		return;
	assert(import_new(&src, &imp) == 0);
	import_leases_as_hosts(imp);
	import_interface(imp, "em0");
	assert(import_text(imp, kind, "f", (const char *)data, size) == 0);
	assert(import_finish(imp, &yaml, &report, &left) == 0);
	assert(left == 0 || report.len > 0);
	if (config_load_mem("y", yaml.p, &cfg, fuzz_complain, NULL) < 0) {
		fputs(yaml.p, stderr);
		abort();
	}
	config_unref(cfg);
	buf_free(&yaml);
	buf_free(&report);
	import_free(imp);
}

#endif /* FUZZ_IMPORT_FIX_H */
