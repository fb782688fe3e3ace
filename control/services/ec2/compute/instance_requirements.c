/*
 * EC2: instance types by what they must have (EC2 API: InstanceRequirements).
 *
 * Limits of prices have no meaning here, as AWS says (but in instance_choice.h).  Not emulated:
 * baseline performance factors, which are refused.
 */
#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/ec2.h"

/* What is asked, and the type it is asked of. */
struct question {
	struct arena *arena;
	json_t *asked;
	const struct instance_type *type;
	unsigned devices;
};

static int
within(const struct question *q, const char *name, double value)
{
	const json_t *range = json_get(q->asked, name);

	return value >= json_num(range, "Min", -HUGE_VAL) &&
	    value <= json_num(range, "Max", HUGE_VAL);
}

/* "included", "required", "excluded" */
static int
may_be(const struct question *q, const char *name, const char *def, int it_is)
{
	const char *said = json_str_or(q->asked, name, def);

	return strcmp(said, "included") == 0 || (strcmp(said, "required") == 0) == it_is;
}

/* No list asks for nothing. */
static int
one_of(const struct question *q, const char *name, const char *value)
{
	const json_t *list = json_get(q->asked, name);

	return json_array_size(list) == 0 || (value != NULL && json_has_str(list, value));
}

static int
matches_any(const struct question *q, const char *name)
{
	const json_t *pattern;
	size_t i;

	json_array_foreach(json_get(q->asked, name), i, pattern) {
		if (fnmatch(json_string_value(pattern), q->type->name, 0) == 0)
			return 1;
	}
	return 0;
}

static int
fits_name(const struct question *q)
{
	if (json_array_size(json_get(q->asked, "AllowedInstanceTypes")) > 0)
		return matches_any(q, "AllowedInstanceTypes");
	return !matches_any(q, "ExcludedInstanceTypes");
}

static int
fits_processor(const struct question *q)
{
	static const char *const makers[] = {
		[CPU_INTEL] = "intel",
		[CPU_AMD] = "amd",
		[CPU_GRAVITON] = "amazon-web-services",
		[CPU_APPLE] = "apple",
	};
	const struct instance_type *t = q->type;
	unsigned features = t->family->features;

	return within(q, "VCpuCount", t->vcpus) &&
	    within(q, "MemoryMiB", t->memory_mib) &&
	    within(q, "MemoryGiBPerVCpu", t->memory_mib / 1024.0 / t->vcpus) &&
	    one_of(q, "CpuManufacturers", makers[t->family->processor]) &&
	    one_of(q, "InstanceGenerations",
		(features & IT_CURRENT) ? "current" : "previous") &&
	    may_be(q, "BareMetal", "excluded", t->is_metal) &&
	    may_be(q, "BurstablePerformance", "excluded",
		(features & IT_BURSTABLE) != 0) &&
	    (!json_bool(q->asked, "RequireHibernateSupport", 0) ||
		instance_type_hibernates(t)) &&
	    (!json_bool(q->asked, "RequireEncryptionInTransit", 0) ||
		(features & IT_ENCRYPTS) != 0);
}

static int
fits_storage(const struct question *q)
{
	const struct instance_type *t = q->type;
	unsigned gb = instance_type_storage(q->arena, t);
	const char *kind = gb == 0	   ? NULL :
	    (t->family->features & IT_HDD) ? "hdd" :
					     "ssd";

	return may_be(q, "LocalStorage", "included", gb > 0) &&
	    one_of(q, "LocalStorageTypes", kind) &&
	    (json_get(q->asked, "TotalLocalStorageGB") == NULL ||
		within(q, "TotalLocalStorageGB", gb)) &&
	    within(q, "BaselineEbsBandwidthMbps", instance_type_ebs(q->arena, t));
}

static int
fits_network(const struct question *q)
{
	return within(q, "NetworkInterfaceCount", q->type->interfaces) &&
	    within(q, "NetworkBandwidthGbps", instance_type_gigabits(q->arena, q->type));
}

