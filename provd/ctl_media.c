/* ctl_media.c - provctl media: discs become trees, without a server. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fleet/config.h"
#include "../lib/clock.h"
#include "../media/media.h"
#include "ctl_http.h"
#include "provctl.h"
#include "version.h"

struct ctl {
	const struct ctl_opt *opt;
	struct media_dir dir;
	char		*socket;
	const char	*name;
	/* Progress. */
	bool		 tty;
	const char	*what;
	int64_t		 start, last;	/* milliseconds */
	uint64_t	 first;
	unsigned	 tenth;
};

static int
complain(const char *text)
{
	struct buf b = { 0 };

	buf_text(&b, text, strlen(text));
	fprintf(stderr, "provctl: %s\n", b.p != NULL ? b.p : "out of memory");
	buf_free(&b);
	return REFUSED;
}

/* Progress ------------------------------------------------------------------ */

static void
clear_line(const struct ctl *c)
{
	if (c->tty && c->what != NULL)
		fputs("\r\033[K", stderr);
}

static void
draw_bar(struct ctl *c, uint64_t done, uint64_t of, int64_t ms)
{
	static const char full[] = "##############################";
	double rate = ms > 0 ? (double)(done - c->first) / (double)ms / 1000.0 : 0;
	char text[160];
	int n;

	if (of == 0 || done > of)
		n = snprintf(text, sizeof(text), "%s %s  %llu MB  %.0f MB/s", c->what, c->name,
		    (unsigned long long)done / 1000000, rate);
	else
		n = snprintf(text, sizeof(text), "%s %s  [%-30.*s] %3u%%  %llu/%llu MB  %.0f MB/s",
		    c->what, c->name, (int)(done * 30 / of), full, (unsigned)(done * 100 / of),
		    (unsigned long long)done / 1000000, (unsigned long long)of / 1000000, rate);
	if (of > 0 && done <= of && rate > 0 && n > 0 && (size_t)n < sizeof(text)) {
		unsigned long left = (unsigned long)((double)(of - done) / rate / 1e6);

		(void)snprintf(text + n, sizeof(text) - (size_t)n, "  %lu:%02lu left", left / 60, left % 60);
	}
	fprintf(stderr, "\r\033[K%s", text);
	fflush(stderr);
}

static void
progress(void *arg, const char *what, uint64_t done, uint64_t of)
{
	struct ctl *c = arg;
	int64_t now = clock_ms();

	if (c->what == NULL || strcmp(c->what, what) != 0) {
		clear_line(c);
		c->what = what;
		c->start = now;
		c->last = 0;
		c->first = done;
		c->tenth = 0;
		if (!c->tty)
			printf("%s %s\n", what, c->name);
	}
	if (c->tty) {
		if (now - c->last >= 200)
			draw_bar(c, done, of, now - c->start);
		else
			return;
		c->last = now;
	} else if (of > 0 && done * 10 / of > c->tenth && done <= of) {
		c->tenth = (unsigned)(done * 10 / of);
		printf("%s %s: %u%% of %llu MB\n", what, c->name, c->tenth * 10,
		    (unsigned long long)of / 1000000);
		fflush(stdout);
	}
}

static void
say(void *arg, const char *line)
{
	struct ctl *c = arg;

	clear_line(c);
	printf("%s: %s\n", c->name, line);
}

static void
bad(void *arg, const char *path, const char *what)
{
	struct buf b = { 0 };

	clear_line(arg);
	buf_text(&b, path, strlen(path));
	fprintf(stderr, "provctl: %s: %s\n", b.p != NULL ? b.p : "?", what);
	buf_free(&b);
}

/* The running server --------------------------------------------------------- */

