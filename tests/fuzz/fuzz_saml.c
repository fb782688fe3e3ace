/*
 * SAML: whatever is sent as a response or as metadata is read or refused; what is canonical stays as it is when it is made
 * canonical again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/iam/c14n.h"
#include "control/iam/saml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_canonical(struct arena *a, const char *text, size_t size)
{
	struct buf *once = buf_new(a, 0), *twice = buf_new(a, 0);
	struct dom *root, *again;

	if (!dom_parse(a, text, size, &root))
		return;
	c14n_write(a, root, NULL, NULL, once);
	if (!dom_parse(a, buf_text(once), once->len, &again))
		abort();
	c14n_write(a, again, NULL, NULL, twice);
	if (strcmp(buf_text(once), buf_text(twice)) != 0)
		abort();
	c14n_write(a, root, root->child, "a #default xs", twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	json_t *none = json_own(a, json_new_array());
	struct saml_metadata m;
	struct saml_assertion s;

	size = strlen(text);
	check_canonical(a, text, size);
	/* Nobody signs without a certificate. */
	if (saml_read(a, text, size, none, &s) == SAML_GOOD)
		abort();
	if (saml_metadata_read(a, text, size, &m) &&
	    saml_read(a, text, size, m.certificates, &s) == SAML_GOOD)
		abort();
	arena_free(a);
	return 0;
}
