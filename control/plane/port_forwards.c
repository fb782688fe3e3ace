#include "control/plane/port_forwards.h"

#include <stdlib.h>
#include <string.h>

#include "control/plane/plane.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/port_forward.h"

enum { DEFAULT_PORT = 22 };

static const struct err_kind bad_request = { "InvalidRequest", 400 };

/* What edge said of the forward: "listening", "failed", or nothing yet. */
static void
add_state(struct exchange *x, json_t *row, const json_t *edge, const json_t *doc)
{
	const json_t *said =
	    json_get(json_get(edge, "Forwards"), port_forward_key(x->arena, doc));

	json_set_str(row, "state", json_str_or(said, "state", "pending"));
	json_set_str(row, "error", json_str(said, "error"));
}

static json_t *
row_of(struct exchange *x, const json_t *edge, const json_t *doc)
{
	json_t *row = json_new_object();

	json_set_int(row, "hostPort", port_forward_port(doc));
	json_set_fmt(row, "address", "127.0.0.1:%d", port_forward_port(doc));
	json_set_str(row, "protocol", json_str(doc, "Protocol"));
	json_set_int(row, "port", json_int(doc, "Port", 0));
	json_set_str(row, "resource", json_str(doc, "Resource"));
	json_set_str(row, "arn", json_str(doc, "Arn"));
	json_set_str(row, "interface", json_str(doc, "Interface"));
	json_set_str(row, "privateIp", json_str(doc, "Address"));
	json_set_str(row, "publicIp", json_str(doc, "Public"));
	json_set_bool(row, "automatic", json_bool(doc, "Automatic", 0));
	add_state(x, row, edge, doc);
	return row;
}

/* The document of edge, NULL when there is none: 0 or -1. */
static int
edge_of(struct exchange *x, json_t **ret, struct err *err)
{
	int rc = edge_get(store_begin(x->plane->env.store, x->arena), ret, err);

	if (rc == 0)
		*ret = NULL;
	return rc < 0 ? -1 : 0;
}

static int
list(struct exchange *x, struct err *err)
{
	json_t *docs, *edge, *out = json_own(x->arena, json_new_object()), *rows;
	const json_t *doc;
	size_t i;

	if (edge_of(x, &edge, err) < 0 ||
	    port_forward_list(&x->plane->env, x->arena, &docs, err) < 0)
		return -1;
	rows = json_need_array(out, "portForwards");
	json_array_foreach(docs, i, doc)
		json_add(rows, row_of(x, edge, doc));
	json_set_int(out, "unpublished", json_int(edge, "Unpublished", 0));
	reply_json(x, 200, out);
	return 0;
}

/* A number of the body: absent is `def`. */
static int
number(const json_t *in, const char *name, int def, int *ret, struct err *err)
{
	const json_t *v = json_get(in, name);
	int64_t n = json_int(in, name, 0);

	if (v == NULL) {
		*ret = def;
		return 0;
	}
	if (!json_is_integer(v) || n < 1 || n > UINT16_MAX)
		return err_set(err, &bad_request, "%s: not a number from 1 to 65535",
		    name);
	*ret = (int)n;
	return 0;
}

static int
read_wish(struct exchange *x, struct port_forward_wish *ret, struct err *err)
{
	static const char *const known[] = { "resource", "port", "protocol", "hostPort" };
	const char *name;
	json_t *in, *v;

	if (json_read_in(x->arena, x->request.body, x->request.body_len, &in, err) < 0 ||
	    !json_is_object(in))
		return err_set(err, &bad_request, "a JSON object is needed");
	json_object_foreach(in, name, v) {
		size_t i = 0;

		while (i < COUNT(known) && strcmp(known[i], name) != 0)
			i++;
		if (i == COUNT(known))
			return err_set(err, &bad_request,
			    "%.60s: resource, port, protocol and hostPort are known",
			    name);
	}
	ret->resource = json_str(in, "resource");
	if (ret->resource == NULL)
		return err_set(err, &bad_request,
		    "resource: an ARN, or the id of an instance or a network interface");
	v = json_get(in, "protocol");
	if (v != NULL && !json_is_string(v))
		return err_set(err, &bad_request, "protocol: neither tcp nor udp");
	ret->protocol = json_str_or(in, "protocol", "tcp");
	if (number(in, "port", DEFAULT_PORT, &ret->port, err) < 0)
		return -1;
	return number(in, "hostPort", 0, &ret->host_port, err);
}

static int
create(struct exchange *x, struct err *err)
{
	struct port_forward_wish wish;
	json_t *doc, *edge;
	int is_new;

	if (read_wish(x, &wish, err) < 0)
		return -1;
	if (x->plane->env.engine == NULL)
		return err_set(err, &err_unavailable,
		    "SIMFRA_DOCKER is not true, so there is nothing to forward to");
	if (port_forward_create(&x->plane->env, x->arena, &wish, &doc, &is_new, err) <
		0 ||
	    edge_of(x, &edge, err) < 0)
		return -1;
	reply_json(x, is_new ? 201 : 200, json_own(x->arena, row_of(x, edge, doc)));
	return 0;
}

/* "/11800": 1, or 0 when it is no port. */
static int
read_port(const char *text, int *ret)
{
	size_t n = strspn(text, "0123456789");
	long port = n > 0 && n <= 5 ? strtol(text, NULL, 10) : 0;

	*ret = (int)port;
	return text[n] == '\0' && port >= 1 && port <= UINT16_MAX;
}

static int
show(struct exchange *x, int port, struct err *err)
{
	json_t *docs, *edge;
	const json_t *doc;
	size_t i;

	if (edge_of(x, &edge, err) < 0 ||
	    port_forward_list(&x->plane->env, x->arena, &docs, err) < 0)
		return -1;
	json_array_foreach(docs, i, doc) {
		if (port_forward_port(doc) == port) {
			reply_json(x, 200, json_own(x->arena, row_of(x, edge, doc)));
			return 0;
		}
	}
	reply_error(x, 404, "no such port forward");
	return 0;
}

static int
one(struct exchange *x, const char *rest, struct err *err)
{
	const char *method = x->request.method;
	int port;

	if (!read_port(rest, &port)) {
		reply_error(x, 404, "no such path");
		return 0;
	}
	if (strcmp(method, "GET") == 0)
		return show(x, port, err);
	if (strcmp(method, "DELETE") != 0) {
		reply_error(x, 405, "no such method here");
		return 0;
	}
	if (port_forward_remove(&x->plane->env, x->arena, port, err) < 0)
		return -1;
	x->reply.status = 204;
	return 0;
}

void
port_forwards_answer(struct exchange *x)
{
	const char *rest = x->request.path + strlen("/_simfra/port-forwards");
	const char *method = x->request.method;
	struct err err = { .kind = NULL };
	int rc = 0;

	if (*rest == '/' && rest[1] != '\0')
		rc = one(x, rest + 1, &err);
	else if (*rest != '\0')
		reply_error(x, 404, "no such path");
	else if (strcmp(method, "GET") == 0)
		rc = list(x, &err);
	else if (strcmp(method, "POST") == 0)
		rc = create(x, &err);
	else
		reply_error(x, 405, "no such method here");
	if (rc < 0)
		reply_error(x, err.kind->status, err.msg);
}
