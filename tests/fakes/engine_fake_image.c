/* The fake engine's images: names; a registry is the set of names that it has. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fakes/engine_fake_internal.h"

int
fake_image_inspect(struct engine *e, struct arena *a, const char *ref, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *image;

	if (fake_enter(f, "image_inspect", err) < 0)
		return -1;
	image = json_get(f->images, ref);
	if (image != NULL)
		*ret = json_own(a, json_copy_deep(image));
	return fake_leave(f, image != NULL);
}

void
fake_add_image(struct engine_fake *f, const char *ref, json_t *config)
{
	json_t *image =
	    json_make("{s:[s], s:s, s:s, s:I, s:o}", "RepoTags", ref, "Architecture",
		"amd64", "Os", "linux", "Size", (json_int_t)1 << 20, "Config", config);
	char id[65];

	fake_make_id(f, id);
	json_set_fmt(image, "Id", "sha256:%s", id);
	json_set(f->images, ref, image);
}

json_t *
fake_shell_config(void)
{
	return json_make("{s:[s], s:n, s:[s], s:s, s:s}", "Cmd", "/bin/sh", "Entrypoint",
	    "Env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	    "User", "", "WorkingDir", "");
}

int
fake_image_pull(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "image_pull", err) < 0)
		return -1;
	if (json_get(f->remotes, ref) == NULL)
		return fake_leave(f,
		    err_set(err, &engine_not_found,
			"manifest for %s not found: manifest unknown", ref));
	fake_add_image(f, ref, fake_shell_config());
	fake_leave(f, 0);
	if (fn != NULL)
		fn(arg, "Status: Downloaded newer image");
	return 0;
}

int
fake_image_push(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "image_push", err) < 0)
		return -1;
	if (json_get(f->images, ref) == NULL)
		return fake_leave(f,
		    err_set(err, &engine_refused,
			"An image does not exist locally with the tag: %s", ref));
	json_set_bool(f->remotes, ref, 1);
	fake_leave(f, 0);
	if (fn != NULL)
		fn(arg, "Pushed");
	return 0;
}

int
fake_image_tag(struct engine *e, const char *ref, const char *to, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *image;

	if (fake_enter(f, "image_tag", err) < 0)
		return -1;
	image = json_get(f->images, ref);
	if (image == NULL)
		return fake_leave(f,
		    err_set(err, &engine_not_found, "No such image: %s", ref));
	json_set(f->images, to, json_copy_deep(image));
	return fake_leave(f, 0);
}

int
fake_image_remove(struct engine *e, const char *ref, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *key;
	json_t *c;

	if (fake_enter(f, "image_remove", err) < 0)
		return -1;
	json_object_foreach(f->containers, key, c) {
		if (strcmp(json_str_or(json_get(c, "Config"), "Image", ""), ref) == 0)
			return fake_leave(f,
			    err_set(err, &engine_conflict,
				"conflict: unable to remove repository reference \"%s\" (must "
				"force) - container %s is using its referenced image",
				ref, json_str(c, "Id")));
	}
	json_del(f->images, ref);
	return fake_leave(f, 0);
}

/* What stands for the tar: a reference a line. */
int
fake_image_save(struct engine *e, const char *const *refs, size_t n, int fd,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "image_save", err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (json_get(f->images, refs[i]) == NULL)
			return fake_leave(f,
			    err_set(err, &engine_not_found, "No such image: %s",
				refs[i]));
		if (dprintf(fd, "%s\n", refs[i]) < 0)
			return fake_leave(f, err_errno(err, "write"));
	}
	return fake_leave(f, 0);
}

int
fake_image_load(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	char text[4096], *save = NULL;
	ssize_t n;

	if (fake_enter(f, "image_load", err) < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return fake_leave(f, err_set(err, &engine_failed, "unexpected EOF"));
	text[n] = '\0';
	for (char *ref = strtok_r(text, "\n", &save); ref != NULL;
	     ref = strtok_r(NULL, "\n", &save))
		fake_add_image(f, ref, fake_shell_config());
	fake_leave(f, 0);
	if (fn != NULL)
		fn(arg, "Loaded");
	return 0;
}
