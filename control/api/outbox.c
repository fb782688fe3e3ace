#include "control/api/outbox.h"

#include <string.h>

#include "control/api/service.h"

/* "arn:aws:sqs:…": its model has that name. */
static const struct service *
service_of(const struct env *env, const char *target)
{
	char name[32] = "";

	if (strncmp(target, "arn:aws:", 8) != 0)
		return NULL;
	target += 8;
	if (strcspn(target, ":") >= sizeof(name))
		return NULL;
	memcpy(name, target, strcspn(target, ":"));
	return service_find(env, name);
}

int
outbox_has_target(const struct env *env, const char *target)
{
	const struct service *s = service_of(env, target);

	return s != NULL && s->accept != NULL;
}

int
outbox_deliver(struct env *env, struct arena *a, const struct outbox_message *m,
    struct err *err)
{
	if (!outbox_has_target(env, m->target))
		return 0;
	return service_of(env, m->target)->accept(env, a, m, err);
}
