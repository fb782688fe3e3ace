#include "control/engine/engine_docker.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static int
version(struct engine *e, struct arena *a, json_t **ret, struct err *err)
{
	int r = docker_get(docker_of(e), a, "/version", ret, err);

	return r == 0 ? err_set(err, &engine_not_found, "the engine has no /version") :
			(r < 0 ? -1 : 0);
}

static int
info(struct engine *e, struct arena *a, json_t **ret, struct err *err)
{
	int r = docker_get(docker_of(e), a, "/info", ret, err);

	return r == 0 ? err_set(err, &engine_not_found, "the engine has no /info") :
			(r < 0 ? -1 : 0);
}

static void
close_docker(struct engine *e)
{
	docker_close(docker_of(e));
}

static const struct engine_ops ops = {
	.version = version,
	.info = info,
	.container_create = docker_container_create,
	.container_start = docker_container_start,
	.container_stop = docker_container_stop,
	.container_kill = docker_container_kill,
	.container_pause = docker_container_pause,
	.container_update = docker_container_update,
	.container_remove = docker_container_remove,
	.container_inspect = docker_container_inspect,
	.container_list = docker_container_list,
	.archive_put = docker_archive_put,
	.logs = docker_logs,
	.exec = docker_exec,
	.container_commit = docker_container_commit,
	.volume_create = docker_volume_create,
	.volume_inspect = docker_volume_inspect,
	.volume_list = docker_volume_list,
	.volume_remove = docker_volume_remove,
	.network_create = docker_network_create,
	.network_inspect = docker_network_inspect,
	.network_list = docker_network_list,
	.network_connect = docker_network_connect,
	.network_disconnect = docker_network_disconnect,
	.network_remove = docker_network_remove,
	.image_inspect = docker_image_inspect,
	.image_list = docker_image_list,
	.image_pull = docker_image_pull,
	.image_push = docker_image_push,
	.image_tag = docker_image_tag,
	.image_remove = docker_image_remove,
	.image_save = docker_image_save,
	.image_load = docker_image_load,
	.events = docker_events,
	.close = close_docker,
};

struct engine *
engine_open_docker(const char *path)
{
	const char *host = getenv("DOCKER_HOST");

	if (path == NULL && host != NULL && strncmp(host, "unix://", 7) == 0)
		path = host + 7;
	return &docker_open(path != NULL ? path : "/var/run/docker.sock", &ops)->engine;
}
