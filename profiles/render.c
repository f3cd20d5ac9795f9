/* render.c - from a profile and a host to an overlay. */
#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pxe-menus/menu.h"
#include "../tree/overlay.h"
#include "check.h"

struct ctx {
	const struct profile	*pr;
	const struct render_in	*in;
	struct render_out	*out;
	cfg_error_fn		*fn;
	void			*arg;
	struct vars		 vars;
	struct release		 release;
	bool			 has_release;
	char			 kernel[201], initrd[201];
	char			 server[IP4_STRLEN];
};

static int
complain(struct ctx *c, struct cfg_mark at, const char *where, const char *text)
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
		r = vars_set(vs, "tree", pr->p.tree);
	return r;
}

static int
set_user(struct vars *vs, const struct vars *builtin, const struct profile *pr,
    struct cfg_mark at, const char *where, const struct cfg_var *v,
    cfg_error_fn *fn, void *arg)
{
	char bad[VARS_NAME_MAX];
	struct buf text = { 0 };
	int r;

	if (!vars_name_ok(v->key)) {
		schema_complain(fn, arg, pr->file, at, where,
		    "\"%.64s\" is not a variable's name: lower case letters, digits and _, at most 31", v->key);
		return -EINVAL;
	}
	if (vars_get(builtin, v->key) != NULL) {
		schema_complain(fn, arg, pr->file, at, where, "%s is set by provd itself", v->key);
		return -EINVAL;
	}
	r = vars_expand(builtin, v->value ? v->value : "", &text, bad);
	if (r == 0 && text.len > 0 && !check_text(text.p))
		r = -EILSEQ;
	if (r == 0)
		r = vars_set(vs, v->key, text.p ? text.p : "");
	buf_free(&text);
	if (r < 0 && r != -ENOMEM) {
		schema_complain(fn, arg, pr->file, at, where, "%s: %s", v->key,
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
		    &pr->p.vars[i], fn, arg)) < 0)
			all = r;
	for (size_t i = 0; i < in->host->n_vars; i++)
		if ((r = set_user(ret, &builtin, pr, pr->p.head.mark, "the host's vars",
		    &in->host->vars[i], fn, arg)) < 0)
			all = r;
	r = all;
out:
	vars_free(&builtin);
	if (r < 0)
		vars_free(ret);
	return r;
}

/* A text of the profile, outside the plan. */
static int
expand(struct ctx *c, const char *where, const char *text, struct buf *out)
{
	char bad[VARS_NAME_MAX], why[80];
	int r = vars_expand(&c->vars, text, out, bad);

	if (r == -ENOENT || r == -EINVAL) {
		(void)snprintf(why, sizeof(why), r == -ENOENT ? "there is no variable %s" :
		    "\"%s\" begins a variable, but is none", bad);
		return complain(c, c->pr->p.boot.head.mark, where, why);
	}
	return r;
}

/* A path in the tree. */
static int
tree_path(struct ctx *c, const char *where, const char *text, const char *dflt,
    char *ret, size_t cap)
{
	struct buf b = { 0 };
	const char *s;
	int r;

	r = expand(c, where, text ? text : dflt, &b);
	for (s = b.p ? b.p : ""; r == 0 && *s == '/'; s++)
		;
	if (r == 0 && (!check_relative(s) || strlen(s) >= cap))
		r = complain(c, c->pr->p.boot.head.mark, where, "this is not a path in the tree");
	if (r == 0)
		(void)snprintf(ret, cap, "%s", s);
	buf_free(&b);
	return r;
}

/* The tree ------------------------------------------------------------------ */

static int
must_have(struct ctx *c, const char *where, const char *path)
{
	char text[400];
	uint64_t bytes;
	int r;

	if ((r = release_check(c->in->view, path, &bytes)) == 0)
		return 0;
	(void)snprintf(text, sizeof(text), "the tree %s has no %s: %s", c->pr->p.tree,
	    path, strerror(-r));
	return complain(c, c->pr->p.boot.head.mark, where, text);
}

static int
read_manifest(struct ctx *c, const char *dir)
{
	char text[600], why[200] = "";
	int r;

	r = release_manifest(c->in->view, dir, &c->release, why);
	if (r == 0 || r == -ENOMEM)
		return r;
	(void)snprintf(text, sizeof(text), "%s/MANIFEST in the tree %s: %s", dir,
	    c->pr->p.tree, *why ? why : strerror(-r));
	return complain(c, c->pr->p.dist.head.mark, "distributions", text);
}

