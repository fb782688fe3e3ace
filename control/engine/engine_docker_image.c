#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "control/engine/engine_docker.h"
#include "control/engine/image_ref.h"
#include "control/engine/registry_auth.h"

enum { SILENCE_S = 600, PROGRESS_MS = 1000 };

int
docker_image_inspect(struct engine *e, struct arena *a, const char *ref, json_t **ret,
    struct err *err)
{
	return docker_get(docker_of(e), a, docker_path(a, "/images/", ref, "/json"), ret,
	    err);
}

int
docker_image_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	const char *path =
	    arena_printf(a, "/images/json?filters=%s", docker_label_filter(a, label));
	int r = docker_get(docker_of(e), a, path, ret, err);

	if (r == 0)
		return err_set(err, &engine_failed, "the engine has no /images");
	return r < 0 ? -1 : 0;
}

/* What a pull, push or load tells, a JSON document a line. */
struct progress {
	engine_progress_fn *fn;
	void *arg;
	int64_t shown_ms; /* when a line about bytes was last passed on */
	struct err err;	  /* what the stream says went wrong, after a 200 */
};

static void
tell(struct progress *p, const json_t *doc)
{
	const char *id = json_str(doc, "id"), *status = json_str(doc, "status");
	const json_t *detail = json_get(doc, "progressDetail");
	double total = json_num(detail, "total", 0),
	       current = json_num(detail, "current", 0);
	char line[512], bytes[64] = "";

	if (status == NULL)
		status = json_str(doc, "stream");
	if (status == NULL || p->fn == NULL)
		return;
	if (total > 0) {
		if (clock_monotonic_ms() - p->shown_ms < PROGRESS_MS)
			return;
		p->shown_ms = clock_monotonic_ms();
		snprintf(bytes, sizeof(bytes), " %.1f of %.1f MB", current / 1e6,
		    total / 1e6);
	}
	snprintf(line, sizeof(line), "%s%s%.*s%s", id != NULL ? id : "",
	    id != NULL ? ": " : "", (int)strcspn(status, "\r\n"), status, bytes);
	p->fn(p->arg, line);
}

static int
on_line(void *arg, const char *line, size_t n)
{
	struct progress *p = arg;
	const char *error;
	json_t *doc;

	if (json_read(line, n, &doc, &p->err) < 0)
		return -1;
	error = json_str(json_get(doc, "errorDetail"), "message");
	if (error == NULL)
		error = json_str(doc, "error");
	if (error != NULL)
		err_set_fn(&p->err, &engine_refused, "%s", error);
	else
		tell(p, doc);
	json_decref(doc);
	return error != NULL ? -1 : 0;
}

/* A request whose answer is a stream of progress. */
static int
follow(struct docker *d, const struct docker_request *request, engine_progress_fn *fn,
    void *arg, struct err *err)
{
	struct docker_request r = *request;
	struct progress p = { .fn = fn, .arg = arg };
	struct docker_lines lines;
	struct err bad;
	int result;

	docker_lines_init(&lines, on_line, &p);
	r.sink = docker_lines_add;
	r.sink_arg = &lines;
	r.timeout_s = SILENCE_S;
	result = docker_do(d, &r, NULL, NULL, &bad);
	docker_lines_done(&lines);
	if (p.err.kind != NULL)
		bad = p.err;
	if (p.err.kind != NULL || result < 0) {
		*err = bad;
		return -1;
	}
	return 0;
}

/* Pull and push: to a registry, as whom docker login says. */
static int
with_registry(struct engine *e, struct arena *a, const char *ref,
    struct docker_request *r, engine_progress_fn *fn, void *arg, struct err *err)
{
	struct image_ref parsed;
	int helper = 0;
	char *auth;

