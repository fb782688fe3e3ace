/*
 * EC2: which instance types there are, and where they are offered: all of the catalogue, in
 * each zone of each region.
 */
#include <string.h>

#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind bad_type = { "InvalidInstanceType", 400 };

enum { PAGE = 100 }; /* also when no MaxResults is given */

static const struct filter filters[] = {
	{ "auto-recovery-supported", "AutoRecoverySupported" },
	{ "bare-metal", "BareMetal" },
	{ "burstable-performance-supported", "BurstablePerformanceSupported" },
	{ "current-generation", "CurrentGeneration" },
	{ "dedicated-hosts-supported", "DedicatedHostsSupported" },
	{ "ebs-info.attachment-limit-type", "EbsInfo.AttachmentLimitType" },
	{ "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
	    "EbsInfo.EbsOptimizedInfo.BaselineBandwidthInMbps" },
	{ "ebs-info.ebs-optimized-info.baseline-iops",
	    "EbsInfo.EbsOptimizedInfo.BaselineIops" },
	{ "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
	    "EbsInfo.EbsOptimizedInfo._baseline" },
	{ "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
	    "EbsInfo.EbsOptimizedInfo.MaximumBandwidthInMbps" },
	{ "ebs-info.ebs-optimized-info.maximum-iops",
	    "EbsInfo.EbsOptimizedInfo.MaximumIops" },
	{ "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps",
	    "EbsInfo.EbsOptimizedInfo._maximum" },
	{ "ebs-info.ebs-optimized-support", "EbsInfo.EbsOptimizedSupport" },
	{ "ebs-info.encryption-support", "EbsInfo.EncryptionSupport" },
	{ "ebs-info.maximum-ebs-attachments", "EbsInfo.MaximumEbsAttachments" },
	{ "ebs-info.nvme-support", "EbsInfo.NvmeSupport" },
	{ "free-tier-eligible", "FreeTierEligible" },
	{ "hibernation-supported", "HibernationSupported" },
	{ "hypervisor", "Hypervisor" },
	{ "instance-storage-info.disk.count", "InstanceStorageInfo.Disks.Count" },
	{ "instance-storage-info.disk.size-in-gb", "InstanceStorageInfo.Disks.SizeInGB" },
	{ "instance-storage-info.disk.type", "InstanceStorageInfo.Disks.Type" },
	{ "instance-storage-info.encryption-support",
	    "InstanceStorageInfo.EncryptionSupport" },
	{ "instance-storage-info.nvme-support", "InstanceStorageInfo.NvmeSupport" },
	{ "instance-storage-info.total-size-in-gb", "InstanceStorageInfo.TotalSizeInGB" },
	{ "instance-storage-supported", "InstanceStorageSupported" },
	{ "instance-type", "InstanceType" },
	{ "memory-info.size-in-mib", "MemoryInfo.SizeInMiB" },
	{ "network-info.efa-info.maximum-efa-interfaces",
	    "NetworkInfo.EfaInfo.MaximumEfaInterfaces" },
	{ "network-info.efa-supported", "NetworkInfo.EfaSupported" },
	{ "network-info.ena-support", "NetworkInfo.EnaSupport" },
	{ "network-info.encryption-in-transit-supported",
	    "NetworkInfo.EncryptionInTransitSupported" },
	{ "network-info.ipv4-addresses-per-interface",
	    "NetworkInfo.Ipv4AddressesPerInterface" },
	{ "network-info.ipv6-addresses-per-interface",
	    "NetworkInfo.Ipv6AddressesPerInterface" },
	{ "network-info.ipv6-supported", "NetworkInfo.Ipv6Supported" },
	{ "network-info.maximum-network-cards", "NetworkInfo.MaximumNetworkCards" },
	{ "network-info.maximum-network-interfaces",
	    "NetworkInfo.MaximumNetworkInterfaces" },
	{ "network-info.network-performance", "NetworkInfo.NetworkPerformance" },
	{ "nitro-enclaves-support", "NitroEnclavesSupport" },
	{ "nitro-tpm-info.supported-versions", "NitroTpmInfo.SupportedVersions" },
	{ "nitro-tpm-support", "NitroTpmSupport" },
	{ "phc-support", "PhcSupport" },
	{ "processor-info.manufacturer", "ProcessorInfo.Manufacturer" },
	{ "processor-info.supported-architecture",
	    "ProcessorInfo.SupportedArchitectures" },
	{ "processor-info.sustained-clock-speed-in-ghz", "ProcessorInfo._ghz" },
	{ "reboot-migration-support", "RebootMigrationSupport" },
	{ "supported-boot-mode", "SupportedBootModes" },
	{ "supported-root-device-type", "SupportedRootDeviceTypes" },
	{ "supported-usage-class", "SupportedUsageClasses" },
	{ "supported-virtualization-type", "SupportedVirtualizationTypes" },
	{ "vcpu-info.default-cores", "VCpuInfo.DefaultCores" },
	{ "vcpu-info.default-threads-per-core", "VCpuInfo.DefaultThreadsPerCore" },
	{ "vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus" },
	{ "vcpu-info.valid-cores", "VCpuInfo.ValidCores" },
	{ "vcpu-info.valid-threads-per-core", "VCpuInfo.ValidThreadsPerCore" },
	{ NULL, NULL },
};
static const struct resource type_row = {
	.service = "ec2",
	.kind = "ec2:instance-type",
	.id_member = "InstanceType",
	.ids_member = "InstanceTypes",
	.noun = "instance type",
	.not_found = &bad_type,
	.filters = filters,
	.page_min = 5,
	.page_max = PAGE,
};

