/* api_trees.c - the release trees, as the control API tells of them. */
#include <string.h>

#include "api_int.h"
#include "trees.h"

static json_t *
text(const char *s)
{
	json_t *j;

	if (s == NULL || *s == '\0')
		return json_null();
	return (j = json_string(s)) != NULL ? j : json_string("?");
}

/* What is known of it by looking. */
static void
add_release(json_t *e, const struct tree_known *k)
{
	static const char *const os[] = { NULL, "linux", "freebsd" };
	static const char *const sets[] = { NULL, "manifest", "pieces", "packages" };
	const struct release_id *id = &k->id;
	char what[160];

	release_id_text(id, what);
	json_object_set_new(e, "what", text(what));
	json_object_set_new(e, "why", text(k->why));
	json_object_set_new(e, "os", text(os[id->os]));
	json_object_set_new(e, "os_name", text(id->name));
	json_object_set_new(e, "version", text(id->version));
	json_object_set_new(e, "major", json_integer(id->major));
	json_object_set_new(e, "minor", json_integer(id->minor));
	json_object_set_new(e, "arch", text(id->arch));
	json_object_set_new(e, "sets", text(sets[id->sets]));
	json_object_set_new(e, "sets_missing", json_boolean(id->no_files));
	json_object_set_new(e, "dir", text(id->dir));
	json_object_set_new(e, "bios_loader", text(id->bios_loader));
	json_object_set_new(e, "uefi_loader", text(id->uefi_loader));
	json_object_set_new(e, "kernel", text(id->kernel));
	json_object_set_new(e, "userland", json_boolean(id->userland));
	json_object_set_new(e, "mfsroot", json_boolean(id->mfsroot));
	json_object_set_new(e, "lua", json_boolean(id->lua));
}

static json_t *
hosts_of(const struct snapshot *s, const struct snap_tree *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_inst; i++)
		if (strcmp(s->inst[i]->rec.tree, tree_name(t->tree)) == 0)
			json_array_append_new(list, text(s->inst[i]->rec.host));
	return list;
}

static json_t *
tree_json(struct api_call *c, const struct snapshot *s, const struct snap_tree *t)
{
	static const char *const clients[] = { "known", "any", "none" };
	const char *name = tree_name(t->tree);
	const struct cfg_tree *cfg = config_tree(s->cfg, name);
	const struct tree_known *k = trees_find(c->d->trees, t->tree);
	json_t *e = json_object(), *source = json_array();

	json_object_set_new(e, "name", text(name));
	json_object_set_new(e, "export", text(t->export));
	json_object_set_new(e, "clients", text(clients[t->clients]));
	json_object_set_new(e, "path", text(cfg != NULL ? cfg->path : NULL));
	if (cfg != NULL) {
		struct tree_source src[TREE_SOURCES_MAX];
		size_t n = config_tree_sources(cfg, src);

		for (size_t i = 0; i < n; i++)
			json_array_append_new(source, text(src[i].path));
	}
	json_object_set_new(e, "source", source);
	json_object_set_new(e, "hosts", hosts_of(s, t));
	json_object_set_new(e, "known", json_boolean(k != NULL && k->known));
	if (k != NULL && k->known)
		add_release(e, k);
	return e;
}

void
api_trees(struct api_call *c)
{
	const struct snapshot *s = fleet_snapshot(c->d->fleet);
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < s->n_tree; i++)
		json_array_append_new(list, tree_json(c, s, &s->tree[i]));
	json_object_set_new(o, "trees", list);
	api_reply(c, 200, o);
}
