/*
 * The agents' door: GET /_internal/container/config and POST …/status
 * (docs/AGENTS.md).
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "control/api/agent.h"
#include "control/api/service.h"
#include "control/plane/plane.h"

enum { MAX_WAIT_S = 25, SETTLE_MS = 2, MAX_STATUS = 1 << 20 };

struct agent {
	const struct agent_kind *kind;
	struct agent_ref ref;
};

/* The agent of the request's token: 0, or -1 with the reply made. */
static int
identify(struct exchange *x, struct agent *ret)
{
	static const char bearer[] = "Bearer ";
	const char *header = wire_header(&x->request, "Authorization");
	const char *kind;
	struct err err;
	int rc;

	if (header == NULL || strncmp(header, bearer, sizeof(bearer) - 1) != 0) {
		reply_error(x, 401, "a bearer token is needed");
		return -1;
	}
	ret->ref.env = &x->plane->env;
	ret->ref.arena = x->arena;
	rc = auth_agent_verify(store_begin(x->plane->env.store, x->arena), x->arena,
	    header + sizeof(bearer) - 1, &kind, &ret->ref.id, &ret->ref.scope, &err);
	ret->kind = rc > 0 ? service_find_agent(&x->plane->env, kind) : NULL;
	if (ret->kind == NULL) {
		reply_error(x, rc < 0 ? 503 : 401,
		    rc < 0 ? err.msg : "not a token of ours");
		return -1;
	}
	return 0;
}

/* The value of a parameter of the query; "" when absent. */
static const char *
parameter(struct exchange *x, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = x->request.query; *p != '\0';) {
		size_t len = strcspn(p, "&");

		if (len > n && strncmp(p, name, n) == 0 && p[n] == '=')
			return arena_strndup(x->arena, p + n + 1, len - n - 1);
		p += len + (p[len] == '&');
	}
	return "";
}

/* The configuration and its revision, which is its hash: 1, 0 the agent is gone, -1. */
static int
render(const struct agent *agent, char rev[65], json_t **ret, struct err *err)
{
	int rc = agent->kind->config(&agent->ref, ret, err);
	char *text;

	if (rc <= 0)
		return rc;
	text = json_text(agent->ref.arena, *ret);
	sha256_hex(text, strlen(text), rev);
	rev[16] = '\0';
	return 1;
}

static void
config(struct exchange *x, struct agent *agent)
{
	const char *scope = agent->kind->all_scopes ? NULL : agent->ref.scope;
	const char *known = parameter(x, "rev");
	int64_t wait_s = strtol(parameter(x, "wait"), NULL, 10), end;
	struct err err;
	char rev[65];
	json_t *doc;

	end = clock_monotonic_ms() +
	    1000 *
		(wait_s < 0		    ? 0 :
			wait_s > MAX_WAIT_S ? MAX_WAIT_S :
					      wait_s);
	for (;;) {
		uint64_t seen = changes_seen(x->plane->changes, scope);
		struct arena *round = arena_new();
		int64_t left;
		int rc;

		/* What a look needs goes with it; only the last one's stays for the reply. */
		agent->ref.arena = round;
		rc = render(agent, rev, &doc, &err);
		if (rc > 0 && strcmp(rev, known) != 0) {
			reply_json(x, 200,
			    json_own(x->arena,
				json_make("{s:s, s:O}", "rev", rev, "config", doc)));
			arena_free(round);
			return;
		}
		arena_free(round);
		if (rc <= 0) {
			reply_error(x, rc < 0 ? 503 : 404,
			    rc < 0 ? err.msg : "no such agent");
			return;
		}
		left = end - clock_monotonic_ms();
		if (left <= 0 || !changes_wait(x->plane->changes, scope, seen, left))
			break;
		/* Changes come in groups: let the group arrive. */
		changes_wait(x->plane->changes, "-", changes_seen(x->plane->changes, "-"),
		    SETTLE_MS);
	}
	x->reply.status = 304;
}

static void
status(struct exchange *x, const struct agent *agent)
{
	struct err err;
	json_t *doc;

	if (x->request.body_len > MAX_STATUS) {
		reply_error(x, 413, "a status has 1 MiB at most");
		return;
	}
	if (json_read_in(x->arena, x->request.body, x->request.body_len, &doc, &err) <
		0 ||
	    !json_is_object(doc)) {
		reply_error(x, 400, "a status is a JSON object");
		return;
	}
	if (agent->kind->status(&agent->ref, doc, &err) < 0) {
		log_warn("agents", "status of %s %s: %s", agent->kind->name,
		    agent->ref.id, err.msg);
		reply_error(x, 503, err.msg);
		return;
	}
	x->reply.status = 204;
}

void
agents_answer(struct exchange *x)
{
	const char *path = x->request.path, *method = x->request.method;
	struct agent agent;

	if (strcmp(path, "/_internal/container/config") == 0 &&
	    strcmp(method, "GET") == 0) {
		if (identify(x, &agent) == 0)
			config(x, &agent);
	} else if (strcmp(path, "/_internal/container/status") == 0 &&
	    strcmp(method, "POST") == 0) {
		if (identify(x, &agent) == 0)
			status(x, &agent);
	} else {
		reply_error(x, 404, "no such path");
	}
}
