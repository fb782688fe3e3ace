/*
 * RDS: what inputs of several operations may have.
 */
#include <ctype.h>
#include <string.h>

#include "control/services/ec2/compute/instance_type.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

int
rds_check_password(struct call *c, const struct rds_engine *e, const char *password)
{
	size_t n = strlen(password);

	if (n < 8 || n > e->password_max)
		return err_set(&c->err, &rds_bad_value,
		    "The parameter MasterUserPassword is not a valid password because it is "
		    "%s than %zu characters.",
		    n < 8 ? "shorter" : "longer", n < 8 ? (size_t)8 : e->password_max);
	for (size_t i = 0; i < n; i++) {
		if (password[i] <= ' ' || password[i] > '~' ||
		    strchr("/@\"", password[i]) != NULL)
			return err_set(&c->err, &rds_bad_value,
			    "The parameter MasterUserPassword is not a valid password. Only "
			    "printable ASCII characters besides '/', '@', '\"', ' ' may be "
			    "used.");
	}
	return 0;
}

int
rds_check_class(struct call *c, const char *class)
{
	if (strncmp(class, "db.", 3) == 0 &&
	    instance_type_find(c->arena, class + 3) != NULL)
		return 0;
	return err_set(&c->err, &rds_bad_value, "Invalid DB Instance class: %s", class);
}

int
rds_check_storage(struct call *c, int64_t size, const char *type, int64_t iops)
{
	if (size < (strcmp(type, "standard") == 0 ? 5 : 20) || size > 65536)
		return err_set(&c->err, &rds_bad_value,
		    "Invalid storage size for engine name and storage type: %lld",
		    (long long)size);
	if (strcmp(type, "gp2") != 0 && strcmp(type, "gp3") != 0 &&
	    strcmp(type, "io1") != 0 && strcmp(type, "io2") != 0 &&
	    strcmp(type, "standard") != 0)
		return err_set(&c->err, &rds_bad_value, "Invalid storage type: %s", type);
	if (type[0] == 'i' && (iops < 1000 || iops > 256000))
		return err_set(&c->err, &rds_bad_combination,
		    "You must specify Iops of 1000 to 256000 for storage type %s", type);
	if ((strcmp(type, "gp2") == 0 || strcmp(type, "standard") == 0) && iops != 0)
		return err_set(&c->err, &rds_bad_combination,
		    "You can't specify IOPS for storage type %s", type);
	return 0;
}

/* Members of any operation's input that would change something which is not here. */
int
rds_refuse(struct call *c)
{
	static const char *const none[] = { "AdditionalStorageVolumes", "AutomationMode",
		"AwsBackupRecoveryPointArn", "BackupTarget", "CharacterSetName",
		"CustomIamInstanceProfile", "DBCapacityReservationIdentifier",
		"DBClusterIdentifier", "DBClusterSnapshotIdentifier", "DBSecurityGroups",
		"DBSystemId", "Domain", "DomainAuthSecretArn", "DomainDnsIps",
		"DomainFqdn", "DomainIAMRoleName", "DomainOu",
		"MasterUserAuthenticationType", "MasterUserSecretKmsKeyId",
		"MonitoringRoleArn", "NcharCharacterSetName",
		"PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod",
		"PreSignedUrl", "ProcessorFeatures", "ReplicaMode",
		"ResumeFullAutomationModeMinutes", "SnapshotAvailabilityZone",
		"SnapshotTarget", "TagSpecifications", "TargetCustomAvailabilityZone",
		"TdeCredentialArn", "TdeCredentialPassword", "Timezone" };
	static const char *const off[] = { "CopyOptionGroup", "DedicatedLogVolume",
		"DetachFromDBCapacityReservation", "DisableDomain",
		"EnableCustomerOwnedIp", "EnableIAMDatabaseAuthentication",
		"EnablePerformanceInsights", "ManageMasterUserPassword", "MultiTenant",
		"RotateMasterUserPassword", "UseDefaultProcessorFeatures" };

	for (size_t i = 0; i < COUNT(none); i++) {
		if (json_get(c->in, none[i]) != NULL)
			return err_set(&c->err, &rds_bad_combination,
			    "%s is not supported here.", none[i]);
	}
	for (size_t i = 0; i < COUNT(off); i++) {
		if (json_bool(c->in, off[i], 0))
			return err_set(&c->err, &rds_bad_combination,
			    "%s is not supported here.", off[i]);
	}
	return json_int(c->in, "MonitoringInterval", 0) == 0 ?
	    0 :
	    err_set(&c->err, &rds_bad_combination,
		"Enhanced Monitoring is not supported here.");
}

