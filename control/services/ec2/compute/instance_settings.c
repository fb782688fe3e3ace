/*
 * EC2: what is set for all instances of an account's region.
 *
 * Recorded, of no effect: access to the serial console, which is not emulated, and the
 * tags of event notifications, which nobody is sent.
 */
#include "control/services/ec2/compute/instance_settings.h"

#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/network/record.h"

#define KIND "ec2:instance-settings"
#define ID   "settings"

enum { TAG_KEYS_MAX = 50 };

#define NO_PREFERENCE "no-preference"

/* A member of the settings, to read: NULL when it was never set.  0 or -1. */
static int
setting(struct call *c, const char *member, json_t **ret)
{
	json_t *doc;
	int rc = store_get(c->txn, c->scope, KIND, ID, &doc, &c->err);

	*ret = rc > 0 ? json_get(doc, member) : NULL;
	return rc < 0 ? -1 : 0;
}

/* A copy of all settings, to write and to setting_put().  0 or -1. */
static int
setting_edit(struct call *c, json_t **ret)
{
	int rc = store_edit(c->txn, c->scope, KIND, ID, ret, &c->err);

	if (rc == 0)
		*ret = json_own(c->arena, json_make("{s:s}", "Name", ID));
	return rc < 0 ? -1 : 0;
}

static void
setting_put(struct call *c, json_t *doc)
{
	store_put(c->txn, c->scope, KIND, ID, doc);
}

/* Metadata defaults */

static const char *const metadata_words[] = { "HttpTokens", "HttpEndpoint",
	"InstanceMetadataTags", "HttpTokensEnforced" };

static int
get_metadata(struct call *c)
{
	json_t *set, *v = json_own(c->arena, json_make("{s:s}", "ManagedBy", "account"));

	if (setting(c, "metadata", &set) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(metadata_words); i++)
		json_set_str(v, metadata_words[i], json_str(set, metadata_words[i]));
	if (json_get(set, "HttpPutResponseHopLimit") != NULL)
		json_set_int(v, "HttpPutResponseHopLimit",
		    json_int(set, "HttpPutResponseHopLimit", 1));
	out_ref(c, "AccountLevel", v);
	return 0;
}

/* EC2 API: "no-preference" and -1 take a default away. */
static int
modify_metadata(struct call *c)
{
	int64_t hops = in_int(c, "HttpPutResponseHopLimit", -1);
	json_t *doc, *set;

	if ((hops != -1 && ec2_check_hops(c, hops) < 0) || setting_edit(c, &doc) < 0)
		return -1;
	set = json_need_object(doc, "metadata");
	for (size_t i = 0; i < COUNT(metadata_words); i++) {
		const char *word = in_str(c, metadata_words[i]);

		if (word != NULL && strcmp(word, NO_PREFERENCE) == 0)
			json_del(set, metadata_words[i]);
		else
			json_set_str(set, metadata_words[i], word);
	}
	if (hops != -1)
		json_set_int(set, "HttpPutResponseHopLimit", hops);
	else if (in_has(c, "HttpPutResponseHopLimit"))
		json_del(set, "HttpPutResponseHopLimit");
	setting_put(c, doc);
	out_bool(c, "Return", 1);
	return 0;
}

int
instance_metadata_options(struct call *c, const json_t *given, const json_t *image,
    const json_t **ret)
{
	int is_v2 = strcmp(json_str_or(image, "ImdsSupport", ""), "v2.0") == 0;
	const struct {
		const char *name, *def;
	} rows[] = { { "HttpTokens", is_v2 ? "required" : "optional" },
		{ "HttpEndpoint", "enabled" }, { "HttpProtocolIpv6", "disabled" },
		{ "InstanceMetadataTags", "disabled" } };
	json_t *v = json_own(c->arena, json_make("{s:s}", "State", "applied")), *set;
	int64_t hops;

	if (setting(c, "metadata", &set) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(rows); i++)
		json_set_str(v, rows[i].name,
		    json_str_or(given, rows[i].name,
			json_str_or(set, rows[i].name, rows[i].def)));
	hops = json_int(given, "HttpPutResponseHopLimit",
	    json_int(set, "HttpPutResponseHopLimit", is_v2 ? 2 : 1));
	json_set_int(v, "HttpPutResponseHopLimit", hops);
	if (ec2_check_hops(c, hops) < 0)
		return -1;
	if (strcmp(json_str_or(set, "HttpTokensEnforced", ""), "enabled") == 0 &&
	    strcmp(json_str_or(v, "HttpTokens", ""), "required") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled "
		    "for this account. Either launch the instance with httpTokens=required or "
		    "contact your account owner to disable httpTokensEnforced using the "
		    "ModifyInstanceMetadataDefaults API or the account settings in the EC2 "
		    "console.");
	*ret = v;
	return 0;
}

/* Credits (EC2 User Guide: T2 is launched as standard, what came later as unlimited) */

static const struct {
	const char *family, *credits;
} families[] = { { "t2", "standard" }, { "t3", "unlimited" }, { "t3a", "unlimited" },
	{ "t4g", "unlimited" }, { "t8i", "unlimited" } };

const char *
instance_credit_family(const char *type)
{
	size_t n = strcspn(type, ".");

	for (size_t i = 0; i < COUNT(families); i++) {
		if (strlen(families[i].family) == n &&
		    strncmp(families[i].family, type, n) == 0)
			return families[i].family;
	}
	return NULL;
}

