/*
 * EC2: an instance type as DescribeInstanceTypes shows it.
 *
 * Privately _ghz, _baseline, _maximum: numbers with a fraction as filters compare them.
 * Not shown: ENA Express and queues, EBS cards, bandwidth weightings, additional processor
 * features.  Which core counts may be chosen (ValidCores) is by rule: any, or any even one.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/instance_type.h"

static int
is(const struct instance_type *t, enum instance_feature feature)
{
	return (t->family->features & feature) != 0;
}

static int
is_nitro(const struct instance_type *t)
{
	return !is(t, IT_XEN);
}

/* EC2's free tier. */
static int
is_free(const struct instance_type *t)
{
	static const char *const names[] = { "c7i-flex.large", "m7i-flex.large",
		"t3.micro", "t3.small", "t4g.micro", "t4g.small", "t8i.micro",
		"t8i.small" };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i], t->name) == 0)
			return 1;
	}
	return 0;
}

static const char *
supported(int on)
{
	return on ? "supported" : "unsupported";
}

static void
set_kind(json_t *v, const struct instance_type *t)
{
	const struct instance_family *f = t->family;

	json_set_str(v, "InstanceType", t->name);
	json_set_bool(v, "CurrentGeneration", is(t, IT_CURRENT));
	json_set_bool(v, "FreeTierEligible", is_free(t));
	json_set_bool(v, "BareMetal", t->is_metal);
	if (!t->is_metal)
		json_set_str(v, "Hypervisor", is_nitro(t) ? "nitro" : "xen");
	json_set_bool(v, "HibernationSupported", instance_type_hibernates(t));
	json_set_bool(v, "BurstablePerformanceSupported", is(t, IT_BURSTABLE));
	json_set_bool(v, "DedicatedHostsSupported",
	    f->hosts_from > 0 && t->vcpus >= f->hosts_from);
	json_set_bool(v, "AutoRecoverySupported", is(t, IT_RECOVERS));
	json_set_str(v, "NitroEnclavesSupport",
	    supported(
		f->enclaves_from > 0 && t->vcpus >= f->enclaves_from && !t->is_metal));
	json_set_str(v, "NitroTpmSupport", supported(is(t, IT_TPM) && !t->is_metal));
	if (is(t, IT_TPM) && !t->is_metal)
		json_set(v, "NitroTpmInfo",
		    json_make("{s:[s]}", "SupportedVersions", "2.0"));
	json_set_str(v, "PhcSupport", supported(is(t, IT_CLOCK)));
	json_set_str(v, "RebootMigrationSupport",
	    supported(is(t, IT_MIGRATES) && !(t->is_metal && is(t, IT_OWN_SLOTS))));
	json_set_bool(v, "SupportedInRegion", 1);
}

static void
set_lists(json_t *v, const struct instance_type *t)
{
	json_t *usage = json_need_array(v, "SupportedUsageClasses"),
	       *roots = json_need_array(v, "SupportedRootDeviceTypes"),
	       *kinds = json_need_array(v, "SupportedVirtualizationTypes"),
	       *boots = json_need_array(v, "SupportedBootModes"),
	       *groups = json_need_array(json_need_object(v, "PlacementGroupInfo"),
		   "SupportedStrategies");
	int is_arm = t->family->processor == CPU_GRAVITON;

	if (is(t, IT_BLOCKS))
		json_add_str(usage, "capacity-block");
	json_add_str(usage, "on-demand");
	if (is(t, IT_SPOT))
		json_add_str(usage, "spot");
	json_add_str(roots, "ebs");
	if (is(t, IT_STORE_ROOT))
		json_add_str(roots, "instance-store");
	json_add_str(kinds, "hvm");
	if (is(t, IT_PARAVIRTUAL))
		json_add_str(kinds, "paravirtual");
	if (!is_arm)
		json_add_str(boots, "legacy-bios");
	if (is_arm || (is(t, IT_BOTH_BOOTS) && !t->is_metal))
		json_add_str(boots, "uefi");
	if (is(t, IT_CLUSTER))
		json_add_str(groups, "cluster");
	json_add_str(groups, "partition");
	json_add_str(groups, "spread");
}

