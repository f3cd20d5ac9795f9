/* fuzz_profile.c - any text is a profile or an error; whatever plan comes of it
 * makes a script in which no value is anything but a value.
 *
 * Input: YAML, and after a NUL the facts of an inspection.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../profiles/compile.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
said(void *arg, const char *text)
{
	assert(*text != '\0');
	++*(unsigned *)arg;
}

/* Outside of single quotes there is nothing that a shell acts on: words of
 * plain bytes, and variables in double quotes. */
static void
check_words(const char *p, const char *end)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_./:@%+,=- \t\n";

	while (p < end) {
		if (*p == '\'') {
			p = memchr(p + 1, '\'', (size_t)(end - p - 1));
			assert(p != NULL);
			p++;
		} else if (*p == '\\') {
			assert(p[1] == '\'');
			p += 2;
		} else if (*p == '"') {
			assert(p[1] == '$');
			for (p += 2; *p != '"'; p++)
				assert((*p >= 'a' && *p <= 'z') || *p == '_' || (*p >= '0' && *p <= '9'));
			p++;
		} else {
			assert(strchr(plain, *p) != NULL);
			p++;
		}
	}
}

/* A line that is exactly this, from p on. */
static const char *
line(const char *p, const char *want)
{
	size_t n = strlen(want);

	for (; p != NULL; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		if (strncmp(p, want, n) == 0)
			return p;
	return NULL;
}

static void
check_script(const struct plan *pl, const char *script)
{
	const char *p = script, *body, *end;
	char head[64];

	for (size_t i = 0; i < pl->n_step; i++) {
		assert(pl->step[i].name[0] != '\0' && pl->step[i].name[
		    strspn(pl->step[i].name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0');
		(void)snprintf(head, sizeof(head), "step_%s() {\n", pl->step[i].name);
		assert((body = line(p, head)) != NULL);
		body += strlen(head);
		/* its end is the last closing brace before what follows */
		if (i + 1 < pl->n_step)
			(void)snprintf(head, sizeof(head), "\n}\n\nstep_%s() {\n", pl->step[i + 1].name);
		else
			(void)snprintf(head, sizeof(head), "\n}\n\nmain() {\n");
		assert((end = strstr(body, head)) != NULL);
		check_words(body, end);
		p = end;
	}
}

static void
check_plan(const struct plan *pl, const struct vars *vars)
{
	struct buf text = { 0 }, json = { 0 }, script = { 0 };

	plan_text(pl, &text);
	plan_json(pl, &json);
	compile_install(pl, vars, "0123456789abcdef0123456789abcdef", &script);
	assert(text.err == 0 && json.err == 0 && script.err == 0);
	check_script(pl, script.p);
	buf_free(&text);
	buf_free(&json);
	buf_free(&script);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct release_piece piece[2] = {
	    { .has_cksum = true, .cksum = 1, .bytes = 2 }, { .has_cksum = true, .cksum = 3, .bytes = 4 } };
	static struct release_set set[] = {
		{ .name = "base", .file = "base.txz", .bytes = 10, .sha256 = "00", .piece = piece, .n_piece = 2 },
		{ .name = "kernel", .file = "kernel.txz", .bytes = 10, .sha256 = "00" },
		{ .name = "kernels/generic", .file = "kernels/generic", .piece = piece, .n_piece = 2 },
	};
	static const struct release release = { .dir = "dists", .set = set, .n_set = 3 };
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t yaml = nul ? (size_t)(nul - data) : size;
	char name[] = "web1", *facts = NULL;
	struct cfg_host host = { .head.name = name };
	struct render_in in = { .kind = INST_INSTALL, .token = "t", .server = 1, .host = &host, .address = 2, .netmask = 0xffffff00 };
	struct profile *pr = NULL;
	struct plan *pl = NULL;
	struct vars vars;
	unsigned errors = 0;
	int r;

	r = profile_load_mem("f", (const char *)data, yaml, &pr, said, &errors);
	assert(r == 0 || errors > 0);
	if (r < 0)
		return 0;
	if (nul != NULL) {
		facts = strndup((const char *)nul + 1, size - yaml - 1);
		assert(facts != NULL);
	}
	if (render_vars(pr, &in, &vars, said, &errors) == 0) {
		const struct plan_in plan_in = { .profile = pr, .host = name, .mac = "",
		    .vars = &vars, .release = &release, .facts = facts };

		errors = 0;
		r = plan_make(&plan_in, &pl, said, &errors);
		assert(r == 0 || errors > 0);
		if (r == 0)
			check_plan(pl, &vars);
		plan_free(pl);
		vars_free(&vars);
	}
	free(facts);
	profile_unref(pr);
	return 0;
}
