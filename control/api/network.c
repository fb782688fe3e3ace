#include "control/api/network.h"

#include <string.h>

#include "base/log.h"
#include "control/api/container.h"

static json_t *
config_of(struct converge *cv, const struct network_spec *n)
{
	return json_own(cv->arena,
	    json_make("{s:s, s:s, s:b, s:{s:[{s:s, s:s, s:s}]}, s:{s:s}, s:o}", "Name",
		n->name, "Driver", "bridge", "CheckDuplicate", 1, "IPAM", "Config",
		"Subnet", n->subnet, "IPRange", n->range, "Gateway", n->gateway,
		"Options", "com.docker.network.bridge.enable_ip_masquerade",
		n->is_inner ? "false" : "true", "Labels", converge_labels(cv)));
}

static int
has_subnet(const json_t *inspection, const char *subnet)
{
	const json_t *first = json_array_get(json_path(inspection, "IPAM.Config"), 0);

	return strcmp(json_str_or(first, "Subnet", ""), subnet) == 0;
}

int
network_need(struct converge *cv, const struct network_spec *spec, struct err *err)
{
	struct engine *e = cv->env->engine;
	json_t *found;
	int rc = engine_network_inspect(e, cv->arena, spec->name, &found, err);

	if (rc < 0 || (rc > 0 && has_subnet(found, spec->subnet)))
		return rc < 0 ? -1 : 0;
	if (rc > 0) {
		log_info("engine", "%s is not %s: replacing it", spec->name,
		    spec->subnet);
		if (network_remove(e, spec->name, err) < 0)
			return -1;
	}
	if (engine_network_create(e, config_of(cv, spec), err) < 0)
		return err_wrap(err, "create network %s", spec->name);
	return 0;
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
