/* render_other.c - what the machine runs that is not to be installed: a rescue,
 * or a diskless system, from the tree and from memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "embed.h"
#include "render_int.h"
#include "sh_quote.h"

/* One of its values, with the variables put in; empty ones need not fit. */
static int
value(struct render *c, const char *where, const char *text, bool (*fits)(const char *),
    const char *what, struct buf *out)
{
	char line[200];
	int r = render_expand(c, where, text != NULL ? text : "", out);

	if (r < 0 || (r = out->err) < 0 || out->len == 0 || fits(out->p))
		return r;
	(void)snprintf(line, sizeof(line), "this is not %s", what);
	return render_complain(c, profile_other(c->pr, c->in->kind)->head.mark, where, line);
}

/* A setting of the script. */
static int
set(struct render *c, const char *name, const char *where, const char *text,
    bool (*fits)(const char *), const char *what, const char *none, struct buf *out)
{
	struct buf b = { 0 };
	int r = value(c, where, text, fits, what, &b);

	if (r == 0)
		script_setting(out, name, b.len > 0 ? b.p : none);
	buf_free(&b);
	return r;
}

static bool
is_memory(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n < 10 && (s[n] == '\0' || (strchr("%kKmMgG", s[n]) != NULL && s[n + 1] == '\0'));
}

static bool
is_megabytes(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n < 7 && strchr("mM", s[n]) != NULL && s[n] != '\0' && s[n + 1] == '\0';
}

static int
memory(struct render *c, const struct cfg_pr_other *o, struct buf *out)
{
	if (c->pr->p.os == PROFILE_LINUX)
		return set(c, "memory", "memory", o->memory, is_memory,
		    "a size or a percentage of the memory, as 512M or 50%", "50%", out);
	return set(c, "memory", "memory", o->memory, is_megabytes,
	    "a size in megabytes, as 64M", "64M", out);
}

static int
keys(struct render *c, const struct cfg_pr_other *o, struct buf *out)
{
	const struct cfg_pr_system *s = &c->pr->p.system;
	bool own = o->n_key > 0;
	struct buf all = { 0 }, one = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < (own ? o->n_key : s->n_root_keys); i++) {
		r = value(c, "root-ssh-keys", own ? o->key[i] : s->root_keys[i], check_ssh_key,
		    "a public key, as \"ssh-ed25519 AAAA... name\"", &one);
		if (r == 0 && one.len > 0)
			buf_printf(&all, "%s\n", one.p);
		buf_free(&one);
	}
	if (r == 0)
		script_setting(out, "keys", all.p != NULL ? all.p : "");
	buf_free(&all);
	return r;
}

static void
resolv(struct render *c, struct buf *out)
{
	struct buf text = { 0 };
	char ip[IP4_STRLEN];

	if (c->in->domain != NULL && *c->in->domain != '\0')
		buf_printf(&text, "search %s\n", c->in->domain);
	for (size_t i = 0; i < c->in->n_dns && i < 3; i++)
		buf_printf(&text, "nameserver %s\n", ip4_str(c->in->dns[i], ip));
	script_setting(out, "resolv", text.p != NULL ? text.p : "");
	buf_free(&text);
}

/* Lines of rc.conf; the shell that reads them expands nothing. */
static int
rc_conf(struct render *c, const struct cfg_pr_other *o, struct buf *out)
{
	struct buf lines = { 0 }, one = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->n_rc_conf; i++) {
		if (!check_rc_name(o->rc_conf[i].key))
			r = render_complain(c, o->head.mark, "rc-conf", "this is not a name of rc.conf");
		else if ((r = value(c, "rc-conf", o->rc_conf[i].value, check_line, "a line", &one)) == 0) {
			buf_printf(&lines, "%s=", o->rc_conf[i].key);
			sh_quote(&lines, one.len > 0 ? one.p : "");
			buf_putc(&lines, '\n');
		}
		buf_free(&one);
	}
	if (r == 0)
		script_setting(out, "rc_conf", lines.p != NULL ? lines.p : "");
	buf_free(&lines);
	return r;
}

static bool
has_serial(const struct cfg_profile *p)
{
	for (size_t i = 0; i < p->n_console; i++)
		if (strncmp(p->console[i], "comconsole", 10) == 0)
			return true;
	return false;
}

static bool
is_owner(const char *s)
{
	char name[66];
	size_t n = strcspn(s, ":");

	(void)snprintf(name, sizeof(name), "%.*s", (int)(n < 65 ? n : 65), s);
	return check_user(name) && (s[n] == '\0' || check_user(s + n + 1));
}

