/* render.c - from a profile and a host to an overlay. */
#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pxe-menus/menu.h"
#include "../tree/overlay.h"
#include "render_int.h"

int
render_complain(struct render *c, struct cfg_mark at, const char *where, const char *text)
{
	schema_complain(c->fn, c->arg, c->pr->file, at, where, "%s", text);
	return -EINVAL;
}

/* Variables ---------------------------------------------------------------- */

static int
set_ip(struct vars *vs, const char *name, uint32_t addr)
{
	char text[IP4_STRLEN];

	return vars_set(vs, name, addr ? ip4_str(addr, text) : "");
}

static int
set_all_dns(struct vars *vs, const struct render_in *in)
{
	char text[8 * IP4_STRLEN] = "", one[IP4_STRLEN];
	size_t len = 0;

	for (size_t i = 0; i < in->n_dns && i < 8; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    i ? " " : "", ip4_str(in->dns[i], one));
	return vars_set(vs, "dns", text);
}

static int
set_builtin(struct vars *vs, const struct profile *pr, const struct render_in *in)
{
	const struct cfg_host *h = in->host;
	char mac[MAC_STRLEN] = "";
	int r;

	if (h->n_mac > 0)
		(void)mac_str(h->mac[0], mac);
	if ((r = vars_set(vs, "host", h->head.name)) == 0 &&
	    (r = vars_set(vs, "hostname", h->hostname ? h->hostname : h->head.name)) == 0 &&
	    (r = vars_set(vs, "mac", mac)) == 0 &&
	    (r = set_ip(vs, "address", in->address ? in->address : h->address)) == 0 &&
	    (r = set_ip(vs, "netmask", in->netmask)) == 0 &&
	    (r = set_ip(vs, "gateway", in->gateway)) == 0 &&
	    (r = set_ip(vs, "server", in->server)) == 0 &&
	    (r = set_all_dns(vs, in)) == 0 &&
	    (r = vars_set(vs, "domain", in->domain ? in->domain : "")) == 0 &&
	    (r = vars_set(vs, "profile", pr->p.name)) == 0)
		r = vars_set(vs, "tree", in->tree ? in->tree : pr->p.tree ? pr->p.tree : "");
	return r;
}

static int
set_user(struct vars *vs, const struct vars *builtin, const struct profile *pr,
    struct cfg_mark at, const char *where, const char *key,
    const char *value, cfg_error_fn *fn, void *arg)
{
	char bad[VARS_NAME_MAX];
	struct buf text = { 0 };
	int r;

	if (!vars_name_ok(key)) {
		schema_complain(fn, arg, pr->file, at, where,
		    "\"%.64s\" is not a variable's name: lower case letters, digits and _, at most 31", key);
		return -EINVAL;
	}
	if (vars_get(builtin, key) != NULL) {
		schema_complain(fn, arg, pr->file, at, where, "%s is set by provd itself", key);
		return -EINVAL;
	}
	r = vars_expand(builtin, value ? value : "", &text, bad);
	if (r == 0 && text.len > 0 && !check_text(text.p))
		r = -EILSEQ;
	if (r == 0)
		r = vars_set(vs, key, text.p ? text.p : "");
	buf_free(&text);
	if (r < 0 && r != -ENOMEM) {
		schema_complain(fn, arg, pr->file, at, where, "%s: %s", key,
		    r == -ENOENT ? "only the variables of provd itself can be used here" :
		    r == -EILSEQ ? "control characters are not allowed" :
		    r == -E2BIG ? "too many variables" : "\"${\" begins no variable");
		return -EINVAL;
	}
	return r;
}

int
render_vars(const struct profile *pr, const struct render_in *in, struct vars *ret,
    cfg_error_fn *fn, void *arg)
{
	struct vars builtin = { 0 };
	int r, all = 0;

	*ret = (struct vars){ 0 };
	if ((r = set_builtin(ret, pr, in)) < 0 || (r = set_builtin(&builtin, pr, in)) < 0)
		goto out;
	for (size_t i = 0; i < pr->p.n_vars; i++)
		if ((r = set_user(ret, &builtin, pr, pr->p.head.mark, "vars",
		    pr->p.vars[i].key, pr->p.vars[i].value, fn, arg)) < 0)
			all = r;
	for (size_t i = 0; i < in->n_above; i++)
		if ((r = set_user(ret, &builtin, pr, pr->p.head.mark, "vars of its groups and of all hosts",
		    in->above[i].key, in->above[i].value, fn, arg)) < 0)
			all = r;
	for (size_t i = 0; i < in->host->n_vars; i++)
		if ((r = set_user(ret, &builtin, pr, pr->p.head.mark, "the host's vars",
		    in->host->vars[i].key, in->host->vars[i].value, fn, arg)) < 0)
			all = r;
	r = all;
out:
	vars_free(&builtin);
	if (r < 0)
		vars_free(ret);
	return r;
}

