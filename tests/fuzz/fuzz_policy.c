/*
 * Policies: whatever IAM would take can be evaluated, and whatever is no policy does no
 * harm either.  A line with a request's context may be in front of the document.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/iam/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
evaluate(struct arena *a, const json_t *doc, const json_t *context)
{
	static const char *const names[] = { "*", "111111111111" };
	const struct policy_principal principal = { "AWS", names, 2, 1 };
	struct policy_request r = {
		.action = "s3:GetObject",
		.resource = "arn:aws:s3:::bucket/key",
		.context = context,
	};

	policy_evaluate(a, doc, &r);
	r.principal = &principal;
	policy_evaluate(a, doc, &r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, size),
	     *end = strchr(text, '\n');
	json_t *doc, *context = NULL;
	struct err err = { .kind = NULL };

	if (end != NULL) {
		if (json_read_in(a, text, (size_t)(end - text), &context, &err) < 0)
			context = NULL;
		text = end + 1;
	}
	for (int use = POLICY_IDENTITY; use <= POLICY_RESOURCE; use++) {
		if (policy_parse(a, text, (enum policy_use)use, &doc, &err) == 0)
			evaluate(a, doc, context);
		else if (err.kind == NULL)
			abort();
	}
	if (json_read_in(a, text, strlen(text), &doc, &err) == 0)
		evaluate(a, doc, context);
	policy_size(text);
	arena_free(a);
	return 0;
}
