/* seen.c - see seen.h. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seen.h"
#include "served.h"

#define ROUND_S		120	/* DISCOVERs that are further apart are of two attempts */
#define UUID_S		300
#define AGAIN_S		300
#define LAST_LINES	3u
#define SEEN_NUM_MAX	((int64_t)1 << 60)	/* nothing that is counted comes so far */

void
seen_text(char *dst, size_t cap, const char *src)
{
	size_t n = 0;

	for (; src[n] != '\0' && n + 1 < cap; n++)
		dst[n] = src[n] >= 0x20 && src[n] < 0x7f ? src[n] : '?';
	dst[n] = '\0';
}
#define SET_TEXT(dst, src)	seen_text((dst), sizeof(dst), (src))

/* As text ----------------------------------------------------------------- */

static const struct field { const char *name; size_t off, size; } fields[] = {
#define NUM(n)		{ #n, offsetof(struct seen, n), 0 },
#define TXT(n, s)	{ #n, offsetof(struct seen, n), (s) },
#include "seen.def"
#undef NUM
#undef TXT
};
#define N_FIELDS	(sizeof(fields) / sizeof(fields[0]))

#define NUM(n)		+ sizeof(#n) + 22
#define TXT(n, s)	+ sizeof(#n) + 2 + (s)
_Static_assert(SEEN_TEXT_MAX > 1
#include "seen.def"
    , "everything fits");
#undef NUM
#undef TXT

size_t
seen_write(const struct seen *s, char buf[SEEN_TEXT_MAX])
{
	size_t n = 0;

	buf[0] = '\0';
	for (const struct field *f = fields; f < fields + N_FIELDS; f++) {
		const char *p = (const char *)s + f->off;
		int64_t v = 0;
		int len = 0;

		if (f->size == 0)
			memcpy(&v, p, sizeof(v));
		if (f->size > 0 && *p != '\0')
			len = snprintf(buf + n, SEEN_TEXT_MAX - n, "%s %.*s\n", f->name,
			    (int)f->size, p);
		else if (v != 0)
			len = snprintf(buf + n, SEEN_TEXT_MAX - n, "%s %" PRId64 "\n", f->name, v);
		n += (size_t)len;
	}
	return n;
}

static int
read_line(struct seen *s, const char *line, size_t len)
{
	size_t name = strcspn(line, " \n");
	char value[SEEN_TEXT_MAX];

	if (name + 1 >= len || line[name] != ' ' || len - name > sizeof(value))
		return -EINVAL;
	memcpy(value, line + name + 1, len - name - 1);
	value[len - name - 1] = '\0';
	for (const struct field *f = fields; f < fields + N_FIELDS; f++) {
		char *p = (char *)s + f->off, *end;
		int64_t v;

		if (strncmp(f->name, line, name) != 0 || f->name[name] != '\0')
			continue;
		if (f->size > 0) {
			seen_text(p, f->size, value);
			return 0;
		}
		errno = 0;
		v = strtoll(value, &end, 10);
		if (errno != 0 || end == value || *end != '\0' || v < 0 || v > SEEN_NUM_MAX)
			return -EINVAL;
		memcpy(p, &v, sizeof(v));
		return 0;
	}
	return -EINVAL;
}

int
seen_read(struct seen *s, const char *text)
{
	int r = 0;

	memset(s, 0, sizeof(*s));
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (read_line(s, text, len) < 0)
			r = -EINVAL;
		text += len + (text[len] == '\n');
	}
	return r;
}

/* DHCP -------------------------------------------------------------------- */

/* Some firmware writes it the other way round. */
static int64_t
secs_of(uint16_t secs)
{
	return secs > 600 && (secs & 0xff) == 0 ? secs >> 8 : secs;
}

/* Two machines with the same MAC: each says its own UUID, in turns. */
static void
uuid_said(struct seen *s, const struct uuid *u, int64_t now)
{
	char text[UUID_STRLEN];

	uuid_str(u, text);
	if (strcmp(s->uuid, text) == 0)
		return;
	s->uuid_turns = strcmp(s->uuid_other, text) == 0 && now - s->uuid_at < UUID_S ?
	    s->uuid_turns + 1 : s->uuid[0] != '\0';
	SET_TEXT(s->uuid_other, s->uuid);
	SET_TEXT(s->uuid, text);
	s->uuid_at = now;
}

/* Right after its boot program it asks as it did before that. That may be an iPXE
 * which does not say so, until it has its script and asks once more. */
static bool
began_anew(const struct seen *s, const struct event_dhcp *e, int64_t now)
{
	bool ipxe = e->boot_rule != NULL && strcmp(e->boot_rule, "boot-ipxe-silent") == 0;
	size_t n = strlen(s->got_file);
	bool script = s->gots == 2 && n > 5 && strcmp(s->got_file + n - 5, ".ipxe") == 0;

	return firmware_is_first(e->fw) && firmware_kind(e->fw) != FK_IPXE && s->boot_at != 0 &&
	    s->ack_fw == (int64_t)e->fw && ((s->gots == 1 && !ipxe) || script) &&
	    s->kernel_at == 0 && s->getport_at == 0 && s->mount_at == 0 &&
	    now - s->got_at < AGAIN_S;
}

