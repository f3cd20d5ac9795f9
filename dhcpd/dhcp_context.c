/* dhcp_context.c - what a decision took from elsewhere, as text and back.
 *
 * A line for each: a word, a blank, the value up to the line's end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_record.h"

static void
line(struct buf *b, const char *word, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_printf(b, "%s ", word);
	for (; *value != '\0'; value++)
		buf_putc(b, *value == '\n' ? ' ' : *value);
	buf_putc(b, '\n');
}

static void
hex(struct buf *b, const char *word, const uint8_t *p, size_t len)
{
	buf_puts(b, word);
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%02x", p[i]);
	buf_putc(b, '\n');
}

void
dhcp_context_print(const struct dhcp_ask *a, const struct dhcp_in *in, int64_t now,
    const char *muted, struct buf *b)
{
	const struct boot_plan *p = &a->boot;
	char text[300];

	dhcp_ask_line(a, text, sizeof(text));
	line(b, "did", text);
	line(b, "host", a->cfg != NULL ? a->cfg->head.name : NULL);
	buf_printf(b, "now %" PRId64 "\n", now);
	line(b, "muted", muted);
	line(b, "server", ip4_str(in->iface_addr, text));
	buf_printf(b, "action %d\n", (int)p->action);
	line(b, "next-server", ip4_str(p->next_server, text));
	line(b, "file", p->file);
	line(b, "root-path", p->root_path);
	line(b, "loader-vars", p->loader_vars);
	line(b, "config-file", p->config_file);
	line(b, "rule", p->rule);
	line(b, "why", p->why);
	if (p->options_len == 0)
		return;
	hex(b, "options ", p->options, p->options_len);
}

void
dhcp_record_lease_print(const struct lease *l, struct buf *b)
{
	uint8_t rec[LEASE_RECORD_MAX];

	hex(b, DHCP_RECORD_LEASE, rec, lease_encode(l, rec));
}

static bool
take_text(const char *p, size_t len, char *ret, size_t cap)
{
	if (len >= cap)
		return false;
	memcpy(ret, p, len);
	ret[len] = '\0';
	return true;
}

static bool
take_number(const char *p, size_t len, int64_t *ret)
{
	char text[24], *end;

	if (!take_text(p, len, text, sizeof(text)) || len == 0)
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool
take_addr(const char *p, size_t len, uint32_t *ret)
{
	char text[IP4_STRLEN];

	return take_text(p, len, text, sizeof(text)) && ip4_parse(text, ret) == 0;
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number of bytes; -1. */
static int
take_hex(const char *p, size_t len, uint8_t *ret, size_t cap)
{
	if (len % 2 != 0 || len / 2 > cap)
		return -1;
	for (size_t i = 0; i < len / 2; i++) {
		int hi = digit(p[2 * i]), lo = digit(p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return (int)(len / 2);
}

static bool
take_options(const char *p, size_t len, struct dhcp_context *c)
{
	int n = take_hex(p, len, c->options, sizeof(c->options));

	c->boot.options_len = n < 0 ? 0 : (uint16_t)n;
	return n >= 0;
}

int
dhcp_record_lease_parse(const char *p, size_t len, struct lease *ret)
{
	const size_t word = sizeof(DHCP_RECORD_LEASE) - 1;
	uint8_t rec[LEASE_RECORD_MAX];
	size_t used;
	int n;

	if (len > 0 && p[len - 1] == '\n')
		len--;
	if (len < word || memcmp(p, DHCP_RECORD_LEASE, word) != 0 ||
	    (n = take_hex(p + word, len - word, rec, sizeof(rec))) < 0 ||
	    lease_decode(rec, (size_t)n, ret, &used) < 0 || used != (size_t)n)
		return -EBADMSG;
	return 0;
}

static bool
is(const char *p, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(p, word, len) == 0;
}

static bool
take_line(struct dhcp_context *c, const char *w, size_t wlen, const char *v, size_t vlen)
{
	struct boot_plan *b = &c->boot;
	int64_t n = 0;

	if (is(w, wlen, "host"))
		return take_text(v, vlen, c->host, sizeof(c->host));
	if (is(w, wlen, "now"))
		return take_number(v, vlen, &c->now) && c->now >= 0 && c->now <= INT64_MAX / 4;
	if (is(w, wlen, "muted"))
		return c->muted = true;
	if (is(w, wlen, "server"))
		return take_addr(v, vlen, &c->server);
	if (is(w, wlen, "action")) {
		if (!take_number(v, vlen, &n) || n < BOOT_ADDRESS || n > BOOT_SILENT)
			return false;
		b->action = (enum boot_action)n;
		return true;
	}
	if (is(w, wlen, "next-server"))
		return take_addr(v, vlen, &b->next_server);
	if (is(w, wlen, "file"))
		return take_text(v, vlen, b->file, sizeof(b->file));
	if (is(w, wlen, "root-path"))
		return take_text(v, vlen, b->root_path, sizeof(b->root_path));
	if (is(w, wlen, "loader-vars"))
		return take_text(v, vlen, b->loader_vars, sizeof(b->loader_vars));
	if (is(w, wlen, "config-file"))
		return take_text(v, vlen, b->config_file, sizeof(b->config_file));
	if (is(w, wlen, "rule"))
		return take_text(v, vlen, c->rule, sizeof(c->rule));
	if (is(w, wlen, "why"))
		return take_text(v, vlen, c->why, sizeof(c->why));
	if (is(w, wlen, "options"))
		return take_options(v, vlen, c);
	return true;		/* "did", and what later versions add */
}

int
dhcp_context_parse(const char *p, size_t len, struct dhcp_context *ret)
{
	const char *end = p + len, *nl, *blank;

	memset(ret, 0, sizeof(*ret));
	ret->now = -1;
	for (; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL ||
		    (blank = memchr(p, ' ', (size_t)(nl - p))) == NULL ||
		    memchr(p, '\0', (size_t)(nl - p)) != NULL ||
		    !take_line(ret, p, (size_t)(blank - p), blank + 1, (size_t)(nl - blank - 1)))
			return -EBADMSG;
	}
	ret->boot.options = ret->options;
	ret->boot.rule = ret->rule;
	ret->boot.why = ret->why;
	return ret->now < 0 ? -EBADMSG : 0;
}
