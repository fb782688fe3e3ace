#include "control/services/ec2/network/port_forward.h"

#include <stdlib.h>
#include <string.h>

#include "control/api/host_port.h"

enum { MAX_TRIES = 50 };

static const struct err_kind bad_forward = { "InvalidPortForward", 400 };
static const struct err_kind no_resource = { "ResourceNotFound", 404 };
static const struct err_kind no_forward = { "PortForwardNotFound", 404 };
static const struct err_kind is_automatic = { "AutomaticPortForward", 409 };
static const struct err_kind is_off = { "EdgeIsOff", 409 };
static const struct err_kind not_ready = { "ResourceNotReady", 409 };

const struct resource ec2_port_forward = {
	.service = "ec2",
	.kind = PORT_FORWARD_KIND,
	.type = "port-forward",
	.id_member = "Id",
	.noun = "port forward",
	.not_found = &no_forward,
	.no_tags = 1,
};

int
port_forward_port(const json_t *doc)
{
	return (int)json_int(doc, "HostPort", 0);
}

char *
port_forward_key(struct arena *a, const json_t *doc)
{
	return arena_printf(a, "%d@%lld", port_forward_port(doc),
	    (long long)json_int(doc, "Created_ms", 0));
}

/* Which resource */

struct found {
	const char *scope, *id;
	const struct resource *type;
	json_t *doc, *interface;
};

static const struct resource *
type_of(const char *id)
{
	return strncmp(id, "i-", 2) == 0 ? &ec2_instance :
	    strncmp(id, "eni-", 4) == 0	 ? &ec2_network_interface :
					   NULL;
}

/* "arn:aws:ec2:REGION:ACCOUNT:instance/i-…": 1 and scope and id; 0 it is none of ours. */
static int
read_arn(struct call *c, const char *arn, struct found *ret)
{
	const char *part[6], *p = arn;
	size_t len[6];

	for (size_t i = 0; i < COUNT(part); i++) {
		part[i] = p;
		len[i] = i < 5 ? strcspn(p, ":") : strlen(p);
		if (i < 5 && p[len[i]] != ':')
			return 0;
		p += len[i] + (i < 5);
	}
	p = strchr(part[5], '/');
	if (len[2] != 3 || strncmp(part[2], "ec2", 3) != 0 || p == NULL ||
	    type_of(p + 1) == NULL ||
	    strncmp(part[5], type_of(p + 1)->type, (size_t)(p - part[5])) != 0)
		return 0;
	ret->id = p + 1;
	ret->scope = arena_printf(c->arena, "%.*s:%.*s", (int)len[4], part[4],
	    (int)len[3], part[3]);
	return 1;
}

/* The scope of an id, of all that there are: 1, 0, -1. */
static int
find_scope(struct call *c, struct found *f)
{
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(c->txn, f->type->kind, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		int rc = store_get(c->txn, json_string_value(scope), f->type->kind, f->id,
		    &f->doc, &c->err);

		if (rc != 0) {
			f->scope = json_string_value(scope);
			return rc;
		}
	}
	return 0;
}

static int
find_resource(struct call *c, const char *text, struct found *f)
{
	int rc;

	f->id = text;
	if (strncmp(text, "arn:", 4) == 0 && !read_arn(c, text, f))
		return err_set(&c->err, &bad_forward,
		    "%.200s: no ARN of an instance or a network interface", text);
	f->type = type_of(f->id);
	if (f->type == NULL)
		return err_set(&c->err, &bad_forward,
		    "%.200s: neither an ARN nor an id of an instance (i-...) or a network "
		    "interface (eni-...)",
		    text);
	rc = f->scope != NULL ?
	    store_get(c->txn, f->scope, f->type->kind, f->id, &f->doc, &c->err) :
	    find_scope(c, f);
	if (rc == 0)
		return err_set(&c->err, &no_resource, "there is no %.200s", text);
	return rc < 0 ? -1 : 0;
}

