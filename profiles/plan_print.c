/* plan_print.c - a plan for people and for programs. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sh_quote.h"

void
plan_word_text(const struct plan *pl, const struct plan_word *w, struct buf *out)
{
	const struct plan_disk *d;
	size_t len;

	if (w->kind == WORD_TEXT) {
		sh_quote(out, w->text);
		return;
	}
	if (w->kind == WORD_VAR) {
		buf_printf(out, "$%s", w->text);
		return;
	}
	d = &pl->disk[w->disk - 1];
	len = strlen(d->found);
	if (len == 0) {
		buf_printf(out, "DISK%u%s%s", w->disk, w->part[0] ? "-" : "", w->part);
		return;
	}
	buf_printf(out, "%s%s", w->kind == WORD_NAME ? "" : "/dev/", d->found);
	if (w->part[0] != '\0' && pl->os == PROFILE_LINUX &&
	    d->found[len - 1] >= '0' && d->found[len - 1] <= '9')
		buf_putc(out, 'p');
	buf_puts(out, w->part);
}

/* What people read of an item; nothing for those that only wait. */
static bool
item_text(const struct plan *pl, const struct plan_item *it, struct buf *out)
{
	if (it->note != NULL) {
		buf_puts(out, it->note);
		return *it->note != '\0';
	}
	if (it->kind == ITEM_FILE) {
		buf_puts(out, "write ");
		plan_word_text(pl, &it->word[0], out);
		buf_printf(out, " (mode %o, %zu bytes)", it->mode, strlen(it->data));
		return true;
	}
	for (size_t i = 0; i < it->n_word; i++) {
		if (i > 0)
			buf_putc(out, ' ');
		plan_word_text(pl, &it->word[i], out);
	}
	return true;
}

static void
disk_text(const struct plan *pl, unsigned i, struct buf *out)
{
	const struct plan_disk *d = &pl->disk[i];
	char size[SIZE_STRLEN];

	buf_printf(out, "Disk %u: ", i + 1);
	if (d->found[0] != '\0')
		buf_printf(out, "/dev/%s", d->found);
	else
		buf_puts(out, "not known before it boots (DISK");
	if (d->found[0] == '\0')
		buf_printf(out, "%u below); provctl inspect finds out", i + 1);
	else if (d->found_bytes > 0)
		buf_printf(out, ", %s", size_str(d->found_bytes, size));
	buf_puts(out, d->keep ? ", partition table kept\n" : d->wipe ?
	    ", WHATEVER IT HOLDS IS DESTROYED\n" : ", refused unless it is empty\n");
	for (size_t k = 0; k < d->n_part; k++) {
		const struct plan_part *p = &d->part[k];
		struct plan_word w = { .kind = WORD_DEVICE, .disk = i + 1 };

		(void)snprintf(w.part, sizeof(w.part), "%s", p->part);
		buf_puts(out, "  ");
		plan_word_text(pl, &w, out);
		buf_printf(out, "  %s", p->star ? "the rest" : size_str(p->bytes, size));
		buf_printf(out, "  %s%s%s\n", p->fs_name, p->mount ? "  " : "",
		    p->mount ? p->mount : "");
		if (p->keep)
			buf_puts(out, "    kept as it is\n");
	}
}

void
plan_text(const struct plan *pl, struct buf *out)
{
	char size[SIZE_STRLEN];
	bool claimed = false;

	buf_printf(out, "%s is installed by the profile %s from the tree %s.\n\n",
	    pl->host, pl->profile, pl->tree);
	for (unsigned i = 0; i < pl->n_disk; i++)
		disk_text(pl, i, out);
	if (pl->n_package > 0)
		buf_printf(out, "%zu distributions, from a repository of %zu packages, %s\n", pl->n_set,
		    pl->n_package, size_str(pl->set_bytes, size));
	else if (pl->set_bytes > 0)
		buf_printf(out, "%zu distributions, %s\n", pl->n_set, size_str(pl->set_bytes, size));
	for (size_t i = 0; i < pl->n_step; i++) {
		const struct plan_step *s = &pl->step[i];

		if (s->claims && !claimed) {
			buf_puts(out, "\n -- nothing has been written to a disk so far; from here on it has --\n");
			claimed = true;
		}
		buf_printf(out, "\n%2zu. %s  [%s]\n", i + 1, s->title, s->name);
		for (size_t k = 0; k < s->n_item; k++) {
			size_t before = out->len;

			buf_puts(out, "      ");
			if (item_text(pl, &s->item[k], out))
				buf_putc(out, '\n');
			else
				out->len = before;
		}
	}
}

