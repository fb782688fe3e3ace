/* EC2: the options of instances, what new ones get of them, and their attributes. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/engine/engine.h"
#include "control/plane/reconcile.h"

/* No engine: an instance becomes what is wanted in a pass. */
static int
setup(void **state)
{
	int rc = fixture_setup(state);
	struct fixture *f = *state;

	engine_close(f->env.engine);
	f->env.engine = NULL;
	return rc;
}

static const char *
running_type(struct fixture *f, const struct ec2_world *w, const char *type,
    const char *more)
{
	const char *id =
	    ec2_text(ec2_ok(f, "RunInstances",
			 "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\","
			 " \"InstanceType\": \"%s\", \"MinCount\": 1,"
			 " \"MaxCount\": 1%s%s}",
			 w->image, w->subnet, type, more[0] != '\0' ? ", " : "", more),
		"Instances.0.InstanceId");

	reconcile_pass(&f->env);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	return id;
}

static const char *
running(struct fixture *f, struct ec2_world *w, const char *more)
{
	ec2_world(f, w);
	return running_type(f, w, "t3.micro", more);
}

static void
stop(struct fixture *f, const char *id)
{
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	reconcile_pass(&f->env);
	ec2_is(ec2_instance_now(f, id), "State.Name", "stopped");
}

static const char *
params_of(struct fixture *f, const char *id, const char *more)
{
	return arena_printf(f->arena, "{\"InstanceId\": \"%s\"%s%s}", id,
	    more[0] != '\0' ? ", " : "", more);
}

static void
defaults_are_those_of_aws(void **state)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "Placement.Tenancy", "default" },
		{ "Placement.GroupName", "" },
		{ "Placement.AvailabilityZoneId", "use1-az1" },
		{ "Monitoring.State", "disabled" },
		{ "EbsOptimized", "false" },
		{ "CpuOptions.CoreCount", "1" },
		{ "CpuOptions.ThreadsPerCore", "2" },
		{ "CapacityReservationSpecification.CapacityReservationPreference",
		    "open" },
		{ "HibernationOptions.Configured", "false" },
		{ "EnclaveOptions.Enabled", "false" },
		{ "MaintenanceOptions.AutoRecovery", "default" },
		{ "NetworkPerformanceOptions.BandwidthWeighting", "default" },
		{ "MetadataOptions.HttpTokens", "optional" },
		{ "MetadataOptions.HttpEndpoint", "enabled" },
		{ "MetadataOptions.HttpProtocolIpv6", "disabled" },
		{ "MetadataOptions.HttpPutResponseHopLimit", "1" },
		{ "MetadataOptions.InstanceMetadataTags", "disabled" },
		{ "MetadataOptions.State", "applied" },
		{ "PrivateDnsNameOptions.HostnameType", "ip-name" },
		{ "PrivateDnsNameOptions.EnableResourceNameDnsARecord", "false" },
		{ "Operator.Managed", "false" },
		{ "StateTransitionReason", "" },
		{ "ClientToken", "" },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w, "");
	json_t *v = ec2_instance_now(f, id);

	for (size_t i = 0; i < COUNT(rows); i++)
		ec2_is(v, rows[i].path, rows[i].value);
	ec2_is(ec2_ok(f, "DescribeInstanceCreditSpecifications", "{}"),
	    "InstanceCreditSpecifications.0.CpuCredits", "unlimited");
}

static void
options_of_a_launch_are_shown(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	ec2_world(f, &w);
	id = running_type(f, &w, "m5.2xlarge",
	    "\"EnclaveOptions\": {\"Enabled\": true},"
	    " \"Placement\": {\"Tenancy\": \"dedicated\", \"Affinity\": \"default\","
	    " \"AvailabilityZoneId\": \"use1-az1\"},"
	    " \"CpuOptions\": {\"CoreCount\": 2, \"ThreadsPerCore\": 1},"
	    " \"CapacityReservationSpecification\": {\"CapacityReservationPreference\":"
	    " \"none\"}, \"MaintenanceOptions\": {\"AutoRecovery\": \"disabled\"}");
	v = ec2_instance_now(f, id);
	ec2_is(v, "EnclaveOptions.Enabled", "true");
	ec2_is(v, "Placement.Tenancy", "dedicated");
	ec2_is(v, "Placement.Affinity", "default");
	ec2_is(v, "CpuOptions.CoreCount", "2");
	ec2_is(v, "CpuOptions.ThreadsPerCore", "1");
	ec2_is(v, "CapacityReservationSpecification.CapacityReservationPreference",
	    "none");
	ec2_is(v, "MaintenanceOptions.AutoRecovery", "disabled");
	/* No burstable type: nothing of credits. */
	ec2_counts(ec2_ok(f, "DescribeInstanceCreditSpecifications", "{}"),
	    "InstanceCreditSpecifications", 0);
}

