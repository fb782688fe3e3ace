#include "control/api/aws_names.h"

#include <string.h>

const char *const aws_suffixes[] = {
	"amazonaws.com",
	"amazonaws.com.cn",
	"api.aws",
	"api.amazonwebservices.com.cn",
	"on.aws",
	NULL,
};

int
name_is_in(const char *name, const char *zone)
{
	size_t n = strlen(name), m = strlen(zone);

	if (n < m || strcasecmp(name + n - m, zone) != 0)
		return 0;
	return n == m || name[n - m - 1] == '.';
}

int
aws_name_is(const char *name)
{
	for (size_t i = 0; aws_suffixes[i] != NULL; i++) {
		if (name_is_in(name, aws_suffixes[i]))
			return 1;
	}
	return 0;
}
