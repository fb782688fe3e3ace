#include "control/api/token.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/call.h"
#include "control/api/converge.h"

#define KIND "api:token"

enum { KEPT_MS = 24 * 60 * 60 * 1000 };

static const struct err_kind mismatch = { "IdempotentParameterMismatch", 400 };

int
token_of(const struct call *c, struct token *ret)
{
	const char *inner = c->op->token_in, *token, *text;
	json_t *in;

	token = json_str(inner != NULL ? json_get(c->in, inner) : c->in, "ClientToken");
	if (!(c->op->flags & OP_TOKEN) || token == NULL || call_is_dry(c))
		return 0;
	text = arena_printf(c->arena, "%s\n%s", c->op->name, token);
	sha256_hex(text, strlen(text), ret->id);
	in = json_own(c->arena, json_copy_deep(c->in));
	json_del(inner != NULL ? json_get(in, inner) : in, "ClientToken");
	text = json_text(c->arena, in);
	sha256_hex(text, strlen(text), ret->input);
	return 1;
}

int
token_replay(struct call *c, const struct token *t)
{
	const char *out;
	json_t *doc;
	int rc = store_get(c->txn, c->scope, KIND, t->id, &doc, &c->err);

	if (rc <= 0)
		return rc;
	if (c->now_ms - json_int(doc, "at", 0) >= KEPT_MS)
		return 0;
	if (strcmp(json_str_or(doc, "input", ""), t->input) != 0)
		return err_set(&c->err, &mismatch,
		    "The request uses the same client token as a previous, but non-identical "
		    "request. Do not reuse a client token with different requests, unless the "
		    "requests are identical");
	out = json_str_or(doc, "out", "{}");
	return json_read_in(c->arena, out, strlen(out), &c->out, &c->err) < 0 ? -1 : 1;
}

void
token_keep(struct call *c, const struct token *t)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "id", t->id);
	json_set_str(doc, "input", t->input);
	/* As text: a seventh of the memory of a tree that is hardly ever looked at. */
	json_set_str(doc, "out", json_text(c->arena, c->out));
	json_set_int(doc, "at", c->now_ms);
	store_put(c->txn, c->scope, KIND, t->id, doc);
}

static int
token_converge(struct converge *cv, struct err *err)
{
	int64_t age;

	if (cv->doc == NULL)
		return 0;
	age = cv->now_ms - json_int(cv->doc, "at", 0);
	if (age >= KEPT_MS)
		return converge_forget(cv, err);
	cv->again_ms = KEPT_MS - age;
	return 0;
}

static const struct resource token = {
	.service = "api",
	.kind = KIND,
	.type = "token",
	.id_member = "id",
	.noun = "client token",
	.no_tags = 1,
	.converge = token_converge,
};
static const struct resource *const resources[] = { &token, NULL };
const struct family api_tokens = { .ops = NULL, .n_ops = 0, .resources = resources };