/* What provd knows of the tree, or NULL: none runs, or it does not serve it. */
static json_t *
ask_tree(const struct ctl *c, const char *name, bool *ret_runs)
{
	struct buf b = { 0 };
	json_t *o = NULL, *t, *found = NULL;
	size_t i;
	int code = 0;

	*ret_runs = ctl_call(c->socket, "GET", "/v1/trees", NULL, 0, &code, &b) == 0 && code == 200;
	if (*ret_runs)
		o = json_loads(b.p != NULL ? b.p : "", 0, NULL);
	json_array_foreach(json_object_get(o, "trees"), i, t) {
		const char *n = json_string_value(json_object_get(t, "name"));
		const char *path = json_string_value(json_object_get(t, "path"));
		char want[4096];

		/* A tree of this name may lie elsewhere. */
		if (snprintf(want, sizeof(want), "%s/%s", c->dir.path, name) < (int)sizeof(want) &&
		    n != NULL && strcmp(n, name) == 0 && path != NULL && strcmp(path, want) == 0)
			found = json_incref(t);
	}
	json_decref(o);
	buf_free(&b);
	return found;
}

/* Hosts that are being installed from it, as "web1, web2". */
static void
hosts_of(json_t *tree, struct buf *b)
{
	json_t *h;
	size_t i;

	json_array_foreach(json_object_get(tree, "hosts"), i, h)
		buf_printf(b, "%s%s", i > 0 ? ", " : "", json_string_value(h));
}

static int
reload(const struct ctl *c, const char *served)
{
	struct buf b = { 0 };
	json_t *o;
	int code = 0, r;

	r = ctl_call(c->socket, "POST", "/v1/reload", NULL, 0, &code, &b);
	if (r < 0) {
		printf("no provd answers at %s: it will see this when it starts\n", c->socket);
	} else if (code != 200) {
		o = json_loads(b.p != NULL ? b.p : "", 0, NULL);
		fprintf(stderr, "provctl: provd could not reload: %s\n", o != NULL ?
		    json_string_value(json_object_get(o, "error")) : "no reason is known");
		json_decref(o);
	} else if (served != NULL) {
		bool runs;
		json_t *t = ask_tree(c, served, &runs);

		if (t != NULL)
			printf("provd serves it as %s\n", json_string_value(json_object_get(t, "export")));
		else
			printf("provd has reloaded, but does not serve it: say `media: %s` in its "
			    "configuration\n", c->dir.path);
		json_decref(t);
	}
	buf_free(&b);
	return r < 0 || code == 200 ? DONE : REFUSED;
}

/* Commands ------------------------------------------------------------------ */

static void
what_it_is(const struct release_id *id, const struct media_add *add)
{
	char text[160];

	release_id_text(id, text);
	printf("%s: %s\n%s: %zu files, %llu MB", add->name, text, add->name, add->files,
	    (unsigned long long)add->bytes / 1000000);
	if (add->kept > 0)
		printf(", %zu of them were there already", add->kept);
	if (add->left_out > 0)
		printf(", %zu devices and the like left out", add->left_out);
	puts(add->mtree ? ", owners and modes in the .mtree file" : "");
}

/* The tree that was replaced is kept while a client may read it. */
static void
drop_old(const struct ctl *c, const struct buf *hosts)
{
	char old[MEDIA_FILE];
	int r;

	media_hidden(c->name, ".old", old);
	if (hosts->len > 0) {
		printf("%s is being installed from the tree that was there: it stays as %s/%s, and is "
		    "served to them until provd restarts; delete it when they are done\n",
		    hosts->p, c->dir.path, old);
		return;
	}
	if ((r = media_delete(c->dir.fd, old)) < 0)
		fprintf(stderr, "provctl: %s/%s: %s\n", c->dir.path, old, strerror(-r));
}

static int
dry_add(const struct media_add *add)
{
	printf("%s would be unpacked as %s", add->file, add->name);
	if (add->files > 0)
		printf(": %s, %zu files, %llu MB", add->id.os == RELEASE_FREEBSD ? "FreeBSD" : "Linux",
		    add->files, (unsigned long long)add->bytes / 1000000);
	putchar('\n');
	return DONE;
}

