#include "tests/api/iam_calls.h"

#include <string.h>

json_t *
iam_ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "iam", op, "%s", params);
}

void
iam_no(struct fixture *f, const char *op, const char *params, const char *code,
    const char *message)
{
	const char *said = fixture_fails(f, code, "iam", op, "%s", params);

	if (message != NULL)
		assert_string_equal(said, message);
}

void
iam_is(const json_t *v, const char *path, const char *text)
{
	const char *have = fixture_text(v, path);

	if (have == NULL)
		fail_msg("no %s", path);
	assert_string_equal(have, text);
}

void
iam_refused(struct fixture *f, const struct iam_refusal *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		iam_no(f, r[i].op, r[i].params, r[i].code, r[i].message);
}
