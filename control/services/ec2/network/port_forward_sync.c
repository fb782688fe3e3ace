/*
 * EC2: which port forwards there are to be: those of open ports of public instances, and of
 * the others those whose resource is still there; and the tags that tell of them.
 */
#include <string.h>

#include "base/log.h"
#include "control/api/host_port.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/port_forward.h"
#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/public_shared.h"
#include "netdns/ip.h"

/* A look at one scope. */
struct look {
	struct call *c;
	struct store_docs instances, interfaces, forwards;
	struct ip host; /* where the host's connections come from */
	json_t *edge;	/* its document, or NULL */
	json_t *wanted; /* "eni-…/10.0.1.15/tcp/22": the forward, without a host port */
	json_t *forwards_now; /* those that there are to be */
	size_t n_left;
};

static const json_t *
find(const struct store_docs *docs, const struct resource *r, const char *id)
{
	for (size_t i = 0; i < docs->n; i++) {
		if (strcmp(resource_id(r, docs->doc[i]), id) == 0)
			return docs->doc[i];
	}
	return NULL;
}

/* Rules */

static int
has_host(const struct look *l, const char *text)
{
	struct cidr cidr;

	return text != NULL && cidr_parse(text, &cidr) && cidr_has(&cidr, &l->host);
}

/* 1 when a rule is for the host's side, 0, -1. */
static int
is_for_host(struct look *l, const json_t *permission)
{
	const json_t *row, *entry;
	json_t *list;
	size_t i, k;

	if (!l->c->env->settings->vpc_isolation)
		return 1;
	json_array_foreach(json_get(permission, "IpRanges"), i, row) {
		if (has_host(l, json_str(row, "CidrIp")))
			return 1;
	}
	json_array_foreach(json_get(permission, "PrefixListIds"), i, row) {
		int rc =
		    prefix_list_find(l->c, json_str_or(row, "PrefixListId", ""), &list);

		if (rc < 0)
			return -1;
		json_array_foreach(rc > 0 ? prefix_list_entries(list, 0) : NULL, k,
		    entry) {
			if (has_host(l, json_str(entry, "Cidr")))
				return 1;
		}
	}
	return 0;
}

static const char *
protocol_of(const json_t *permission)
{
	const char *word = json_str_or(permission, "IpProtocol", "");

	return strcmp(word, "tcp") == 0 || strcmp(word, "6") == 0 ? "tcp" :
	    strcmp(word, "udp") == 0 || strcmp(word, "17") == 0	  ? "udp" :
								    NULL;
}

/* A public address of an instance's interface. */
struct place {
	const json_t *instance, *interface;
	const char *private, *public;
	size_t n_ports;
};

static void
want(struct look *l, struct place *p, const char *protocol, int64_t port)
{
	const char *eni = resource_id(&ec2_network_interface, p->interface);
	const char *id = resource_id(&ec2_instance, p->instance);
	const char *key = arena_printf(l->c->arena, "%s/%s/%s/%lld", eni, p->private,
	    protocol, (long long)port);
	json_t *doc;

	if (json_get(l->wanted, key) != NULL || p->n_ports >= PORT_FORWARD_PORTS_MAX)
		return;
	p->n_ports++;
	doc = json_need_object(l->wanted, key);
	json_set_str(doc, "Protocol", protocol);
	json_set_int(doc, "Port", port);
	json_set_str(doc, "Resource", id);
	json_set_str(doc, "Arn", resource_arn(l->c, &ec2_instance, id));
	json_set_str(doc, "Interface", eni);
	json_set_str(doc, "Address", p->private);
	json_set_str(doc, "Public", p->public);
	json_set_bool(doc, "Automatic", 1);
}

static int
want_permission(struct look *l, struct place *p, const json_t *permission)
{
	const char *protocol = protocol_of(permission);
	int64_t from = json_int(permission, "FromPort", -1);
	int64_t to = json_int(permission, "ToPort", -1);
	int rc;

	if (protocol == NULL || from < 1 || to > UINT16_MAX || to < from ||
	    to - from >= PORT_FORWARD_RANGE_MAX)
		return 0;
	rc = is_for_host(l, permission);
	for (int64_t port = from; rc > 0 && port <= to; port++)
		want(l, p, protocol, port);
	return rc < 0 ? -1 : 0;
}

static int
want_place(struct look *l, struct place *p)
{
	const json_t *group, *permission;
	json_t *doc;
	size_t i, k;

	json_array_foreach(json_get(p->interface, "Groups"), i, group) {
		int rc = store_get(l->c->txn, l->c->scope, ec2_security_group.kind,
		    json_str_or(group, "GroupId", ""), &doc, &l->c->err);

		if (rc < 0)
			return -1;
		json_array_foreach(rc > 0 ? json_get(doc, "IpPermissions") : NULL, k,
		    permission) {
			if (want_permission(l, p, permission) < 0)
				return -1;
		}
	}
	return 0;
}

static int
want_interface(struct look *l, const json_t *instance, const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		struct place p = {
			.instance = instance,
			.interface = interface,
			.private = json_str_or(row, "PrivateIpAddress", ""),
			.public = public_shared_of(interface, row),
		};

		if (p.public != NULL && want_place(l, &p) < 0)
			return -1;
	}
	return 0;
}