static void
set_processor(json_t *v, const struct instance_type *t)
{
	static const char *const makers[] = {
		[CPU_INTEL] = "Intel",
		[CPU_AMD] = "AMD",
		[CPU_GRAVITON] = "AWS",
		[CPU_APPLE] = "Apple",
	};
	json_t *processor = json_need_object(v, "ProcessorInfo"),
	       *list = json_need_array(processor, "SupportedArchitectures");

	if (is(t, IT_I386) && t->memory_mib <= 4096)
		json_add_str(list, "i386");
	json_add_str(list, t->architecture);
	if (t->family->mhz > 0) {
		json_set_num(processor, "SustainedClockSpeedInGhz",
		    t->family->mhz / 1000.0);
		json_set_fmt(processor, "_ghz", "%g", t->family->mhz / 1000.0);
	}
	json_set_str(processor, "Manufacturer", makers[t->family->processor]);
}

static void
set_cpus(json_t *v, const struct instance_type *t)
{
	unsigned cores = instance_type_cores(t), threads = t->vcpus / cores;
	unsigned step = threads == 2 && cores > 1 && t->family->processor == CPU_INTEL &&
		is_nitro(t) && !is(t, IT_OWN_SLOTS) ?
	    2 :
	    1;
	json_t *cpus = json_need_object(v, "VCpuInfo"), *valid, *list;

	json_set_int(cpus, "DefaultVCpus", t->vcpus);
	json_set_int(cpus, "DefaultCores", cores);
	json_set_int(cpus, "DefaultThreadsPerCore", threads);
	if (t->is_metal)
		return;
	valid = json_need_array(cpus, "ValidCores");
	for (unsigned i = step; i <= cores; i += step)
		json_add(valid, json_new_int(i));
	list = json_need_array(cpus, "ValidThreadsPerCore");
	for (unsigned i = 1; i <= threads; i++)
		json_add(list, json_new_int(i));
}

/* "2x40+1x80" */
static void
set_storage(struct arena *a, json_t *v, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->disks);
	int is_nvme = is_nitro(t) || strncmp(t->name, "i3.", 3) == 0 ||
	    strncmp(t->name, "f1.", 3) == 0;
	unsigned total = instance_type_storage(a, t);
	json_t *info, *disks;

	json_set_bool(v, "InstanceStorageSupported", total > 0);
	if (total == 0)
		return;
	info = json_need_object(v, "InstanceStorageInfo");
	json_set_int(info, "TotalSizeInGB", total);
	disks = json_need_array(info, "Disks");
	for (;;) {
		json_t *disk = json_add_object(disks);
		char *end;

		json_set_int(disk, "Count", strtol(w, &end, 10));
		json_set_int(disk, "SizeInGB", strtol(end + 1, &end, 10));
		json_set_str(disk, "Type", is(t, IT_HDD) ? "hdd" : "ssd");
		if (*end != '+')
			break;
		w = end + 1;
	}
	json_set_str(info, "NvmeSupport", is_nvme ? "required" : "unsupported");
	json_set_str(info, "EncryptionSupport", is_nvme ? "required" : "unsupported");
}

/* "650@3600": members with the prefix, and the throughput as text. */
static char *
set_rate(struct arena *a, json_t *info, const char *prefix, const char *w)
{
	char *end;
	long mbps = strtol(w, &end, 10), iops = strtol(end + 1, &end, 10);
	double throughput = (double)mbps / 8;

	json_set_int(info, arena_printf(a, "%sBandwidthInMbps", prefix), mbps);
	json_set_num(info, arena_printf(a, "%sThroughputInMBps", prefix), throughput);
	json_set_int(info, arena_printf(a, "%sIops", prefix), iops);
	json_set_fmt(info, *prefix == 'B' ? "_baseline" : "_maximum", "%g", throughput);
	return end;
}

