/*
 * EC2: what RunInstances was asked for that is kept and shown: processors, credits, capacity,
 * metadata, names, maintenance and the like.
 *
 * Not emulated: enclaves and hibernation, which an instance only says that it could have;
 * weighted bandwidth; memory encryption.
 */
#include <string.h>

#include "control/services/ec2/compute/instance_family.h"
#include "control/services/ec2/compute/instance_settings.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_hibernation = { "UnsupportedHibernationConfiguration",
	400 };

/* The generation of a type: 5 of "m5.large". */
static int
generation(const char *type)
{
	const char *digit = type + strcspn(type, "0123456789");

	return *digit >= '0' && *digit <= '9' ? *digit - '0' : 0;
}

int
instance_check_cpu(struct call *c, const struct instance_type *type, int64_t cores,
    int64_t threads)
{
	int64_t most = type->vcpus / instance_type_cores(type);

	if (threads < 1 || threads > most)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter ThreadsPerCore is invalid for the instance type "
		    "'%s'.",
		    (long long)threads, type->name);
	if (cores < 1 || cores > type->vcpus / most)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter CoreCount is invalid for the instance type '%s'.",
		    (long long)cores, type->name);
	return 0;
}

static int64_t
default_threads(const struct instance_type *type)
{
	return type->vcpus / instance_type_cores(type);
}

json_t *
instance_cpu_options(const struct instance_type *type, const json_t *given)
{
	int64_t threads = default_threads(type);

	return json_make("{s:I, s:I}", "CoreCount",
	    (json_int_t)json_int(given, "CoreCount", type->vcpus / threads),
	    "ThreadsPerCore", (json_int_t)json_int(given, "ThreadsPerCore", threads));
}

static int
check_cpu(struct call *c, const struct launch *l)
{
	static const char *const refused[] = { "AmdSevSnp", "NestedVirtualization" };
	const json_t *cpu = in_object(c, "CpuOptions");

	for (size_t i = 0; i < COUNT(refused); i++) {
		if (strcmp(json_str_or(cpu, refused[i], "disabled"), "disabled") != 0)
			return err_set(&c->err, &ec2_unsupported,
			    "The instance type '%s' does not support CpuOptions.%s.",
			    l->type->name, refused[i]);
	}
	if (json_get(cpu, "CoreCount") == NULL && json_get(cpu, "ThreadsPerCore") == NULL)
		return 0;
	if (json_get(cpu, "CoreCount") == NULL || json_get(cpu, "ThreadsPerCore") == NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "CpuOptions needs both CoreCount and ThreadsPerCore.");
	return instance_check_cpu(c, l->type, json_int(cpu, "CoreCount", 0),
	    json_int(cpu, "ThreadsPerCore", 0));
}

static int
read_credits(struct call *c, struct launch *l)
{
	const char *asked = json_str(in_object(c, "CreditSpecification"), "CpuCredits");
	const char *family = instance_credit_family(l->type->name);

	l->credits = asked;
	if (asked != NULL && family == NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter CreditSpecification is not supported for the instance type "
		    "'%s'.",
		    l->type->name);
	if (asked != NULL)
		return instance_check_credits(c, asked);
	if (family != NULL)
		l->credits = instance_default_credits(c, family);
	return family == NULL || l->credits != NULL ? 0 : -1;
}

int
instance_check_capacity(struct call *c, const json_t *given)
{
	const char *preference = json_str(given, "CapacityReservationPreference");
	const json_t *target = json_get(given, "CapacityReservationTarget");
	const char *id = json_str(target, "CapacityReservationId");
	const char *group = json_str(target, "CapacityReservationResourceGroupArn");

	if (given != NULL && preference == NULL && target == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain CapacityReservationPreference or "
		    "CapacityReservationTarget");
	if (target != NULL && preference != NULL &&
	    strcmp(preference, "capacity-reservations-only") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "CapacityReservationPreference and CapacityReservationTarget cannot be used "
		    "together");
	if (target != NULL && (id != NULL) == (group != NULL))
		return err_set(&c->err, &ec2_bad_combination,
		    "CapacityReservationTarget needs either CapacityReservationId or "
		    "CapacityReservationResourceGroupArn");
	if (group != NULL)
		return err_set(&c->err, &ec2_unsupported,
		    "Resource groups of Capacity Reservations are not supported here.");
	return launch_check_known(c, "CapacityReservationTarget", id, "cr-");
}

