/* Forms of browsers: whatever comes is read or refused, and the file never more than came. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/enc.h"
#include "control/services/s3/form.h"

struct input {
	struct wire_source source;
	const uint8_t *at;
	size_t left, step;
};

static int64_t
read_input(struct wire_source *source, void *p, size_t n)
{
	struct input *in = (struct input *)(void *)source;
	size_t k = in->left < in->step ? in->left : in->step;

	if (k > n)
		k = n;
	memcpy(p, in->at, k);
	in->at += k;
	in->left -= k;
	return (int64_t)k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte: how many bytes come at once. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct input in = { { read_input, -1 }, data + 1, size - 1, 0 };
	struct s3_form form;
	const char *policy;
	struct err err;
	char part[7];
	int64_t n, total = 0;

	if (size > 0) {
		in.step = data[0] + 1U;
		if (s3_form_read(a, &in.source, "b", &form, &err) == 0) {
			policy = json_str(form.fields, "policy");
			if (policy == NULL)
				policy = base64_encode(a, data, size);
			if (s3_form_check(a, policy, "bucket", 0, &form, &err) == 0)
				assert(form.min <= INT64_MAX);
			while ((n = form.file.read(&form.file, part, sizeof(part))) > 0)
				total += n;
			assert((size_t)total < size);
		}
	}
	arena_free(a);
	return 0;
}
