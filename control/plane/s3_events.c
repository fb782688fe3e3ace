#include "control/plane/s3_events.h"

#include "control/plane/plane.h"
#include "control/services/s3/event.h"
#include "control/wire/form.h"

void
s3_events_answer(struct exchange *x)
{
	const char *bucket = form_find(x->arena, &x->request, "bucket");
	struct err err;
	json_t *v;
	int rc;

	if (bucket == NULL) {
		reply_error(x, 400, "?bucket=NAME is needed");
		return;
	}
	rc = s3_events_list(&x->plane->env, x->arena, bucket, &v, &err);
	if (rc > 0)
		reply_json(x, 200, v);
	else
		reply_error(x, rc < 0 ? err.kind->status : 404,
		    rc < 0 ? err.msg : "no such bucket");
}
