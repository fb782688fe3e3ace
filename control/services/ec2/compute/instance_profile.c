/*
 * EC2: instance profiles and instances: which association there is, and its changes.
 *
 * An association is a part of its instance's document; the metadata of the instance follows that.
 * Not emulated: an instance that was launched without a profile keeps the keys of its account
 * in its environment, which most SDKs look at first.
 */
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidAssociationID.NotFound", 400 };
static const struct err_kind exists = { "IncorrectState", 400 };
static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };

#define ASSOCIATION_ID "_profile_association.AssociationId"

static const struct filter filters[] = {
	{ "instance-id", "InstanceId" },
	{ "state", "State" },
	{ NULL, NULL },
};
static const struct resource association = {
	.service = "ec2",
	.kind = "ec2:iam-instance-profile-association",
	.id_member = "AssociationId",
	.list_member = "IamInstanceProfileAssociations",
	.ids_member = "AssociationIds",
	.noun = "association ID",
	.not_found = &not_found,
	.filters = filters,
	.no_tags = 1,
};

void
instance_set_profile(struct call *c, json_t *doc, const json_t *profile)
{
	json_set_str(doc, "_profile", json_str(profile, "InstanceProfileName"));
	json_set(doc, "IamInstanceProfile",
	    json_make("{s:s, s:s}", "Arn", json_str_or(profile, "Arn", ""), "Id",
		json_str_or(profile, "InstanceProfileId", "")));
	json_set(doc, "_profile_association",
	    json_make("{s:s, s:o}", "AssociationId", record_id(c, "iip-assoc-"),
		"Timestamp", call_now(c)));
}

/* The association as Describe shows it; the caller's. */
static json_t *
association_of(const json_t *doc, const char *state)
{
	const json_t *own = json_get(doc, "_profile_association");
	json_t *v = json_make("{s:s, s:s, s:s}", "AssociationId",
	    json_str_or(own, "AssociationId", ""), "InstanceId",
	    resource_id(&ec2_instance, doc), "State", state);

	json_set(v, "IamInstanceProfile",
	    json_copy_deep(json_get(doc, "IamInstanceProfile")));
	json_set(v, "Timestamp", json_copy_deep(json_get(own, "Timestamp")));
	return v;
}

/* The instance that has the association, a copy to write: 0 or -1. */
static int
find(struct call *c, const char *id, json_t **ret)
{
	json_t *doc;
	int rc = resource_find_by(c, &ec2_instance, ASSOCIATION_ID, id, &doc);

	if (rc == 0 || (rc > 0 && instance_state(doc) == STATE_TERMINATED))
		return err_set(&c->err, &not_found,
		    "An invalid association-id of '%s' was given", id);
	if (rc < 0)
		return -1;
	id = resource_id(&ec2_instance, doc);
	return call_allow(c, &ec2_instance, id) < 0 ?
	    -1 :
	    resource_edit(c, &ec2_instance, id, ret);
}

/* A profile must be named: 0 or -1. */
static int
read_profile(struct call *c, const json_t **ret)
{
	if (launch_profile(c, in_object(c, "IamInstanceProfile"), ret) < 0)
		return -1;
	return *ret != NULL ?
	    0 :
	    err_set(&c->err, &ec2_missing,
		"The request must contain the parameter iamInstanceProfile.name or "
		"iamInstanceProfile.arn");
}

static int
associate(struct call *c)
{
	const char *id = in_str(c, "InstanceId");
	const json_t *profile;
	json_t *doc;
	enum instance_state state;

	if (resource_edit(c, &ec2_instance, id, &doc) < 0 ||
	    read_profile(c, &profile) < 0)
		return -1;
	state = instance_state(doc);
	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'running' or 'stopped' state.", id);
	if (json_get(doc, "_profile") != NULL)
		return err_set(&c->err, &exists,
		    "There is an existing association for instance %s", id);
	instance_set_profile(c, doc, profile);
	resource_put(c, &ec2_instance, doc);
	out_set(c, "IamInstanceProfileAssociation", association_of(doc, "associating"));
	return 0;
}

static int
disassociate(struct call *c)
{
	json_t *doc;

	if (find(c, in_str(c, "AssociationId"), &doc) < 0)
		return -1;
	out_set(c, "IamInstanceProfileAssociation",
	    association_of(doc, "disassociating"));
	json_del(doc, "_profile");
	json_del(doc, "_profile_association");
	json_del(doc, "IamInstanceProfile");
	resource_put(c, &ec2_instance, doc);
	return 0;
}

/* EC2 API: the new association has another id. */
static int
replace(struct call *c)
{
	const json_t *profile;
	json_t *doc;

	if (find(c, in_str(c, "AssociationId"), &doc) < 0 ||
	    read_profile(c, &profile) < 0)
		return -1;
	instance_set_profile(c, doc, profile);
	resource_put(c, &ec2_instance, doc);
	out_set(c, "IamInstanceProfileAssociation", association_of(doc, "associating"));
	return 0;
}

static int
describe(struct call *c)
{
	struct store_docs all;
	json_t **docs, *rows;
	size_t n = 0;

	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		if (json_get(all.doc[i], "_profile_association") != NULL &&
		    instance_state(all.doc[i]) != STATE_TERMINATED)
			docs[n++] =
			    json_own(c->arena, association_of(all.doc[i], "associated"));
	}
	all.doc = docs;
	all.n = n;
	if (resource_select(c, &association, &all, &rows) < 0)
		return -1;
	rows = resource_sorted(c, rows, "AssociationId");
	if (resource_page(c, &association, rows) < 0)
		return -1;
	out_ref(c, "IamInstanceProfileAssociations", rows);
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateIamInstanceProfile", associate, 0, &ec2_instance, "InstanceId",
	    "Give an instance a profile: its metadata has the role's credentials."),
	OP("DescribeIamInstanceProfileAssociations", describe, OP_READ,
	    "List which instances have which profiles."),
	OP("DisassociateIamInstanceProfile", disassociate, OP_ASKS,
	    "Take an instance's profile away."),
	OP("ReplaceIamInstanceProfileAssociation", replace, OP_ASKS,
	    "Give an instance another profile."),
};
const struct family ec2_instance_profiles = FAMILY(ops, NULL);