/* "23:59": its minutes, or -1. */
static int
minutes_of(const char *p)
{
	int n;

	if (!isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]) ||
	    p[2] != ':' || !isdigit((unsigned char)p[3]) || !isdigit((unsigned char)p[4]))
		return -1;
	n = ((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0';
	return p[0] > '2' || p[3] > '5' || n >= 24 * 60 ? -1 : n;
}

/* "sun:05:00" */
static int
is_day_time(struct call *c, const char *p)
{
	static const char days[] = " mon: tue: wed: thu: fri: sat: sun:";

	return strlen(p) >= 9 &&
	    strstr(days, arena_printf(c->arena, " %.4s", p)) != NULL &&
	    minutes_of(p + 4) >= 0;
}

static int
check_windows(struct call *c)
{
	const char *backup = json_str(c->in, "PreferredBackupWindow"),
		   *maintenance = json_str(c->in, "PreferredMaintenanceWindow");

	if (backup != NULL &&
	    (strlen(backup) != 11 || backup[5] != '-' || minutes_of(backup) < 0 ||
		minutes_of(backup + 6) < 0))
		return err_set(&c->err, &rds_bad_value,
		    "Invalid backup window format: %s. Should be specified as a range "
		    "hh24:mi-hh24:mi (24H Clock UTC).",
		    backup);
	if (maintenance != NULL &&
	    (strlen(maintenance) != 19 || maintenance[9] != '-' ||
		!is_day_time(c, maintenance) || !is_day_time(c, maintenance + 10)))
		return err_set(&c->err, &rds_bad_value,
		    "Invalid maintenance window format: %s. Should be specified as a range "
		    "ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC).",
		    maintenance);
	return 0;
}

static int
check_range(struct call *c, const char *member, int64_t min, int64_t max)
{
	int64_t n = json_int(c->in, member, min);

	if (n >= min && n <= max)
		return 0;
	return err_set(&c->err, &rds_bad_value,
	    "Invalid value %lld for %s: it must be between %lld and %lld", (long long)n,
	    member, (long long)min, (long long)max);
}

/* A text that must be one of these words. */
static int
check_word(struct call *c, const char *member, const char *words)
{
	const char *said = json_str(c->in, member);

	if (said == NULL ||
	    (strchr(said, ' ') == NULL &&
		strstr(words, arena_printf(c->arena, " %s ", said)) != NULL))
		return 0;
	return err_set(&c->err, &rds_bad_value, "Invalid value %s for %s", said, member);
}

static int
check_logs(struct call *c, const struct rds_engine *e, const json_t *logs)
{
	const char *words = arena_printf(c->arena, " %s ", e->log_exports);
	const json_t *v;
	size_t i;

	json_array_foreach(logs, i, v) {
		const char *name = json_string_value(v);

		if (strchr(name, ' ') != NULL ||
		    strstr(words, arena_printf(c->arena, " %s ", name)) == NULL)
			return err_set(&c->err, &rds_bad_combination,
			    "You cannot use the log types '%s' with engine version %s. For "
			    "supported log types, see the documentation.",
			    name, e->name);
	}
	return 0;
}

int
rds_check_input(struct call *c, const struct rds_engine *e)
{
	const json_t *logs = json_get(c->in, "CloudwatchLogsExportConfiguration");

	if (check_range(c, "Port", 1150, 65535) < 0 ||
	    check_range(c, "DBPortNumber", 1150, 65535) < 0 ||
	    check_range(c, "BackupRetentionPeriod", 0, 35) < 0 ||
	    check_range(c, "PromotionTier", 0, 15) < 0 || check_windows(c) < 0)
		return -1;
	if (check_word(c, "CACertificateIdentifier", " rds-ca-rsa2048-g1 ") < 0 ||
	    check_word(c, "NetworkType", " IPV4 ") < 0 ||
	    check_word(c, "EngineLifecycleSupport",
		" open-source-rds-extended-support "
		"open-source-rds-extended-support-disabled ") < 0)
		return -1;
	if (check_logs(c, e, json_get(c->in, "EnableCloudwatchLogsExports")) < 0 ||
	    check_logs(c, e, json_get(logs, "EnableLogTypes")) < 0)
		return -1;
	if (json_bool(c->in, "MultiAZ", 0) && json_get(c->in, "AvailabilityZone") != NULL)
		return err_set(&c->err, &rds_bad_combination,
		    "Requesting a specific availability zone is not valid for Multi-AZ "
		    "instances.");
	return 0;
}
