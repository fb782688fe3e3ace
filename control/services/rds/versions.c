/*
 * RDS: which engines, classes and certificates there are.
 */
#include <string.h>

#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/ec2.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

static json_t *
words(const char *text)
{
	json_t *out = json_new_array();

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		json_add(out, json_new_strn(text, n));
		text += n + strspn(text + n, " ");
	}
	return out;
}

static void
add_version(struct call *c, json_t *rows, const struct rds_engine *e,
    const struct rds_version *v)
{
	json_t *row = json_add_object(rows), *targets;
	const char *const flags[] = { "SupportsLogExportsToCloudwatchLogs",
		"SupportsReadReplica" };

	json_set_str(row, "Engine", e->name);
	json_set_str(row, "EngineVersion", v->version);
	json_set_str(row, "MajorEngineVersion", v->major);
	json_set_str(row, "DBParameterGroupFamily", v->family);
	json_set_str(row, "DBEngineDescription", e->title);
	json_set_str(row, "DBEngineVersionDescription",
	    arena_printf(c->arena, "%s %s-R1", e->title, v->version));
	json_set(row, "ExportableLogTypes", words(e->log_exports));
	json_set_bool(row, flags[0], 1);
	json_set_bool(row, flags[1], 0);
	json_set(row, "SupportedFeatureNames", json_new_array());
	json_set_str(row, "Status", "available");
	json_set(row, "SupportedCACertificateIdentifiers",
	    json_make("[s]", "rds-ca-rsa2048-g1"));
	json_set_bool(row, "SupportsParallelQuery", 0);
	json_set_bool(row, "SupportsGlobalDatabases", 0);
	json_set_bool(row, "SupportsBabelfish", 0);
	json_set_bool(row, "SupportsCertificateRotationWithoutRestart", 0);
	targets = json_need_array(row, "ValidUpgradeTarget");
	for (v++; v->version != NULL; v++)
		json_add(targets,
		    json_make("{s:s, s:s, s:s, s:b, s:b}", "Engine", e->name,
			"EngineVersion", v->version, "Description",
			arena_printf(c->arena, "%s %s-R1", e->title, v->version),
			"AutoUpgrade", 0, "IsMajorVersionUpgrade", 0));
	json_set_fmt(row, "_order", "%s %06zu", e->name, json_array_size(rows));
}

static int
is_asked(struct call *c, const struct rds_engine *e, const struct rds_version *v)
{
	const char *engine = in_str(c, "Engine"), *version = in_str(c, "EngineVersion"),
		   *family = in_str(c, "DBParameterGroupFamily");

	if ((engine != NULL && strcmp(engine, e->name) != 0) ||
	    (family != NULL && strcmp(family, v->family) != 0))
		return 0;
	if (version != NULL && strcmp(version, v->version) != 0 &&
	    strcmp(version, v->major) != 0)
		return 0;
	if (!in_bool(c, "DefaultOnly", 0))
		return 1;
	/* The default one, of the major version that is asked for if there is one. */
	return v ==
	    rds_version_find(e,
		version != NULL	   ? version :
		    family != NULL ? v->major :
				     NULL);
}

static const struct rds_filter filters[] = {
	{ "db-parameter-group-family", "DBParameterGroupFamily" },
	{ "engine", "Engine" },
	{ "engine-version", "EngineVersion" },
	{ "status", "Status" },
	{ 0 },
};

static int
describe_db_engine_versions(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());

	if (rds_allow(c, "engine-version", NULL) < 0)
		return -1;
	for (size_t i = 0; rds_engines[i] != NULL; i++) {
		const struct rds_engine *e = rds_engines[i];

		for (const struct rds_version *v = e->versions; v->version != NULL; v++) {
			if (is_asked(c, e, v))
				add_version(c, rows, e, v);
		}
	}
	if (rds_filter(c, filters, rows) < 0)
		return -1;
	return rds_out_page(c, "DBEngineVersions", "_order", rows);
}

/* DescribeOrderableDBInstanceOptions */

static const char *const classes[] = { "db.m5.2xlarge", "db.m5.4xlarge", "db.m5.large",
	"db.m5.xlarge", "db.m6g.large", "db.m6g.xlarge", "db.m6i.large", "db.m6i.xlarge",
	"db.m7g.large", "db.m7g.xlarge", "db.r5.2xlarge", "db.r5.large", "db.r5.xlarge",
	"db.r6g.large", "db.r6g.xlarge", "db.r6i.large", "db.r7g.large", "db.t3.2xlarge",
	"db.t3.large", "db.t3.medium", "db.t3.micro", "db.t3.small", "db.t4g.large",
	"db.t4g.medium", "db.t4g.micro", "db.t4g.small" };

