/* import.c - one run: which format a file is in, parse, settle, write. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

const char import_kinds[] = "dhcpd.conf dhcpd.leases exports inetd.conf dnsmasq.conf "
    "dnsmasq.leases rc.conf";

static const struct format {
	const char	*name;
	enum import_kind kind;
	void		(*parse)(struct import *, const char *file, const char *text, size_t len);
} formats[] = {
	{ "dhcpd.conf", IMPORT_DHCPD_CONF, imp_dhcpd_conf },
	{ "dhcpd.leases", IMPORT_DHCPD_LEASES, imp_dhcpd_leases },
	{ "exports", IMPORT_EXPORTS, imp_exports },
	{ "inetd.conf", IMPORT_INETD_CONF, imp_inetd },
	{ "dnsmasq.conf", IMPORT_DNSMASQ_CONF, imp_dnsmasq },
	{ "dnsmasq.leases", IMPORT_DNSMASQ_LEASES, imp_dnsmasq_leases },
	{ "rc.conf", IMPORT_RC, imp_rc },
	{ "isc-dhcp-server", IMPORT_RC, imp_rc },
	{ "tftpd-hpa", IMPORT_RC, imp_rc },
};
#define N_FORMATS	(sizeof(formats) / sizeof(formats[0]))

int
import_new(const struct import_source *src, struct import **ret)
{
	struct import *imp = calloc(1, sizeof(*imp));

	if (imp == NULL)
		return -ENOMEM;
	if (src != NULL)
		imp->src = *src;
	imp->top.kind = IMP_TOP;
	imp->top.opt_end = &imp->top.opt;
	imp->shared.end = &imp->shared.first;
	imp->subnet.end = &imp->subnet.first;
	imp->pool.end = &imp->pool.first;
	imp->host.end = &imp->host.first;
	imp->class.end = &imp->class.first;
	imp->dhcp_end = &imp->dhcp;
	imp->tree_end = &imp->tree;
	imp->def_end = &imp->def;
	*ret = imp;
	return 0;
}

void
import_free(struct import *imp)
{
	if (imp == NULL)
		return;
	imp_release(imp);
	dhcp_opt_own_free(&imp->own);
	imp_drop_raw(imp);
	free(imp);
}

/* Which format -------------------------------------------------------------- */

enum import_kind
import_kind_named(const char *name)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(name, formats[i].name) == 0)
			return formats[i].kind;
	return IMPORT_UNKNOWN;
}

/* The first line that says something, and what only one format has. */
static enum import_kind
by_content(const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl != NULL ? nl : end) - p), sp;

		while (n > 0 && (*p == ' ' || *p == '\t')) {
			p++;
			n--;
		}
		for (sp = 0; sp < n && p[sp] != ' ' && p[sp] != '\t' && p[sp] != '='; sp++)
			;
		if (n == 0 || *p == '#' || *p == '\r') {
			;
		} else if (n > 6 && memcmp(p, "lease ", 6) == 0) {
			return IMPORT_DHCPD_LEASES;
		} else if (n > 4 && memcmp(p, "tftp", 4) == 0 && memmem(p, n, "dgram", 5) != NULL) {
			return IMPORT_INETD_CONF;
		} else if (p[n - 1] == '{' || p[n - 1] == ';') {
			return IMPORT_DHCPD_CONF;
		} else if (*p == '/') {
			return IMPORT_EXPORTS;
		} else if ((n > 5 && memcmp(p, "dhcp-", 5) == 0) ||
		    (n > 5 && memcmp(p, "tftp-", 5) == 0) ||
		    (sp == 9 && memcmp(p, "interface", 9) == 0 && n > 9 && p[9] == '=')) {
			return IMPORT_DNSMASQ_CONF;
		}
		if (nl == NULL)
			break;
		p = nl + 1;
	}
	return IMPORT_UNKNOWN;
}

enum import_kind
import_kind_of(const char *file, const char *text, size_t len)
{
	const char *base = strrchr(file, '/');
	enum import_kind kind;

	base = base != NULL ? base + 1 : file;
	if ((kind = import_kind_named(base)) != IMPORT_UNKNOWN)
		return kind;
	if ((kind = by_content(text, len)) != IMPORT_UNKNOWN)
		return kind;
	for (size_t i = 0; i < N_FORMATS; i++)		/* dhcpd.conf.old */
		if (strstr(base, formats[i].name) != NULL)
			return formats[i].kind;
	return strncmp(base, "dnsmasq", 7) == 0 ? IMPORT_DNSMASQ_CONF :
	    strncmp(base, "dhcpd", 5) == 0 ? IMPORT_DHCPD_CONF : IMPORT_UNKNOWN;
}