/* An instance's first interface. */
static int
find_interface(struct call *c, struct found *f)
{
	const json_t *row;
	size_t i;
	int rc;

	if (f->type == &ec2_network_interface) {
		f->interface = f->doc;
		return 0;
	}
	json_array_foreach(json_get(f->doc, "NetworkInterfaces"), i, row) {
		if (json_int(json_get(row, "Attachment"), "DeviceIndex", -1) != 0)
			continue;
		rc = store_get(c->txn, f->scope, ec2_network_interface.kind,
		    json_str_or(row, "NetworkInterfaceId", ""), &f->interface, &c->err);
		return rc == 0 ?
		    err_set(&c->err, &not_ready, "%s has no interface", f->id) :
		    (rc < 0 ? -1 : 0);
	}
	return err_set(&c->err, &not_ready, "%s has no interface", f->id);
}

/* Making one */

static int
check_wish(struct call *c, const struct port_forward_wish *w)
{
	if (strcmp(c->env->settings->edge, "false") == 0)
		return err_set(&c->err, &is_off,
		    "SIMFRA_EDGE is false: nothing is published on this host");
	if (w->port < 1 || w->port > UINT16_MAX)
		return err_set(&c->err, &bad_forward, "port: %d is not from 1 to 65535",
		    w->port);
	if (w->host_port != 0 && (w->host_port < 1024 || w->host_port > UINT16_MAX))
		return err_set(&c->err, &bad_forward,
		    "hostPort: %d is not from 1024 to 65535", w->host_port);
	if (strcmp(w->protocol, "tcp") != 0 && strcmp(w->protocol, "udp") != 0)
		return err_set(&c->err, &bad_forward, "protocol: neither tcp nor udp");
	return 0;
}

static int
is_the_same(const json_t *doc, const struct found *f, const struct port_forward_wish *w)
{
	return !json_bool(doc, "Automatic", 0) && json_int(doc, "Port", 0) == w->port &&
	    strcmp(json_str_or(doc, "Protocol", ""), w->protocol) == 0 &&
	    strcmp(json_str_or(doc, "Resource", ""), f->id) == 0 &&
	    (w->host_port == 0 || port_forward_port(doc) == w->host_port);
}

/* 1 it is there already, 0, -1. */
static int
find_same(struct call *c, const struct found *f, const struct port_forward_wish *w,
    json_t **ret)
{
	struct store_docs all;

	if (store_list(c->txn, f->scope, PORT_FORWARD_KIND, &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_the_same(all.doc[i], f, w)) {
			*ret = all.doc[i];
			return 1;
		}
	}
	return 0;
}

static int
make(struct call *c, const struct found *f, const struct port_forward_wish *w,
    json_t **ret)
{
	const char *address = json_str(f->interface, "PrivateIpAddress");
	json_t *doc = json_own(c->arena, json_new_object());
	int port;

	if (address == NULL)
		return err_set(&c->err, &not_ready, "%s has no private IPv4 address",
		    f->id);
	if (host_port_take(c, HOST_PORT_FORWARD, PORT_FORWARD_KIND, NULL, w->host_port,
		&port) < 0)
		return -1;
	json_set_fmt(doc, "Id", "%d", port);
	json_set_int(doc, "HostPort", port);
	json_set_str(doc, "Protocol", w->protocol);
	json_set_int(doc, "Port", w->port);
	json_set_str(doc, "Resource", f->id);
	json_set_str(doc, "Arn", resource_arn(c, f->type, f->id));
	json_set_str(doc, "Interface", resource_id(&ec2_network_interface, f->interface));
	json_set_str(doc, "Address", address);
	if (w->host_port != 0)
		json_set_bool(doc, "Chosen", 1);
	json_set_int(doc, "Created_ms", c->now_ms);
	store_put(c->txn, c->scope, PORT_FORWARD_KIND, json_str(doc, "Id"), doc);
	*ret = doc;
	return 0;
}

/* A call of the platform's own. */
static void
call_of(struct call *c, struct env *env, struct arena *a)
{
	memset(c, 0, sizeof(*c));
	c->env = env;
	c->arena = a;
	c->txn = store_begin(env->store, a);
	c->now_ms = env->clock->now_ms(env->clock);
	c->is_service = 1;
	c->service = &ec2_service;
	c->model = model_find("ec2");
}

static void
enter(struct call *c, const char *scope)
{
	size_t n = strcspn(scope, ":");

	c->scope = scope;
	c->account = arena_strndup(c->arena, scope, n);
	c->region = scope[n] == ':' ? scope + n + 1 : "";
}