/* "NVIDIA" is nvidia and "AWS" amazon-web-services; "Radeon Pro V520" is radeon-pro-v520. */
static const char *
word_of(struct arena *a, const char *name)
{
	char *text;

	if (name == NULL || strcmp(name, "AWS") == 0 || strcmp(name, "Habana") == 0)
		return name == NULL || name[0] == 'A' ? "amazon-web-services" : "habana";
	text =
	    arena_strdup(a, strncmp(name, "Virtex", 6) == 0 ? strstr(name, "VU") : name);
	text[strcspn(text, ")")] = '\0';
	for (char *p = text; *p != '\0'; p++) {
		if (*p == ' ')
			*p = '-';
		else if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return text;
}

static int
fits_accelerators(const struct question *q)
{
	static const char *const kinds[] = {
		[DEVICE_GPU] = "gpu",
		[DEVICE_INFERENCE] = "inference",
		[DEVICE_NEURON] = "inference",
		[DEVICE_FPGA] = "fpga",
		[DEVICE_MEDIA] = "media",
	};
	const struct instance_family *f = q->type->family;

	if (!within(q, "AcceleratorCount", q->devices) ||
	    !within(q, "AcceleratorTotalMemoryMiB",
		instance_type_device_mib(q->arena, q->type)))
		return 0;
	if (f->device == DEVICE_NONE)
		return one_of(q, "AcceleratorTypes", NULL) &&
		    one_of(q, "AcceleratorManufacturers", NULL) &&
		    one_of(q, "AcceleratorNames", NULL);
	return one_of(q, "AcceleratorTypes", kinds[f->device]) &&
	    one_of(q, "AcceleratorManufacturers", word_of(q->arena, f->device_maker)) &&
	    one_of(q, "AcceleratorNames", word_of(q->arena, f->device_name));
}

static int
is_virtual(const json_t *kinds, const struct instance_type *t)
{
	return json_array_size(kinds) == 0 || json_has_str(kinds, "hvm") ||
	    (json_has_str(kinds, "paravirtual") &&
		(t->family->features & IT_PARAVIRTUAL) != 0);
}

static int
check(struct call *c, json_t *asked)
{
	static const char *const known[] = { "VCpuCount", "MemoryMiB", "CpuManufacturers",
		"MemoryGiBPerVCpu", "ExcludedInstanceTypes", "InstanceGenerations",
		"SpotMaxPricePercentageOverLowestPrice",
		"OnDemandMaxPricePercentageOverLowestPrice", "BareMetal",
		"BurstablePerformance", "RequireHibernateSupport",
		"NetworkInterfaceCount", "LocalStorage", "LocalStorageTypes",
		"TotalLocalStorageGB", "BaselineEbsBandwidthMbps", "AcceleratorTypes",
		"AcceleratorCount", "AcceleratorManufacturers", "AcceleratorNames",
		"AcceleratorTotalMemoryMiB", "NetworkBandwidthGbps",
		"AllowedInstanceTypes", "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
		"RequireEncryptionInTransit", NULL };
	const json_t *range;
	const char *name;

	if (ec2_refuse_members(c, "InstanceRequirements", asked, known) < 0)
		return -1;
	if (json_array_size(json_get(asked, "AllowedInstanceTypes")) > 0 &&
	    json_array_size(json_get(asked, "ExcludedInstanceTypes")) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "You can't specify both AllowedInstanceTypes and ExcludedInstanceTypes.");
	if (json_get(asked, "SpotMaxPricePercentageOverLowestPrice") != NULL &&
	    json_get(asked, "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice") != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "Only one of SpotMaxPricePercentageOverLowestPrice and "
		    "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice can be specified.");
	json_object_foreach(asked, name, range) {
		if (json_is_object(range) &&
		    json_num(range, "Min", 0) > json_num(range, "Max", HUGE_VAL))
			return err_set(&c->err, &ec2_bad_value,
			    "The minimum value of %s cannot be greater than its maximum value.",
			    name);
	}
	return 0;
}

static const struct err_kind no_type = { "InvalidInstanceType", 400 };
static const struct resource row = {
	.service = "ec2",
	.kind = "ec2:instance-type",
	.id_member = "InstanceType",
	.noun = "instance type",
	.not_found = &no_type,
	.page_min = 1,
	.page_max = 1000,
};

static int
get_types(struct call *c)
{
	struct question q = { .arena = c->arena,
		.asked = in_object(c, "InstanceRequirements") };
	const json_t *architectures = in_list(c, "ArchitectureTypes"),
		     *kinds = in_list(c, "VirtualizationTypes");
	json_t *docs = json_own(c->arena, json_new_array());
	size_t n;
	const struct instance_type *all = instance_type_all(c->arena, &n);

	if (check(c, q.asked) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		q.type = &all[i];
		q.devices = instance_type_devices(c->arena, q.type);
		if ((json_array_size(architectures) == 0 ||
			json_has_str(architectures, q.type->architecture)) &&
		    is_virtual(kinds, q.type) && fits_name(&q) && fits_processor(&q) &&
		    fits_storage(&q) && fits_network(&q) && fits_accelerators(&q))
			json_set_str(json_add_object(docs), "InstanceType", q.type->name);
	}
	if (resource_page(c, &row, docs) < 0)
		return -1;
	out_ref(c, "InstanceTypes", docs);
	return 0;
}

static const struct op ops[] = {
	OP("GetInstanceTypesFromInstanceRequirements", get_types, OP_READ,
	    "List the instance types that meet requirements."),
};
const struct family ec2_instance_requirements = FAMILY(ops, NULL);
