#include "control/services/ec2/compute/console.h"

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/converge.h"

enum { YOUNG_MS = 120 * 1000, YOUNG_CHECK_MS = 2000, OLD_CHECK_MS = 60 * 1000 };

void
console_keep(struct converge *cv)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct buf *text = buf_new(cv->arena, 4 * CONSOLE_MAX);
	struct err err;
	const char *output;
	json_t *doc;
	int rc;

	if (engine_logs(cv->env->engine, converge_name(cv, cv->id), CONSOLE_MAX, text,
		&err) < 0 ||
	    text->len == 0)
		return;
	output = base64_encode(cv->arena, text->data, text->len);
	rc = store_get(t, cv->scope, CONSOLE_KIND, cv->id, &doc, &err);
	if (rc < 0 || (rc > 0 && strcmp(json_str_or(doc, "output", ""), output) == 0))
		return;
	doc = json_own(cv->arena,
	    json_make("{s:s, s:I}", "output", output, "at_ms", (json_int_t)cv->now_ms));
	store_put(t, cv->scope, CONSOLE_KIND, cv->id, doc);
	store_commit(t, &err);
}

void
console_follow(struct converge *cv, const json_t *container)
{
	const char *started = json_str_or(json_get(container, "State"), "StartedAt", "");
	int64_t since;

	console_keep(cv);
	if (!clock_parse_iso8601(started, &since))
		since = 0;
	cv->again_ms = cv->now_ms - since < YOUNG_MS ? YOUNG_CHECK_MS : OLD_CHECK_MS;
}

void
console_forget(struct converge *cv)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct err err;

	store_delete(t, cv->scope, CONSOLE_KIND, cv->id);
	store_commit(t, &err);
}