/* A text of the profile, outside the plan. */
int
render_expand(struct render *c, const char *where, const char *text, struct buf *out)
{
	char bad[VARS_NAME_MAX], why[80];
	int r = vars_expand(&c->vars, text, out, bad);

	if (r == -ENOENT || r == -EINVAL) {
		(void)snprintf(why, sizeof(why), r == -ENOENT ? "there is no variable %s" :
		    "\"%s\" begins a variable, but is none", bad);
		return render_complain(c, c->pr->p.boot.head.mark, where, why);
	}
	return r;
}

/* A path in the tree. */
int
render_tree_path(struct render *c, const char *where, const char *text, const char *dflt,
    char *ret, size_t cap)
{
	struct buf b = { 0 };
	const char *s;
	int r;

	r = render_expand(c, where, text ? text : dflt, &b);
	for (s = b.p ? b.p : ""; r == 0 && *s == '/'; s++)
		;
	if (r == 0 && (!check_relative(s) || strlen(s) >= cap))
		r = render_complain(c, c->pr->p.boot.head.mark, where, "this is not a path in the tree");
	if (r == 0)
		(void)snprintf(ret, cap, "%s", s);
	buf_free(&b);
	return r;
}

/* The tree ------------------------------------------------------------------ */

int
render_must_have(struct render *c, const char *where, const char *path)
{
	char text[400];
	uint64_t bytes;
	int r;

	if ((r = release_check(c->in->view, path, &bytes)) == 0)
		return 0;
	(void)snprintf(text, sizeof(text), "the tree %s has no %s: %s", vars_get(&c->vars, "tree"),
	    path, strerror(-r));
	return render_complain(c, c->pr->p.boot.head.mark, where, text);
}

/* How it boots --------------------------------------------------------------- */

static int
recipe_linux(struct render *c)
{
	c->out->recipe.os = BOOT_LINUX;
	return 0;
}

/* The overlay ------------------------------------------------------------------ */

int
render_add(struct render *c, const char *name, uint32_t mode, struct buf *text)
{
	char path[128];
	int r = text->err;

	(void)snprintf(path, sizeof(path), ".provd/%s/%s", c->in->token, name);
	if (r == 0)
		r = overlay_add_file(c->out->overlay, path, mode, text->len ? text->p : "", text->len);
	buf_free(text);
	return r;
}

static void
console(const struct render *c, struct menu *m, struct buf *cmdline)
{
	unsigned unit, speed;

	m->serial_unit = -1;
	for (size_t i = 0; i < c->pr->p.n_console; i++) {
		const char *s = c->pr->p.console[i];

		buf_printf(cmdline, " console=%s", s);
		speed = 9600;
		if (sscanf(s, "ttyS%1u,%6u", &unit, &speed) >= 1 && unit < 4) {
			m->serial_unit = (int)unit;
			m->serial_speed = speed;
		}
	}
}

static int
add_menus(struct render *c)
{
	struct buf cmdline = { 0 }, text = { 0 };
	static const char *const does[INST__COUNT] = {
		[INST_INSTALL] = "Installs", [INST_INSPECT] = "Inspects",
		[INST_RESCUE] = "Rescues", [INST_DISKLESS] = "Starts without its disks",
	};
	const struct cfg_pr_other *other = profile_other(c->pr, c->in->kind);
	const char *extra[2] = { c->pr->p.boot.cmdline, other != NULL ? other->cmdline : NULL };
	char why[200], title[160];
	struct menu m = { .title = title, .token = c->in->token,
	    .server = c->in->server, .kernel = c->kernel, .initrd = c->initrd };
	int r;

	(void)snprintf(title, sizeof(title), "%s %s by the profile %s", does[c->in->kind],
	    c->in->host->head.name, c->pr->p.name);
	buf_printf(&cmdline, "root=/dev/nfs nfsroot=%s:/.provd/%s/root,tcp,nfsvers=3,nolock "
	    "boot=nfs ro init=/.provd/%s/init panic=30",
	    c->server, c->in->token, c->in->token);
	console(c, &m, &cmdline);
	for (size_t i = 0; i < 2; i++) {
		if (extra[i] == NULL)
			continue;
		buf_putc(&cmdline, ' ');
		if ((r = render_expand(c, i == 0 ? "boot.cmdline" : "cmdline", extra[i],
		    &cmdline)) < 0) {
			buf_free(&cmdline);
			return r;
		}
	}
	m.cmdline = cmdline.p ? cmdline.p : "";
	why[0] = '\0';
	if ((r = cmdline.err) == 0 && (r = menu_render(&m, MENU_IPXE, &text, why)) == 0 &&
	    (r = render_add(c, "menu.ipxe", 0644, &text)) == 0 &&
	    (r = menu_render(&m, MENU_PXELINUX, &text, why)) == 0 &&
	    (r = render_add(c, "pxelinux.cfg/default", 0644, &text)) == 0 &&
	    (r = menu_render(&m, MENU_GRUB, &text, why)) == 0)
		r = render_add(c, "grub/grub.cfg", 0644, &text);
	buf_free(&text);
	buf_free(&cmdline);
	if (r < 0 && *why != '\0')
		return render_complain(c, c->pr->p.boot.head.mark, "boot", why);
	return r;
}

