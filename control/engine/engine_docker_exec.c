/*
 * Commands in containers: made, run on a terminal (so that what they write comes unframed),
 * asked for their exit status.
 */
#include <string.h>

#include "control/engine/engine_docker.h"

enum { MAX_OUTPUT = 1 << 20, MAX_MADE = 1 << 16 };

static void
add_all(json_t *config, const char *member, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		json_add_str(json_need_array(config, member), *list);
}

static int
make(struct docker *d, struct arena *a, const char *name, const struct engine_exec *x,
    const char **ret_id, struct err *err)
{
	json_t *config = json_own(a, json_new_object()), *made;
	struct buf *reply = buf_new(a, MAX_MADE);
	struct docker_request r = { .method = "POST", .json = config };

	json_set_bool(config, "AttachStdout", 1);
	json_set_bool(config, "AttachStderr", 1);
	json_set_bool(config, "Tty", 1);
	json_set_str(config, "User", x->user);
	add_all(config, "Cmd", x->argv);
	add_all(config, "Env", x->env);
	r.path = docker_path(a, "/containers/", name, "/exec");
	if (docker_do(d, &r, reply, NULL, err) < 0)
		return -1;
	if (json_read_in(a, buf_text(reply), reply->len, &made, err) < 0 ||
	    json_str(made, "Id") == NULL)
		return err_set(err, &engine_failed, "the engine names no command");
	*ret_id = json_str(made, "Id");
	return 0;
}

/* As a terminal has it, without the carriage returns. */
static int
take(void *arg, const char *p, size_t n)
{
	struct buf *out = arg;

	for (size_t i = 0; i < n && out->len < MAX_OUTPUT; i++) {
		if (p[i] != '\r')
			buf_chr(out, p[i]);
	}
	return 0;
}

static int
run(struct docker *d, struct arena *a, const char *id, const struct engine_exec *x,
    struct buf *ret, struct err *err)
{
	struct docker_request r = {
		.method = "POST",
		.json = json_own(a, json_make("{s:b, s:b}", "Detach", 0, "Tty", 1)),
		.path = docker_path(a, "/exec/", id, "/start"),
		.timeout_s = x->timeout_s,
		.sink = take,
		.sink_arg = ret,
	};

	return docker_do(d, &r, NULL, NULL, err);
}

int
docker_exec(struct engine *e, const char *name, const struct engine_exec *x,
    struct buf *ret, struct err *err)
{
	struct docker *d = docker_of(e);
	struct arena *a = arena_new();
	const char *id = NULL;
	json_t *state = NULL;
	int rc = make(d, a, name, x, &id, err);

	if (rc == 0)
		rc = run(d, a, id, x, ret, err);
	if (rc >= 0)
		rc = docker_get(d, a, docker_path(a, "/exec/", id, "/json"), &state, err);
	if (rc == 0)
		rc = err_set(err, &engine_not_found, "the command is gone: %s", name);
	if (rc > 0)
		rc = json_is_true(json_get(state, "Running")) ?
		    err_set(err, &engine_failed, "the command goes on unseen") :
		    (int)json_int(state, "ExitCode", 255);
	arena_free(a);
	return rc;
}
