/* setup.c - answers of provctl init -> provd.yaml. */
#include <stdio.h>
#include <string.h>

#include "../lib/schema.h"
#include "setup.h"

#define NAME_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static void
put(struct buf *b, const char *before, const char *value, const char *after)
{
	buf_puts(b, before);
	cfg_print_text(value, b);
	buf_puts(b, after);
}

static void
put_host(const struct setup *s, struct buf *b)
{
	const struct setup_host *h = s->host;
	char mac[MAC_STRLEN], ip[IP4_STRLEN];

	put(b, "\nhosts:\n  ", h->name, ":\n");
	buf_printf(b, "    mac: %s\n", mac_str(h->mac, mac));
	if (h->addr != 0)
		buf_printf(b, "    address: %s\n", ip4_str(h->addr, ip));
	if (s->profile != NULL)
		put(b, "    profile: ", s->profile, "\n");
	if (s->profile != NULL && s->tree != NULL && s->name_tree)
		put(b, "    tree: ", s->tree, "\n");
}

void
setup_yaml(const struct setup *s, struct buf *b)
{
	buf_puts(b, "# Made by provctl init.  Every option is in provd.yaml(5); "
	    "provd -T checks this file\n# and shows what it comes to.\n");
	put(b, "interface: ", s->interface, "\n");
	put(b, "media: ", s->media, "\t# provctl media add unpacks discs there\n");
	if (s->boot_programs != NULL)
		put(b, "boot-programs: ", s->boot_programs, "\n");
	put(b, "\ndhcp:\n  mode: ", s->mode, "\n");
	if (s->tree_path != NULL) {
		put(b, "\ntrees:\n  ", s->tree, s->iso ? ":\n    iso: " : ":\n    path: ");
		put(b, "", s->tree_path, "\n");
	}
	if (s->profile_path != NULL)
		put(b, "\nprofiles:\n  - ", s->profile_path, "\n");
	if (s->host != NULL)
		put_host(s, b);
}

bool
setup_host(const char *text, struct setup_host *ret, char why[160])
{
	char part[4][64] = { "" };
	size_t n = 0;

	memset(ret, 0, sizeof(*ret));
	for (const char *p = text; n < 4; n++) {
		size_t len;

		p += strspn(p, " \t=,");
		if ((len = strcspn(p, " \t=,")) == 0)
			break;
		snprintf(part[n], sizeof(part[n]), "%.*s", len < 64 ? (int)len : 63, p);
		p += len;
	}
	if (n < 2 || n > 3)
		snprintf(why, 160, "a host is NAME MAC or NAME MAC ADDRESS");
	else if (part[0][strspn(part[0], NAME_CHARS)] != '\0' || strchr("._-", part[0][0]) != NULL)
		snprintf(why, 160, "%s is no name for a host: letters, digits, '.', '_', '-'", part[0]);
	else if (mac_parse(part[1], &ret->mac) < 0)
		snprintf(why, 160, "%s is no MAC address, as 52:54:00:12:34:56", part[1]);
	else if (n == 3 && ip4_parse(part[2], &ret->addr) < 0)
		snprintf(why, 160, "%s is no IPv4 address", part[2]);
	else {
		memcpy(ret->name, part[0], sizeof(ret->name));
		return true;
	}
	return false;
}

void
setup_tree_name(const char *path, char ret[64])
{
	size_t len = strlen(path), n = 0;
	const char *p;

	while (len > 0 && path[len - 1] == '/')
		len--;
	for (p = path + len; p > path && p[-1] != '/'; p--)
		;
	len -= (size_t)(p - path);
	if (len > 4 && strncmp(p + len - 4, ".iso", 4) == 0)
		len -= 4;
	for (size_t i = 0; i < len && n < 63; i++)
		if (p[i] != '\0' && strchr(NAME_CHARS, p[i]) != NULL &&
		    (n > 0 || strchr("._-", p[i]) == NULL))
			ret[n++] = p[i];
	ret[n] = '\0';
	if (n == 0)
		strcpy(ret, "tree");
}
