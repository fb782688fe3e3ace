/*
 * JSON Web Tokens: whatever is sent is read or refused, and nobody signs without a key.  A line with a set of keys may be
 * in front of the token.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/iam/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, size),
	     *end = strchr(text, '\n');
	json_t *keys = NULL;
	struct err err;
	struct jwt t;

	if (end != NULL) {
		if (json_read_in(a, text, (size_t)(end - text), &keys, &err) < 0)
			keys = NULL;
		text = end + 1;
	}
	if (jwt_read(a, text, &t)) {
		jwt_is_signed(a, &t, keys);
		if (jwt_is_signed(a, &t, NULL))
			abort();
	}
	arena_free(a);
	return 0;
}