static int
cmd_add(struct ctl *c, char **arg)
{
	const struct media_ui ui = { say, bad, progress, c };
	struct media_add add = { .file = arg[0], .name = arg[1], .dry = c->opt->dry,
	    .replace = c->opt->replace };
	struct buf hosts = { 0 };
	char why[MEDIA_WHY];
	json_t *tree;
	bool runs;
	int r;

	c->name = arg[1];
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)	/* pax names are UTF-8 */
		(void)setlocale(LC_CTYPE, "");
	if ((tree = ask_tree(c, c->name, &runs)) != NULL)
		hosts_of(tree, &hosts);
	json_decref(tree);
	r = media_add(&c->dir, &add, &ui, why);
	clear_line(c);
	if (r < 0) {
		buf_free(&hosts);
		return complain(why);
	}
	if (add.dry) {
		buf_free(&hosts);
		return dry_add(&add);
	}
	if (add.finished)
		printf("%s: an interrupted run had it complete; it is current now\n", c->name);
	else
		what_it_is(&add.id, &add);
	r = reload(c, c->name);
	if (add.replaced)
		drop_old(c, &hosts);
	buf_free(&hosts);
	return r;
}

static void
list_one(const struct ctl *c, const char *name)
{
	struct release_id id;
	char why[MEDIA_WHY], text[160];

	if (media_identify(&c->dir, name, &id, why) < 0)
		snprintf(text, sizeof(text), "cannot be read: %.120s", why);
	else
		release_id_text(&id, text);
	printf("%-20s %s\n", name, text);
}

static void
list_part(const struct ctl *c, const char *file)
{
	struct media_state s;
	char name[MEDIA_FILE];

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - sizeof(".from")), file + 1);
	if (media_state_peek(&c->dir, name, &s) == 0 && s.mark[0] != '\0')
		printf("%-20s incomplete: provctl media add %s %s\n", name, s.file, name);
}

static int
cmd_list(struct ctl *c, char **arg)
{
	struct dirent **e;
	int n;

	(void)arg;
	if ((n = scandir(c->dir.path, &e, NULL, alphasort)) == -1) {
		fprintf(stderr, "provctl: %s: %s\n", c->dir.path, strerror(errno));
		return REFUSED;
	}
	for (int i = 0; i < n; i++) {
		const char *f = e[i]->d_name;
		size_t len = strlen(f);

		if (media_name_ok(f) && media_has_dir(&c->dir, f))
			list_one(c, f);
		else if (f[0] == '.' && len > sizeof(".from") && len < MEDIA_FILE &&
		    strcmp(f + len - 5, ".from") == 0)
			list_part(c, f);
		free(e[i]);
	}
	free(e);
	return DONE;
}

static int
no_such(const struct ctl *c, const char *name)
{
	fprintf(stderr, "provctl: there is no tree named %s in %s\n", name, c->dir.path);
	return REFUSED;
}

static int
cmd_check(struct ctl *c, char **arg)
{
	const struct media_ui ui = { say, bad, progress, c };
	struct media_report rep;
	char why[MEDIA_WHY], text[160];

	c->name = arg[0];
	if (!media_name_ok(arg[0]) || !media_has_dir(&c->dir, arg[0]))
		return no_such(c, arg[0]);
	if (media_verify(&c->dir, c->name, &rep, &ui, why) < 0) {
		clear_line(c);
		return complain(why);
	}
	clear_line(c);
	release_id_text(&rep.id, text);
	printf("%s: %s\n%s: %u files are good, %u bad", c->name, text, c->name, rep.n_good, rep.n_bad);
	if (rep.n_absent > 0)
		printf(", %u that MANIFEST names were not on the disc", rep.n_absent);
	puts(rep.n_good + rep.n_bad == 0 ? "; it has no sets that could be checked" : "");
	return rep.n_bad > 0 ? REFUSED : DONE;
}

