#include <string.h>

#include "base/enc.h"
#include "control/engine/engine_docker.h"

int
docker_network_create(struct engine *e, const json_t *config, struct err *err)
{
	struct docker_request r = { .method = "POST", .path = "/networks/create" };
	struct arena *a = arena_new();
	json_t *body = json_own(a, json_copy_deep(config));
	int result;

	/* Without it, daemons before API 1.44 make a second network of the name. */
	json_set_bool(body, "CheckDuplicate", 1);
	r.json = body;
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	return result;
}

int
docker_network_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	return docker_get(docker_of(e), a, docker_path(a, "/networks/", name, ""), ret,
	    err);
}

int
docker_network_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	const char *path =
	    arena_printf(a, "/networks?filters=%s", docker_label_filter(a, label));
	int r = docker_get(docker_of(e), a, path, ret, err);

	if (r == 0)
		return err_set(err, &engine_failed, "the engine has no /networks");
	return r < 0 ? -1 : 0;
}

/* 1 when the container is on the network, 0 when not or one of them is gone, -1. */
static int
is_connected(struct engine *e, const char *network, const char *container,
    struct err *err)
{
	struct arena *a = arena_new();
	json_t *doc = NULL, *endpoint;
	const char *name;
	int r = docker_container_inspect(e, a, container, &doc, err), found = 0;

	json_object_foreach(json_path(doc, "NetworkSettings.Networks"), name, endpoint)
		found |= strcmp(name, network) == 0 ||
		    strcmp(json_str_or(endpoint, "NetworkID", ""), network) == 0;
	arena_free(a);
	return r < 0 ? -1 : found;
}

static int
attach(struct engine *e, const char *network, const char *verb, json_t *body,
    struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "POST", .json = json_own(a, body) };
	int result;

	r.path = docker_path(a, "/networks/", network, verb);
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	return result;
}

int
docker_network_connect(struct engine *e, const char *network, const char *container,
    const json_t *endpoint, struct err *err)
{
	json_t *body = json_make("{s:s}", "Container", container);
	struct err bad, worse;

	if (endpoint != NULL)
		json_set(body, "EndpointConfig", json_copy_deep(endpoint));
	if (attach(e, network, "/connect", body, &bad) == 0)
		return 0;
	if ((bad.kind == &engine_refused || bad.kind == &engine_conflict) &&
	    is_connected(e, network, container, &worse) == 1)
		return 0;
	*err = bad;
	return -1;
}

int
docker_network_disconnect(struct engine *e, const char *network, const char *container,
    struct err *err)
{
	struct err bad, worse;

	if (attach(e, network, "/disconnect",
		json_make("{s:s, s:b}", "Container", container, "Force", 1), &bad) == 0 ||
	    bad.kind == &engine_not_found)
		return 0;
	if (bad.kind != &engine_unreachable &&
	    is_connected(e, network, container, &worse) == 0)
		return 0;
	*err = bad;
	return -1;
}

int
docker_network_remove(struct engine *e, const char *name, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "DELETE" };
	struct err bad;
	int result;

	r.path = docker_path(a, "/networks/", name, "");
	result = docker_do(docker_of(e), &r, NULL, NULL, &bad);
	arena_free(a);
	if (result == 0 || bad.kind == &engine_not_found)
		return 0;
	*err = bad;
	/* 403: it has containers, or is one of Docker's own. */
	if (bad.kind == &engine_refused)
		err->kind = &engine_conflict;
	return -1;
}