static void
hibernation_is_only_configured(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w,
		       "\"HibernationOptions\": {\"Configured\": true},"
		       " \"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sda1\","
		       " \"Ebs\": {\"Encrypted\": true}}]"),
		   *other = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");

	ec2_is(ec2_instance_now(f, id), "HibernationOptions.Configured", "true");
	ec2_no(f, "UnsupportedOperation", "StopInstances",
	    "{\"InstanceIds\": [\"%s\"], \"Hibernate\": true}", id);
	ec2_no(f, "UnsupportedHibernationConfiguration", "StopInstances",
	    "{\"InstanceIds\": [\"%s\"], \"Hibernate\": true}", other);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
}

static void
a_stopped_instance_is_changed(void **state)
{
	static const struct {
		const char *op, *more, *path, *value;
	} rows[] = {
		{ "ModifyInstanceCpuOptions", "\"CoreCount\": 1, \"ThreadsPerCore\": 1",
		    "CpuOptions.ThreadsPerCore", "1" },
		{ "ModifyInstanceCapacityReservationAttributes",
		    "\"CapacityReservationSpecification\": {\"CapacityReservationPreference\":"
		    " \"none\"}",
		    "CapacityReservationSpecification.CapacityReservationPreference",
		    "none" },
		{ "ModifyInstancePlacement", "\"Affinity\": \"default\"",
		    "Placement.Affinity", "default" },
		{ "ModifyInstanceNetworkPerformanceOptions",
		    "\"BandwidthWeighting\": \"default\"",
		    "NetworkPerformanceOptions.BandwidthWeighting", "default" },
		{ "ModifyInstanceAttribute", "\"EbsOptimized\": {\"Value\": true}",
		    "EbsOptimized", "true" },
		{ "ModifyInstanceAttribute", "\"EnaSupport\": {\"Value\": true}",
		    "EnaSupport", "true" },
		{ "ModifyInstanceAttribute",
		    "\"SriovNetSupport\": {\"Value\": \"simple\"}", "SriovNetSupport",
		    "simple" },
		{ "ModifyInstanceAttribute", "\"EnclaveOptions\": {\"Enabled\": false}",
		    "EnclaveOptions.Enabled", "false" },
		{ "ModifyInstanceAttribute",
		    "\"Attribute\": \"instanceType\", \"Value\": \"t3.xlarge\"",
		    "CpuOptions.CoreCount", "2" },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w, "");

	for (size_t i = 0; i < COUNT(rows); i++)
		ec2_no(f, "IncorrectInstanceState", rows[i].op, "%s",
		    params_of(f, id, rows[i].more));
	stop(f, id);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ec2_ok(f, rows[i].op, "%s", params_of(f, id, rows[i].more));
		ec2_is(ec2_instance_now(f, id), rows[i].path, rows[i].value);
	}
	ec2_is(ec2_instance_now(f, id), "InstanceType", "t3.xlarge");
}

