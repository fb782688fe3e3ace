#include "control/plane/plane.h"

#include <string.h>

#include "control/api/dispatch.h"
#include "control/plane/snapshot.h"
#include "control/services/s3/front.h"

enum { MAX_OWN_BODY = 64 << 20 };

void
reply_json(struct exchange *x, int status, const json_t *v)
{
	x->reply.status = status;
	x->reply.body = buf_new(x->arena, 0);
	json_write(v, x->reply.body);
	wire_add_header(&x->reply, "Content-Type", "application/json");
}

void
reply_error(struct exchange *x, int status, const char *message)
{
	reply_json(x, status, json_own(x->arena, json_make("{s:s}", "message", message)));
}

/* AWS's API, and what S3 has beside it. */
static void
api_answer(struct exchange *x)
{
	const struct s3_visit visit = { &x->plane->env, x->arena, &x->request, x->remote,
		&x->reply };

	if (s3_front_answer(&visit) == 0)
		dispatch_http(&x->plane->env, x->arena, &x->request, x->remote,
		    &x->reply);
	s3_front_finish(&visit);
}

void
plane_answer(struct exchange *x)
{
	const char *path = x->request.path;
	/* A snapshot is read as it comes. */
	int is_whole = strncmp(path, "/_", 2) == 0 && strcmp(path, SNAPSHOT_PATH) != 0;
	int status = is_whole ? wire_load(x->arena, &x->request, MAX_OWN_BODY) : 0;

	if (status != 0)
		reply_error(x, status, "the body is not whole, or too large");
	else if (strncmp(path, "/_simfra/", 9) == 0 ||
	    strncmp(path, "/_localstack/", 13) == 0)
		admin_answer(x);
	else if (strncmp(path, "/_internal/", 11) == 0)
		agents_answer(x);
	else
		api_answer(x);
}
