/*
 * EC2: instance types, sorted by name (EC2 API: DescribeInstanceTypes).
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/instance.h"

const struct instance_type instance_types[] = {
	{ "c5.2xlarge", 8, 16384, "x86_64" },
	{ "c5.4xlarge", 16, 32768, "x86_64" },
	{ "c5.large", 2, 4096, "x86_64" },
	{ "c5.xlarge", 4, 8192, "x86_64" },
	{ "c6g.large", 2, 4096, "arm64" },
	{ "c6g.medium", 1, 2048, "arm64" },
	{ "c6i.2xlarge", 8, 16384, "x86_64" },
	{ "c6i.large", 2, 4096, "x86_64" },
	{ "c6i.xlarge", 4, 8192, "x86_64" },
	{ "c7i.large", 2, 4096, "x86_64" },
	{ "c7i.xlarge", 4, 8192, "x86_64" },
	{ "m1.small", 1, 1740, "x86_64" },
	{ "m5.2xlarge", 8, 32768, "x86_64" },
	{ "m5.4xlarge", 16, 65536, "x86_64" },
	{ "m5.large", 2, 8192, "x86_64" },
	{ "m5.xlarge", 4, 16384, "x86_64" },
	{ "m6g.large", 2, 8192, "arm64" },
	{ "m6g.medium", 1, 4096, "arm64" },
	{ "m6i.2xlarge", 8, 32768, "x86_64" },
	{ "m6i.large", 2, 8192, "x86_64" },
	{ "m6i.xlarge", 4, 16384, "x86_64" },
	{ "m7i.large", 2, 8192, "x86_64" },
	{ "m7i.xlarge", 4, 16384, "x86_64" },
	{ "r5.2xlarge", 8, 65536, "x86_64" },
	{ "r5.large", 2, 16384, "x86_64" },
	{ "r5.xlarge", 4, 32768, "x86_64" },
	{ "r6i.large", 2, 16384, "x86_64" },
	{ "r6i.xlarge", 4, 32768, "x86_64" },
	{ "t2.2xlarge", 8, 32768, "x86_64" },
	{ "t2.large", 2, 8192, "x86_64" },
	{ "t2.medium", 2, 4096, "x86_64" },
	{ "t2.micro", 1, 1024, "x86_64" },
	{ "t2.nano", 1, 512, "x86_64" },
	{ "t2.small", 1, 2048, "x86_64" },
	{ "t2.xlarge", 4, 16384, "x86_64" },
	{ "t3.2xlarge", 8, 32768, "x86_64" },
	{ "t3.large", 2, 8192, "x86_64" },
	{ "t3.medium", 2, 4096, "x86_64" },
	{ "t3.micro", 2, 1024, "x86_64" },
	{ "t3.nano", 2, 512, "x86_64" },
	{ "t3.small", 2, 2048, "x86_64" },
	{ "t3.xlarge", 4, 16384, "x86_64" },
	{ "t3a.large", 2, 8192, "x86_64" },
	{ "t3a.medium", 2, 4096, "x86_64" },
	{ "t3a.micro", 2, 1024, "x86_64" },
	{ "t3a.nano", 2, 512, "x86_64" },
	{ "t3a.small", 2, 2048, "x86_64" },
	{ "t4g.large", 2, 8192, "arm64" },
	{ "t4g.medium", 2, 4096, "arm64" },
	{ "t4g.micro", 2, 1024, "arm64" },
	{ "t4g.nano", 2, 512, "arm64" },
	{ "t4g.small", 2, 2048, "arm64" },
};
const size_t n_instance_types = COUNT(instance_types);

static int
by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct instance_type *)row)->name);
}

const struct instance_type *
instance_type_find(const char *name)
{
	return bsearch(name, instance_types, n_instance_types, sizeof(instance_types[0]),
	    by_name);
}