int
instance_check_credits(struct call *c, const char *credits)
{
	if (strcmp(credits, "standard") != 0 && strcmp(credits, "unlimited") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter CpuCredits is invalid. Valid values are: "
		    "standard, unlimited",
		    credits);
	return 0;
}

const char *
instance_default_credits(struct call *c, const char *family)
{
	json_t *set;
	size_t i = 0;

	if (setting(c, "credits", &set) < 0)
		return NULL;
	while (strcmp(families[i].family, family) != 0)
		i++;
	return json_str_or(set, family, families[i].credits);
}

static void
answer_credits(struct call *c, const char *credits)
{
	out_set(c, "InstanceFamilyCreditSpecification",
	    json_make("{s:s, s:s}", "InstanceFamily", in_str(c, "InstanceFamily"),
		"CpuCredits", credits));
}

static int
get_credits(struct call *c)
{
	const char *credits = instance_default_credits(c, in_str(c, "InstanceFamily"));

	if (credits == NULL)
		return -1;
	answer_credits(c, credits);
	return 0;
}

static int
modify_credits(struct call *c)
{
	const char *credits = in_str(c, "CpuCredits");
	json_t *doc;

	if (instance_check_credits(c, credits) < 0 || setting_edit(c, &doc) < 0)
		return -1;
	json_set_str(json_need_object(doc, "credits"), in_str(c, "InstanceFamily"),
	    credits);
	setting_put(c, doc);
	answer_credits(c, credits);
	return 0;
}

/* The serial console */

static int
set_console(struct call *c, int on)
{
	json_t *doc;

	if (setting_edit(c, &doc) < 0)
		return -1;
	json_set_bool(doc, "serial_console", on);
	setting_put(c, doc);
	out_bool(c, "SerialConsoleAccessEnabled", on);
	return 0;
}

static int
enable_console(struct call *c)
{
	return set_console(c, 1);
}

static int
disable_console(struct call *c)
{
	return set_console(c, 0);
}

static int
get_console(struct call *c)
{
	json_t *on;

	if (setting(c, "serial_console", &on) < 0)
		return -1;
	out_bool(c, "SerialConsoleAccessEnabled", json_is_true(on));
	out_str(c, "ManagedBy", "account");
	return 0;
}

/* Tags of event notifications: keys, or all of an instance's. */

static void
answer_notification(struct call *c, const json_t *doc)
{
	const json_t *set = json_get(doc, "notification"),
		     *keys = json_get(set, "InstanceTagKeys");

	out_set(c, "InstanceTagAttribute",
	    json_make("{s:b, s:o}", "IncludeAllTagsOfInstance",
		json_bool(set, "IncludeAllTagsOfInstance", 0), "InstanceTagKeys",
		keys != NULL ? json_copy_deep(keys) : json_new_array()));
}

static int
describe_notification(struct call *c)
{
	json_t *doc;

	if (setting_edit(c, &doc) < 0)
		return -1;
	answer_notification(c, doc);
	return 0;
}

static int
change_notification(struct call *c, int on)
{
	const json_t *given = in_object(c, "InstanceTagAttribute"),
		     *keys = json_get(given, "InstanceTagKeys");
	int all = json_bool(given, "IncludeAllTagsOfInstance", 0);
	json_t *doc, *set, *list;

	if (json_array_size(keys) == 0 && !all)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter InstanceTagKeys or "
		    "IncludeAllTagsOfInstance");
	if (json_array_size(keys) > 0 && all)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameters InstanceTagKeys and IncludeAllTagsOfInstance cannot be used "
		    "together");
	if (setting_edit(c, &doc) < 0)
		return -1;
	set = json_need_object(doc, "notification");
	list = json_need_array(set, "InstanceTagKeys");
	if (all)
		json_set_bool(set, "IncludeAllTagsOfInstance", on);
	else if (on)
		record_merge(list, keys);
	else
		record_take_away(list, keys);
	if (json_array_size(list) > TAG_KEYS_MAX)
		return err_set(&c->err, &ec2_bad_value,
		    "At most %d tag keys can be registered.", TAG_KEYS_MAX);
	setting_put(c, doc);
	answer_notification(c, doc);
	return 0;
}

static int
register_notification(struct call *c)
{
	return change_notification(c, 1);
}

static int
deregister_notification(struct call *c)
{
	return change_notification(c, 0);
}

static const struct op ops[] = {
	OP("DeregisterInstanceEventNotificationAttributes", deregister_notification, 0,
	    "Leave tags out of event notifications."),
	OP("DescribeInstanceEventNotificationAttributes", describe_notification, OP_READ,
	    "Say which tags event notifications would have."),
	OP("DisableSerialConsoleAccess", disable_console, 0,
	    "Record that nobody may use serial consoles."),
	OP("EnableSerialConsoleAccess", enable_console, 0,
	    "Record that serial consoles may be used."),
	OP("GetDefaultCreditSpecification", get_credits, OP_READ,
	    "Say how instances of a burstable family pay from the start."),
	OP("GetInstanceMetadataDefaults", get_metadata, OP_READ,
	    "Show the metadata options of new instances."),
	OP("GetSerialConsoleAccessStatus", get_console, OP_READ,
	    "Say whether serial consoles may be used."),
	OP("ModifyDefaultCreditSpecification", modify_credits, 0,
	    "Set how instances of a burstable family pay from the start."),
	OP("ModifyInstanceMetadataDefaults", modify_metadata, 0,
	    "Set the metadata options of new instances."),
	OP("RegisterInstanceEventNotificationAttributes", register_notification, 0,
	    "Record which tags event notifications would have."),
};
const struct family ec2_instance_settings = FAMILY(ops, NULL);
