/* ctl_token.c - provctl token: who may use the API over HTTPS. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fleet/config.h"
#include "../lib/token.h"
#include "ctl_http.h"
#include "provctl.h"

#define FILE_MAX	(256u << 10)

struct ctl {
	const struct ctl_opt *opt;
	struct config	*cfg;
	const char	*file;
	char		*text;		/* of the file, "" if it is not there */
	struct tokens	 tokens;
};

static int
complain(const char *what, const char *why)
{
	fprintf(stderr, "provctl: %s: %s\n", what, why);
	return REFUSED;
}

static void
config_error(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static int
read_file(struct ctl *c)
{
	FILE *f = fopen(c->file, "re");
	char why[200];
	size_t n = 0;
	int r;

	if (f == NULL && errno != ENOENT)
		return complain(c->file, strerror(errno));
	if ((c->text = calloc(1, FILE_MAX + 1)) == NULL)
		return complain(c->file, strerror(ENOMEM));
	if (f != NULL) {
		n = fread(c->text, 1, FILE_MAX, f);
		fclose(f);
	}
	if (n == FILE_MAX)
		return complain(c->file, "is too large");
	r = tokens_parse(c->text, &c->tokens, why);
	return r < 0 ? complain(c->file, why) : DONE;
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return -EIO;
		p += k;
		n -= (size_t)k;
	}
	return fsync(fd) == -1 ? -errno : 0;
}

/* The old file, or the new one, never half of it; for nobody but provd. */
static int
write_file(const struct ctl *c, const struct buf *b)
{
	struct passwd *pw = geteuid() == 0 ? getpwnam(c->cfg->top.user) : NULL;
	char *tmp = NULL;
	int fd = -1, r = 0;

	if (b->err != 0 || asprintf(&tmp, "%s.XXXXXX", c->file) == -1)
		return complain(c->file, strerror(ENOMEM));
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1)
		r = -errno;
	if (r == 0)
		r = write_all(fd, b->p != NULL ? b->p : "", b->len);
	if (r == 0 && pw != NULL && fchown(fd, pw->pw_uid, pw->pw_gid) == -1)
		r = -errno;
	if (r == 0 && rename(tmp, c->file) == -1)
		r = -errno;
	if (fd != -1) {
		(void)close(fd);
		if (r < 0)
			(void)unlink(tmp);
	}
	free(tmp);
	return r < 0 ? complain(c->file, strerror(-r)) : DONE;
}

/* A provd that runs is told. */
static void
tell(const struct ctl *c)
{
	const char *socket = c->opt->own_socket ? c->opt->socket : c->cfg->top.socket;
	struct buf b = { 0 };
	int code = 0, r = ctl_call(socket, "POST", "/v1/reload", NULL, 0, &code, &b);

	if (r == 0 && code != 200)
		fprintf(stderr, "provctl: the running provd did not take it: %s\n",
		    b.p != NULL ? b.p : "");
	else if (r < 0)
		fputs("provctl: no provd is running; it counts when one starts\n", stderr);
	buf_free(&b);
}

/* The lines of the file but for that of name; comments stay. */
static void
without(const struct ctl *c, const char *name, struct buf *b)
{
	for (const char *p = c->text; *p != '\0'; ) {
		size_t n = strcspn(p, "\n"), s = strspn(p, " \t"), k = strcspn(p + s, " \t\r\n");

		if (strlen(name) != k || strncmp(p + s, name, k) != 0) {
			buf_add(b, p, n);
			buf_putc(b, '\n');
		}
		p += n + (p[n] == '\n');
	}
}

static int
cmd_add(struct ctl *c, const char *name)
{
	const char *right = c->opt->right != NULL ? c->opt->right : "look";
	char text[TOKEN_TEXT];
	enum token_right r;
	uint8_t hash[32];
	struct buf b = { 0 };
	int done;

	if (!token_name_ok(name))
		return complain(name, "that is no name of a token: letters, digits, - . _ @");
	if (token_right_parse(right, &r) < 0)
		return complain(right, "--right is look or steer");
	if (tokens_named(&c->tokens, name) != NULL)
		return complain(name, "there is a token of that name; remove it first");
	if (c->tokens.n >= TOKENS_MAX || token_make(text) < 0)
		return complain(name, "no more tokens can be made");
	token_hash(text, strlen(text), hash);
	without(c, "", &b);
	buf_printf(&b, "%s %s ", name, right);
	for (size_t i = 0; i < sizeof(hash); i++)
		buf_printf(&b, "%02x", hash[i]);
	buf_putc(&b, '\n');
	if ((done = write_file(c, &b)) == DONE) {
		puts(text);
		fflush(stdout);
		if (isatty(STDERR_FILENO))
			fputs("provctl: it is shown this once\n", stderr);
		tell(c);
	}
	buf_free(&b);
	return done;
}

static int
cmd_remove(struct ctl *c, const char *name)
{
	struct buf b = { 0 };
	int done;

	if (tokens_named(&c->tokens, name) == NULL)
		return complain(name, "there is no token of that name");
	without(c, name, &b);
	if ((done = write_file(c, &b)) == DONE)
		tell(c);
	buf_free(&b);
	return done;
}

static int
cmd_list(struct ctl *c, const char *name)
{
	(void)name;
	for (size_t i = 0; i < c->tokens.n; i++)
		printf("%-24s %s\n", c->tokens.token[i].name,
		    token_right_name(c->tokens.token[i].right));
	return DONE;
}

int
ctl_token(const struct ctl_opt *opt, int n, char **arg)
{
	static const struct { const char *name; int n; int (*run)(struct ctl *, const char *); } commands[] = {
		{ "add", 2, cmd_add }, { "list", 1, cmd_list }, { "remove", 2, cmd_remove },
	};
	struct ctl c = { .opt = opt };
	int r = USAGE;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(arg[0], commands[i].name) != 0 || n != commands[i].n)
			continue;
		if (config_load(opt->config, &c.cfg, config_error, NULL) < 0)
			return REFUSED;
		if ((c.file = c.cfg->top.api.tokens) == NULL)
			r = complain(opt->config, "does not say api.tokens, the file for them");
		else if ((r = read_file(&c)) == DONE)
			r = commands[i].run(&c, arg[1]);
		tokens_free(&c.tokens);
		free(c.text);
		config_unref(c.cfg);
		return r;
	}
	return ctl_usage("token");
}
