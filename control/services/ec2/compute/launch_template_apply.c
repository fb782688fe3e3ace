/*
 * EC2: a request that names a launch template, with what that says filled in.
 */
#include <string.h>

#include "control/services/ec2/compute/launch_template_parts.h"
#include "control/services/ec2/ec2.h"

/* What templates alone have: for fleets, or written by AWS. */
static const char *const not_for_launches[] = { "InstanceRequirements", "Operator",
	"ElasticGpuSpecifications", "RamDiskId" };

/* Rows of lists that are one when `key` is the same in both. */
static const struct {
	const char *list, *key;
	int is_number;
} merged[] = {
	{ "BlockDeviceMappings", "DeviceName", 0 },
	{ "NetworkInterfaces", "DeviceIndex", 1 },
	{ "TagSpecifications", "ResourceType", 0 },
};

static int
is_same(const json_t *a, const json_t *b, const char *key, int is_number)
{
	return is_number ? json_int(a, key, 0) == json_int(b, key, 0) :
			   strcmp(json_str_or(a, key, ""), json_str_or(b, key, "")) == 0;
}

/* The request's row over the template's; tags are put together by their keys. */
static json_t *
merge_row(const json_t *under, const json_t *over)
{
	json_t *row = json_copy_deep(under), *v, *tag;
	const char *name;
	size_t i, k;

	json_object_foreach((json_t *)(uintptr_t)over, name, v) {
		json_t *tags = json_get(row, "Tags");

		if (strcmp(name, "Tags") != 0 || tags == NULL) {
			json_set(row, name, json_incref(v));
			continue;
		}
		json_array_foreach(v, i, tag) {
			for (k = json_array_size(tags); k-- > 0;) {
				if (is_same(json_array_get(tags, k), tag, "Key", 0))
					json_array_remove(tags, k);
			}
			json_add(tags, json_incref(tag));
		}
	}
	return row;
}

static json_t *
merge_lists(json_t *under, json_t *over, const char *key, int is_number)
{
	json_t *out = json_new_array(), *a, *b;
	size_t i, k;

	json_array_foreach(under, i, a) {
		json_t *row = NULL;

		json_array_foreach(over, k, b) {
			if (is_same(a, b, key, is_number))
				row = merge_row(a, b);
		}
		json_add(out, row != NULL ? row : json_incref(a));
	}
	json_array_foreach(over, k, b) {
		int found = 0;

		json_array_foreach(under, i, a)
			found |= is_same(a, b, key, is_number);
		if (!found)
			json_add(out, json_incref(b));
	}
	return out;
}

/* Of a template's tags only those of what a launch makes count; others are of spot requests. */
static void
drop_other_tags(json_t *in)
{
	json_t *rows = json_get(in, "TagSpecifications"), *copy, *e;
	size_t i;

	if (rows == NULL)
		return;
	copy = json_new_array();
	json_array_foreach(rows, i, e) {
		if (strcmp(json_str_or(e, "ResourceType", ""),
			"spot-instances-request") != 0 ||
		    json_get(in, "InstanceMarketOptions") != NULL)
			json_add(copy, json_incref(e));
	}
	json_set(in, "TagSpecifications", copy);
}

/* Groups and subnet of the request take the place of the template's other way to say them. */
static void
drop_overruled(const json_t *in, json_t *data)
{
	if (json_get(in, "SecurityGroupIds") != NULL ||
	    json_get(in, "SecurityGroups") != NULL) {
		json_del(data, "SecurityGroupIds");
		json_del(data, "SecurityGroups");
	}
	if (json_get(in, "ImageId") != NULL)
		json_del(data, "ImageId");
	if (json_get(in, "NetworkInterfaces") != NULL) {
		json_del(data, "SecurityGroupIds");
		json_del(data, "SecurityGroups");
	}
}

int
launch_template_apply(struct call *c, json_t *in, json_t **ret)
{
	const json_t *spec = json_get(in, "LaunchTemplate");
	json_t *version, *data, *out, *v;
	const char *name;

	*ret = in;
	if (spec == NULL)
		return 0;
	if (launch_template_version(c, spec, &version) < 0)
		return -1;
	data = json_own(c->arena,
	    json_copy_shallow(json_get(version, "LaunchTemplateData")));
	if (json_get(data, "RamDiskId") != NULL)
		json_set(data, "RamdiskId", json_incref(json_get(data, "RamDiskId")));
	if (json_get(data, "ElasticGpuSpecifications") != NULL)
		json_set(data, "ElasticGpuSpecification",
		    json_incref(json_get(data, "ElasticGpuSpecifications")));
	for (size_t i = 0; i < COUNT(not_for_launches); i++)
		json_del(data, not_for_launches[i]);
	drop_overruled(in, data);
	out = json_own(c->arena, json_copy_shallow(data));
	json_object_foreach(in, name, v)
		json_set(out, name, json_incref(v));
	for (size_t i = 0; i < COUNT(merged); i++) {
		const char *list = merged[i].list;

		if (json_get(data, list) != NULL && json_get(in, list) != NULL)
			json_set(out, list,
			    merge_lists(json_get(data, list), json_get(in, list),
				merged[i].key, merged[i].is_number));
	}
	json_del(out, "LaunchTemplate");
	drop_other_tags(out);
	*ret = out;
	return 0;
}
