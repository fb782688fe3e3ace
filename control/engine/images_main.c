/* `simfra images`: print and move the set of images that a configuration needs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/engine/image_ref.h"
#include "control/engine/images.h"

struct set {
	const char *ref[N_IMAGES]; /* each once */
	size_t n;
};

struct run {
	struct engine *engine;
	struct arena *arena;
	const struct image_settings *settings;
	FILE *out;
	struct set set;
};

static int
make_set(struct run *r, struct err *err)
{
	char *ref;
	size_t i;

	for (enum image_id id = 0; id < N_IMAGES; id++) {
		if (image_ref_of(r->arena, r->settings, id, &ref, err) < 0)
			return -1;
		for (i = 0; i < r->set.n && strcmp(r->set.ref[i], ref) != 0; i++)
			;
		if (i == r->set.n)
			r->set.ref[r->set.n++] = ref;
	}
	return 0;
}

static int
list(struct run *r, const char *option, struct err *err)
{
	char *ref;

	if (option == NULL) {
		for (size_t i = 0; i < r->set.n; i++)
			fprintf(r->out, "%s\n", r->set.ref[i]);
		return 0;
	}
	fprintf(r->out, "%-20s %-34s %-10s %s\n", "IMAGE", "VARIABLE", "AMI NAME",
	    "REFERENCE");
	for (enum image_id id = 0; id < N_IMAGES; id++) {
		const char *pattern = image_table[id].ami_pattern;

		if (image_ref_of(r->arena, r->settings, id, &ref, err) < 0)
			return -1;
		fprintf(r->out, "%-20s %-34s %-10s %s\n", image_table[id].name,
		    image_table[id].variable, pattern != NULL ? pattern : "-", ref);
	}
	return 0;
}

static void
show(void *arg, const char *line)
{
	struct run *r = arg;

	fprintf(r->out, "  %s\n", line);
	fflush(r->out);
}

/* It is here, or is pulled. */
static int
need(struct run *r, const char *ref, struct err *err)
{
	json_t *doc;
	int found = engine_image_inspect(r->engine, r->arena, ref, &doc, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	fprintf(r->out, "%s\n", ref);
	return engine_image_pull(r->engine, ref, show, r, err);
}

static int
pull(struct run *r, const char *unused UNUSED, struct err *err)
{
	for (size_t i = 0; i < r->set.n; i++)
		if (need(r, r->set.ref[i], err) < 0)
			return -1;
	return 0;
}

/* Written aside, synced, renamed: a file of the name is a whole one. */
static int
save_file(struct run *r, const char *path, struct err *err)
{
	char *aside = arena_printf(r->arena, "%s.part", path);
	int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int result;

	if (fd < 0)
		return err_errno(err, "%s", aside);
	result = engine_image_save(r->engine, r->set.ref, r->set.n, fd, err);
	if (result == 0 && fsync(fd) < 0)
		result = err_errno(err, "%s", aside);
	close(fd);
	if (result == 0 && rename(aside, path) < 0)
		result = err_errno(err, "%s", path);
	if (result < 0)
		unlink(aside);
	return result;
}

static int
save(struct run *r, const char *path, struct err *err)
{
	if (pull(r, NULL, err) < 0)
		return -1;
	if (strcmp(path, "-") == 0)
		return engine_image_save(r->engine, r->set.ref, r->set.n, STDOUT_FILENO,
		    err);
	return save_file(r, path, err);
}

static int
load(struct run *r, const char *path, struct err *err)
{
	int fd =
	    strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return err_errno(err, "%s", path);
	result = engine_image_load(r->engine, fd, show, r, err);
	close(fd);
	return result;
}

/* Where the image belongs in the registry: where a control plane that uses it looks. */
static int
mirrored(struct run *r, enum image_id id, const char *registry, char **ret,
    struct err *err)
{
	struct image_settings there = *r->settings;
	const char *override = there.overrides[id];

	if (override != NULL)
		return image_ref_in_registry(r->arena, override, registry, ret, err);
	there.registry = registry;
	return image_ref_of(r->arena, &there, id, ret, err);
}

static int
mirror_one(struct run *r, const char *ref, const char *there, struct err *err)
{
	json_t *doc;
	int had;

	if (need(r, ref, err) < 0)
		return -1;
	had = engine_image_inspect(r->engine, r->arena, there, &doc, err);
	if (had < 0 || engine_image_tag(r->engine, ref, there, err) < 0)
		return -1;
	fprintf(r->out, "%s\n", there);
	if (engine_image_push(r->engine, there, show, r, err) < 0)
		return -1;
	/* The name was for the push only. */
	return had ? 0 : engine_image_remove(r->engine, there, err);
}

static int
mirror(struct run *r, const char *registry, struct err *err)
{
	char *ref, *there;

	for (enum image_id id = 0; id < N_IMAGES; id++) {
		if (image_ref_of(r->arena, r->settings, id, &ref, err) < 0 ||
		    mirrored(r, id, registry, &there, err) < 0)
			return -1;
		/* What two rows share is pushed twice at no cost: its layers are there. */
		if (mirror_one(r, ref, there, err) < 0)
			return -1;
	}
	return 0;
}

static const struct command {
	const char *name, *operand; /* operand NULL: none */
	int is_optional;
	int (*run)(struct run *r, const char *operand, struct err *err);
	const char *doc;
} commands[] = {
	{ "list", "--table", 1, list, "print the images that this configuration needs" },
	{ "load", "FILE", 0, load, "read them from a file that save made" },
	{ "mirror", "REGISTRY", 0, mirror,
	    "push them to a registry, to be used with\n"
	    "                    SIMFRA_DOCKER_IMAGE_REGISTRY" },
	{ "pull", NULL, 0, pull, "pull those that are not here" },
	{ "save", "FILE", 0, save, "write them to one file" },
};

static int
usage(FILE *out, int status)
{
	fprintf(out, "usage: simfra images COMMAND\n");
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *c = &commands[i];

		fprintf(out, "  %-6s %-10s %s\n", c->name,
		    c->operand == NULL ? "" :
			c->is_optional ? "[--table]" :
					 c->operand,
		    c->doc);
	}
	return status;
}

static const struct command *
find_command(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->name, argv[1]) != 0)
			continue;
		if (argc == 2 && (c->operand == NULL || c->is_optional))
			return c;
		if (argc == 3 && c->operand != NULL &&
		    (!c->is_optional || strcmp(argv[2], c->operand) == 0))
			return c;
	}
	return NULL;
}

int
images_run(struct engine *e, int argc, char **argv, const struct image_settings *s,
    FILE *out)
{
	const struct command *c = find_command(argc, argv);
	struct run r = { .engine = e, .settings = s, .out = out };
	struct err err;
	int result;

	if (c == NULL)
		return usage(argc > 1 && strcmp(argv[1], "--help") == 0 ? stdout : stderr,
		    argc > 1 && strcmp(argv[1], "--help") == 0 ? 0 : 2);
	/* The tar goes to stdout: what is said must not. */
	if (c->run == save && strcmp(argv[2], "-") == 0)
		r.out = stderr;
	r.arena = arena_new();
	result = make_set(&r, &err);
	if (result == 0)
		result = c->run(&r, argc > 2 ? argv[2] : NULL, &err);
	if (result < 0)
		fprintf(stderr, "simfra images: %s\n", err.msg);
	arena_free(r.arena);
	return result < 0 ? 1 : 0;
}

int
images_main(int argc, char **argv, const struct image_settings *s)
{
	struct engine *e = engine_open_docker(s->socket);
	int status = images_run(e, argc, argv, s, stdout);

	engine_close(e);
	return status;
}