static int
want_public(struct look *l)
{
	for (size_t i = 0; i < l->interfaces.n; i++) {
		const json_t *interface = l->interfaces.doc[i];
		const char *owner =
		    json_str(json_get(interface, "Attachment"), "InstanceId");
		const json_t *instance =
		    owner == NULL ? NULL : find(&l->instances, &ec2_instance, owner);

		if (instance != NULL &&
		    strcmp(json_str_or(json_get(instance, "State"), "Name", ""),
			"running") == 0 &&
		    want_interface(l, instance, interface) < 0)
			return -1;
	}
	return 0;
}

/* What there is */

/* Its resource is there, with the address that it leads to. */
static int
is_alive(const struct look *l, const json_t *forward)
{
	const json_t *interface = find(&l->interfaces, &ec2_network_interface,
	    json_str_or(forward, "Interface", ""));
	const char *id = json_str_or(forward, "Resource", ""), *state;
	const json_t *instance;

	if (interface == NULL ||
	    strcmp(json_str_or(interface, "PrivateIpAddress", ""),
		json_str_or(forward, "Address", "")) != 0)
		return 0;
	if (strncmp(id, "i-", 2) != 0)
		return 1;
	instance = find(&l->instances, &ec2_instance, id);
	state = json_str_or(json_get(instance, "State"), "Name", "terminated");
	return strcmp(state, "terminated") != 0 && strcmp(state, "shutting-down") != 0;
}

static char *
key_of(const struct look *l, const json_t *forward)
{
	return arena_printf(l->c->arena, "%s/%s/%s/%lld",
	    json_str_or(forward, "Interface", ""), json_str_or(forward, "Address", ""),
	    json_str_or(forward, "Protocol", ""),
	    (long long)json_int(forward, "Port", 0));
}

/* Edge did not get its port, which another program took meanwhile, and nobody asked for that one. */
static int
has_lost_its_port(const struct look *l, const json_t *forward)
{
	const json_t *said = json_get(json_get(l->edge, "Forwards"),
	    port_forward_key(l->c->arena, forward));

	return strcmp(json_str_or(said, "error", ""), "address already in use") == 0 &&
	    !json_bool(forward, "Chosen", 0) && !json_bool(forward, "Listened", 0) &&
	    json_int(forward, "Moves", 0) < PORT_FORWARD_MOVES_MAX;
}

/* A port that was there once stays: who knows it waits for it, and edge tries on.  0 or -1. */
static int
note_listening(struct look *l, const json_t *forward)
{
	const json_t *said = json_get(json_get(l->edge, "Forwards"),
	    port_forward_key(l->c->arena, forward));
	const char *id = json_str_or(forward, "Id", "");
	json_t *doc;

	if (strcmp(json_str_or(said, "state", ""), "listening") != 0 ||
	    json_bool(forward, "Listened", 0))
		return 0;
	if (store_edit(l->c->txn, l->c->scope, PORT_FORWARD_KIND, id, &doc, &l->c->err) <
	    0)
		return -1;
	json_set_bool(doc, "Listened", 1);
	store_put(l->c->txn, l->c->scope, PORT_FORWARD_KIND, id, doc);
	return 0;
}

static void
put(struct look *l, json_t *doc, int port)
{
	json_set_fmt(doc, "Id", "%d", port);
	json_set_int(doc, "HostPort", port);
	json_set_int(doc, "Created_ms", l->c->now_ms);
	store_put(l->c->txn, l->c->scope, PORT_FORWARD_KIND, json_str(doc, "Id"), doc);
	json_add(l->forwards_now, json_incref(doc));
}

/* The next port, while the lost one is not given back yet: 1, 0 there is none, -1. */
static int
move(struct look *l, const json_t *forward)
{
	json_t *doc = json_own(l->c->arena, json_copy_deep(forward));
	int port;

	if (host_port_take(l->c, HOST_PORT_FORWARD, PORT_FORWARD_KIND, NULL, 0, &port) <
	    0)
		return l->c->err.kind == &host_port_none ? 0 : -1;
	json_del(doc, "_rev");
	json_set_int(doc, "Moves", json_int(forward, "Moves", 0) + 1);
	put(l, doc, port);
	return 1;
}

/* Those that stay: of the wanted ones only new ones are left.  0 or -1. */
static int
keep(struct look *l)
{
	for (size_t i = 0; i < l->forwards.n; i++) {
		json_t *forward = l->forwards.doc[i];
		const char *key = key_of(l, forward);
		int stays = json_bool(forward, "Automatic", 0) ?
		    strcmp(json_str_or(json_get(l->wanted, key), "Public", ""),
			json_str_or(forward, "Public", "?")) == 0 :
		    is_alive(l, forward);

		int moved = 0;

		if (stays && json_bool(forward, "Automatic", 0))
			json_del(l->wanted, key);
		if (stays && has_lost_its_port(l, forward))
			moved = move(l, forward);
		if (moved < 0)
			return -1;
		if (stays && !moved) {
			if (note_listening(l, forward) < 0)
				return -1;
			json_add(l->forwards_now, json_incref(forward));
			continue;
		}
		store_delete(l->c->txn, l->c->scope, PORT_FORWARD_KIND,
		    json_str_or(forward, "Id", ""));
		host_port_give_back(l->c, port_forward_port(forward));
	}
	return 0;
}

