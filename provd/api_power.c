/* api_power.c - machines switched on and off through the API. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_int.h"
#include "power.h"

static void
switched(void *arg, int r, const char *text)
{
	struct api_call *c = arg;
	json_t *o;

	if (r < 0) {
		api_error(c, 502, "%s", text);
		return;
	}
	o = json_object();
	json_object_set_new(o, "name", json_string(c->host));
	json_object_set_new(o, "text", json_string(text));
	api_reply(c, 200, o);
}

static void
begin(struct api_call *c, enum power_action action)
{
	struct fleet_host *h = api_find_host(c);
	char why[300];
	int r;

	if (h == NULL)
		return;
	if ((r = power_begin(c->d, h, action, switched, c, why)) < 0)
		api_error(c, r == -ENOENT || r == -ENOTSUP ? 409 : 502, "%s", why);
}

void
api_power(struct api_call *c)
{
	enum power_action action;

	if (power_action_parse(api_query(c, "action"), &action) < 0 || action == POWER_STATUS)
		api_error(c, 400, "action must be on, off or cycle");
	else
		begin(c, action);
}

void
api_power_status(struct api_call *c)
{
	begin(c, POWER_STATUS);
}
