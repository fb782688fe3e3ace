/* EC2: instance types: the catalogue, offerings, requirements, prices of spot. */
#include <stdlib.h>
#include <string.h>

#include "tests/api/ec2_calls.h"

static void
types_are_whole(void **state)
{
	static const struct {
		const char *type, *path, *text;
	} rows[] = {
		{ "m5.large", "VCpuInfo.DefaultVCpus", "2" },
		{ "m5.large", "MemoryInfo.SizeInMiB", "8192" },
		{ "m5.large", "NetworkInfo.MaximumNetworkInterfaces", "3" },
		{ "m5.large", "NetworkInfo.Ipv4AddressesPerInterface", "10" },
		{ "m5.large", "NetworkInfo.NetworkPerformance", "Up to 10 Gigabit" },
		{ "m5.large", "EbsInfo.EbsOptimizedInfo.MaximumIops", "18750" },
		{ "m5.large", "EbsInfo.EbsOptimizedInfo.BaselineBandwidthInMbps", "650" },
		{ "m5.large", "Hypervisor", "nitro" },
		{ "m5.metal", "VCpuInfo.DefaultVCpus", "96" },
		{ "m5.metal", "BareMetal", "true" },
		{ "t3.micro", "BurstablePerformanceSupported", "true" },
		{ "t3.micro", "FreeTierEligible", "true" },
		{ "t3.micro", "VCpuInfo.DefaultCores", "1" },
		{ "t2.micro", "Hypervisor", "xen" },
		{ "t2.micro", "VCpuInfo.DefaultVCpus", "1" },
		{ "m1.small", "MemoryInfo.SizeInMiB", "1740" },
		{ "c4.8xlarge", "VCpuInfo.DefaultVCpus", "36" },
		{ "m8g.48xlarge", "MemoryInfo.SizeInMiB", "786432" },
		{ "m8g.metal-24xl", "VCpuInfo.DefaultVCpus", "96" },
		{ "t4g.nano", "ProcessorInfo.SupportedArchitectures.0", "arm64" },
		{ "t4g.nano", "SupportedBootModes.0", "uefi" },
		{ "mac2.metal", "ProcessorInfo.SupportedArchitectures.0", "arm64_mac" },
		{ "g4dn.12xlarge", "GpuInfo.Gpus.0.Count", "4" },
		{ "g4dn.12xlarge", "GpuInfo.TotalGpuMemoryInMiB", "65536" },
		{ "g6f.large", "GpuInfo.Gpus.0.Count", "0" },
		{ "g6f.large", "GpuInfo.TotalGpuMemoryInMiB", "2861" },
		{ "p3.2xlarge", "GpuInfo.Gpus.0.Name", "V100" },
		{ "p4d.24xlarge", "NetworkInfo.NetworkPerformance", "4x 100 Gigabit" },
		{ "p4d.24xlarge", "NetworkInfo.NetworkCards.3.NetworkPerformance",
		    "100 Gigabit" },
		{ "p4d.24xlarge", "NetworkInfo.EfaInfo.MaximumEfaInterfaces", "4" },
		{ "inf1.6xlarge", "InferenceAcceleratorInfo.Accelerators.0.Count", "4" },
		{ "inf1.6xlarge", "NeuronInfo.NeuronDevices.0.CoreInfo.Count", "4" },
		{ "trn1.32xlarge", "NeuronInfo.TotalNeuronDeviceMemoryInMiB", "524288" },
		{ "d3.xlarge", "InstanceStorageInfo.Disks.0.Type", "hdd" },
		{ "i3en.24xlarge", "InstanceStorageInfo.TotalSizeInGB", "60000" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *v = ec2_ok(f, "DescribeInstanceTypes",
		    "{\"InstanceTypes\": [\"%s\"]}", rows[i].type);

		ec2_counts(v, "InstanceTypes", 1);
		ec2_is(json_array_get(json_get(v, "InstanceTypes"), 0), rows[i].path,
		    rows[i].text);
	}
}

/* Pages of what passes the filter; how many there are in all. */
static size_t
count_types(struct fixture *f, const char *filter, const char *value)
{
	const char *token = "", *last = "";
	size_t n = 0;

	do {
		json_t *v = ec2_ok(f, "DescribeInstanceTypes",
		    "{\"Filters\": [{\"Name\": \"%s\", \"Values\": [\"%s\"]}]%s%s%s}",
		    filter, value, *token != '\0' ? ", \"NextToken\": \"" : "", token,
		    *token != '\0' ? "\"" : "");
		json_t *list = json_get(v, "InstanceTypes"), *type;
		size_t i;

		assert_true(json_array_size(list) <= 100);
		json_array_foreach(list, i, type) {
			const char *name = ec2_text(type, "InstanceType");

			assert_true(strcmp(last, name) < 0);
			last = name;
		}
		n += json_array_size(list);
		token = json_str_or(v, "NextToken", "");
	} while (*token != '\0');
	return n;
}

static void
filters_and_pages_choose(void **state)
{
	static const struct {
		const char *name, *value;
		size_t n;
	} rows[] = {
		{ "instance-type", "t3.*", 7 },
		{ "instance-type", "nothing", 0 },
		{ "processor-info.sustained-clock-speed-in-ghz", "4.5", 50 },
		{ "hypervisor", "xen", 87 },
		{ "supported-virtualization-type", "paravirtual", 19 },
		{ "processor-info.supported-architecture", "x86_64_mac", 1 },
		{ "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps", "593.75",
		    103 },
		{ "vcpu-info.default-vcpus", "384", 34 },
		{ "bare-metal", "true", 154 },
	};
	struct fixture *f = *state;
	json_t *v;

	assert_true(count_types(f, "instance-type", "*") > 1200);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(count_types(f, rows[i].name, rows[i].value), rows[i].n);
	v = ec2_ok(f, "DescribeInstanceTypes", "{}");
	ec2_counts(v, "InstanceTypes", 100);
	ec2_text(v, "InstanceTypes.99.MemoryInfo.SizeInMiB");
	v = ec2_ok(f, "DescribeInstanceTypes",
	    "{\"MaxResults\": 5, \"NextToken\": \"%s\"}", ec2_text(v, "NextToken"));
	ec2_counts(v, "InstanceTypes", 5);
	v = ec2_ok(f, "DescribeInstanceTypes",
	    "{\"InstanceTypes\": [\"t3.micro\", \"t3.micro\", \"c5.large\"], \"Filters\":"
	    " [{\"Name\": \"burstable-performance-supported\", \"Values\": [\"true\"]}]}");
	ec2_counts(v, "InstanceTypes", 1);
}

static void
types_are_offered_in_all_places(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeInstanceTypeOfferings",
	    "{\"Filters\": [{\"Name\": \"instance-type\", \"Values\": [\"t3.micro\"]}]}");

	ec2_counts(v, "InstanceTypeOfferings", 1);
	ec2_is(v, "InstanceTypeOfferings.0.Location", "us-east-1");
	ec2_is(v, "InstanceTypeOfferings.0.LocationType", "region");
	v = ec2_ok(f, "DescribeInstanceTypeOfferings",
	    "{\"LocationType\": \"availability-zone\", \"Filters\": [{\"Name\":"
	    " \"instance-type\", \"Values\": [\"t3.micro\"]}, {\"Name\": \"location\","
	    " \"Values\": [\"us-east-1b\"]}]}");
	ec2_counts(v, "InstanceTypeOfferings", 1);
	v = ec2_ok(f, "DescribeInstanceTypeOfferings",
	    "{\"LocationType\": \"availability-zone-id\", \"MaxResults\": 5}");
	ec2_counts(v, "InstanceTypeOfferings", 5);
	ec2_is(v, "InstanceTypeOfferings.2.Location", "use1-az3");
	v = ec2_ok(f, "DescribeInstanceTypeOfferings",
	    "{\"LocationType\": \"availability-zone-id\", \"NextToken\": \"%s\"}",
	    ec2_text(v, "NextToken"));
	ec2_counts(v, "InstanceTypeOfferings", 1000);
	v = ec2_ok(f, "DescribeInstanceTypeOfferings", "{\"LocationType\": \"outpost\"}");
	ec2_counts(v, "InstanceTypeOfferings", 0);
}