/* JSON ------------------------------------------------------------------------ */

static void
json_str(struct buf *out, const char *s)
{
	buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(out, '\\');
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			buf_putc(out, *s);
	}
	buf_putc(out, '"');
}

static void
json_key(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	json_str(out, value);
}

static void
json_disk(const struct plan_disk *d, struct buf *out)
{
	buf_puts(out, "{");
	json_key(out, "name", d->found);
	buf_putc(out, ',');
	json_key(out, "which", d->which != NULL ? d->which : "");
	buf_printf(out, ",\"bytes\":%llu,\"wipe\":%s,\"preserve\":%s,\"scheme\":\"%s\",\"partitions\":[",
	    (unsigned long long)d->found_bytes, d->wipe ? "true" : "false",
	    d->keep ? "true" : "false", d->scheme == PROFILE_GPT ? "gpt" : "mbr");
	for (size_t k = 0; k < d->n_part; k++) {
		const struct plan_part *p = &d->part[k];

		buf_printf(out, "%s{", k ? "," : "");
		json_key(out, "part", p->part);
		buf_printf(out, ",\"bytes\":%llu,\"rest\":%s,\"kept\":%s,",
		    (unsigned long long)p->bytes, p->star ? "true" : "false",
		    p->keep ? "true" : "false");
		json_key(out, "fs", p->fs_name);
		buf_putc(out, ',');
		json_key(out, "mount", p->mount ? p->mount : "");
		buf_puts(out, "}");
	}
	buf_puts(out, "]}");
}

static void
json_sets(const struct plan *pl, struct buf *out)
{
	buf_puts(out, "],\"sets\":[");
	for (size_t i = 0; i < pl->n_set; i++) {
		buf_puts(out, i ? ",{" : "{");
		json_key(out, "name", pl->set[i].name);
		buf_putc(out, ',');
		json_key(out, "file", pl->set[i].file);
		buf_putc(out, ',');
		json_key(out, "target", pl->set[i].target);
		buf_putc(out, '}');
	}
}

void
plan_json(const struct plan *pl, struct buf *out)
{
	struct buf text = { 0 };
	bool some;

	buf_putc(out, '{');
	json_key(out, "host", pl->host);
	buf_putc(out, ',');
	json_key(out, "profile", pl->profile);
	buf_putc(out, ',');
	json_key(out, "tree", pl->tree);
	buf_printf(out, ",\"os\":\"%s\",\"distribution_bytes\":%llu,\"disks\":[",
	    pl->os == PROFILE_LINUX ? "linux" : "freebsd", (unsigned long long)pl->set_bytes);
	for (size_t i = 0; i < pl->n_disk; i++) {
		buf_puts(out, i ? "," : "");
		json_disk(&pl->disk[i], out);
	}
	json_sets(pl, out);
	buf_putc(out, ']');
	if (pl->n_package > 0)
		buf_printf(out, ",\"repository_packages\":%zu", pl->n_package);
	buf_puts(out, ",\"steps\":[");
	for (size_t i = 0; i < pl->n_step; i++) {
		const struct plan_step *s = &pl->step[i];

		buf_printf(out, "%s{\"no\":%zu,", i ? "," : "", i + 1);
		json_key(out, "name", s->name);
		buf_putc(out, ',');
		json_key(out, "title", s->title);
		buf_puts(out, ",\"does\":[");
		some = false;
		for (size_t k = 0; k < s->n_item; k++) {
			text.len = 0;
			if (!item_text(pl, &s->item[k], &text) || text.p == NULL)
				continue;
			buf_puts(out, some ? "," : "");
			some = true;
			json_str(out, text.p);
		}
		buf_puts(out, "]}");
	}
	buf_puts(out, "]}");
	if (text.err)
		out->err = text.err;
	buf_free(&text);
}