static void
set_ebs(struct arena *a, json_t *v, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->ebs), *end;
	const char *slots = instance_type_word(a, t, t->family->slots);
	int has_rate = w[0] >= '0' && w[0] <= '9';
	json_t *ebs = json_need_object(v, "EbsInfo"), *info;

	json_set_str(ebs, "EbsOptimizedSupport",
	    !has_rate					  ? "unsupported" :
		is(t, IT_STORE_ROOT) && t->name[0] != 'd' ? "supported" :
							    "default");
	json_set_str(ebs, "EncryptionSupport", "supported");
	json_set_str(ebs, "NvmeSupport",
	    is_nitro(t) ? "required" : supported(strncmp(t->name, "i3.", 3) == 0));
	json_set_int(ebs, "MaximumEbsAttachments", strtol(slots, NULL, 10));
	json_set_str(ebs, "AttachmentLimitType",
	    is(t, IT_OWN_SLOTS) && !t->is_metal ? "dedicated" : "shared");
	if (!has_rate)
		return;
	info = json_need_object(ebs, "EbsOptimizedInfo");
	end = set_rate(a, info, "Baseline", w);
	set_rate(a, info, "Maximum", *end == '-' ? end + 1 : w);
}

/* "Up to 10 Gigabit", "4x 100 Gigabit", "Low to Moderate" */
static char *
network_text(struct arena *a, const char *w)
{
	static const struct {
		const char *word;
		char text[16];
	} words[] = { { "very-low", "Very Low" }, { "low", "Low" },
		{ "low-moderate", "Low to Moderate" }, { "moderate", "Moderate" },
		{ "high", "High" } };
	const char *dash = strchr(w, '-'), *times = strchr(w, 'x');

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, w) == 0)
			return arena_strdup(a, words[i].text);
	}
	if (dash != NULL)
		return arena_printf(a, "Up to %s Gigabit", dash + 1);
	if (times != NULL)
		return arena_printf(a, "%.*sx %s Gigabit", (int)(times - w), w,
		    times + 1);
	return arena_printf(a, "%s Gigabit", w);
}

static void
set_cards(struct arena *a, json_t *info, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->network);
	const char *cards = instance_type_word(a, t, t->family->cards);
	const char *times = strchr(w, 'x');
	unsigned n = *cards != '\0' ? (unsigned)strtoul(cards, NULL, 10) : 1;
	double peak = instance_type_gigabits(a, t) / n,
	       base = strchr(w, '-') != NULL ? strtod(w, NULL) : peak;
	json_t *list = json_need_array(info, "NetworkCards");

	json_set_int(info, "MaximumNetworkCards", n);
	json_set_int(info, "DefaultNetworkCardIndex", 0);
	for (unsigned i = 0; i < n; i++) {
		json_t *card = json_add_object(list);

		json_set_int(card, "NetworkCardIndex", i);
		json_set_str(card, "NetworkPerformance",
		    n > 1 && (times != NULL || peak > 0) ?
			arena_printf(a, "%g Gigabit", peak) :
			network_text(a, w));
		json_set_int(card, "MaximumNetworkInterfaces", t->interfaces / n);
		if (peak > 0) {
			json_set_num(card, "BaselineBandwidthInGbps", base);
			json_set_num(card, "PeakBandwidthInGbps", peak);
		}
	}
}

static void
set_network(struct arena *a, json_t *v, const struct instance_type *t)
{
	json_t *info = json_need_object(v, "NetworkInfo");
	const struct instance_family *f = t->family;
	int has_efa = f->efa_from > 0 && t->vcpus >= f->efa_from,
	    has_ipv6 = !is(t, IT_NO_IPV6);

	json_set_str(info, "NetworkPerformance",
	    network_text(a, instance_type_word(a, t, f->network)));
	json_set_int(info, "MaximumNetworkInterfaces", t->interfaces);
	set_cards(a, info, t);
	json_set_int(info, "Ipv4AddressesPerInterface", t->addresses);
	json_set_int(info, "Ipv6AddressesPerInterface", has_ipv6 ? t->addresses : 0);
	json_set_bool(info, "Ipv6Supported", has_ipv6);
	json_set_str(info, "EnaSupport",
	    is_nitro(t) ? "required" : supported(is(t, IT_ENA)));
	json_set_bool(info, "EfaSupported", has_efa);
	if (has_efa)
		json_set(info, "EfaInfo",
		    json_make("{s:O}", "MaximumEfaInterfaces",
			json_get(info, "MaximumNetworkCards")));
	json_set_bool(info, "EncryptionInTransitSupported", is(t, IT_ENCRYPTS));
	json_set(info, "ConnectionTrackingConfiguration",
	    json_make("{s:i, s:i, s:i}", "DefaultTcpEstablishedTimeout",
		is(t, IT_SHORT_TCP) ? 350 : 432000, "DefaultUdpTimeout", 30,
		"DefaultUdpStreamTimeout", 180));
}