int
import_text(struct import *imp, enum import_kind kind, const char *file, const char *text,
    size_t len)
{
	int r;

	if (len > IMPORT_FILE_MAX)
		return -EFBIG;
	if ((r = setjmp(imp->unwind)) != 0) {
		imp->depth = 0;
		return -r;
	}
	for (size_t i = 0; i < N_FORMATS; i++) {
		const char *name;

		if (formats[i].kind != kind)
			continue;
		name = imp_str(imp, file);
		imp_push(imp, &imp->file, name);
		/* A copy that ends with a NUL, and stays. */
		formats[i].parse(imp, name, imp_strn(imp, text, len), len);
		return 0;
	}
	return -EINVAL;
}

/* What the caller knows ----------------------------------------------------- */

void
import_leases_as_hosts(struct import *imp)
{
	imp->leases_as_hosts = true;
}

void
import_interface(struct import *imp, const char *name)
{
	if (setjmp(imp->unwind) == 0)
		imp_interface(imp, name, (struct imp_place){ 0 });
}

bool
import_needs_interface(struct import *imp)
{
	return imp->interface.n == 0;
}

bool
import_on_a_network(struct import *imp, unsigned addr)
{
	for (const struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next)
		if (net4_has(s->net, addr))
			return true;
	return false;
}

void
import_note(struct import *imp, bool left_out, const char *what, const char *why)
{
	if (setjmp(imp->unwind) != 0)
		return;
	if (left_out)
		imp_left(imp, (struct imp_place){ 0 }, what, "%s", why);
	else
		imp_tell(imp, (struct imp_place){ 0 }, what, "%s", why);
}

const char *
import_tree_path(struct import *imp, size_t i)
{
	const struct imp_tree *t = imp->tree;

	while (t != NULL && i-- > 0)
		t = t->next;
	return t != NULL ? t->path : NULL;
}

/* The report ----------------------------------------------------------------- */

static int
line_cmp(const void *va, const void *vb)
{
	const struct imp_line *a = va, *b = vb;

	/* Files are told apart by their names' addresses, ranked by their first line. */
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static size_t
report_file(struct import *imp, const char *file, struct buf *b)
{
	size_t left = 0;

	for (size_t i = 0; i < imp->n_line; i++) {
		const struct imp_line *l = &imp->line[i];

		if (l->at.file != file)
			continue;
		if (file != NULL)
			buf_text(b, file, strlen(file));
		if (file != NULL && l->at.line > 0)
			buf_printf(b, ":%u", l->at.line);
		buf_puts(b, file == NULL ? "" : ": ");
		if (!l->left)
			buf_puts(b, "note: ");
		buf_text(b, l->text, strlen(l->text));
		buf_putc(b, '\n');
		left += l->left;
	}
	return left;
}

bool
import_lease(struct import *imp, struct import_lease *ret)
{
	const struct imp_leased *l = ret->next != NULL ? ret->next : imp->lease;

	if (l == NULL || ret->last)
		return false;
	*ret = (struct import_lease){ .file = l->at.file, .line = l->at.line, .address = l->address,
	    .mac = l->mac, .hostname = l->name, .client_id = l->cid, .expiry = l->expiry,
	    .next = l->next, .last = l->next == NULL };
	return true;
}

int
import_report(struct import *imp, struct buf *report, size_t *ret_left)
{
	*ret_left = 0;
	if (imp->n_line > 0)
		qsort(imp->line, imp->n_line, sizeof(*imp->line), line_cmp);
	for (size_t i = 0; i < imp->file.n; i++)
		*ret_left += report_file(imp, imp->file.v[i], report);
	*ret_left += report_file(imp, NULL, report);
	return report->err;
}

int
import_finish(struct import *imp, struct buf *yaml, struct buf *report, size_t *ret_left)
{
	int r;

	*ret_left = 0;
	if ((r = setjmp(imp->unwind)) != 0)
		return -r;
	imp_settle(imp);
	imp_write(imp, yaml);
	r = import_report(imp, report, ret_left);
	return yaml->err != 0 ? yaml->err : r;
}
