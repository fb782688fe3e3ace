/* The store as a whole: what a reset leaves, snapshots of it. */
#include <string.h>

#include "control/store/impl.h"

/* Who trusts the CA has it in his trust store; the folder of objects is this store's. */
const char *const store_own_kinds[] = { "sys:blobs", "sys:ca", "sys:schema", NULL };

int
store_is_kept(const char *const *keep, const char *scope, const char *kind)
{
	if (strcmp(scope, STORE_SYSTEM) != 0)
		return 0;
	while (*keep != NULL && strcmp(*keep, kind) != 0)
		keep++;
	return *keep != NULL;
}

int
store_text_draft(const struct store_text *text, struct store_doc **ret, struct err *err)
{
	CLEANUP(json_freep) json_t *tree = NULL;
	struct err why = { .msg = "not an object" };

	if (json_read(text->text, text->len, &tree, &why) < 0 || !json_is_object(tree))
		return err_set(err, &err_internal, "%s %s %s: %s", text->scope,
		    text->kind, text->id, why.msg);
	*ret = store_doc_draft(text->id, tree);
	return 0;
}

int
store_dump(struct store *s, store_dump_fn *fn, void *arg, struct err *err)
{
	return s->ops->dump(s, fn, arg, err);
}

int
store_replace(struct store *s, const char *const *keep, store_next_fn *next, void *arg,
    struct err *err)
{
	int64_t rev;

	if (s->ops->replace(s, keep, next, arg, &rev, err) < 0)
		return -1;
	store_cache_reset(s->cache, rev, "", 0);
	return 0;
}
