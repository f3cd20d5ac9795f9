/* profile_world.h - release trees, a host, and profiles rendered for it; and
 * texts compared with what is written down. */
#ifndef TESTS_UNIT_PROFILE_WORLD_H
#define TESTS_UNIT_PROFILE_WORLD_H

#include "tree_tmp.h"

#include "../../profiles/compile.h"
#include "script_box.h"

#define WORLD_SERVER	0xc0a80a01	/* 192.168.10.1 */

struct world {
	struct tmp	 tmp;
	char		 name[16];
	struct mac	 mac;
	struct cfg_host	 host;
	struct cfg_var	 var[16];
	struct render_in in;
	struct buf	 errors;
};

static inline void
world_error(void *arg, const char *text)
{
	struct world *w = arg;

	buf_printf(&w->errors, "%s\n", text);
}


/* A tree as tests/e2e/mktree makes it, but small; sums made here. */
static inline void
world_linux_tree(struct world *w)
{
	static const char *const set[] = { "base", "kernel" };
	struct buf manifest = { 0 };
	char cmd[512], path[64], line[128];
	FILE *p;

	tmp_file(&w->tmp, "boot/vmlinuz", "kernel");
	tmp_file(&w->tmp, "boot/initrd.img", "initrd");
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "distributions/%s.txz", set[i]);
		tmp_file(&w->tmp, path, set[i]);
		(void)snprintf(cmd, sizeof(cmd), "sha256sum < %.400s", tmp_path(&w->tmp, path));
		p = popen(cmd, "r");
		assert_non_null(p);
		assert_non_null(fgets(line, sizeof(line), p));
		assert_int_equal(pclose(p), 0);
		buf_printf(&manifest, "%s.txz\t%.64s\t3\t%s\t\"%s\"\ton\n", set[i], line, set[i], set[i]);
	}
	tmp_file(&w->tmp, "distributions/MANIFEST", manifest.p);
	buf_free(&manifest);
}

/* n pieces of a classic set that begin with magic, and their .inf file. */
static inline void
world_pieces_in(struct world *w, const char *dir, const char *path, unsigned n, const char *magic)
{
	struct buf inf = { 0 };
	char file[128], cmd[512], text[128], line[64];
	unsigned long sum;
	unsigned bytes;
	FILE *p;

	buf_printf(&inf, "Pieces =  %u\n", n);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(file, sizeof(file), "%s/%s.a%c", dir, path, (int)('a' + i));
		(void)snprintf(text, sizeof(text), "%spiece %u of %s\n", magic, i, path);
		tmp_file(&w->tmp, file, text);
		(void)snprintf(cmd, sizeof(cmd), "cksum < %.400s", tmp_path(&w->tmp, file));
		p = popen(cmd, "r");
		assert_non_null(p);
		assert_non_null(fgets(line, sizeof(line), p));
		assert_int_equal(pclose(p), 0);
		assert_int_equal(sscanf(line, "%lu %u", &sum, &bytes), 2);
		buf_printf(&inf, "cksum.a%c = %lu %u\n", (int)('a' + i), sum, bytes);
	}
	(void)snprintf(file, sizeof(file), "%s/%s.inf", dir, path);
	tmp_file(&w->tmp, file, inf.p);
	buf_free(&inf);
}

/* As gzip begins; no test unpacks them. */
static inline void
world_pieces(struct world *w, const char *path, unsigned n)
{
	world_pieces_in(w, "6.2-RELEASE", path, n, "\037\213");
}

static inline void
world_freebsd_tree(struct world *w)
{
	tmp_file(&w->tmp, "boot/pxeboot", "pxeboot");
	world_pieces(w, "base/base", 3);
	world_pieces(w, "manpages/manpages", 1);
	world_pieces(w, "catpages/catpages", 2);
	world_pieces(w, "src/sbase", 1);
	world_pieces(w, "kernels/generic", 2);
	world_pieces(w, "kernels/smp", 2);
}