static void
a_running_instance_is_changed(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w, "");
	json_t *v;

	v = ec2_ok(f, "ModifyInstanceMaintenanceOptions", "%s",
	    params_of(f, id, "\"AutoRecovery\": \"disabled\""));
	ec2_is(v, "AutoRecovery", "disabled");
	ec2_is(v, "RebootMigration", "default");
	v = ec2_ok(f, "ModifyInstanceMetadataOptions", "%s",
	    params_of(f, id, "\"HttpTokens\": \"required\""));
	ec2_is(v, "InstanceMetadataOptions.State", "pending");
	v = ec2_ok(f, "MonitorInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_is(v, "InstanceMonitorings.0.Monitoring.State", "pending");
	v = ec2_ok(f, "MonitorInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_is(v, "InstanceMonitorings.0.Monitoring.State", "enabled");
	v = ec2_instance_now(f, id);
	ec2_is(v, "MaintenanceOptions.AutoRecovery", "disabled");
	ec2_is(v, "MetadataOptions.HttpTokens", "required");
	ec2_is(v, "MetadataOptions.State", "applied");
	ec2_is(v, "Monitoring.State", "enabled");
	v = ec2_ok(f, "UnmonitorInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_is(v, "InstanceMonitorings.0.Monitoring.State", "disabling");
	ec2_is(ec2_instance_now(f, id), "Monitoring.State", "disabled");
}

static void
wrong_changes_are_refused(void **state)
{
	static const struct {
		const char *op, *more, *code;
	} rows[] = {
		{ "ModifyInstanceCpuOptions", "\"CoreCount\": 2, \"ThreadsPerCore\": 2",
		    "InvalidParameterValue" },
		{ "ModifyInstanceCpuOptions", "\"CoreCount\": 1", "MissingParameter" },
		{ "ModifyInstanceCpuOptions", "\"NestedVirtualization\": \"enabled\"",
		    "UnsupportedOperation" },
		{ "ModifyInstanceNetworkPerformanceOptions",
		    "\"BandwidthWeighting\": \"vpc-1\"", "UnsupportedOperation" },
		{ "ModifyInstancePlacement", "", "MissingParameter" },
		{ "ModifyInstancePlacement", "\"Tenancy\": \"dedicated\"",
		    "InvalidParameterCombination" },
		{ "ModifyInstanceMaintenanceOptions", "", "MissingParameter" },
		{ "ModifyInstanceMetadataOptions", "\"HttpPutResponseHopLimit\": 65",
		    "InvalidParameterValue" },
		{ "ModifyInstanceCapacityReservationAttributes",
		    "\"CapacityReservationSpecification\": {}", "MissingParameter" },
		{ "ModifyInstanceAttribute", "", "InvalidParameterCombination" },
		{ "ModifyInstanceAttribute",
		    "\"EbsOptimized\": {\"Value\": true}, \"EnaSupport\": {\"Value\": true}",
		    "InvalidParameterCombination" },
		{ "ModifyInstanceAttribute", "\"Attribute\": \"instanceType\"",
		    "MissingParameter" },
		{ "ModifyInstanceAttribute",
		    "\"Attribute\": \"instanceType\", \"Value\": \"t9.x\"",
		    "InvalidParameterValue" },
		{ "ModifyInstanceAttribute",
		    "\"Attribute\": \"rootDeviceName\", \"Value\": \"/dev/sdb\"",
		    "UnsupportedOperation" },
		{ "ModifyInstanceAttribute",
		    "\"SriovNetSupport\": {\"Value\": \"twice\"}",
		    "InvalidParameterValue" },
		{ "ModifyInstanceAttribute", "\"Kernel\": {\"Value\": \"aki-1\"}",
		    "UnsupportedOperation" },
		{ "ModifyInstanceAttribute", "\"EnclaveOptions\": {\"Enabled\": true}",
		    "UnsupportedOperation" },
		{ "ModifyInstanceAttribute",
		    "\"InstanceInitiatedShutdownBehavior\": {\"Value\": \"sleep\"}",
		    "InvalidParameterValue" },
		{ "ResetInstanceAttribute", "\"Attribute\": \"kernel\"",
		    "UnsupportedOperation" },
		{ "ResetInstanceAttribute", "\"Attribute\": \"userData\"",
		    "InvalidParameterValue" },
	};
	static const struct {
		const char *op, *more;
	} others[] = {
		{ "ModifyInstanceCpuOptions", "\"CoreCount\": 1, \"ThreadsPerCore\": 1" },
		{ "ModifyInstanceNetworkPerformanceOptions",
		    "\"BandwidthWeighting\": \"default\"" },
		{ "ModifyInstancePlacement", "\"Affinity\": \"default\"" },
		{ "ModifyInstanceMaintenanceOptions", "\"AutoRecovery\": \"default\"" },
		{ "ModifyInstanceMetadataOptions", "" },
		{ "ModifyInstanceCapacityReservationAttributes",
		    "\"CapacityReservationSpecification\": {\"CapacityReservationPreference\":"
		    " \"none\"}" },
		{ "ModifyPrivateDnsNameOptions", "" },
		{ "ModifyInstanceAttribute", "\"EbsOptimized\": {\"Value\": true}" },
		{ "ResetInstanceAttribute", "\"Attribute\": \"sourceDestCheck\"" },
		{ "DescribeInstanceAttribute", "\"Attribute\": \"userData\"" },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w, "");

	stop(f, id);
	for (size_t i = 0; i < COUNT(rows); i++)
		ec2_no(f, rows[i].code, rows[i].op, "%s", params_of(f, id, rows[i].more));
	for (size_t i = 0; i < COUNT(others); i++)
		ec2_no(f, "InvalidInstanceID.NotFound", others[i].op, "%s",
		    params_of(f, "i-00000000000000000", others[i].more));
}

static void
the_check_of_addresses_is_of_the_interface_too(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w, ""), *eni;
	json_t *v;

	ec2_ok(f, "ModifyInstanceAttribute", "%s",
	    params_of(f, id, "\"SourceDestCheck\": {\"Value\": false}"));
	v = ec2_instance_now(f, id);
	ec2_is(v, "SourceDestCheck", "false");
	ec2_is(v, "NetworkInterfaces.0.SourceDestCheck", "false");
	eni = ec2_text(v, "NetworkInterfaces.0.NetworkInterfaceId");
	ec2_is(ec2_ok(f, "DescribeNetworkInterfaces",
		   "{\"NetworkInterfaceIds\": [\"%s\"]}", eni),
	    "NetworkInterfaces.0.SourceDestCheck", "false");
	ec2_ok(f, "ResetInstanceAttribute", "%s",
	    params_of(f, id, "\"Attribute\": \"sourceDestCheck\""));
	ec2_is(ec2_instance_now(f, id), "SourceDestCheck", "true");
	ec2_is(ec2_ok(f, "DescribeNetworkInterfaces",
		   "{\"NetworkInterfaceIds\": [\"%s\"]}", eni),
	    "NetworkInterfaces.0.SourceDestCheck", "true");
}

static void
credits_are_of_burstable_types(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = running(f, &w, ""), *large;
	json_t *v;

	large = running_type(f, &w, "m5.large", "");
	v = ec2_ok(f, "ModifyInstanceCreditSpecification",
	    "{\"InstanceCreditSpecifications\": [{\"InstanceId\": \"%s\", \"CpuCredits\":"
	    " \"standard\"}, {\"InstanceId\": \"%s\", \"CpuCredits\": \"standard\"},"
	    " {\"InstanceId\": \"i-00000000000000000\", \"CpuCredits\": \"standard\"}]}",
	    id, large);
	ec2_counts(v, "SuccessfulInstanceCreditSpecifications", 1);
	ec2_is(v, "SuccessfulInstanceCreditSpecifications.0.InstanceId", id);
	ec2_is(v, "UnsuccessfulInstanceCreditSpecifications.0.Error.Code",
	    "InstanceCreditSpecification.NotSupported");
	ec2_is(v, "UnsuccessfulInstanceCreditSpecifications.1.Error.Code",
	    "InvalidInstanceID.NotFound");
	v = ec2_ok(f, "DescribeInstanceCreditSpecifications",
	    "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_is(v, "InstanceCreditSpecifications.0.CpuCredits", "standard");
	ec2_no(f, "InvalidParameterValue", "ModifyInstanceCreditSpecification",
	    "{\"InstanceCreditSpecifications\": [{\"InstanceId\": \"%s\", \"CpuCredits\":"
	    " \"free\"}]}",
	    id);
	ec2_no(f, "MissingParameter", "ModifyInstanceCreditSpecification",
	    "{\"InstanceCreditSpecifications\": [{\"InstanceId\": \"%s\"}]}", id);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_those_of_aws),
		TEST(options_of_a_launch_are_shown),
		TEST(hibernation_is_only_configured),
		TEST(a_stopped_instance_is_changed),
		TEST(a_running_instance_is_changed),
		TEST(wrong_changes_are_refused),
		TEST(the_check_of_addresses_is_of_the_interface_too),
		TEST(credits_are_of_burstable_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
