#include "control/services/ec2/network/vpc_agent.h"

#include <string.h>

#include "control/api/converge.h"
#include "control/services/ec2/compute/imds.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/vpc_names.h"
#include "control/services/route53/view.h"

#define BOOT_KIND	  "ec2:boot"
#define IMDS_ADDRESS	  "169.254.169.254"
#define IMDS_ADDRESS6	  "fd00:ec2::254"
#define RESOLVER_ADDRESS6 "fd00:ec2::253"

enum { MAX_TRIES = 20, MAX_BOOTS = 10000 };

/* A VPC as its agent is to know it. */
struct view {
	const struct agent_ref *agent;
	struct store_txn *txn;
	const char *account, *region;
	json_t *vpc;
	struct store_docs interfaces, instances, subnets;
};

/* 1, 0 there is no such VPC, -1. */
static int
view_init(struct view *v, const struct agent_ref *agent, struct err *err)
{
	const char *colon = strchr(agent->scope, ':');
	int rc;

	memset(v, 0, sizeof(*v));
	v->agent = agent;
	v->txn = store_begin(agent->env->store, agent->arena);
	if (colon == NULL)
		return 0;
	v->account =
	    arena_strndup(agent->arena, agent->scope, (size_t)(colon - agent->scope));
	v->region = colon + 1;
	rc = store_get(v->txn, agent->scope, ec2_vpc.kind, agent->id, &v->vpc, err);
	if (rc <= 0)
		return rc;
	if (store_list(v->txn, agent->scope, ec2_network_interface.kind, &v->interfaces,
		err) < 0 ||
	    store_list(v->txn, agent->scope, ec2_instance.kind, &v->instances, err) < 0 ||
	    store_list(v->txn, agent->scope, ec2_subnet.kind, &v->subnets, err) < 0)
		return -1;
	return 1;
}

static int
is_here(const struct view *v, const json_t *doc)
{
	return strcmp(json_str_or(doc, "VpcId", ""), v->agent->id) == 0;
}

static json_t *
dns(const struct view *v, struct err *err)
{
	const struct vpc_names names = {
		.env = v->agent->env,
		.arena = v->agent->arena,
		.txn = v->txn,
		.scope = v->agent->scope,
		.region = v->region,
		.vpc = v->vpc,
		.interfaces = v->interfaces,
		.instances = v->instances,
	};

	return vpc_names(&names, err);
}

/* Metadata */

static const json_t *
subnet_of(const struct view *v, const json_t *instance)
{
	const char *id = json_str_or(instance, "SubnetId", "");

	for (size_t i = 0; i < v->subnets.n; i++) {
		if (strcmp(resource_id(&ec2_subnet, v->subnets.doc[i]), id) == 0)
			return v->subnets.doc[i];
	}
	return NULL;
}

/*
 * HttpProtocolIpv6: the instance may ask from its IPv6 addresses, too.  One of an IPv6-only subnet
 * has no others; without the option it can only say that it has booted.
 */
static void
add_addresses6(const json_t *instance, json_t *row)
{
	const json_t *interface, *one;
	size_t i, k;

	if (strcmp(json_str_or(json_get(instance, "MetadataOptions"), "HttpProtocolIpv6",
		       "disabled"),
		"enabled") != 0) {
		if (json_str(instance, "PrivateIpAddress") == NULL)
			json_set_str(json_need_object(row, "options"), "HttpEndpoint",
			    "disabled");
		return;
	}
	json_array_foreach(json_get(instance, "NetworkInterfaces"), i, interface) {
		json_array_foreach(json_get(interface, "Ipv6Addresses"), k, one)
			json_add_str(json_need_array(row, "addresses6"),
			    json_str_or(one, "Ipv6Address", ""));
	}
}

static int
has_ipv6(const struct view *v)
{
	for (size_t i = 0; i < v->subnets.n; i++) {
		if (is_here(v, v->subnets.doc[i]) &&
		    json_array_size(
			json_get(v->subnets.doc[i], "Ipv6CidrBlockAssociationSet")) > 0)
			return 1;
	}
	return 0;
}

/* The text of resolv.conf, which instances ask for at each boot; NULL and *err. */
static const char *
resolv_conf(const struct view *v, struct err *err)
{
	struct buf *out = buf_new(v->agent->arena, 0);
	struct resolv r;
	const json_t *one;
	size_t i;

	if (vpc_resolv(v->txn, v->agent->arena, v->agent->scope, v->vpc, &r, err) < 0)
		return NULL;
	json_array_foreach(r.servers, i, one)
		buf_printf(out, "nameserver %s\n", json_string_value(one));
	json_array_foreach(r.search, i, one)
		buf_printf(out, "%s%s", i == 0 ? "search " : " ", json_string_value(one));
	if (json_array_size(r.search) > 0)
		buf_str(out, "\n");
	return buf_text(out);
}