static json_t *
required(struct fixture *f, const char *requirements)
{
	return ec2_ok(f, "GetInstanceTypesFromInstanceRequirements",
	    "{\"ArchitectureTypes\": [\"x86_64\"], \"VirtualizationTypes\": [\"hvm\"],"
	    " \"InstanceRequirements\": {%s}}",
	    requirements);
}

static void
requirements_choose_types(void **state)
{
	static const struct {
		const char *requirements, *first;
		size_t n;
	} rows[] = {
		{ "\"VCpuCount\": {\"Min\": 2, \"Max\": 2}, \"MemoryMiB\": {\"Min\": 8192,"
		  " \"Max\": 8192}, \"AllowedInstanceTypes\": [\"m5*\", \"t3.*\"]",
		    "m5.large", 7 },
		{ "\"VCpuCount\": {\"Min\": 2, \"Max\": 2}, \"MemoryMiB\": {\"Min\": 0},"
		  " \"BurstablePerformance\": \"required\", \"AllowedInstanceTypes\":"
		  " [\"t3.*\"]",
		    "t3.large", 5 },
		{ "\"VCpuCount\": {\"Min\": 0}, \"MemoryMiB\": {\"Min\": 0},"
		  " \"BareMetal\": \"required\", \"AllowedInstanceTypes\": [\"c5.*\"]",
		    "c5.metal", 1 },
		{ "\"VCpuCount\": {\"Min\": 0}, \"MemoryMiB\": {\"Min\": 0},"
		  " \"AcceleratorNames\": [\"t4\"], \"AcceleratorCount\": {\"Min\": 2}",
		    "g4dn.12xlarge", 1 },
		{ "\"VCpuCount\": {\"Min\": 0}, \"MemoryMiB\": {\"Min\": 0},"
		  " \"AcceleratorManufacturers\": [\"xilinx\"], \"AcceleratorTypes\":"
		  " [\"fpga\"], \"AcceleratorNames\": [\"vu9p\"]",
		    "f1.16xlarge", 3 },
		{ "\"VCpuCount\": {\"Min\": 0}, \"MemoryMiB\": {\"Min\": 0},"
		  " \"LocalStorage\": \"required\", \"LocalStorageTypes\": [\"hdd\"],"
		  " \"TotalLocalStorageGB\": {\"Min\": 300000}",
		    "d3en.12xlarge", 1 },
	};
	struct fixture *f = *state;
	json_t *v;

	for (size_t i = 0; i < COUNT(rows); i++) {
		v = required(f, rows[i].requirements);
		ec2_counts(v, "InstanceTypes", rows[i].n);
		ec2_is(v, "InstanceTypes.0.InstanceType", rows[i].first);
	}
}

