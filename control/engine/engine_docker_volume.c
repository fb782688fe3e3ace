#include "control/engine/engine_docker.h"
#include "control/engine/image_ref.h"

enum { COMMIT_S = 900 };

int
docker_volume_create(struct engine *e, const json_t *config, struct err *err)
{
	struct docker_request r = { .method = "POST",
		.path = "/volumes/create",
		.json = config };

	return docker_do(docker_of(e), &r, NULL, NULL, err);
}

int
docker_volume_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	return docker_get(docker_of(e), a, docker_path(a, "/volumes/", name, ""), ret,
	    err);
}

int
docker_volume_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	const char *path =
	    arena_printf(a, "/volumes?filters=%s", docker_label_filter(a, label));
	json_t *doc, *list;
	int r = docker_get(docker_of(e), a, path, &doc, err);

	if (r == 0)
		return err_set(err, &engine_failed, "the engine has no /volumes");
	if (r < 0)
		return -1;
	/* None is null. */
	list = json_get(doc, "Volumes");
	*ret = json_is_array(list) ? list : json_own(a, json_new_array());
	return 0;
}

int
docker_volume_remove(struct engine *e, const char *name, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "DELETE" };
	struct err bad;
	int result;

	r.path = docker_path(a, "/volumes/", name, "");
	result = docker_do(docker_of(e), &r, NULL, NULL, &bad);
	arena_free(a);
	if (result == 0 || bad.kind == &engine_not_found)
		return 0;
	*err = bad;
	return -1;
}

int
docker_container_commit(struct engine *e, const char *name, const char *ref,
    const json_t *config, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "POST",
		.json = config,
		.timeout_s = COMMIT_S };
	struct image_ref parsed;
	const char *repo, *tag;
	int result = -1;

	if (image_ref_parse(a, ref, &parsed, err) == 0) {
		repo = arena_printf(a, "%s%s%s", parsed.host != NULL ? parsed.host : "",
		    parsed.host != NULL ? "/" : "", parsed.path);
		tag = parsed.tag != NULL ? parsed.tag : "latest";
		r.path = docker_path(a,
		    docker_path(a, "/commit?pause=1&container=", name, "&repo="), repo,
		    docker_path(a, "&tag=", tag, ""));
		result = docker_do(docker_of(e), &r, NULL, NULL, err);
	}
	arena_free(a);
	return result;
}