static void
discover(struct seen *s, const struct event_dhcp *e, int64_t now)
{
	bool first = s->discovers == 0 || now - s->discover_at > ROUND_S;

	if (began_anew(s, e, now)) {
		s->again = strcmp(s->again_file, s->program) == 0 ? s->again + 1 : 1;
		SET_TEXT(s->again_file, s->program);
		s->gots = 0;		/* counted */
	}
	if (first) {
		s->round_at = now;
		s->secs = secs_of(e->secs);
		s->discovers = 0;
	}
	s->discovers++;
	s->discover_at = now;
	s->discover_fw = (int64_t)e->fw;
}

static void
answered(struct seen *s, const struct event_dhcp *e, int64_t now)
{
	s->silents = 0;
	if (e->answered == SEEN_NAK) {
		s->naks++;
		s->nak_at = now;
		SET_TEXT(s->nak_rule, e->rule != NULL ? e->rule : "");
		SET_TEXT(s->nak_why, e->why != NULL ? e->why : "");
		return;
	}
	SET_TEXT(s->boot_rule, e->boot_rule != NULL ? e->boot_rule : "");
	SET_TEXT(s->boot_file, served_path(e->file));
	s->next_server = e->next_server;
	if (e->answered == SEEN_OFFER) {
		s->offer_at = now;
		s->offer = e->addr;
	} else if (e->asked != SEEN_DISCOVER) {
		s->ack_at = now;
		s->ack = e->addr;
		s->ack_fw = (int64_t)e->fw;
		s->discovers = s->naks = 0;
		if (firmware_kind(e->fw) == FK_LOADER)
			s->loader_at = now;
		else if (firmware_kind(e->fw) == FK_OS)
			s->os_at = now;
	}
}

static void
silent(struct seen *s, const struct event_dhcp *e, int64_t now)
{
	SET_TEXT(s->muted, e->muted != NULL ? e->muted : "");
	SET_TEXT(s->silent_rule, e->rule != NULL ? e->rule : "");
	SET_TEXT(s->silent_why, e->why != NULL ? e->why : "");
	s->silent_at = now;
	s->silents++;
}

/* From the other server: that is what it is there for (mode proxy), or it is in
 * our way. */
static void
took_other(struct seen *s, const struct event_dhcp *e, int64_t now)
{
	const char *rule = e->rule != NULL ? e->rule : "";

	if (strcmp(rule, "proxy-address-of-other") == 0) {
		s->ack_at = now;
		s->ack = e->addr;
		s->ack_fw = (int64_t)e->fw;
	} else if (strcmp(rule, "other-server") == 0) {
		s->chosen_at = now;
		s->chosen_server = e->other_server;
		s->chosen_addr = e->addr;
	}
}

void
seen_dhcp(struct seen *s, const struct event_dhcp *e, int64_t now)
{
	if (e->foreign) {
		s->other_at = now;
		s->other_server = e->other_server;
		s->other_addr = e->addr;
		s->other_type = e->answered;
		return;
	}
	s->heard = now;
	if (e->has_uuid)
		uuid_said(s, &e->uuid, now);
	SET_TEXT(s->iface, e->iface != NULL ? e->iface : "");
	s->relay = e->relay;
	if (e->asked == SEEN_DISCOVER)
		discover(s, e, now);
	else if (e->asked == SEEN_REQUEST) {
		s->request_at = now;
		s->discovers = 0;
		took_other(s, e, now);
	} else if (e->asked == SEEN_DECLINE) {
		s->declined_at = now;
		s->declined = e->addr;
	}
	if (e->muted != NULL || (e->silent && e->asked == SEEN_DISCOVER))
		silent(s, e, now);
	else if (!e->silent)
		answered(s, e, now);
}

/* Files, RPC -------------------------------------------------------------- */

/* "file: reason" apart. */
static void
take_apart(const char *text, char *file, size_t cap, char *why, size_t why_cap)
{
	const char *path = served_path(text), *colon = strstr(path, ": ");
	size_t n = colon != NULL ? (size_t)(colon - path) : strlen(path);

	seen_text(file, n + 1 < cap ? n + 1 : cap, path);
	seen_text(why, why_cap, colon != NULL ? colon + 2 : "");
}

static void
fetch_failed(struct seen *s, const struct event *e, int64_t now)
{
	char file[sizeof(s->fail_file)], why[sizeof(s->fail_why)];
	int64_t done = e->done < SEEN_NUM_MAX ? (int64_t)e->done : SEEN_NUM_MAX;

	take_apart(e->text, file, sizeof(file), why, sizeof(why));
	s->fails = strcmp(file, s->fail_file) == 0 && s->fail_done == done &&
	    s->fail_cause == e->cause ? s->fails + 1 : 1;
	s->fail_at = now;
	s->fail_cause = e->cause;
	s->fail_done = done;
	s->fail_block = e->block;
	SET_TEXT(s->fail_file, file);
	SET_TEXT(s->fail_why, why);
}

