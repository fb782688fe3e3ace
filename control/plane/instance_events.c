#include "control/plane/instance_events.h"

#include <string.h>

#include "base/clock.h"
#include "control/plane/plane.h"
#include "control/services/ec2/compute/instance_event.h"

static const struct err_kind bad_request = { "InvalidRequest", 400 };

static int
list(struct exchange *x, struct err *err)
{
	json_t *out = json_own(x->arena, json_new_object()), *events;

	if (instance_event_list(&x->plane->env, x->arena, &events, err) < 0)
		return -1;
	json_set(out, "events", json_incref(events));
	reply_json(x, 200, out);
	return 0;
}

static const char *const known[] = { "instanceId", "code", "description", "notBefore",
	"notAfter", "notBeforeDeadline" };

/* A time of the body, in seconds; absent is 0. */
static int
read_time(const json_t *in, const char *name, int64_t *ret, struct err *err)
{
	const char *text = json_str(in, name);
	int64_t ms = 0;

	if (text != NULL && (!clock_parse_iso8601(text, &ms) || ms <= 0))
		return err_set(err, &bad_request, "%s: no time as 2030-01-31T12:00:00Z",
		    name);
	*ret = ms / 1000;
	return 0;
}

static int
read_event(struct exchange *x, struct instance_event *ret, struct err *err)
{
	const char *name;
	json_t *in, *v;

	if (json_read_in(x->arena, x->request.body, x->request.body_len, &in, err) < 0 ||
	    !json_is_object(in))
		return err_set(err, &bad_request, "a JSON object is needed");
	json_object_foreach(in, name, v) {
		size_t i = 0;

		while (i < COUNT(known) && strcmp(known[i], name) != 0)
			i++;
		if (i == COUNT(known) || !json_is_string(v))
			return err_set(err, &bad_request,
			    i == COUNT(known) ? "%.60s is not known" :
						"%.60s: not a string",
			    name);
	}
	*ret = (struct instance_event){ .instance = json_str(in, "instanceId"),
		.code = json_str(in, "code"),
		.description = json_str(in, "description") };
	if (ret->instance == NULL || ret->code == NULL)
		return err_set(err, &bad_request, "instanceId and code are needed");
	return read_time(in, "notBefore", &ret->not_before, err) < 0 ||
		read_time(in, "notAfter", &ret->not_after, err) < 0 ||
		read_time(in, "notBeforeDeadline", &ret->deadline, err) < 0 ?
	    -1 :
	    0;
}

static int
create(struct exchange *x, struct err *err)
{
	struct instance_event e;
	json_t *event;

	if (read_event(x, &e, err) < 0 ||
	    instance_event_schedule(&x->plane->env, x->arena, &e, &event, err) < 0)
		return -1;
	reply_json(x, 201, event);
	return 0;
}

static int
drop(struct exchange *x, const char *id, struct err *err)
{
	int rc = instance_event_cancel(&x->plane->env, x->arena, id, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		reply_error(x, 404, "no such event is scheduled");
	else
		x->reply.status = 204;
	return 0;
}

void
instance_events_answer(struct exchange *x)
{
	const char *rest = x->request.path + strlen("/_simfra/ec2/instance-events"),
		   *method = x->request.method;
	struct err err;
	int rc = 0;

	if (rest[0] == '/' && strcmp(method, "DELETE") == 0)
		rc = drop(x, rest + 1, &err);
	else if (rest[0] == '\0' && strcmp(method, "GET") == 0)
		rc = list(x, &err);
	else if (rest[0] == '\0' && strcmp(method, "POST") == 0)
		rc = create(x, &err);
	else
		reply_error(x, 405, "no such method here");
	if (rc < 0)
		reply_error(x, err.kind->status, err.msg);
}
