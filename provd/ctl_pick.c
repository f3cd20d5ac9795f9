/* ctl_pick.c - which hosts a command line means: names, selectors, --all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_http.h"
#include "provctl.h"

/* A name, not a selector: what can stand for several has one of these. */
bool
ctl_is_name(const char *arg)
{
	return strpbrk(arg, "=*?(,!\" \t") == NULL;
}

void
ctl_pick_free(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

char *
ctl_pick_text(const struct ctl_opt *opt, int n, char **arg)
{
	struct buf b = { 0 };

	if (opt->all)
		buf_puts(&b, "*");
	for (int i = 0; i < n && !opt->all; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "", arg[i]);
	return buf_steal(&b, NULL);
}

static int
names(int n, char **arg, char ***ret)
{
	char **list = calloc((size_t)n + 1, sizeof(*list));

	for (int i = 0; list != NULL && i < n; i++)
		if ((list[i] = strdup(arg[i])) == NULL)
			return REFUSED;
	*ret = list;
	return list != NULL ? DONE : REFUSED;
}

static int
asked(const struct ctl_opt *opt, const char *selector, char ***ret)
{
	struct ctl_opt quiet = *opt;
	struct buf path = { 0 };
	json_t *o = NULL, *list, *h;
	size_t i;
	int r = REFUSED;

	quiet.json = false;
	buf_puts(&path, "/v1/hosts?must=yes&select=");
	ctl_escape(&path, selector);
	if (path.err == 0)
		r = ctl_json(&quiet, "GET", path.p, NULL, 0, &o, NULL);
	buf_free(&path);
	if (r != DONE)
		return r;
	list = json_object_get(o, "hosts");
	if ((*ret = calloc(json_array_size(list) + 1, sizeof(**ret))) == NULL)
		r = REFUSED;
	else
		json_array_foreach(list, i, h)
			if (((*ret)[i] = strdup(ctl_get(h, "name"))) == NULL)
				break;
	json_decref(o);
	return r;
}

int
ctl_pick(const struct ctl_opt *opt, int n, char **arg, char ***ret)
{
	bool plain = !opt->all;
	char *text;
	int r;

	*ret = NULL;
	for (int i = 0; i < n && plain; i++)
		plain = ctl_is_name(arg[i]);
	if (plain)
		return names(n, arg, ret);
	if (opt->all && n > 0) {
		fputs("provctl: --all means every host; name none beside it\n", stderr);
		return USAGE;
	}
	if ((text = ctl_pick_text(opt, n, arg)) == NULL)
		return REFUSED;
	r = asked(opt, text, ret);
	free(text);
	return r;
}