	if (image_ref_parse(a, ref, &parsed, err) < 0 ||
	    registry_auth(a, registry_auth_file(a), image_ref_registry(&parsed), &auth,
		&helper, err) < 0)
		return -1;
	r->method = "POST";
	r->header = arena_printf(a, "X-Registry-Auth: %s", auth);
	if (follow(docker_of(e), r, fn, arg, err) == 0)
		return 0;
	if (helper && err->kind != &engine_unreachable)
		return err_wrap(err,
		    "%s, without credentials (credential helpers are not used)", ref);
	return err_wrap(err, "%s", ref);
}

int
docker_image_pull(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { 0 };
	struct image_ref parsed;
	int result = -1;

	/* Without a tag, Docker would pull all there are. */
	if (image_ref_parse(a, ref, &parsed, err) == 0) {
		r.path = docker_path(a,
		    "/images/create?fromImage=", image_ref_text(a, &parsed), "");
		result = with_registry(e, a, ref, &r, fn, arg, err);
	}
	arena_free(a);
	return result;
}

int
docker_image_push(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { 0 };
	struct image_ref parsed, name;
	int result = -1;

	if (image_ref_parse(a, ref, &parsed, err) == 0) {
		name = parsed;
		name.tag = NULL;
		name.digest = NULL;
		/* The name without ":latest" that image_ref_text() would add. */
		r.path = docker_path(a, "/images/",
		    arena_printf(a, "%s%s%s", name.host != NULL ? name.host : "",
			name.host != NULL ? "/" : "", name.path),
		    docker_path(a,
			"/push?tag=", parsed.tag != NULL ? parsed.tag : "latest", ""));
		result = with_registry(e, a, ref, &r, fn, arg, err);
	}
	arena_free(a);
	return result;
}

int
docker_image_tag(struct engine *e, const char *ref, const char *to, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "POST" };
	struct image_ref parsed;
	const char *tag;
	int result = -1;

	if (image_ref_parse(a, to, &parsed, err) == 0) {
		tag = parsed.tag != NULL ? parsed.tag : "latest";
		r.path = docker_path(a, docker_path(a, "/images/", ref, "/tag?repo="),
		    arena_printf(a, "%s%s%s", parsed.host != NULL ? parsed.host : "",
			parsed.host != NULL ? "/" : "", parsed.path),
		    arena_printf(a, "&tag=%s", tag));
		result = docker_do(docker_of(e), &r, NULL, NULL, err);
	}
	arena_free(a);
	return result;
}

int
docker_image_remove(struct engine *e, const char *ref, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "DELETE" };
	struct err bad;
	int result;

	r.path = docker_path(a, "/images/", ref, "");
	result = docker_do(docker_of(e), &r, NULL, NULL, &bad);
	if (result < 0 && bad.kind == &engine_not_found)
		result = 0;
	if (result < 0)
		*err = bad;
	arena_free(a);
	return result;
}

struct file_sink {
	int fd, failed;
};

static int
write_all(void *arg, const char *p, size_t n)
{
	struct file_sink *f = arg;

	while (n > 0) {
		ssize_t k = write(f->fd, p, n);

		if (k < 0) {
			f->failed = 1;
			return -1;
		}
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

int
docker_image_save(struct engine *e, const char *const *refs, size_t n, int fd,
    struct err *err)
{
	struct arena *a = arena_new();
	struct buf *path = buf_new(a, 1 << 20);
	struct file_sink file = { .fd = fd };
	struct docker_request r = { .sink = write_all, .sink_arg = &file };
	int result;

	for (size_t i = 0; i < n; i++)
		buf_str(path,
		    docker_path(a, i == 0 ? "/images/get?names=" : "&names=", refs[i],
			""));
	r.path = buf_text(path);
	r.timeout_s = SILENCE_S;
	result = n == 0 ? err_set(err, &engine_refused, "no image to save") :
			  docker_do(docker_of(e), &r, NULL, NULL, err);
	if (file.failed)
		result = err_set(err, &err_internal, "cannot write the images");
	arena_free(a);
	return result;
}

int
docker_image_load(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	struct docker_request r = { .method = "POST",
		.path = "/images/load",
		.body_fd = fd,
		.from_fd = 1 };

	return follow(docker_of(e), &r, fn, arg, err);
}
