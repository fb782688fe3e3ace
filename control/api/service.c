#include "control/api/service.h"

#include <stdlib.h>
#include <string.h>

static int
by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct op *)row)->name);
}

const struct op *
service_find_op(const struct service *s, const char *name)
{
	for (const struct family *const *f = s->families; *f != NULL; f++) {
		const struct op *op = (*f)->n_ops == 0 ?
		    NULL :
		    bsearch(name, (*f)->ops, (*f)->n_ops, sizeof((*f)->ops[0]), by_name);

		if (op != NULL)
			return op;
	}
	return NULL;
}

size_t
service_count_ops(const struct service *s)
{
	size_t n = 0;

	for (const struct family *const *f = s->families; *f != NULL; f++)
		n += (*f)->n_ops;
	return n;
}

const struct service *
service_find(const struct env *env, const char *name)
{
	for (size_t i = 0; i < env->n_services; i++) {
		if (strcmp(env->services[i]->name, name) == 0)
			return env->services[i];
	}
	return NULL;
}

typedef int match_fn(const struct resource *r, const char *text);

static const struct resource *
find_resource(const struct service *s, match_fn *match, const char *text)
{
	for (const struct family *const *f = s->families; *f != NULL; f++) {
		const struct resource *const *r = (*f)->resources;

		for (; r != NULL && *r != NULL; r++) {
			if (match(*r, text))
				return *r;
		}
	}
	return NULL;
}

static int
has_kind(const struct resource *r, const char *kind)
{
	return strcmp(r->kind, kind) == 0;
}

static int
has_prefix(const struct resource *r, const char *id)
{
	return r->prefix != NULL && strncmp(id, r->prefix, strlen(r->prefix)) == 0;
}

const struct resource *
service_find_kind(const struct env *env, const char *kind)
{
	for (size_t i = 0; i < env->n_services; i++) {
		const struct resource *r =
		    find_resource(env->services[i], has_kind, kind);

		if (r != NULL)
			return r;
	}
	return NULL;
}

static int
resource_each_watch(const struct resource *r, const char *kind, watch_fn *fn, void *arg)
{
	for (const struct watch *w = r->watches; w != NULL && w->kind != NULL; w++) {
		int rc = strcmp(w->kind, kind) == 0 ? fn(arg, w) : 0;

		if (rc != 0)
			return rc;
	}
	return 0;
}

int
service_each_watch(const struct env *env, const char *kind, watch_fn *fn, void *arg)
{
	for (size_t i = 0; i < env->n_services; i++) {
		for (const struct family *const *f = env->services[i]->families;
		     *f != NULL; f++) {
			const struct resource *const *r = (*f)->resources;

			for (; r != NULL && *r != NULL; r++) {
				int rc = resource_each_watch(*r, kind, fn, arg);

				if (rc != 0)
					return rc;
			}
		}
	}
	return 0;
}

/* The longest prefix counts: "tgw-attach-1" is no transit gateway "tgw-". */
const struct resource *
service_find_prefix(const struct service *s, const char *id)
{
	const struct resource *found = NULL;

	for (const struct family *const *f = s->families; *f != NULL; f++) {
		const struct resource *const *r = (*f)->resources;

		for (; r != NULL && *r != NULL; r++) {
			if (has_prefix(*r, id) &&
			    (found == NULL ||
				strlen((*r)->prefix) > strlen(found->prefix)))
				found = *r;
		}
	}
	return found;
}

const struct agent_kind *
service_find_agent(const struct env *env, const char *name)
{
	for (size_t i = 0; i < env->n_services; i++) {
		const struct agent_kind *const *a = env->services[i]->agents;

		for (; a != NULL && *a != NULL; a++) {
			if (strcmp((*a)->name, name) == 0)
				return *a;
		}
	}
	return NULL;
}