static int
cmd_remove(struct ctl *c, char **arg)
{
	struct media_state s;
	struct buf hosts = { 0 };
	char line[16], file[MEDIA_FILE];
	json_t *tree;
	bool runs, there;
	int r;

	c->name = arg[0];
	there = media_name_ok(arg[0]) && media_has_dir(&c->dir, arg[0]);
	if (!there && (!media_name_ok(arg[0]) || media_state_peek(&c->dir, arg[0], &s) < 0))
		return no_such(c, arg[0]);
	if ((tree = ask_tree(c, c->name, &runs)) != NULL)
		hosts_of(tree, &hosts);
	json_decref(tree);
	if (there && hosts.len > 0) {
		fprintf(stderr, "provctl: %s: %s installed from it; disarm first\n", hosts.p,
		    strchr(hosts.p, ',') != NULL ? "are being" : "is being");
		buf_free(&hosts);
		return REFUSED;
	}
	buf_free(&hosts);
	if (!c->opt->yes && isatty(STDIN_FILENO)) {
		fprintf(stderr, "Delete %s/%s? [y/N] ", c->dir.path, c->name);
		if (fgets(line, sizeof(line), stdin) == NULL || (line[0] != 'y' && line[0] != 'Y'))
			return REFUSED;
	}
	if ((r = media_state_open(&c->dir, c->name, &s)) < 0)
		return complain(r == -EWOULDBLOCK ? "another provctl is at work on it" : strerror(-r));
	r = media_retire(&c->dir, c->name);
	if (r == 0 && there)
		(void)reload(c, NULL);		/* it must not look into what is being deleted */
	media_hidden(c->name, ".old", file);
	if (r < 0 || (r = media_delete(c->dir.fd, file)) < 0 ||
	    (r = media_delete_part(&c->dir, c->name)) < 0)
		r = complain(strerror(-r));
	media_hidden(c->name, ".from", file);
	(void)unlinkat(c->dir.fd, file, 0);
	media_state_close(&s);
	return r;
}

/* Where things are ------------------------------------------------------------ */

static void
config_error(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

/* From --dir and -s, else from the configuration. */
static int
find_dir(struct ctl *c, bool make)
{
	const struct ctl_opt *o = c->opt;
	const char *dir = o->dir;
	struct config *cfg = NULL;
	int r = -ENOMEM;

	/* With --dir the configuration may be missing, but not wrong. */
	if ((dir == NULL || !o->own_socket) && (dir == NULL || access(o->config, R_OK) == 0) &&
	    config_load(o->config, &cfg, config_error, NULL) < 0)
		return REFUSED;
	if (dir == NULL && (dir = cfg->top.media) == NULL) {
		fprintf(stderr, "provctl: %s does not say `media`: the directory for trees; say it "
		    "there, or --dir\n", o->config);
		config_unref(cfg);
		return REFUSED;
	}
	c->socket = strdup(o->own_socket ? o->socket : cfg != NULL ? cfg->top.socket : o->socket);
	if (c->socket == NULL || (r = media_dir_open(&c->dir, dir, make)) < 0) {
		fprintf(stderr, "provctl: %s: %s\n", dir, strerror(-r));
		config_unref(cfg);
		free(c->socket);
		return REFUSED;
	}
	config_unref(cfg);
	return DONE;
}

int
ctl_media(const struct ctl_opt *opt, int n, char **arg)
{
	static const struct { const char *name; int n; int (*run)(struct ctl *, char **); } commands[] = {
		{ "add", 2, cmd_add }, { "list", 0, cmd_list }, { "check", 1, cmd_check },
		{ "remove", 1, cmd_remove },
	};
	struct ctl c = { .opt = opt, .tty = isatty(STDERR_FILENO) };
	int r;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(arg[0], commands[i].name) != 0 || n - 1 != commands[i].n)
			continue;
		if (commands[i].run == cmd_add && !media_name_ok(arg[2]))
			return complain("a tree's name is a letter or digit, then letters, digits, "
			    "'.', '_' or '-', at most 63");
		if ((r = find_dir(&c, commands[i].run == cmd_add && !opt->dry)) != DONE)
			return r;
		r = commands[i].run(&c, arg + 1);
		media_dir_close(&c.dir);
		free(c.socket);
		return r;
	}
	return ctl_usage("media");
}