/* One try: 1 and *ret, 0 conflict, -1. */
static int
create_once(struct call *c, const struct port_forward_wish *w, json_t **ret,
    int *ret_is_new)
{
	struct found f = { .scope = NULL };
	size_t n_left;
	int rc;

	if (check_wish(c, w) < 0 || find_resource(c, w->resource, &f) < 0)
		return -1;
	enter(c, f.scope);
	rc = find_same(c, &f, w, ret);
	*ret_is_new = rc == 0;
	if (rc != 0)
		return rc;
	if (find_interface(c, &f) < 0 || make(c, &f, w, ret) < 0 ||
	    port_forward_sync(c, &n_left) < 0)
		return -1;
	return store_commit(c->txn, &c->err);
}

int
port_forward_create(struct env *env, struct arena *a, const struct port_forward_wish *w,
    json_t **ret, int *ret_is_new, struct err *err)
{
	for (int try = 0; try < MAX_TRIES; try++) {
		struct call c;
		int rc;

		call_of(&c, env, a);
		rc = create_once(&c, w, ret, ret_is_new);
		*err = c.err;
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return err_set(err, &err_unavailable, "too many conflicts");
}

/* The scope of the forward with the host's port: 1, 0, -1. */
static int
find_forward(struct call *c, const char *id, json_t **ret)
{
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(c->txn, PORT_FORWARD_KIND, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		int rc = store_get(c->txn, json_string_value(scope), PORT_FORWARD_KIND,
		    id, ret, &c->err);

		if (rc != 0) {
			enter(c, json_string_value(scope));
			return rc;
		}
	}
	return 0;
}

static int
remove_once(struct call *c, int host_port)
{
	const char *id = arena_printf(c->arena, "%d", host_port);
	size_t n_left;
	json_t *doc;
	int rc = find_forward(c, id, &doc);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &no_forward, "port %d is forwarded nowhere",
		    host_port);
	if (json_bool(doc, "Automatic", 0))
		return err_set(&c->err, &is_automatic,
		    "port %d is that of an open port of %s: it goes when the security group "
		    "does not open it",
		    host_port, json_str_or(doc, "Resource", ""));
	store_delete(c->txn, c->scope, PORT_FORWARD_KIND, id);
	host_port_give_back(c, host_port);
	if (port_forward_sync(c, &n_left) < 0)
		return -1;
	return store_commit(c->txn, &c->err);
}

int
port_forward_remove(struct env *env, struct arena *a, int host_port, struct err *err)
{
	for (int try = 0; try < MAX_TRIES; try++) {
		struct call c;
		int rc;

		call_of(&c, env, a);
		rc = remove_once(&c, host_port);
		*err = c.err;
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return err_set(err, &err_unavailable, "too many conflicts");
}

static int
by_port(const void *a, const void *b)
{
	json_t *const *left = a, *const *right = b;

	return port_forward_port(*left) - port_forward_port(*right);
}

int
port_forward_list(struct env *env, struct arena *a, json_t **ret, struct err *err)
{
	struct store_txn *t = store_begin(env->store, a);
	const json_t *scope;
	struct store_docs docs;
	json_t *scopes, **rows = NULL;
	size_t i, n = 0;

	if (store_scopes(t, PORT_FORWARD_KIND, &scopes, err) < 0)
		return -1;
	*ret = json_own(a, json_new_array());
	json_array_foreach(scopes, i, scope) {
		json_t **more;

		if (store_list(t, json_string_value(scope), PORT_FORWARD_KIND, &docs,
			err) < 0)
			return -1;
		more = arena_alloc(a, (n + docs.n + 1) * sizeof(json_t *));
		if (n > 0)
			memcpy(more, rows, n * sizeof(json_t *));
		if (docs.n > 0)
			memcpy(more + n, docs.doc, docs.n * sizeof(json_t *));
		rows = more;
		n += docs.n;
	}
	if (n > 0)
		qsort(rows, n, sizeof(json_t *), by_port);
	for (i = 0; i < n; i++)
		json_add(*ret, json_incref(rows[i]));
	return 0;
}