/* Where each kind of accelerator is shown. */
static const struct {
	const char *info, *list, *total;
} places[] = {
	[DEVICE_GPU] = { "GpuInfo", "Gpus", "TotalGpuMemoryInMiB" },
	[DEVICE_INFERENCE] = { "InferenceAcceleratorInfo", "Accelerators",
	    "TotalInferenceMemoryInMiB" },
	[DEVICE_NEURON] = { "NeuronInfo", "NeuronDevices",
	    "TotalNeuronDeviceMemoryInMiB" },
	[DEVICE_FPGA] = { "FpgaInfo", "Fpgas", "TotalFpgaMemoryInMiB" },
	[DEVICE_MEDIA] = { "MediaAcceleratorInfo", "Accelerators",
	    "TotalMediaMemoryInMiB" },
};

static json_t *
add_device(struct arena *a, json_t *v, const struct instance_type *t,
    enum instance_device kind)
{
	const char *w = instance_type_word(a, t, t->family->devices);
	unsigned total = instance_type_device_mib(a, t);
	json_t *info = json_need_object(v, places[kind].info),
	       *device = json_add_object(json_need_array(info, places[kind].list));

	json_set_str(device, "Name", t->family->device_name);
	if (kind != DEVICE_NEURON)
		json_set_str(device, "Manufacturer", t->family->device_maker);
	json_set_int(device, "Count", instance_type_devices(a, t));
	json_set(device, "MemoryInfo",
	    json_make("{s:I}", "SizeInMiB",
		(json_int_t)(strchr(w, '/') != NULL ? total : t->family->device_mib)));
	json_set_int(info, places[kind].total, total);
	return device;
}

static void
set_gpu(struct arena *a, json_t *gpu, const struct instance_type *t)
{
	const char *part = strchr(instance_type_word(a, t, t->family->devices), '/');
	unsigned n = instance_type_devices(a, t);

	json_set_int(gpu, "LogicalGpuCount", part != NULL ? 1 : n);
	json_set_num(gpu, "GpuPartitionSize",
	    part != NULL ? 1.0 / (double)strtoul(part + 1, NULL, 10) : 1.0);
	json_set(gpu, "Workloads",
	    t->family->is_for_graphics ? json_make("[s,s]", "graphics", "ml-ai") :
					 json_make("[s]", "ml-ai"));
}

static void
set_devices(struct arena *a, json_t *v, const struct instance_type *t)
{
	const struct instance_family *f = t->family;
	json_t *device;

	if (f->device == DEVICE_NONE)
		return;
	device = add_device(a, v, t, f->device);
	if (f->device == DEVICE_GPU)
		set_gpu(a, device, t);
	if (f->neuron_cores == 0)
		return;
	if (f->device != DEVICE_NEURON)
		device = add_device(a, v, t, DEVICE_NEURON);
	json_set(device, "CoreInfo",
	    json_make("{s:I, s:I}", "Count", (json_int_t)f->neuron_cores, "Version",
		(json_int_t)f->neuron_version));
}

json_t *
instance_type_json(struct arena *a, const struct instance_type *t)
{
	json_t *v = json_own(a, json_new_object());

	set_kind(v, t);
	set_lists(v, t);
	set_processor(v, t);
	set_cpus(v, t);
	json_set(v, "MemoryInfo",
	    json_make("{s:I}", "SizeInMiB", (json_int_t)t->memory_mib));
	set_storage(a, v, t);
	set_ebs(a, v, t);
	set_network(a, v, t);
	set_devices(a, v, t);
	return v;
}