static void
file_is_whole(struct seen *s, const char *path, int64_t now)
{
	const char *name = served_name(path);

	if (served_is_kernel(name)) {
		s->kernel_at = now;
		SET_TEXT(s->kernel, name);
	}
}

static void
fetched(struct seen *s, const struct event *e, int64_t now)
{
	const char *path = served_path(e->text);

	s->fetch_at = now;
	if (*path == '\0')
		path = s->fetch_file;
	if (e->total != 0 && e->done < e->total)
		return;		/* it had seen enough */
	s->got_at = now;
	if (s->gots++ == 0)
		SET_TEXT(s->program, path);
	SET_TEXT(s->got_file, path);
	file_is_whole(s, path, now);
}

void
seen_event(struct seen *s, const struct event *e, int64_t now)
{
	if (e->kind != EV_NOTE && e->kind != EV_POWER && e->kind != EV_UNHEEDED &&
	    e->kind != EV_IN_USE)
		s->heard = now;
	switch (e->kind) {
	case EV_TFTP:
		s->fetch_at = now;
		s->fetch_http = e->http;
		s->fetches++;
		SET_TEXT(s->fetch_file, served_path(e->text));
		break;
	case EV_TFTP_DONE:
		fetched(s, e, now);
		break;
	case EV_TFTP_FAIL:
		s->fetch_at = now;
		fetch_failed(s, e, now);
		break;
	case EV_GETPORT:
		s->getport_at = now;
		s->getport = (int64_t)(e->total & UINT32_MAX);
		break;
	case EV_MOUNT:
		s->mount_at = now;
		SET_TEXT(s->mount, served_path(e->text));
		break;
	case EV_MOUNT_FAIL:
		s->nomount_at = now;
		s->nomount_cause = e->cause;
		take_apart(e->text, s->nomount, sizeof(s->nomount), s->nomount_why,
		    sizeof(s->nomount_why));
		break;
	case EV_STALE:
		s->stale_at = now;
		s->stales++;
		break;
	case EV_ROOT:
		s->root_at = now;
		break;
	case EV_PROGRESS:
		if (e->total > 0 && e->done >= e->total)
			file_is_whole(s, served_path(e->text), now);
		break;
	case EV_POWER:
		s->power_at = now;
		SET_TEXT(s->power_how, e->text);
		break;
	case EV_IN_USE:
		s->in_use_at = now;
		s->in_use = e->addr;
		SET_TEXT(s->in_use_by, e->text);
		break;
	case EV_UNHEEDED:
		s->unheeded_at = now;
		break;
	case EV_LOG:
	case EV_NOTE:
		break;
	}
}

/* Its life ---------------------------------------------------------------- */

void
seen_arm(struct seen *s)
{
	const struct seen old = *s;

	memset(s, 0, sizeof(*s));
	s->heard = old.heard;
	SET_TEXT(s->uuid, old.uuid);
	SET_TEXT(s->iface, old.iface);
}

/* From boot_at on everything is of one boot. */
void
seen_boot(struct seen *s, int64_t now)
{
	memset((char *)s + offsetof(struct seen, boot_at), 0,
	    sizeof(*s) - offsetof(struct seen, boot_at));
	s->boot_at = now;
}

void
seen_claim_refused(struct seen *s, const char *why, int64_t now)
{
	s->heard = s->noclaim_at = now;
	SET_TEXT(s->noclaim_why, why);
}

void
seen_step(struct seen *s, unsigned no, const char *step, bool failed, int64_t now)
{
	s->heard = now;
	if (strcmp(s->step, step) != 0)
		s->step_at = now;
	s->step_no = no;
	SET_TEXT(s->step, step);
	if (failed)
		s->failed_at = now;
}

void
seen_last_lines(struct seen *s, const char *log, size_t len)
{
	size_t n = 0, begin;
	unsigned lines = 0;

	while (len > 0 && (log[len - 1] == '\n' || log[len - 1] == '\r'))
		len--;
	for (begin = len; begin > 0; begin--)
		if (log[begin - 1] == '\n' && ++lines == LAST_LINES)
			break;
	if (len - begin >= sizeof(s->last_lines))
		begin = len - sizeof(s->last_lines) + 1;
	for (; begin < len && n + 4 < sizeof(s->last_lines); begin++) {
		char c = log[begin];

		if (c == '\n') {
			memcpy(s->last_lines + n, " / ", 3);
			n += 3;
		} else if (c != '\r')
			s->last_lines[n++] = c >= 0x20 && c < 0x7f ? c : '?';
	}
	s->last_lines[n] = '\0';
}
