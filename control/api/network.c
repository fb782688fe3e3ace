#include "control/api/network.h"

#include <string.h>

#include "base/log.h"
#include "control/api/container.h"
#include "control/engine/labels.h"

static json_t *
pool(const char *subnet, const char *range, const char *gateway)
{
	return json_make("{s:s, s:s, s:s}", "Subnet", subnet, "IPRange", range, "Gateway",
	    gateway);
}

/* why: there is to be no IPv6, though it is wished for; NULL. */
static json_t *
config_of(struct converge *cv, const struct network_spec *n, const char *why)
{
	json_t *labels = converge_labels(cv), *config, *pools;

	if (why != NULL)
		json_set_str(labels, LABEL_NO_IPV6, why);
	config = json_own(cv->arena,
	    json_make("{s:s, s:s, s:b, s:{s:s}, s:o}", "Name", n->name, "Driver",
		"bridge", "CheckDuplicate", 1, "Options",
		"com.docker.network.bridge.enable_ip_masquerade",
		n->is_inner ? "false" : "true", "Labels", labels));
	pools = json_need_array(json_need_object(config, "IPAM"), "Config");
	json_add(pools, pool(n->subnet, n->range, n->gateway));
	if (n->subnet6 != NULL && why == NULL) {
		json_set_bool(config, "EnableIPv6", 1);
		json_add(pools, pool(n->subnet6, n->range6, n->gateway6));
	}
	return config;
}

static int
has_subnet(const json_t *inspection, const char *subnet)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_path(inspection, "IPAM.Config"), i, one) {
		if (strcmp(json_str_or(one, "Subnet", ""), subnet) == 0)
			return 1;
	}
	return 0;
}

static int
create(struct converge *cv, const struct network_spec *n, struct err *err)
{
	struct engine *e = cv->env->engine;
	int rc = engine_network_create(e, config_of(cv, n, NULL), err);

	if (rc < 0 && n->subnet6 != NULL && err->kind != &engine_unreachable) {
		log_warn("engine",
		    "%s is made without IPv6 (%s): %s.  Remove the network to try again.",
		    n->name, n->subnet6, err->msg);
		return engine_network_create(e, config_of(cv, n, err->msg), err) < 0 ?
		    -1 :
		    0;
	}
	return rc < 0 ? -1 : n->subnet6 != NULL;
}

/* Is what is there to be replaced?  Of IPv6 only while it costs nobody anything. */
static int
is_wrong(const struct network_spec *n, const json_t *found)
{
	const json_t *labels = json_get(found, "Labels");

	if (!has_subnet(found, n->subnet))
		return 1;
	return n->subnet6 != NULL && !has_subnet(found, n->subnet6) &&
	    json_str(labels, LABEL_NO_IPV6) == NULL &&
	    json_object_size(json_get(found, "Containers")) == 0;
}

int
network_need(struct converge *cv, const struct network_spec *spec, struct err *err)
{
	struct engine *e = cv->env->engine;
	json_t *found;
	int rc = engine_network_inspect(e, cv->arena, spec->name, &found, err);

	if (rc < 0)
		return -1;
	if (rc > 0 && !is_wrong(spec, found))
		return spec->subnet6 != NULL && has_subnet(found, spec->subnet6);
	if (rc > 0) {
		log_info("engine", "%s is not %s%s%s: replacing it", spec->name,
		    spec->subnet, spec->subnet6 != NULL ? " with " : "",
		    spec->subnet6 != NULL ? spec->subnet6 : "");
		if (network_remove(e, spec->name, err) < 0)
			return -1;
	}
	rc = create(cv, spec, err);
	if (rc < 0)
		return err_wrap(err, "create network %s", spec->name);
	return rc;
}

int
network_join(struct converge *cv, const char *network, const char *container,
    const char *address, struct err *err)
{
	struct engine *e = cv->env->engine;
	json_t *endpoint, *found;

	if (container == NULL)
		return 0;
	if (engine_container_inspect(e, cv->arena, container, &found, err) < 0)
		return -1;
	if (container_address(found, network) != NULL)
		return 0;
	/* Its way out stays what it is, where the engine can be told so (API 1.48). */
	endpoint = json_own(cv->arena,
	    json_make("{s:{s:s}, s:i}", "IPAMConfig", "IPv4Address", address,
		"GwPriority", -1));
	if (engine_network_connect(e, network, container, endpoint, err) < 0)
		return err_wrap(err, "join network %s", network);
	return 0;
}

/* Docker removes no network that has members. */
static int
empty(struct engine *e, struct arena *a, const char *name, struct err *err)
{
	json_t *found, *member;
	const char *id;
	int rc = engine_network_inspect(e, a, name, &found, err);

	if (rc <= 0)
		return rc;
	json_object_foreach(json_get(found, "Containers"), id, member) {
		if (engine_network_disconnect(e, name, id, err) < 0)
			return err_wrap(err, "take %s off network %s",
			    json_str_or(member, "Name", id), name);
	}
	return 0;
}

int
network_remove(struct engine *e, const char *name, struct err *err)
{
	struct arena *a = arena_new();
	int rc = empty(e, a, name, err);

	arena_free(a);
	if (rc == 0 && engine_network_remove(e, name, err) < 0)
		rc = err_wrap(err, "remove network %s", name);
	return rc;
}
