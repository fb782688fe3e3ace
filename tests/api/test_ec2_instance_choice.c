/*
 * Instance types that fleets choose by requirements: by price, and for the image.
 */
#include "tests/api/ec2_calls.h"

#define WEB \
	"{\"LaunchTemplateSpecification\": {\"LaunchTemplateName\": \"web\", \"Version\": \"$Latest\"}"

static void
begin(struct fixture *f, struct ec2_world *w)
{
	ec2_world(f, w);
	ec2_ok(f, "CreateLaunchTemplate",
	    "{\"LaunchTemplateName\": \"web\", \"LaunchTemplateData\": {\"ImageId\": "
	    "\"%s\", \"NetworkInterfaces\": [{\"DeviceIndex\": 0, \"SubnetId\": "
	    "\"%s\"}]}}",
	    w->image, w->subnet);
}

static json_t *
create(struct fixture *f, const char *overrides, const char *capacity, const char *more)
{
	return ec2_ok(f, "CreateFleet",
	    "{\"LaunchTemplateConfigs\": [" WEB
	    ", \"Overrides\": [%s]}], \"TargetCapacitySpecification\": {%s}, "
	    "\"Type\": \"instant\"%s}",
	    overrides, capacity, more);
}

/* A spot instance of each type that is cheap enough. */
static void
prices_of_types_are_limited(void **state)
{
	static const struct {
		const char *limit;
		size_t n;
	} cases[] = {
		{ "", 3 },
		{ ", \"SpotMaxPricePercentageOverLowestPrice\": 999999", 3 },
		{ ", \"SpotMaxPricePercentageOverLowestPrice\": 20", 2 },
		{ ", \"SpotMaxPricePercentageOverLowestPrice\": 5", 1 },
		{ ", \"MaxSpotPriceAsPercentageOfOptimalOnDemandPrice\": 100", 3 },
		{ ", \"MaxSpotPriceAsPercentageOfOptimalOnDemandPrice\": 36", 1 },
	};
	struct fixture *f = *state;
	struct ec2_world w;

	begin(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *v = create(f,
		    arena_printf(f->arena,
			"{\"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 2}, "
			"\"MemoryMiB\": {\"Min\": 1}, \"AllowedInstanceTypes\": "
			"[\"c5.large\", \"m5.large\", \"r5.large\"]%s}}",
			cases[i].limit),
		    "\"TotalTargetCapacity\": 3, \"DefaultTargetCapacityType\": \"spot\"",
		    ", \"SpotOptions\": {\"AllocationStrategy\": "
		    "\"diversified\"}");

		ec2_counts(v, "Instances", cases[i].n);
	}
	ec2_no(f, "InvalidFleetConfiguration", "CreateFleet",
	    "{\"LaunchTemplateConfigs\": [" WEB
	    ", \"Overrides\": [{\"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 2}, "
	    "\"MemoryMiB\": {\"Min\": 1}, \"AllowedInstanceTypes\": [\"t2.nano\"]}}]}], "
	    "\"TargetCapacitySpecification\": {\"TotalTargetCapacity\": 1}}");
}

static void
the_image_says_the_architecture(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *image;
	json_t *v;

	begin(f, &w);
	image = ec2_text(ec2_ok(f, "RegisterImage",
			     "{\"Name\": \"arm\", \"DockerImage\": \"arm:1\", "
			     "\"Architecture\": \"arm64\"}"),
	    "ImageId");
	v = create(f,
	    arena_printf(f->arena,
		"{\"ImageId\": \"%s\", \"InstanceRequirements\": {\"VCpuCount\": "
		"{\"Min\": 2, \"Max\": 2}, \"MemoryMiB\": {\"Min\": 8192, \"Max\": "
		"8192}}}",
		image),
	    "\"TotalTargetCapacity\": 1", "");
	ec2_counts(v, "Instances", 1);
	v = ec2_ok(f, "DescribeInstanceTypes", "{\"InstanceTypes\": [\"%s\"]}",
	    ec2_text(v, "Instances.0.InstanceType"));
	ec2_is(v, "InstanceTypes.0.ProcessorInfo.SupportedArchitectures.0", "arm64");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(prices_of_types_are_limited),
		TEST(the_image_says_the_architecture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