static int
check_hibernation(struct call *c, const struct launch *l)
{
	int enclave = json_bool(in_object(c, "EnclaveOptions"), "Enabled", 0);
	int hibernates = json_bool(in_object(c, "HibernationOptions"), "Configured", 0);
	const json_t *root = json_get(json_array_get(l->mappings, 0), "Ebs");

	if (enclave && hibernates)
		return err_set(&c->err, &ec2_bad_combination,
		    "You can't enable hibernation and Amazon Web Services Nitro Enclaves on the "
		    "same instance.");
	if (enclave &&
	    (l->type->family->enclaves_from == 0 || l->type->is_metal ||
		l->type->vcpus < l->type->family->enclaves_from))
		return err_set(&c->err, &ec2_unsupported,
		    "The instance type '%s' does not support enclaves.", l->type->name);
	if (hibernates && !instance_type_hibernates(l->type))
		return err_set(&c->err, &no_hibernation,
		    "The instance type '%s' does not support hibernation.",
		    l->type->name);
	if (hibernates && !json_bool(root, "Encrypted", 0))
		return err_set(&c->err, &no_hibernation,
		    "The root volume must be encrypted to enable hibernation.");
	return 0;
}

int
instance_check_bandwidth(struct call *c, const char *type, const char *weighting)
{
	if (strcmp(weighting, "default") != 0 && generation(type) < 8)
		return err_set(&c->err, &ec2_unsupported,
		    "The instance type '%s' does not support the bandwidth weighting %s.",
		    type, weighting);
	return 0;
}

int
launch_read_options(struct call *c, struct launch *l)
{
	static const struct {
		const char *name, *known[6];
	} rows[] = {
		{ "CpuOptions",
		    { "CoreCount", "ThreadsPerCore", "AmdSevSnp", "NestedVirtualization",
			NULL } },
		{ "Monitoring", { "Enabled", NULL } },
		{ "NetworkPerformanceOptions", { "BandwidthWeighting", NULL } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (ec2_refuse_members(c, rows[i].name, in_object(c, rows[i].name),
			rows[i].known) < 0)
			return -1;
	}
	return check_cpu(c, l) < 0 || read_credits(c, l) < 0 ||
		instance_check_capacity(c,
		    in_object(c, "CapacityReservationSpecification")) < 0 ||
		check_hibernation(c, l) < 0 ||
		instance_check_bandwidth(c, l->type->name,
		    json_str_or(in_object(c, "NetworkPerformanceOptions"),
			"BandwidthWeighting", "default")) < 0 ||
		instance_metadata_options(c, in_object(c, "MetadataOptions"), l->image,
		    &l->metadata) < 0 ?
	    -1 :
	    0;
}

/* The instance */

json_t *
instance_capacity(const json_t *given)
{
	json_t *v = json_new_object();

	if (json_get(given, "CapacityReservationTarget") != NULL)
		json_set(v, "CapacityReservationTarget",
		    json_copy_deep(json_get(given, "CapacityReservationTarget")));
	if (json_get(given, "CapacityReservationTarget") == NULL ||
	    json_get(given, "CapacityReservationPreference") != NULL)
		json_set_str(v, "CapacityReservationPreference",
		    json_str_or(given, "CapacityReservationPreference", "open"));
	return v;
}

static void
set_placement(struct call *c, json_t *doc, const struct launch *l)
{
	static const char *const same[] = { "Affinity", "HostId", "PartitionNumber" };
	const json_t *asked = in_object(c, "Placement");
	json_t *v = json_make("{s:s, s:s, s:s}", "AvailabilityZone",
	    json_str_or(l->subnet, "AvailabilityZone", ""), "GroupName",
	    json_str_or(asked, "GroupName", ""), "Tenancy",
	    json_str_or(asked, "Tenancy",
		json_get(asked, "HostId") != NULL ? "host" : "default"));

	if (l->placement_group != NULL) {
		json_set_str(v, "GroupName", json_str(l->placement_group, "GroupName"));
		json_set_str(v, "GroupId", json_str(l->placement_group, "GroupId"));
	}
	json_set_str(v, "AvailabilityZoneId", json_str(l->subnet, "AvailabilityZoneId"));
	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(asked, same[i]) != NULL)
			json_set(v, same[i], json_copy_deep(json_get(asked, same[i])));
	}
	json_set(doc, "Placement", v);
}

