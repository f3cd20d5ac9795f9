/* api_web.c - the web page, and the calls that nobody but it needs. */
#include <event2/http.h>
#include <string.h>

#include "../web/web.h"
#include "api_int.h"

/* The page --------------------------------------------------------------------- */

/* Scripts and styles are files of ours and nothing else is; names and lines of
 * clients can't become markup, not even by mistake of the page's. */
static const char policy[] = "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

static void
send_file(struct api_call *c, const char *name)
{
	const struct web_file *f = NULL;
	struct evkeyvalq *out;
	const char *had;

	for (size_t i = 0; i < n_web_files && f == NULL; i++)
		if (strcmp(web_files[i].name, name) == 0)
			f = &web_files[i];
	if (f == NULL) {
		api_error(c, 404, "the page has no file %s", name);
		return;
	}
	out = evhttp_request_get_output_headers(c->req);
	evhttp_add_header(out, "Content-Security-Policy", policy);
	evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(out, "X-Frame-Options", "DENY");
	evhttp_add_header(out, "Referrer-Policy", "no-referrer");
	evhttp_add_header(out, "Cross-Origin-Resource-Policy", "same-origin");
	/* Asked for again each time, so that all of them are of one version. */
	evhttp_add_header(out, "Cache-Control", "no-cache");
	evhttp_add_header(out, "ETag", f->etag);
	had = evhttp_find_header(evhttp_request_get_input_headers(c->req), "If-None-Match");
	if (had != NULL && strstr(had, f->etag) != NULL) {
		evhttp_send_reply(c->req, 304, "Not Modified", NULL);
		api_call_end(c);
	} else
		api_bytes(c, f->type, f->data, f->len);
}

void
api_page(struct api_call *c)
{
	send_file(c, "index.html");
}

void
api_page_file(struct api_call *c)
{
	send_file(c, c->host);
}

/* Profiles ----------------------------------------------------------------------- */

static json_t *
text(const char *s)
{
	struct buf b = { 0 };
	json_t *j;

	if (s == NULL)
		return json_null();
	buf_text(&b, s, strlen(s));
	j = json_string(b.p != NULL ? b.p : "");
	buf_free(&b);
	return j;
}

static json_t *
profile_json(const struct profile *pr)
{
	static const char *const os[] = { [PROFILE_LINUX] = "linux",
	    [PROFILE_FREEBSD] = "freebsd" };
	json_t *o = json_object();

	json_object_set_new(o, "name", text(pr->p.name));
	json_object_set_new(o, "os", text(os[pr->p.os]));
	json_object_set_new(o, "about", text(pr->p.text));
	json_object_set_new(o, "tree", text(pr->p.tree));
	json_object_set_new(o, "file", text(pr->file));
	return o;
}

void
api_profiles(struct api_call *c)
{
	const struct settings *s = c->d->set;
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < s->n_profile; i++)
		json_array_append_new(list, profile_json(s->profile[i]));
	json_object_set_new(o, "profiles", list);
	api_reply(c, 200, o);
}

void
api_profile(struct api_call *c)
{
	const struct profile *pr = settings_profile(c->d->set, c->host);
	json_t *o;

	if (pr == NULL) {
		api_error(c, 404, "no profile named %s is loaded", c->host);
		return;
	}
	o = profile_json(pr);
	json_object_set_new(o, "text", text(pr->text));
	api_reply(c, 200, o);
}