/* Each set of a classic release, and its kernels. */
static int
read_classic(struct ctx *c, const char *dir)
{
	static const char *const kernels[] = { "kernels/generic", "kernels/smp" };
	char text[600], why[200], name[64];
	int r;

	(void)snprintf(c->release.dir, sizeof(c->release.dir), "%s", dir);
	for (size_t i = 0; i < c->pr->p.dist.n_set + 2; i++) {
		if (i < 2)
			(void)snprintf(name, sizeof(name), "%s", kernels[i]);
		else if (tree_path(c, "distributions.sets", c->pr->p.dist.set[i - 2], "",
		    name, sizeof(name)) < 0)
			return -EINVAL;
		if (release_find(&c->release, name) != NULL)
			continue;
		why[0] = '\0';
		r = release_classic(c->in->view, name, &c->release, why);
		if (r == 0 || (r == -ENOENT && *why == '\0'))
			continue;	/* the plan says what is missing */
		if (r == -ENOMEM)
			return r;
		(void)snprintf(text, sizeof(text), "%s: %s", name, *why ? why : strerror(-r));
		return complain(c, c->pr->p.dist.head.mark, "distributions", text);
	}
	return 0;
}

static int
read_tree(struct ctx *c)
{
	const struct cfg_profile *p = &c->pr->p;
	bool linux_ = p->os == PROFILE_LINUX;
	char dir[201];
	int r;

	if (linux_) {
		if (tree_path(c, "boot.kernel", p->boot.kernel, "boot/vmlinuz", c->kernel, sizeof(c->kernel)) < 0 ||
		    tree_path(c, "boot.initrd", p->boot.initrd, "boot/initrd.img", c->initrd, sizeof(c->initrd)) < 0 ||
		    must_have(c, "boot.kernel", c->kernel) < 0 ||
		    must_have(c, "boot.initrd", c->initrd) < 0)
			return -EINVAL;
	}
	if (c->in->kind == INST_INSPECT)
		return 0;
	if ((r = tree_path(c, "distributions.dir", p->dist.dir, linux_ ? "distributions" : "",
	    dir, sizeof(dir))) < 0)
		return r;
	r = linux_ ? read_manifest(c, dir) : read_classic(c, dir);
	c->has_release = r == 0;
	return r;
}

/* How it boots --------------------------------------------------------------- */

static int
recipe_linux(struct ctx *c)
{
	c->out->recipe.os = BOOT_LINUX;
	return 0;
}