static void
add_option(struct call *c, json_t *rows, const struct rds_engine *e, const char *version,
    const char *class, const char *storage)
{
	json_t *row = json_add_object(rows);
	static const char *const yes[] = { "MultiAZCapable", "Vpc",
		"SupportsStorageEncryption", "SupportsStorageAutoscaling" };
	static const char *const no[] = { "ReadReplicaCapable",
		"SupportsEnhancedMonitoring", "SupportsIAMDatabaseAuthentication",
		"SupportsPerformanceInsights", "SupportsKerberosAuthentication",
		"OutpostCapable", "SupportsGlobalDatabases", "SupportsClusters",
		"SupportsDedicatedLogVolume" };
	int is_gp3 = strcmp(storage, "gp3") == 0;

	json_set_str(row, "Engine", e->name);
	json_set_str(row, "EngineVersion", version);
	json_set_str(row, "DBInstanceClass", class);
	json_set_str(row, "LicenseModel", e->license);
	json_set_str(row, "StorageType", storage);
	for (unsigned i = 0; i < EC2_ZONES; i++)
		json_add(json_need_array(row, "AvailabilityZones"),
		    json_make("{s:s}", "Name", ec2_zone_name(c, i)));
	for (size_t i = 0; i < COUNT(yes); i++)
		json_set_bool(row, yes[i], 1);
	for (size_t i = 0; i < COUNT(no); i++)
		json_set_bool(row, no[i], 0);
	json_set_bool(row, "SupportsIops", is_gp3 || storage[0] == 'i');
	json_set_bool(row, "SupportsStorageThroughput", is_gp3);
	json_set_int(row, "MinStorageSize", 20);
	json_set_int(row, "MaxStorageSize", 65536);
	json_set(row, "SupportedNetworkTypes", json_make("[s]", "IPV4"));
	json_set(row, "SupportedEngineModes", json_make("[s]", "provisioned"));
	json_set_fmt(row, "_order", "%08zu", json_array_size(rows));
}

static int
describe_orderable_db_instance_options(struct call *c)
{
	static const char *const storages[] = { "gp2", "gp3", "io1" };
	const char *engine = in_str(c, "Engine"), *class = in_str(c, "DBInstanceClass"),
		   *version = in_str(c, "EngineVersion"),
		   *license = in_str(c, "LicenseModel");
	const struct rds_engine *e = rds_engine_find(engine);
	json_t *rows = json_own(c->arena, json_new_array());

	if (rds_allow(c, "db", NULL) < 0)
		return -1;
	if (e == NULL)
		return err_set(&c->err, &rds_bad_value, "Invalid DB engine: %s", engine);
	for (const struct rds_version *v = e->versions; v->version != NULL; v++) {
		if ((version != NULL && strcmp(version, v->version) != 0 &&
			strcmp(version, v->major) != 0) ||
		    (license != NULL && strcmp(license, e->license) != 0))
			continue;
		for (size_t i = 0; i < COUNT(classes); i++) {
			if (class != NULL && strcmp(class, classes[i]) != 0)
				continue;
			for (size_t k = 0; k < COUNT(storages); k++)
				add_option(c, rows, e, v->version, classes[i],
				    storages[k]);
		}
	}
	if (rds_filter(c, NULL, rows) < 0)
		return -1;
	return rds_out_page(c, "OrderableDBInstanceOptions", "_order", rows);
}

/* DescribeAccountAttributes: what there is, and what there may be */

static int
describe_account_attributes(struct call *c)
{
	static const struct {
		const char *name, *kind;
		int64_t max;
	} quotas[] = {
		{ "DBInstances", "rds:instance", 40 },
		{ "ManualSnapshots", "rds:snapshot", 100 },
		{ "DBParameterGroups", "rds:parameter-group", 50 },
		{ "DBSubnetGroups", "rds:subnet-group", 50 },
		{ "OptionGroups", "rds:option-group", 20 },
	};
	json_t *rows = json_own(c->arena, json_new_array());

	if (rds_allow(c, "quota", NULL) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(quotas); i++) {
		json_t *all = rds_all(c, quotas[i].kind);

		if (all == NULL)
			return -1;
		json_add(rows,
		    json_make("{s:s, s:I, s:I}", "AccountQuotaName", quotas[i].name,
			"Used", (json_int_t)json_array_size(all), "Max",
			(json_int_t)quotas[i].max));
	}
	out_ref(c, "AccountQuotas", rows);
	return 0;
}

static const struct op ops[] = {
	RDS("DescribeAccountAttributes", describe_account_attributes, OP_READ,
	    "Say how much there is and may be."),
	RDS("DescribeDBEngineVersions", describe_db_engine_versions, OP_READ,
	    "List engines and their versions."),
	RDS("DescribeOrderableDBInstanceOptions", describe_orderable_db_instance_options,
	    OP_READ, "List what databases can be made of."),
};

const struct family rds_versions = FAMILY(ops, NULL);
