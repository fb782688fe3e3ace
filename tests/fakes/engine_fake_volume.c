/* The fake engine's volumes, and images made of containers.  Nothing is in either. */
#include <string.h>

#include "tests/fakes/engine_fake_internal.h"

int
fake_volume_create(struct engine *e, const json_t *config, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *name = json_str_or(config, "Name", "");
	json_t *v;

	if (fake_enter(f, "volume_create", err) < 0)
		return -1;
	if (json_get(f->volumes, name) != NULL)
		return fake_leave(f, 0);
	v = json_make("{s:s, s:s, s:s}", "Name", name, "Driver", "local", "Scope",
	    "local");
	json_set(v, "Labels", json_copy_deep(json_get(config, "Labels")));
	json_set_fmt(v, "Mountpoint", "/var/lib/docker/volumes/%s/_data", name);
	json_set(f->volumes, name, v);
	return fake_leave(f, 0);
}

int
fake_volume_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *v;

	if (fake_enter(f, "volume_inspect", err) < 0)
		return -1;
	v = json_get(f->volumes, name);
	if (v != NULL)
		*ret = json_own(a, json_copy_deep(v));
	return fake_leave(f, v != NULL);
}

static json_t *
labelled(struct arena *a, json_t *all, const char *label)
{
	json_t *list = json_own(a, json_new_array()), *v;
	const char *name;

	json_object_foreach(all, name, v) {
		const json_t *labels = json_get(v, "Labels");

		if (labels == NULL)
			labels = json_path(v, "Config.Labels");
		if (label == NULL || fake_has_label(labels, label)) {
			json_t *row = json_copy_deep(v);

			json_set(row, "Labels", json_copy_deep(labels));
			json_add(list, row);
		}
	}
	return list;
}

int
fake_volume_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "volume_list", err) < 0)
		return -1;
	*ret = labelled(a, f->volumes, label);
	return fake_leave(f, 0);
}

int
fake_image_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "image_list", err) < 0)
		return -1;
	*ret = labelled(a, f->images, label);
	return fake_leave(f, 0);
}

/* "name:/path:ro" */
static int
binds(const json_t *container, const char *volume)
{
	const json_t *bind;
	size_t i, n = strlen(volume);

	json_array_foreach(json_path(container, "HostConfig.Binds"), i, bind) {
		const char *text = json_string_value(bind);

		if (strncmp(text, volume, n) == 0 && text[n] == ':')
			return 1;
	}
	return 0;
}

int
fake_volume_remove(struct engine *e, const char *name, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *key;
	json_t *c;

	if (fake_enter(f, "volume_remove", err) < 0)
		return -1;
	json_object_foreach(f->containers, key, c) {
		if (binds(c, name))
			return fake_leave(f,
			    err_set(err, &engine_conflict,
				"remove %s: volume is in use - [%s]", name,
				json_str(c, "Id")));
	}
	json_del(f->volumes, name);
	return fake_leave(f, 0);
}

int
fake_container_commit(struct engine *e, const char *name, const char *ref,
    const json_t *config, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *c, *image;

	if (fake_enter(f, "container_commit", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c == NULL)
		return fake_leave(f, -1);
	image = json_copy_deep(json_get(c, "Config"));
	/* Docker's: what the config says comes over what the container has. */
	if (json_get(config, "Labels") != NULL) {
		const char *key;
		json_t *v;

		json_object_foreach(json_get(config, "Labels"), key, v)
			json_set(json_need_object(image, "Labels"), key, json_incref(v));
	}
	fake_add_image(f, ref, image);
	return fake_leave(f, 0);
}

int
engine_fake_n_volumes(struct engine_fake *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = json_object_size(f->volumes);
	pthread_mutex_unlock(&f->lock);
	return (int)n;
}
