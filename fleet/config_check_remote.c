/* config_check_remote.c - options of what other programs reach, or are told. */
#include <string.h>

#include "../lib/url.h"
#include "boot.h"
#include "config_int.h"

static void
check_api(struct check *c)
{
	const struct cfg_api *a = &c->cfg->top.api;
	const struct cfg_http *h = &c->cfg->top.http;

	if ((a->certificate != NULL) != (a->key != NULL))
		config_complain(c, &a->head, "api", "certificate and key go together");
	else if (a->n_address > 0 && a->certificate == NULL)
		config_complain(c, &a->head, "api", "addresses need a certificate and its key");
	if (a->n_address > 0 && h->enabled && (a->port == h->port ||
	    (h->tls.certificate != NULL && a->port == h->tls.port)))
		config_complain(c, &a->head, "api.port", "%u is also %s", (unsigned)a->port,
		    a->port == h->port ? "http.port" : "http.tls.port");
}

static void
check_event(struct check *c, const struct cfg_webhook *h, size_t i, const char *event)
{
	struct where w;

	for (int s = 0; s < HS__COUNT; s++)
		if (strcmp(event, host_state_name((enum host_state)s)) == 0)
			return;
	config_complain(c, &h->head, config_at(&w, "webhooks[%zu].events", i),
	    "there is no state %s", event);
}

void
check_remote(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	struct where w;
	struct url url;

	check_api(c);
	for (size_t i = 0; i < top->n_webhook; i++) {
		const struct cfg_webhook *h = &top->webhook[i];

		if (url_parse(h->url, &url) < 0)
			config_complain(c, &h->head, config_at(&w, "webhooks[%zu].url", i),
			    "\"%.64s\" is no URL: http or https, without user and fragment", h->url);
		for (size_t k = 0; k < h->n_event; k++)
			check_event(c, h, i, h->event[k]);
	}
}
