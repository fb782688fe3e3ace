/*
 * Commands in containers of the fake engine: nothing runs, all end well.
 */
#include <string.h>

#include "tests/fakes/engine_fake_internal.h"

int
fake_exec(struct engine *e, const char *name, const struct engine_exec *x UNUSED,
    struct buf *ret UNUSED, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const json_t *container;

	if (fake_enter(f, "exec", err) < 0)
		return -1;
	container = fake_need_container(f, name, err);
	if (container == NULL)
		return fake_leave(f, -1);
	if (!fake_is_running(container)) {
		err_set_fn(err, &engine_conflict, "Container %s is not running", name);
		return fake_leave(f, -1);
	}
	return fake_leave(f, 0);
}

int
fake_pause(struct engine *e, const char *name, int on, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *container;

	if (fake_enter(f, "container_pause", err) < 0)
		return -1;
	container = fake_need_container(f, name, err);
	if (container == NULL)
		return fake_leave(f, -1);
	json_set_bool(json_need_object(container, "State"), "Paused", on);
	return fake_leave(f, 0);
}