int
instance_type_unknown(struct call *c, const char *names)
{
	return err_set(&c->err, &bad_type,
	    "The following supplied instance types do not exist: [%s]", names);
}

/* The types that the input names, or all, that pass the filters. */
static int
add_named(struct call *c, json_t *docs)
{
	const json_t *names = in_list(c, "InstanceTypes"), *name;
	json_t *seen = json_own(c->arena, json_new_object());
	const char *unknown = NULL;
	size_t i;

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		const struct instance_type *t = instance_type_find(c->arena, text);

		if (t == NULL) {
			unknown = unknown == NULL ?
			    text :
			    arena_printf(c->arena, "%s, %s", unknown, text);
		} else if (json_get(seen, text) == NULL) {
			json_t *doc = instance_type_json(c->arena, t);

			json_set_bool(seen, text, 1);
			if (filter_match(c, &type_row, doc))
				json_add(docs, json_incref(doc));
		}
	}
	return unknown != NULL ? instance_type_unknown(c, unknown) : 0;
}

/* Without filters, only the names: what is on the page gets the rest later. */
static void
add_all(struct call *c, json_t *docs)
{
	int is_filtered = json_array_size(in_list(c, "Filters")) > 0;
	size_t n;
	const struct instance_type *all = instance_type_all(c->arena, &n);

	for (size_t i = 0; i < n; i++) {
		json_t *doc;

		if (!is_filtered) {
			json_set_str(json_add_object(docs), "InstanceType", all[i].name);
			continue;
		}
		doc = instance_type_json(c->arena, &all[i]);
		if (filter_match(c, &type_row, doc))
			json_add(docs, json_incref(doc));
	}
}

static void
set_page(struct call *c, int most)
{
	c->in = json_own(c->arena, json_copy_shallow(c->in));
	json_set_int(c->in, "MaxResults", most);
}

static int
describe_types(struct call *c)
{
	json_t *docs = json_own(c->arena, json_new_array()), *doc, *page;
	int is_named = json_array_size(in_list(c, "InstanceTypes")) > 0;
	size_t i;

	if (filter_check(c, &type_row) < 0 || (is_named && add_named(c, docs) < 0))
		return -1;
	if (!is_named) {
		add_all(c, docs);
		if (in_int(c, "MaxResults", 0) == 0)
			set_page(c, PAGE);
	}
	if (resource_page(c, &type_row, docs) < 0)
		return -1;
	page = json_own(c->arena, json_new_array());
	json_array_foreach(docs, i, doc) {
		const char *name = json_str(doc, "InstanceType");

		if (json_get(doc, "VCpuInfo") == NULL)
			doc = instance_type_json(c->arena,
			    instance_type_find(c->arena, name));
		json_add(page, json_incref(doc));
	}
	out_ref(c, "InstanceTypes", page);
	return 0;
}

/* DescribeInstanceTypeOfferings */

static const struct filter offering_filters[] = {
	{ "instance-type", "InstanceType" },
	{ "location", "Location" },
	{ NULL, NULL },
};
static const struct resource offering_row = {
	.service = "ec2",
	.kind = "ec2:instance-type-offering",
	.id_member = "_id",
	.noun = "instance type offering",
	.not_found = &bad_type,
	.filters = offering_filters,
	.page_min = 5,
	.page_max = 1000,
};

static void
add_offering(struct call *c, const char *type, const char *kind, const char *location,
    json_t *docs)
{
	json_t *doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s}", "InstanceType", type, "LocationType", kind,
		"Location", location));

	json_set_fmt(doc, "_id", "%s %s", type, location);
	if (filter_match(c, &offering_row, doc))
		json_add(docs, json_incref(doc));
}

static int
describe_offerings(struct call *c)
{
	const char *kind = json_str_or(c->in, "LocationType", "region");
	int is_region = strcmp(kind, "region") == 0,
	    is_id = strcmp(kind, "availability-zone-id") == 0;
	json_t *docs = json_own(c->arena, json_new_array());
	size_t n;
	const struct instance_type *all = instance_type_all(c->arena, &n);

	if (filter_check(c, &offering_row) < 0)
		return -1;
	/* There are no Outposts. */
	for (size_t i = 0; i < n && strcmp(kind, "outpost") != 0; i++) {
		if (is_region)
			add_offering(c, all[i].name, kind, c->region, docs);
		for (unsigned z = 0; z < EC2_ZONES && !is_region; z++)
			add_offering(c, all[i].name, kind,
			    is_id ? ec2_zone_id(c, z) : ec2_zone_name(c, z), docs);
	}
	if (in_int(c, "MaxResults", 0) == 0)
		set_page(c, 1000);
	docs = resource_sorted(c, docs, "_id");
	if (resource_page(c, &offering_row, docs) < 0)
		return -1;
	out_ref(c, "InstanceTypeOfferings", docs);
	return 0;
}

static const struct op ops[] = {
	OP("DescribeInstanceTypeOfferings", describe_offerings, OP_READ,
	    "Say where instance types are offered."),
	OP("DescribeInstanceTypes", describe_types, OP_READ, "List instance types."),
};
const struct family ec2_instance_types = FAMILY(ops, NULL);