static int
recipe_freebsd(struct ctx *c)
{
	const struct cfg_pr_boot *b = &c->pr->p.boot;
	struct boot_recipe *r = &c->out->recipe;
	char path[128], vars[sizeof(r->loader_vars)];
	uint64_t bytes;
	int n;

	r->os = BOOT_FREEBSD;
	if (tree_path(c, "boot.bios-loader", b->bios, "boot/pxeboot", path, sizeof(path)) < 0)
		return -EINVAL;
	if (b->bios != NULL && must_have(c, "boot.bios-loader", path) < 0)
		return -EINVAL;
	if (release_check(c->in->view, path, &bytes) == 0)
		(void)snprintf(r->bios_file, sizeof(r->bios_file), "%s", path);
	if (tree_path(c, "boot.uefi-loader", b->uefi, "boot/loader.efi", path, sizeof(path)) < 0)
		return -EINVAL;
	if (b->uefi != NULL && must_have(c, "boot.uefi-loader", path) < 0)
		return -EINVAL;
	if (release_check(c->in->view, path, &bytes) == 0)
		(void)snprintf(r->uefi_file, sizeof(r->uefi_file), "%s", path);
	if (r->bios_file[0] == '\0' && r->uefi_file[0] == '\0')
		return complain(c, b->head.mark, "boot", "the tree has neither boot/pxeboot nor boot/loader.efi");

	n = snprintf(vars, sizeof(vars), "init_script=/.provd/%s/init;boot.nfsroot.options=nolockd", c->in->token);
	for (size_t i = 0; i < b->n_loader; i++) {
		const struct cfg_var *v = &b->loader[i];
		const char *value = v->value ? v->value : "";

		if (v->key[strspn(v->key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0' ||
		    !check_line(value) || strpbrk(value, ";\"") != NULL)
			return complain(c, b->head.mark, "boot.loader", "a loader variable has a plain name, and a value without ; and \"");
		if (n < (int)sizeof(vars))
			n += snprintf(vars + n, sizeof(vars) - (size_t)n, ";%s=%s", v->key, value);
	}
	if (n >= (int)sizeof(vars))
		return complain(c, b->head.mark, "boot.loader", "these loader variables do not fit into a DHCP option (255 bytes)");
	memcpy(r->loader_vars, vars, sizeof(vars));
	return 0;
}

/* The overlay ------------------------------------------------------------------ */

static int
add(struct ctx *c, const char *name, uint32_t mode, struct buf *text)
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
console(const struct ctx *c, struct menu *m, struct buf *cmdline)
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
add_menus(struct ctx *c)
{
	struct buf cmdline = { 0 }, text = { 0 };
	const char *extra = c->pr->p.boot.cmdline;
	char why[200], title[160];
	struct menu m = { .title = title, .token = c->in->token,
	    .server = c->in->server, .kernel = c->kernel, .initrd = c->initrd };
	int r;

	(void)snprintf(title, sizeof(title), "%s %s by the profile %s",
	    c->in->kind == INST_INSPECT ? "Inspects" : "Installs",
	    c->in->host->head.name, c->pr->p.name);
	buf_printf(&cmdline, "root=/dev/nfs nfsroot=%s:/.provd/%s/root,tcp,nfsvers=3,nolock "
	    "boot=nfs ro init=/.provd/%s/init panic=30",
	    c->server, c->in->token, c->in->token);
	console(c, &m, &cmdline);
	if (extra != NULL) {
		buf_putc(&cmdline, ' ');
		if ((r = expand(c, "boot.cmdline", extra, &cmdline)) < 0) {
			buf_free(&cmdline);
			return r;
		}
	}
	m.cmdline = cmdline.p ? cmdline.p : "";
	why[0] = '\0';
	if ((r = cmdline.err) == 0 && (r = menu_render(&m, MENU_IPXE, &text, why)) == 0 &&
	    (r = add(c, "menu.ipxe", 0644, &text)) == 0 &&
	    (r = menu_render(&m, MENU_PXELINUX, &text, why)) == 0)
		r = add(c, "pxelinux.cfg/default", 0644, &text);
	buf_free(&text);
	buf_free(&cmdline);
	if (r < 0 && *why != '\0')
		return complain(c, c->pr->p.boot.head.mark, "boot", why);
	return r;
}

/* An init(8) that was told init_script never comes to /etc/rc; one that is too
 * old to know it runs ours. */
static int
add_rc(struct ctx *c)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\nexec /bin/sh /.provd/%s/init\n", c->in->token);

	return overlay_add_file(c->out->overlay, "etc/rc", 0755, text, (size_t)n);
}

static int
add_all(struct ctx *c, const struct plan *pl)
{
	struct buf text = { 0 };
	int r, os = c->pr->p.os;

	if ((r = overlay_new(c->in->now, &c->out->overlay)) < 0)
		return r;
	compile_init(os, c->in->token, c->server, &text);
	if ((r = add(c, "init", 0755, &text)) < 0)
		return r;
	if (pl != NULL)
		compile_install(pl, &c->vars, c->in->token, &text);
	else
		compile_inspect(os, c->in->token, &text);
	if ((r = add(c, "install", 0755, &text)) < 0)
		return r;
	if (pl != NULL) {
		plan_text(pl, &text);
		if ((r = add(c, "plan.txt", 0644, &text)) < 0)
			return r;
	}
	r = os == PROFILE_LINUX ? add_menus(c) : add_rc(c);
	if (r < 0)
		return r;
	overlay_seal(c->out->overlay);
	return 0;
}

/* The whole ---------------------------------------------------------------------- */

static int
make_plan(struct ctx *c, struct plan **ret)
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
keep_plan(struct ctx *c, const struct plan *pl)
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
	struct ctx c = { .pr = pr, .in = in, .out = &out, .fn = fn, .arg = arg };
	struct plan *pl = NULL;
	int r;

	(void)ip4_str(in->server, c.server);
	if ((r = render_vars(pr, in, &c.vars, fn, arg)) < 0)
		return r;
	if ((r = read_tree(&c)) < 0 ||
	    (r = pr->p.os == PROFILE_LINUX ? recipe_linux(&c) : recipe_freebsd(&c)) < 0)
		goto out;
	if (in->kind == INST_INSTALL &&
	    ((r = make_plan(&c, &pl)) < 0 || (r = keep_plan(&c, pl)) < 0))
		goto out;
	if (overlay && (r = add_all(&c, pl)) < 0) {
		if (r != -EINVAL && r != -ENOMEM)
			r = complain(&c, pr->p.head.mark, "", strerror(-r));
		goto out;
	}
	*ret = out;
	out = (struct render_out){ 0 };
out:
	render_out_done(&out);
	plan_free(pl);
	release_done(&c.release);
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