static int
one_file(struct render *c, const struct cfg_pr_file *f, struct buf *out)
{
	struct buf path = { 0 }, owner = { 0 }, text = { 0 };
	unsigned mode;
	int r;

	if ((r = value(c, "files", f->path, check_path, "an absolute path of plain characters", &path)) == 0 &&
	    (r = value(c, "files", f->owner, is_owner, "an owner, as user or user:group", &owner)) == 0 &&
	    (r = value(c, "files", f->content, check_text, "text", &text)) == 0) {
		if (!check_mode(f->mode, &mode))
			r = render_complain(c, f->head.mark, "files", "this is not a mode");
		else {
			buf_putc(out, '\t');
			buf_puts(out, "put ");
			sh_quote(out, path.len > 0 ? path.p : "/");
			buf_printf(out, " %o ", mode);
			sh_quote(out, owner.len > 0 ? owner.p : "");
			buf_putc(out, ' ');
			sh_quote(out, text.len > 0 ? text.p : "");
			buf_putc(out, '\n');
		}
	}
	buf_free(&path);
	buf_free(&owner);
	buf_free(&text);
	return r;
}

static int
script(struct render *c, const struct cfg_pr_other *o, struct buf *out)
{
	const struct cfg_profile *p = &c->pr->p;
	bool linux_ = p->os == PROFILE_LINUX;
	int r;

	script_head(out, "The system that runs from the server, and from memory.");
	script_settings(out, p->os, c->in->token);
	script_setting(out, "server", c->server);
	script_setting(out, "system", inst_kind_name(c->in->kind));
	if ((r = set(c, "hostname", "hostname", o->hostname != NULL ? o->hostname : p->system.hostname,
	    check_hostname, "a host name", "localhost", out)) < 0 ||
	    (r = set(c, "password", "root-password", o->password != NULL ? o->password :
	    p->system.root_password, check_hash, "a hash as crypt(3) makes it", "*", out)) < 0 ||
	    (r = keys(c, o, out)) < 0 || (r = memory(c, o, out)) < 0 ||
	    (r = rc_conf(c, o, out)) < 0)
		return r;
	resolv(c, out);
	script_setting(out, "serial", has_serial(p) ? "yes" : "");
	buf_puts(out, "}\n\nown_files() {\n\t:\n");
	for (size_t i = 0; i < o->n_file; i++)
		if ((r = one_file(c, &o->file[i], out)) < 0)
			return r;
	buf_puts(out, "}\n\n");
	script_part(out, embed_common_sh);
	script_part(out, embed_other_sh);
	script_part(out, linux_ ? embed_early_linux_sh : embed_early_freebsd_sh);
	script_part(out, linux_ ? embed_other_linux_sh : embed_other_freebsd_sh);
	buf_puts(out, "main \"$@\"; exit\n");
	return 0;
}

/* Each by itself: one that fails is said, and the next one runs. */
static int
commands(struct render *c, const struct cfg_pr_other *o, struct buf *out)
{
	script_head(out, "The commands of the profile.");
	buf_puts(out, "# shellcheck disable=SC2089,SC2090\n\n");
	for (size_t i = 0; i < c->vars.n; i++) {
		buf_printf(out, "%s=", c->vars.v[i].name);
		sh_quote(out, c->vars.v[i].value);
		buf_printf(out, "\nexport %s\n", c->vars.v[i].name);
	}
	for (size_t i = 0; i < o->n_command; i++) {
		if (!check_text(o->command[i]))
			return render_complain(c, o->head.mark, "commands", "control characters are not allowed");
		buf_puts(out, "/bin/sh -ec ");
		sh_quote(out, o->command[i]);
		buf_printf(out, " || echo 'provd: command %zu of the profile failed'\n", i + 1);
	}
	buf_puts(out, "exit 0\n");
	return 0;
}

int
render_other_files(struct render *c)
{
	const struct cfg_pr_other *o = profile_other(c->pr, c->in->kind);
	struct buf text = { 0 };
	int r;

	if ((r = script(c, o, &text)) == 0 && (r = render_add(c, "init", 0755, &text)) == 0 &&
	    (r = commands(c, o, &text)) == 0)
		r = render_add(c, "commands", 0755, &text);
	buf_free(&text);
	return r;
}

int
render_other_try(const struct profile *pr, const struct render_in *in, const struct vars *vars,
    cfg_error_fn *fn, void *arg)
{
	struct render_in as = *in;
	struct render c = { .pr = pr, .in = &as, .vars = *vars, .fn = fn, .arg = arg };
	struct buf text = { 0 };
	int r = 0, e;

	as.token = "0";
	for (as.kind = INST_RESCUE; as.kind <= INST_DISKLESS; as.kind++) {
		const struct cfg_pr_other *o = profile_other(pr, as.kind);

		if ((e = script(&c, o, &text)) < 0 || (e = commands(&c, o, &text)) < 0)
			r = e;
		buf_free(&text);
	}
	return r;
}
