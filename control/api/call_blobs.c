#include "control/api/call_blobs.h"

#include <string.h>

struct noted {
	struct noted *next;
	const char *id;
};

struct call_blobs {
	struct noted *linked, *dropped;
	int uses_body; /* this try */
	int has_kept;  /* the body, by a commit */
};

static struct call_blobs *
noted(struct call *c)
{
	if (c->blobs == NULL)
		c->blobs = arena_alloc(c->arena, sizeof(*c->blobs));
	return c->blobs;
}

static void
note(struct call *c, struct noted **list, const char *id)
{
	struct noted *n = arena_alloc(c->arena, sizeof(*n));

	n->id = arena_strdup(c->arena, id);
	n->next = *list;
	*list = n;
}

static void
remove_all(const struct call *c, const struct noted *n)
{
	for (; n != NULL; n = n->next)
		blob_remove(c->env->blobs, n->id);
}

void
call_blob_use(struct call *c, const char *id)
{
	if (c->body != NULL && strcmp(c->body->blob, id) == 0)
		noted(c)->uses_body = 1;
}

int
call_blob_link(struct call *c, const char *id, const char **ret_id)
{
	if (blob_link(c->env->blobs, c->arena, id, ret_id, &c->err) < 0)
		return -1;
	note(c, &noted(c)->linked, *ret_id);
	return 0;
}

void
call_blob_keep(struct call *c, const char *id)
{
	note(c, &noted(c)->linked, id);
}

void
call_blob_drop(struct call *c, const char *id)
{
	note(c, &noted(c)->dropped, id);
}

void
call_blobs_begin(struct call *c)
{
	if (c->blobs == NULL)
		return;
	c->blobs->linked = c->blobs->dropped = NULL;
	c->blobs->uses_body = 0;
}

void
call_blobs_undo(struct call *c)
{
	if (c->blobs == NULL)
		return;
	remove_all(c, c->blobs->linked);
	call_blobs_begin(c);
}

void
call_blobs_commit(struct call *c)
{
	if (c->blobs == NULL)
		return;
	remove_all(c, c->blobs->dropped);
	c->blobs->has_kept |= c->blobs->uses_body;
	call_blobs_begin(c);
}

void
call_blobs_end(struct call *c)
{
	if (c->body != NULL && (c->blobs == NULL || !c->blobs->has_kept))
		blob_remove(c->env->blobs, c->body->blob);
}
