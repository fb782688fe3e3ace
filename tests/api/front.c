#include "tests/api/front.h"

#include <string.h>

#include "control/plane/plane.h"

struct wire_reply *
front_send(struct fixture *f, const char *method, const char *target, const char *headers,
    const char *body, size_t body_len)
{
	struct plane *plane = arena_calloc(f->arena, 1, sizeof(*plane));
	struct exchange *x = arena_calloc(f->arena, 1, sizeof(*x));
	size_t n = strcspn(target, "?");
	char *at = arena_strdup(f->arena, headers), *line;

	plane->env = f->env;
	x->plane = plane;
	x->arena = f->arena;
	x->remote = "127.0.0.1";
	x->request.method = method;
	x->request.path = arena_strndup(f->arena, target, n);
	x->request.query = target[n] == '?' ? target + n + 1 : "";
	x->request.body = body;
	x->request.body_len = body_len;
	while ((line = strsep(&at, "\n")) != NULL) {
		char *colon = strstr(line, ": ");

		if (colon == NULL)
			continue;
		*colon = '\0';
		x->request.headers[x->request.n_headers++] =
		    (struct wire_header){ line, colon + 2 };
	}
	plane_answer(x);
	return &x->reply;
}

struct wire_reply *
front_ask(struct fixture *f, const char *method, const char *target, const char *headers)
{
	return front_send(f, method, target, headers, "", 0);
}

void
front_header_is(const struct wire_reply *r, const char *name, const char *value)
{
	const char *is = wire_reply_header(r, name);

	if (value == NULL) {
		assert_null(is);
		return;
	}
	assert_non_null(is);
	assert_string_equal(is, value);
}