/* pl NULL: an inspection. */
static int
add_installer(struct render *c, const struct plan *pl)
{
	struct buf text = { 0 };
	int r, os = c->pr->p.os;

	compile_init(os, c->in->token, c->server, &text);
	if ((r = render_add(c, "init", 0755, &text)) < 0)
		return r;
	if (pl != NULL)
		compile_install(pl, &c->vars, c->in->token, &text);
	else
		compile_inspect(os, c->in->token, &text);
	return render_add(c, "install", 0755, &text);
}

static int
add_all(struct render *c, const struct plan *pl)
{
	struct buf text = { 0 };
	int r, os = c->pr->p.os;

	if ((r = overlay_new(c->in->now, &c->out->overlay)) < 0)
		return r;
	if (profile_other(c->pr, c->in->kind) != NULL)
		r = render_other_files(c);
	else
		r = add_installer(c, pl);
	if (r < 0)
		return r;
	if (pl != NULL) {
		plan_text(pl, &text);
		if ((r = render_add(c, "plan.txt", 0644, &text)) < 0)
			return r;
	}
	r = os == PROFILE_LINUX ? add_menus(c) : render_freebsd_files(c);
	if (r < 0)
		return r;
	overlay_seal(c->out->overlay);
	return 0;
}

/* The whole ---------------------------------------------------------------------- */

static int
make_plan(struct render *c, struct plan **ret)
{
	char mac[MAC_STRLEN] = "";
	const struct plan_in in = {
		.profile = c->pr, .host = c->in->host->head.name, .mac = mac,
		.vars = &c->vars, .release = c->has_release ? &c->release : NULL,
		.facts = c->in->facts,
	};

	if (c->in->host->n_mac > 0)
		(void)mac_str(c->in->host->mac[0], mac);
	return plan_make(&in, ret, c->fn, c->arg);
}

static int
keep_plan(struct render *c, const struct plan *pl)
{
	struct buf text = { 0 }, json = { 0 };

	plan_text(pl, &text);
	plan_json(pl, &json);
	c->out->plan_text = buf_steal(&text, NULL);
	c->out->plan_json = buf_steal(&json, NULL);
	c->out->steps = (unsigned)pl->n_step;
	return c->out->plan_text == NULL || c->out->plan_json == NULL ? -ENOMEM : 0;
}

static int
render(const struct profile *pr, const struct render_in *in, bool overlay,
    struct render_out *ret, cfg_error_fn *fn, void *arg)
{
	struct render_out out = { 0 };
	struct render c = { .pr = pr, .in = in, .out = &out, .fn = fn, .arg = arg };
	struct plan *pl = NULL;
	int r;

	(void)ip4_str(in->server, c.server);
	if ((r = render_vars(pr, in, &c.vars, fn, arg)) < 0)
		return r;
	if ((r = render_read_tree(&c)) < 0 ||
	    (r = pr->p.os == PROFILE_LINUX ? recipe_linux(&c) : render_freebsd_recipe(&c)) < 0 ||
	    (r = render_programs(&c)) < 0 ||
	    (r = render_options(pr, &c.vars, &out.recipe, fn, arg)) < 0)
		goto out;
	if (in->kind == INST_INSTALL &&
	    ((r = make_plan(&c, &pl)) < 0 || (r = keep_plan(&c, pl)) < 0))
		goto out;
	if (overlay && (r = add_all(&c, pl)) < 0) {
		if (r != -EINVAL && r != -ENOMEM)
			r = render_complain(&c, pr->p.head.mark, "", strerror(-r));
		goto out;
	}
	*ret = out;
	out = (struct render_out){ 0 };
out:
	render_out_done(&out);
	plan_free(pl);
	release_done(&c.release);
	buf_free(&c.loader);
	vars_free(&c.vars);
	return r;
}

int
profile_render(const struct profile *pr, const struct render_in *in,
    struct render_out *ret, cfg_error_fn *fn, void *arg)
{
	return render(pr, in, true, ret, fn, arg);
}

int
profile_plan(const struct profile *pr, const struct render_in *in,
    struct render_out *ret, cfg_error_fn *fn, void *arg)
{
	return render(pr, in, false, ret, fn, arg);
}

void
render_out_done(struct render_out *o)
{
	overlay_unref(o->overlay);
	free(o->plan_text);
	free(o->plan_json);
	*o = (struct render_out){ 0 };
}