static inline void
world_new(struct world *w)
{
	*w = (struct world){ .name = "web1",
	    .mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } } };
	tmp_new(&w->tmp);
	world_linux_tree(w);
	world_freebsd_tree(w);
	tmp_open(&w->tmp);
	w->host = (struct cfg_host){ .head.name = w->name, .mac = &w->mac,
	    .n_mac = 1, .vars = w->var };
	w->in = (struct render_in){ .kind = INST_INSTALL, .token = BOX_TOKEN,
	    .server = WORLD_SERVER, .now = 1000000, .host = &w->host,
	    .view = &w->tmp.plain, .address = 0xc0a80a20, .netmask = 0xffffff00,
	    .gateway = 0xc0a80afe };
}

static inline void
world_free(struct world *w)
{
	tmp_free(&w->tmp);
	buf_free(&w->errors);
}

/* For cmocka: a world of each test's own. */
static inline int
world_setup(void **state)
{
	struct world *w = malloc(sizeof(*w));

	assert_non_null(w);
	world_new(w);
	*state = w;
	return 0;
}

static inline int
world_teardown(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

static inline void
world_var(struct world *w, char *key, char *value)
{
	assert_true(w->host.n_vars < 16);
	w->var[w->host.n_vars++] = (struct cfg_var){ .key = key, .value = value };
}

static inline struct profile *
world_profile(struct world *w, const char *file)
{
	struct profile *pr = NULL;

	if (profile_load(file, &pr, world_error, w) < 0)
		fail_msg("%s", w->errors.p);
	return pr;
}

/* The profile in file, rendered; what was said is the test's failure. */
static inline void
world_render(struct world *w, const char *file, struct render_out *out)
{
	struct profile *pr = world_profile(w, file);

	if (profile_render(pr, &w->in, out, world_error, w) < 0)
		fail_msg("%s", w->errors.p);
	profile_unref(pr);
}

/* A file of the rendered overlay, as a string of the caller's. */
static inline char *
world_file(const struct render_out *out, const char *name)
{
	const struct overlay_entry *e;
	char path[128], *text;

	(void)snprintf(path, sizeof(path), BOX_PROVD "/%s", name);
	e = overlay_find(out->overlay, path);
	assert_non_null(e);
	text = calloc(1, e->len + 1);
	assert_non_null(text);
	memcpy(text, e->data, e->len);
	return text;
}

/* With UPDATE=1 in the environment the file is written; read the difference
 * before you believe it. */
static inline void
golden(const char *path, const char *have)
{
	char *want;

	if (getenv("UPDATE") != NULL) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_int_equal(fputs(have, f) < 0, 0);
		assert_int_equal(fclose(f), 0);
	}
	want = slurp(path);
	for (size_t i = 0, line = 1; ; i++) {
		if (want[i] != have[i])
			fail_msg("%s:%zu: have \"%.60s\", want \"%.60s\"", path,
			    line, have + i, want + i);
		if (want[i] == '\0')
			break;
		line += want[i] == '\n';
	}
	free(want);
}

/* Every shell reads it without a complaint, and shellcheck has none. */
static inline void
world_lint(const char *script)
{
	static const char *const how[] = { "sh -n", "dash -n", "busybox sh -n",
	    "shellcheck -s sh -S style" };
	char file[] = "/tmp/provd-script-XXXXXX", cmd[256];
	int fd = mkstemp(file);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
	(void)close(fd);
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		(void)snprintf(cmd, sizeof(cmd), "command -v %.*s > /dev/null",
		    (int)strcspn(how[i], " "), how[i]);
		if (system(cmd) != 0) {
			print_message("%s is not installed: not tried\n", how[i]);
			continue;
		}
		(void)snprintf(cmd, sizeof(cmd), "%s %s", how[i], file);
		assert_int_equal(system(cmd), 0);
	}
	(void)unlink(file);
}

/* The script as it is written down and as every shell reads it, and the plan of
 * what is not an inspection. */
static inline void
world_written(const struct render_out *out, const char *name)
{
	char path[128], *text = world_file(out, "install");

	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.install", name);
	golden(path, text);
	world_lint(text);
	free(text);
	if (out->plan_text == NULL)
		return;
	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.plan", name);
	golden(path, out->plan_text);
}

#endif /* TESTS_UNIT_PROFILE_WORLD_H */