/* What was not asked for is as the subnet has it. */
static void
set_names(struct call *c, json_t *doc, const struct launch *l)
{
	static const char *const switches[] = { "EnableResourceNameDnsARecord",
		"EnableResourceNameDnsAAAARecord" };
	const json_t *asked = in_object(c, "PrivateDnsNameOptions");
	const json_t *def = json_get(l->subnet, "PrivateDnsNameOptionsOnLaunch");
	json_t *v = json_need_object(doc, "PrivateDnsNameOptions");

	json_set_str(v, "HostnameType",
	    json_str_or(asked, "HostnameType",
		json_str_or(def, "HostnameType", "ip-name")));
	for (size_t i = 0; i < COUNT(switches); i++)
		json_set_bool(v, switches[i],
		    json_bool(asked, switches[i], json_bool(def, switches[i], 0)));
}

static void
set_private(struct call *c, json_t *doc, const struct launch *l)
{
	json_set_bool(doc, "_termination_protected",
	    in_bool(c, "DisableApiTermination", 0));
	json_set_bool(doc, "_stop_protected", in_bool(c, "DisableApiStop", 0));
	json_set_str(doc, "_shutdown_behavior",
	    json_str_or(c->in, "InstanceInitiatedShutdownBehavior", "stop"));
	json_set_str(doc, "_credits", l->credits);
	json_set_bool(doc, "_public", l->public_address);
}

void
launch_set_options(struct call *c, json_t *doc, const struct launch *l)
{
	int monitored = json_bool(in_object(c, "Monitoring"), "Enabled", 0);

	set_placement(c, doc, l);
	set_names(c, doc, l);
	set_private(c, doc, l);
	json_set(doc, "Monitoring",
	    json_make("{s:s}", "State", monitored ? "enabled" : "disabled"));
	json_set_bool(doc, "EbsOptimized", in_bool(c, "EbsOptimized", 0));
	json_set(doc, "CpuOptions",
	    instance_cpu_options(l->type, in_object(c, "CpuOptions")));
	json_set(doc, "CapacityReservationSpecification",
	    instance_capacity(in_object(c, "CapacityReservationSpecification")));
	json_set(doc, "HibernationOptions",
	    json_make("{s:b}", "Configured",
		json_bool(in_object(c, "HibernationOptions"), "Configured", 0)));
	json_set(doc, "EnclaveOptions",
	    json_make("{s:b}", "Enabled",
		json_bool(in_object(c, "EnclaveOptions"), "Enabled", 0)));
	json_set(doc, "MaintenanceOptions",
	    json_make("{s:s, s:s}", "AutoRecovery",
		json_str_or(in_object(c, "MaintenanceOptions"), "AutoRecovery",
		    "default"),
		"RebootMigration", "default"));
	json_set(doc, "NetworkPerformanceOptions",
	    json_make("{s:s}", "BandwidthWeighting",
		json_str_or(in_object(c, "NetworkPerformanceOptions"),
		    "BandwidthWeighting", "default")));
	json_set(doc, "MetadataOptions", json_copy_deep(l->metadata));
	json_set_str(doc, "ClientToken", json_str_or(c->in, "ClientToken", ""));
}