static json_t *
imds(const struct view *v, struct err *err)
{
	json_t *instances = json_own(v->agent->arena, json_new_object());
	const char *resolv;
	struct imds_input in = {
		.env = v->agent->env,
		.arena = v->agent->arena,
		.txn = v->txn,
		.scope = v->agent->scope,
		.account = v->account,
		.region = v->region,
		.vpc = v->vpc,
	};

	for (size_t i = 0; i < v->instances.n; i++) {
		const char *address = json_str_or(v->instances.doc[i], "PrivateIpAddress",
		    json_str(v->instances.doc[i], "Ipv6Address"));
		json_t *row;

		if (!is_here(v, v->instances.doc[i]) || address == NULL)
			continue;
		in.instance = v->instances.doc[i];
		in.subnet = subnet_of(v, in.instance);
		row = imds_instance(&in, err);
		if (row == NULL)
			return NULL;
		add_addresses6(in.instance, row);
		json_set(instances, address, row);
	}
	resolv = resolv_conf(v, err);
	if (resolv == NULL)
		return NULL;
	return json_make("{s:o, s:O, s:s}", "listen",
	    has_ipv6(v) ? json_make("[s, s]", IMDS_ADDRESS, IMDS_ADDRESS6) :
			  json_new_str(IMDS_ADDRESS),
	    "instances", instances, "resolv", resolv);
}

static int
config(const struct agent_ref *agent, json_t **ret, struct err *err)
{
	json_t *out = json_own(agent->arena, json_new_object()), *metadata, *names, *edge,
	       *door;
	struct view v;
	int rc = view_init(&v, agent, err);

	if (rc <= 0)
		return rc;
	metadata = imds(&v, err);
	names = metadata != NULL ? dns(&v, err) : NULL;
	rc = names != NULL ? edge_get(v.txn, &edge, err) : -1;
	if (rc < 0)
		return -1;
	if (has_ipv6(&v) && json_array_size(json_get(names, "listen")) > 0)
		json_add_str(json_get(names, "listen"), RESOLVER_ADDRESS6);
	door = edge_door(agent->env, agent->arena, rc > 0 ? edge : NULL, agent->scope,
	    v.vpc, &v.subnets);
	json_set_str(out, "vpc", agent->id);
	json_set_str(out, "region", v.region);
	json_set(out, "dns", json_incref(names));
	json_set(out, "imds", metadata);
	if (door != NULL)
		json_set(out, "forwards", door);
	*ret = out;
	return 1;
}

/* What it says: boots of instances, each kept once. */

static int
write_boots(const struct agent_ref *agent, json_t *boots, struct err *err)
{
	struct store_txn *t = store_begin(agent->env->store, agent->arena);
	const char *id;
	json_t *said, *doc;

	json_object_foreach(boots, id, said) {
		int rc = store_get(t, agent->scope, ec2_instance.kind, id, &doc, err);

		if (rc < 0)
			return -1;
		if (rc == 0 || strcmp(json_str_or(doc, "VpcId", ""), agent->id) != 0)
			continue;
		json_set_str(said, "id", id);
		rc = store_edit(t, agent->scope, BOOT_KIND, id, &doc, err);
		if (rc < 0)
			return -1;
		if (rc > 0) {
			json_del(doc, "_rev");
			if (json_equal(doc, said))
				continue;
		}
		store_put(t, agent->scope, BOOT_KIND, id,
		    json_own(agent->arena, json_copy_deep(said)));
	}
	return store_commit(t, err);
}

/*
 * What its resolver knows of Route 53, which GetChange asks for; it only grows.  Of a VPC that is gone nothing is kept: its
 * resolver's last word may come later.
 */
static int
keep_serial(const struct agent_ref *agent, int64_t serial, struct err *err)
{
	for (int try = 0; serial >= 0 && try < MAX_TRIES; try++) {
		struct store_txn *t = store_begin(agent->env->store, agent->arena);
		json_t *doc;
		int rc = store_get(t, agent->scope, ec2_vpc.kind, agent->id, &doc, err);

		if (rc <= 0)
			return rc;
		rc = store_get(t, agent->scope, R53_KNOWN, agent->id, &doc, err);
		if (rc < 0 || (rc > 0 && json_int(doc, "serial", 0) >= serial))
			return rc < 0 ? -1 : 0;
		store_put(t, agent->scope, R53_KNOWN, agent->id,
		    json_own(agent->arena,
			json_make("{s:I}", "serial", (json_int_t)serial)));
		rc = store_commit(t, err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return 0;
}

static int
status(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	json_t *boots = json_get(said, "boots");
	int rc = 0;

	if (keep_serial(agent, json_int(said, "dns_serial", -1), err) < 0)
		return -1;
	if (!json_is_object(boots) || json_object_size(boots) > MAX_BOOTS)
		return 0;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = write_boots(agent, boots, err);
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	return rc < 0 ? -1 : 0;
}

/* A boot is news of the instance: its console has something to say. */
static int
boot_converge(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *instance;
	int rc;

	if (cv->doc == NULL)
		return 0;
	rc = store_get(t, cv->scope, ec2_instance.kind, cv->id, &instance, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return converge_forget(cv, err);
	cv->wake(cv, cv->scope, ec2_instance.kind, cv->id);
	return 0;
}

const struct resource ec2_boot = {
	.service = "ec2",
	.kind = BOOT_KIND,
	.type = "boot",
	.id_member = "id",
	.noun = "boot",
	.no_tags = 1,
	.converge = boot_converge,
};

const struct agent_kind ec2_vpc_agent = {
	.name = "vpc",
	.config = config,
	.status = status,
};
