/* api_openapi.c - the description of the API, from the table that dispatches it.
 *
 * Spec: OpenAPI 3.1.0; its schemas are JSON Schema 2020-12. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_int.h"
#include "version.h"

static const struct row {
	const char *method, *path, *right, *query, *text;
} rows[] = {
#define API(method, path, right, run, query, text) { #method, path, #right, query, text },
#include "api.def"
};

static const struct { const char *name, *text; } named[] = {
#define SCHEMA(name, text) { #name, text },
#define CALL(method, path, body, result)
#include "api_schema.def"
};

static const struct call { const char *method, *path, *body, *result; } calls[] = {
#define SCHEMA(name, text)
#define CALL(method, path, body, result) { #method, path, body, result },
#include "api_schema.def"
};
#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* Schemas ------------------------------------------------------------------ */

/* As deep as our own texts are. */
#define DEEP	8

static json_t *schema(const char **p, unsigned deep);

static json_t *
of_type(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

/* Behind a {: keys, up to }. */
static json_t *
object(const char **p, unsigned deep)
{
	json_t *o = of_type("object"), *all = json_object(), *must = json_array(), *rest = json_false();

	while (**p != '}' && **p != '\0') {
		const char *key = *p;
		size_t n = strcspn(key, ":?");
		bool may = key[n] == '?';

		*p += n + (may ? 2 : 1);
		if (*key == '*') {
			json_decref(rest);
			rest = schema(p, deep);
		} else {
			json_object_setn_new(all, key, n, schema(p, deep));
			if (!may)
				json_array_append_new(must, json_stringn(key, n));
		}
		*p += **p == ',';
	}
	*p += **p == '}';
	json_object_set_new(o, "properties", all);
	json_object_set_new(o, "required", must);
	json_object_set_new(o, "additionalProperties", rest);
	return o;
}

static json_t *
reference(const char **p)
{
	size_t n = strspn(*p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	char text[80];

	(void)snprintf(text, sizeof(text), "#/components/schemas/%.*s", (int)n, *p);
	*p += n;
	return json_pack("{s:s}", "$ref", text);
}

static json_t *
schema(const char **p, unsigned deep)
{
	char c = **p;
	json_t *o;

	if (c == '\0' || deep == 0)
		return json_object();
	(*p)++;
	switch (c) {
	case 's':
		o = of_type("string");
		break;
	case 'i':
		o = of_type("integer");
		break;
	case 'n':
		o = of_type("number");
		break;
	case 'b':
		o = of_type("boolean");
		break;
	case '@':
		o = reference(p);
		break;
	case '{':
		o = object(p, deep - 1);
		break;
	case '[':
		o = json_pack("{s:s,s:o}", "type", "array", "items", schema(p, deep - 1));
		*p += **p == ']';
		break;
	default:
		o = json_object();
		break;
	}
	if (**p == '?') {
		(*p)++;
		o = json_pack("{s:[o,o]}", "anyOf", o, of_type("null"));
	}
	return o;
}

/* "" is NULL. */
static json_t *
content(const char *text)
{
	if (*text == '\0')
		return NULL;
	if (*text == '=')
		return json_pack("{s:{}}", text + 1);
	return json_pack("{s:{s:o}}", "application/json", "schema", schema(&text, DEEP));
}

/* Calls ---------------------------------------------------------------------- */

static const struct call *
call_of(const struct row *r)
{
	static const struct call none = { "", "", "", "o" };

	for (size_t i = 0; i < N(calls); i++)
		if (strcmp(calls[i].path, r->path) == 0 && strcmp(calls[i].method, r->method) == 0)
			return &calls[i];
	return &none;
}

static void
parameter(json_t *list, const char *name, size_t n, bool in_path)
{
	json_array_append_new(list, json_pack("{s:s%,s:s,s:b,s:{s:s}}", "name", name, n,
	    "in", in_path ? "path" : "query", "required", in_path, "schema", "type", "string"));
}

static json_t *
parameters(const struct row *r)
{
	json_t *list = json_array();
	const char *p;

	for (p = strchr(r->path, '{'); p != NULL; p = strchr(p, '{')) {
		p++;
		parameter(list, p, strcspn(p, "}"), true);
	}
	for (p = r->query; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		parameter(list, p, n, false);
		p += n;
	}
	return list;
}

static json_t *
answers(const struct call *c)
{
	json_t *ok = json_pack("{s:s}", "description", "Done."), *body = content(c->result);

	if (body != NULL)
		json_object_set_new(ok, "content", body);
	return json_pack("{s:o,s:{s:s,s:{s:{s:{s:s}}}}}", "200", ok, "default", "description",
	    "What went wrong.", "content", "application/json", "schema",
	    "$ref", "#/components/schemas/Error");
}

/* GET /v1/hosts/{host}/plan: get_v1_hosts_host_plan */
static json_t *
name_of(const struct row *r)
{
	char text[128];
	size_t n = 0;

	for (const char *p = r->method; *p != '\0'; p++)
		text[n++] = (char)tolower((unsigned char)*p);
	for (const char *p = r->path; *p != '\0' && n < sizeof(text) - 1; p++)
		if (isalnum((unsigned char)*p))
			text[n++] = *p;
		else if (text[n - 1] != '_')
			text[n++] = '_';
	return json_stringn(text, n);
}

static json_t *
operation(const struct row *r)
{
	const struct call *c = call_of(r);
	json_t *o = json_object(), *body = content(c->body);

	json_object_set_new(o, "operationId", name_of(r));
	json_object_set_new(o, "summary", json_string(r->text));
	json_object_set_new(o, "x-right", json_string(r->right));
	json_object_set_new(o, "parameters", parameters(r));
	json_object_set_new(o, "responses", answers(c));
	if (body != NULL)
		json_object_set_new(o, "requestBody", json_pack("{s:o}", "content", body));
	json_object_set_new(o, "security", strcmp(r->right, "OPEN") == 0 ? json_array() :
	    json_pack("[{s:[]},{s:[]}]", "token", "session"));
	return o;
}

void
api_openapi(struct api_call *c)
{
	json_t *paths = json_object(), *schemas = json_object(), *p;

	for (size_t i = 0; i < N(rows); i++) {
		char method[16];
		size_t n = 0;

		for (; rows[i].method[n] != '\0' && n < sizeof(method) - 1; n++)
			method[n] = (char)tolower((unsigned char)rows[i].method[n]);
		method[n] = '\0';
		if ((p = json_object_get(paths, rows[i].path)) == NULL) {
			p = json_object();
			json_object_set_new(paths, rows[i].path, p);
		}
		json_object_set_new(p, method, operation(&rows[i]));
	}
	for (size_t i = 0; i < N(named); i++) {
		const char *text = named[i].text;

		json_object_set_new(schemas, named[i].name, schema(&text, DEEP));
	}
	api_reply(c, 200, json_pack("{s:s,s:{s:s,s:s,s:s},s:o,s:{s:o,s:{s:{s:s,s:s},"
	    "s:{s:s,s:s,s:s}}}}", "openapi", "3.1.0", "info", "title", "provd", "version",
	    PROVD_VERSION, "description", "Over HTTPS, what is not GET needs a header X-Provd. "
	    "On the control socket no token is needed.", "paths", paths, "components", "schemas",
	    schemas, "securitySchemes", "token", "type", "http", "scheme", "bearer",
	    "session", "type", "apiKey", "in", "cookie", "name", "__Host-provd"));
}
