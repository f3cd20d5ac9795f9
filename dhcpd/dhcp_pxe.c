/* dhcp_pxe.c - option 43 between a PXE ROM and a boot server. */
#include "../lib/wire.h"
#include "dhcp_proto.h"
#include "dhcp_pxe.h"

/* Reading ----------------------------------------------------------------- */

static void
take_text(struct rd *r, size_t n, char to[PXE_TEXT])
{
	const uint8_t *p = rd_take(r, n);

	if (p == NULL)
		return;
	if (n >= PXE_TEXT)
		n = PXE_TEXT - 1;
	memcpy(to, p, n);
	to[n] = '\0';
}

/* Type, how many, their addresses; the first one stands for all. */
static void
take_servers(struct rd r, struct dhcp_pxe *v)
{
	uint16_t type;
	uint32_t addr;
	size_t n;

	while (rd_left(&r) >= 3 && v->n_server < PXE_ITEMS) {
		type = rd_be16(&r);
		n = rd_u8(&r);
		if (n == 0)
			continue;	/* it takes any answer */
		addr = rd_be32(&r);
		(void)rd_take(&r, (n - 1) * 4);
		if (r.err)
			return;
		v->server[v->n_server].type = type;
		v->server[v->n_server++].addr = addr;
	}
}

static void
take_menu(struct rd r, struct dhcp_pxe *v)
{
	while (rd_left(&r) >= 3 && v->n_menu < PXE_ITEMS) {
		uint16_t type = rd_be16(&r);
		size_t n = rd_u8(&r);

		v->menu[v->n_menu].text[0] = '\0';
		take_text(&r, n, v->menu[v->n_menu].text);
		if (r.err)
			return;
		v->menu[v->n_menu++].type = type;
	}
}

static void
take_sub(uint8_t code, struct rd r, struct dhcp_pxe *v)
{
	switch (code) {
	case PXE_DISCOVERY_CONTROL:
		if (rd_left(&r) == 1) {
			v->has_control = true;
			v->control = rd_u8(&r);
		}
		break;
	case PXE_BOOT_SERVERS:
		take_servers(r, v);
		break;
	case PXE_BOOT_MENU:
		take_menu(r, v);
		break;
	case PXE_MENU_PROMPT:
		if (rd_left(&r) >= 1) {
			v->has_prompt = true;
			v->timeout = rd_u8(&r);
			take_text(&r, rd_left(&r), v->prompt);
		}
		break;
	case PXE_BOOT_ITEM:
		if (rd_left(&r) == 4) {
			v->has_item = true;
			v->item = rd_be16(&r);
			v->layer = rd_be16(&r);
		}
		break;
	default:
		break;
	}
}

int
dhcp_pxe_read(const uint8_t *p, size_t len, struct dhcp_pxe *v)
{
	struct rd r = rd_init(p, len), sub;
	uint8_t code;

	memset(v, 0, sizeof(*v));
	while (rd_left(&r) > 0 && (code = rd_u8(&r)) != DHO_END) {
		if (code == DHO_PAD)
			continue;
		sub = rd_sub(&r, rd_u8(&r));
		if (r.err)
			return -EBADMSG;
		take_sub(code, sub, v);
	}
	return 0;
}

/* Writing ----------------------------------------------------------------- */

/* What comes until put_end() is this sub-option's. */
static size_t
put_sub(struct wr *w, uint8_t code)
{
	wr_u8(w, code);
	wr_u8(w, 0);
	return w->len;
}

/* (Whatever fits the buffer fits a length byte.) */
static void
put_end(struct wr *w, size_t from)
{
	if (!w->err)
		w->buf[from - 1] = (uint8_t)(w->len - from);
}

static void
put_servers(struct wr *w, const struct dhcp_pxe *v)
{
	size_t from;

	if (v->n_server == 0)
		return;
	from = put_sub(w, PXE_BOOT_SERVERS);
	for (unsigned i = 0; i < v->n_server; i++) {
		wr_be16(w, v->server[i].type);
		wr_u8(w, 1);
		wr_be32(w, v->server[i].addr);
	}
	put_end(w, from);
}

static void
put_menu(struct wr *w, const struct dhcp_pxe *v)
{
	size_t from, n;

	if (v->n_menu == 0)
		return;
	from = put_sub(w, PXE_BOOT_MENU);
	for (unsigned i = 0; i < v->n_menu; i++) {
		n = strnlen(v->menu[i].text, PXE_TEXT);
		wr_be16(w, v->menu[i].type);
		wr_u8(w, (uint8_t)n);
		wr_bytes(w, v->menu[i].text, n);
	}
	put_end(w, from);
}

int
dhcp_pxe_write(const struct dhcp_pxe *v, uint8_t buf[PXE_OPTION_MAX])
{
	struct wr w = wr_init(buf, PXE_OPTION_MAX);
	size_t from;

	if (v->has_control) {
		from = put_sub(&w, PXE_DISCOVERY_CONTROL);
		wr_u8(&w, v->control);
		put_end(&w, from);
	}
	put_servers(&w, v);
	put_menu(&w, v);
	if (v->has_prompt) {
		from = put_sub(&w, PXE_MENU_PROMPT);
		wr_u8(&w, v->timeout);
		wr_bytes(&w, v->prompt, strnlen(v->prompt, PXE_TEXT));
		put_end(&w, from);
	}
	if (v->has_item) {
		from = put_sub(&w, PXE_BOOT_ITEM);
		wr_be16(&w, v->item);
		wr_be16(&w, v->layer);
		put_end(&w, from);
	}
	wr_u8(&w, DHO_END);
	return w.err ? -ENOBUFS : (int)w.len;
}