/* 0 or -1; a full range is no failure. */
static int
add_new(struct look *l)
{
	const char *key;
	json_t *row, *doc;
	int port;

	json_object_foreach(l->wanted, key, row) {
		if (l->n_left > 0 ||
		    host_port_take(l->c, HOST_PORT_FORWARD, PORT_FORWARD_KIND, NULL, 0,
			&port) < 0) {
			if (l->n_left == 0 && l->c->err.kind != &host_port_none)
				return -1;
			l->n_left++;
			continue;
		}
		doc = json_own(l->c->arena, json_copy_deep(row));
		put(l, doc, port);
	}
	return 0;
}

/* Tags */

static int
is_tag(const json_t *tag)
{
	return strncmp(json_str_or(tag, "Key", ""), PORT_FORWARD_TAG,
		   strlen(PORT_FORWARD_TAG)) == 0;
}

/* The tag's key; several of one port are one tag, with a comma. */
static void
add_tag(const struct look *l, json_t *tags, const json_t *forward)
{
	const char *key = arena_printf(l->c->arena, PORT_FORWARD_TAG "%lld%s",
	    (long long)json_int(forward, "Port", 0),
	    strcmp(json_str_or(forward, "Protocol", ""), "udp") == 0 ? "/udp" : "");
	json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), key) == 0) {
			json_set_fmt(tag, "Value", "%s, 127.0.0.1:%d",
			    json_str_or(tag, "Value", ""), port_forward_port(forward));
			return;
		}
	}
	tag = json_add_object(tags);
	json_set_str(tag, "Key", key);
	json_set_fmt(tag, "Value", "127.0.0.1:%d", port_forward_port(forward));
}

/* The resource's tags as they are to be, others first: a new array, the arena's. */
static json_t *
tags_of(const struct look *l, const json_t *old, const char *id)
{
	json_t *tags = json_own(l->c->arena, json_new_array());
	const json_t *forward;
	json_t *tag;
	size_t i;

	json_array_foreach(old, i, tag) {
		if (!is_tag(tag))
			json_add(tags, json_incref(tag));
	}
	json_array_foreach(l->forwards_now, i, forward) {
		if (strcmp(json_str_or(forward, "Resource", ""), id) == 0)
			add_tag(l, tags, forward);
	}
	return tags;
}

static int
write_tags(struct look *l, const struct resource *r, const struct store_docs *docs)
{
	const char *member = resource_tags_member(r);

	for (size_t i = 0; i < docs->n; i++) {
		const char *id = resource_id(r, docs->doc[i]);
		const json_t *old = json_get(docs->doc[i], member);
		json_t *tags = tags_of(l, old, id), *doc;

		if (old == NULL ? json_array_size(tags) == 0 : json_equal(old, tags))
			continue;
		if (store_edit(l->c->txn, l->c->scope, r->kind, id, &doc, &l->c->err) < 0)
			return -1;
		json_set(doc, member, json_copy_deep(tags));
		store_put(l->c->txn, l->c->scope, r->kind, id, doc);
	}
	return 0;
}

/* The gateway of simfra-internet is the host, as instances see it. */
static struct ip
host_address(const struct settings *s)
{
	struct plan_internet pool;
	struct net4 net;

	if (!net4_parse(s->internet_cidr, &net) || !plan_internet(&net, &pool))
		return (struct ip){ .version = 0 };
	return ip_of4(pool.gateway);
}

static int
look_around(struct look *l)
{
	struct call *c = l->c;
	int rc;

	if (store_list(c->txn, c->scope, ec2_instance.kind, &l->instances, &c->err) < 0 ||
	    store_list(c->txn, c->scope, ec2_network_interface.kind, &l->interfaces,
		&c->err) < 0 ||
	    store_list(c->txn, c->scope, PORT_FORWARD_KIND, &l->forwards, &c->err) < 0)
		return -1;
	rc = edge_get(c->txn, &l->edge, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		l->edge = NULL;
	l->host = host_address(c->env->settings);
	l->wanted = json_own(c->arena, json_new_object());
	l->forwards_now = json_own(c->arena, json_new_array());
	return 0;
}

int
port_forward_sync(struct call *c, size_t *ret_n_left)
{
	struct look l = { .c = c };
	int publishes =
	    c->env->engine != NULL && strcmp(c->env->settings->edge, "false") != 0;

	if (public_shared_need(c) < 0 || look_around(&l) < 0 ||
	    (publishes && want_public(&l) < 0))
		return -1;
	if (keep(&l) < 0 || add_new(&l) < 0 ||
	    write_tags(&l, &ec2_instance, &l.instances) < 0 ||
	    write_tags(&l, &ec2_network_interface, &l.interfaces) < 0)
		return -1;
	*ret_n_left = l.n_left;
	return 0;
}