static void
spot_prices_follow_a_rule(void **state)
{
	struct fixture *f = *state;
	json_t *v, *again;
	double price;

	v = ec2_ok(f, "DescribeSpotPriceHistory",
	    "{\"InstanceTypes\": [\"m5.large\"], \"AvailabilityZone\": \"us-east-1a\","
	    " \"ProductDescriptions\": [\"Linux/UNIX (Amazon VPC)\"]}");
	assert_true(json_array_size(json_get(v, "SpotPriceHistory")) >= 90);
	ec2_is(v, "SpotPriceHistory.0.InstanceType", "m5.large");
	ec2_is(v, "SpotPriceHistory.0.ProductDescription", "Linux/UNIX");
	price = strtod(ec2_text(v, "SpotPriceHistory.0.SpotPrice"), NULL);
	assert_true(price > 0.03 && price < 0.04);
	again = ec2_ok(f, "DescribeSpotPriceHistory",
	    "{\"InstanceTypes\": [\"m5.large\"], \"MaxResults\": 7, \"Filters\": [{\"Name\":"
	    " \"availability-zone\", \"Values\": [\"us-east-1a\"]}, {\"Name\":"
	    " \"product-description\", \"Values\": [\"Linux/UNIX\"]}]}");
	ec2_counts(again, "SpotPriceHistory", 7);
	for (int i = 0; i < 7; i++) {
		const char *path =
		    arena_printf(f->arena, "SpotPriceHistory.%d.SpotPrice", i);

		ec2_is(again, path, ec2_text(v, path));
	}
	again = ec2_ok(f, "DescribeSpotPriceHistory",
	    "{\"InstanceTypes\": [\"m5.large\"], \"MaxResults\": 7, \"NextToken\": \"%s\","
	    " \"Filters\": [{\"Name\": \"availability-zone\", \"Values\": [\"us-east-1a\"]},"
	    " {\"Name\": \"product-description\", \"Values\": [\"Linux/UNIX\"]}]}",
	    ec2_text(again, "NextToken"));
	ec2_is(again, "SpotPriceHistory.0.SpotPrice",
	    ec2_text(v, "SpotPriceHistory.7.SpotPrice"));
	v = ec2_ok(f, "DescribeSpotPriceHistory", "{}");
	ec2_counts(v, "SpotPriceHistory", 1000);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "DescribeInstanceTypes",
		    "{\"InstanceTypes\": [\"g2.2xlarge\", \"cc1.4xlarge\"]}",
		    "InvalidInstanceType",
		    "The following supplied instance types do not exist: [g2.2xlarge, cc1.4xlarge]" },
		{ "DescribeInstanceTypes",
		    "{\"Filters\": [{\"Name\": \"color\", \"Values\": [\"red\"]}]}",
		    "InvalidParameterValue", "The filter 'color' is invalid" },
		{ "DescribeInstanceTypes",
		    "{\"InstanceTypes\": [\"t3.micro\"], \"MaxResults\": 5}",
		    "InvalidParameterCombination", NULL },
		{ "DescribeInstanceTypes", "{\"NextToken\": \"?\"}",
		    "InvalidPaginationToken", NULL },
		{ "DescribeInstanceTypeOfferings",
		    "{\"Filters\": [{\"Name\": \"color\", \"Values\": [\"red\"]}]}",
		    "InvalidParameterValue", NULL },
		{ "GetInstanceTypesFromInstanceRequirements",
		    "{\"ArchitectureTypes\": [\"x86_64\"], \"VirtualizationTypes\": [\"hvm\"],"
		    " \"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 4, \"Max\": 2},"
		    " \"MemoryMiB\": {\"Min\": 0}}}",
		    "InvalidParameterValue", NULL },
		{ "GetInstanceTypesFromInstanceRequirements",
		    "{\"ArchitectureTypes\": [\"x86_64\"], \"VirtualizationTypes\": [\"hvm\"],"
		    " \"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 4}, \"MemoryMiB\":"
		    " {\"Min\": 0}, \"AllowedInstanceTypes\": [\"a*\"],"
		    " \"ExcludedInstanceTypes\": [\"b*\"]}}",
		    "InvalidParameterCombination", NULL },
		{ "DescribeSpotPriceHistory", "{\"AvailabilityZone\": \"us-east-1z\"}",
		    "InvalidParameterValue", NULL },
		{ "DescribeSpotPriceHistory", "{\"InstanceTypes\": [\"g2.2xlarge\"]}",
		    "InvalidInstanceType", NULL },
		{ "DescribeSpotPriceHistory", "{\"NextToken\": \"cDp4\"}",
		    "InvalidNextToken", NULL },
		{ "DescribeSpotPriceHistory", "{\"MaxResults\": 1001}",
		    "InvalidParameterValue", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(types_are_whole),
		T(filters_and_pages_choose),
		T(types_are_offered_in_all_places),
		T(requirements_choose_types),
		T(spot_prices_follow_a_rule),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
