/*
 * The embedded models: the list that modelc makes.
 */
#include "models/model.h"

#include <assert.h>
#include <string.h>

#include "models/tables.h"

const struct model *
model_find(const char *name)
{
	size_t lo = 0, hi = model_all_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, model_name(model_all[mid]));

		if (c == 0)
			return model_all[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

size_t
model_count(void)
{
	return model_all_count;
}

const struct model *
model_at(size_t i)
{
	assert(i < model_all_count);
	return model_all[i];
}
