/*
 * IAM: reports on the whole account: who has which policies, and what state credentials are in.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/managed_policies.h"
#include "control/services/iam/owned.h"
#include "control/services/iam/password_policy.h"

#define REPORT "iam:credential-report"

enum { REPORT_LIFE_MS = 4 * 3600 * 1000 };

static const struct err_kind no_report = { "ReportNotPresent", 410 };
static const struct err_kind old_report = { "ReportExpired", 410 };

/* GetAccountAuthorizationDetails */

static json_t *
inline_list(struct call *c, const json_t *doc)
{
	json_t *rows = json_new_array(), *kept;
	const char *name;

	json_object_foreach(json_get(doc, "_inline"), name, kept) {
		json_add(rows,
		    json_make("{s:s, s:s}", "PolicyName", name, "PolicyDocument",
			iam_encode(c, json_str_or(kept, "text", ""))));
	}
	return rows;
}

static int
attached_list(struct call *c, const json_t *doc, json_t **ret)
{
	json_t *rows = json_own(c->arena, json_new_array()), *policy;
	const json_t *arn;
	size_t i;

	json_array_foreach(json_get(doc, "_attached"), i, arn) {
		int rc = iam_find_policy(c, json_string_value(arn), &policy);

		if (rc < 0)
			return -1;
		if (rc > 0)
			json_add(rows,
			    json_make("{s:s, s:s}", "PolicyName",
				json_str(policy, "PolicyName"), "PolicyArn",
				json_string_value(arn)));
	}
	*ret = json_incref(rows);
	return 0;
}

static int
add_profiles(struct call *c, const char *role, json_t *row)
{
	json_t *rows = json_need_array(row, "InstanceProfileList");
	struct store_docs docs;

	if (iam_list(c, &iam_instance_profile, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "_role", ""), role) == 0)
			json_add(rows, iam_show_profile(c, docs.doc[i], 0));
	}
	return 0;
}

/* A row of users, groups or roles, the arena's. */
static int
holder_row(struct call *c, const struct iam_entity *e, const json_t *doc, json_t **ret)
{
	json_t *row = json_own(c->arena, iam_show(c, e, doc, 1)), *attached;

	json_del(row, "Description");
	json_del(row, "MaxSessionDuration");
	json_set(row, arena_printf(c->arena, "%sPolicyList", e->Noun),
	    inline_list(c, doc));
	if (attached_list(c, doc, &attached) < 0)
		return -1;
	json_set(row, "AttachedManagedPolicies", attached);
	if (e == &iam_user)
		json_set(row, "GroupList",
		    json_get(doc, "_groups") != NULL ?
			json_copy_deep(json_get(doc, "_groups")) :
			json_new_array());
	if (e == &iam_role &&
	    (add_profiles(c, json_str(doc, "RoleName"), row) < 0 ||
		iam_add_last_used(c, json_str(doc, "RoleName"), row) < 0))
		return -1;
	*ret = row;
	return 0;
}

static json_t *
versions_list(struct call *c, const json_t *policy)
{
	const struct managed_policy *m = managed_policy_find(json_str(policy, "Arn"));
	const char *current = json_str_or(policy, "DefaultVersionId", "v1");
	json_t *rows = json_new_array(), *row;
	const json_t *v;
	size_t i;

	if (m != NULL) {
		row = json_add_object(rows);
		json_set_str(row, "Document", iam_encode(c, m->text));
		json_set_str(row, "VersionId", m->version);
		json_set_bool(row, "IsDefaultVersion", 1);
		json_set(row, "CreateDate", json_incref(json_get(policy, "CreateDate")));
		return rows;
	}
	json_array_foreach(json_get(policy, "_versions"), i, v) {
		const char *id = json_str_or(v, "VersionId", "");

		row = json_add_object(rows);
		json_set_str(row, "Document", iam_encode(c, json_str_or(v, "text", "")));
		json_set_str(row, "VersionId", id);
		json_set_bool(row, "IsDefaultVersion", strcmp(id, current) == 0);
		json_set(row, "CreateDate", json_incref(json_get(v, "CreateDate")));
	}
	return rows;
}

static int
policy_row(struct call *c, const char *arn, json_t **ret)
{
	json_t *policy, *row;
	int rc = iam_find_policy(c, arn, &policy);

	if (rc <= 0)
		return -1;
	if (iam_policy_row(c, policy, &row) < 0)
		return -1;
	json_set(row, "PolicyVersionList", versions_list(c, policy));
	*ret = row;
	return 0;
}

/* All rows in one list, so that pages can be cut: {key, member, row}. */
static void
add_row(struct call *c, json_t *all, int order, const char *member, const char *name,
    json_t *row)
{
	json_t *entry = json_add_object(all);

	json_set_str(entry, "key", arena_printf(c->arena, "%d %s", order, name));
	json_set_str(entry, "member", member);
	json_set(entry, "row", json_incref(row));
}

static int
is_wanted(const struct call *c, const char *type)
{
	const json_t *filter = in_list(c, "Filter");

	return json_array_size(filter) == 0 || json_has_str(filter, type);
}

static int
add_holders(struct call *c, json_t *all)
{
	static const struct {
		const struct iam_entity *entity;
		const char *member;
	} rows[] = {
		{ &iam_user, "UserDetailList" },
		{ &iam_group, "GroupDetailList" },
		{ &iam_role, "RoleDetailList" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct iam_entity *e = rows[i].entity;
		struct store_docs docs;
		json_t *row;

		if (!is_wanted(c, e->Noun))
			continue;
		if (iam_list(c, e, &docs) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			if (holder_row(c, e, docs.doc[k], &row) < 0)
				return -1;
			add_row(c, all, (int)i, rows[i].member,
			    json_str(docs.doc[k], e->name_member), row);
		}
	}
	return 0;
}

static int
add_policies(struct call *c, json_t *all)
{
	struct store_docs docs;
	json_t *row;

	if (iam_list(c, &iam_policy, &docs) < 0)
		return -1;
	for (size_t i = 0; is_wanted(c, "LocalManagedPolicy") && i < docs.n; i++) {
		const char *arn = json_str(docs.doc[i], "Arn");

		if (policy_row(c, arn, &row) < 0)
			return -1;
		add_row(c, all, 3, "Policies", arn, row);
	}
	for (size_t i = 0; is_wanted(c, "AWSManagedPolicy") && i < managed_policy_count();
	     i++) {
		const char *arn = managed_policy_at(i)->arn;

		if (policy_row(c, arn, &row) < 0)
			return -1;
		/* AWS's are listed when somebody has them. */
		if (json_int(row, "AttachmentCount", 0) +
			json_int(row, "PermissionsBoundaryUsageCount", 0) >
		    0)
			add_row(c, all, 4, "Policies", arn, row);
	}
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(json_str_or(*(json_t *const *)a, "key", ""),
	    json_str_or(*(json_t *const *)b, "key", ""));
}

static int
get_details(struct call *c)
{
	static const char *const members[] = { "UserDetailList", "GroupDetailList",
		"RoleDetailList", "Policies" };
	json_t *all = json_own(c->arena, json_new_array()), *sorted, *page;
	json_t **rows;
	const json_t *entry;
	size_t n, i;

	if (iam_permit(c, "*") < 0 || add_holders(c, all) < 0 || add_policies(c, all) < 0)
		return -1;
	n = json_array_size(all);
	rows = arena_calloc(c->arena, n + 1, sizeof(json_t *));
	for (i = 0; i < n; i++)
		rows[i] = json_array_get(all, i);
	qsort(rows, n, sizeof(json_t *), by_key);
	sorted = json_own(c->arena, json_new_array());
	for (i = 0; i < n; i++)
		json_add(sorted, json_incref(rows[i]));
	if (iam_page(c, sorted, "UserDetailList", "key") < 0)
		return -1;
	page = json_own(c->arena, json_incref(json_get(c->out, "UserDetailList")));
	for (i = 0; i < COUNT(members); i++)
		out_set(c, members[i], json_new_array());
	json_array_foreach(page, i, entry)
		json_add(json_get(c->out, json_str(entry, "member")),
		    json_incref(json_get(entry, "row")));
	return 0;
}

/* The credential report */

static const char columns[] =
    "user,arn,user_creation_time,password_enabled,password_last_used,"
    "password_last_changed,password_next_rotation,mfa_active,access_key_1_active,"
    "access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,"
    "access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated\n";

static const char *
time_text(struct call *c, double seconds)
{
	char text[CLOCK_TEXT];

	clock_iso8601((int64_t)(seconds * 1000), 0, text);
	/* "2026-01-02T03:04:05+00:00" */
	text[strcspn(text, "Z")] = '\0';
	return arena_printf(c->arena, "%s+00:00", text);
}

static const char *
member_time(struct call *c, const json_t *doc, const char *member, const char *none)
{
	return json_get(doc, member) != NULL ? time_text(c, json_num(doc, member, 0)) :
					       none;
}

static int
put_password(struct call *c, const json_t *user, const json_t *policy, struct buf *b)
{
	const char *name = json_str_or(user, "UserName", "");
	int64_t days = json_int(policy, "MaxPasswordAge", 0);
	json_t *profile;
	double changed;
	int rc =
	    store_get(c->txn, c->scope, iam_login_profile.kind, name, &profile, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		buf_str(b, ",false,N/A,N/A,N/A");
		return 0;
	}
	changed = json_num(profile, "_changed", 0);
	buf_printf(b, ",true,no_information,%s,%s", time_text(c, changed),
	    days == 0 ? "N/A" : time_text(c, changed + 86400.0 * (double)days));
	return 0;
}

static int
put_keys(struct call *c, const char *user, struct buf *b)
{
	json_t *keys = json_own(c->arena, json_new_array()), *use;

	if (iam_owned_of(c, &iam_access_key, user, keys) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		const json_t *key = json_array_get(keys, i);

		use = NULL;
		if (key != NULL &&
		    store_get(c->txn, c->scope, "iam:access-key-use",
			json_str(key, "AccessKeyId"), &use, &c->err) < 0)
			return -1;
		buf_printf(b, ",%s,%s,%s,%s,%s",
		    strcmp(json_str_or(key, "Status", ""), "Active") == 0 ? "true" :
									    "false",
		    member_time(c, key, "CreateDate", "N/A"),
		    member_time(c, use, "Date", "N/A"), json_str_or(use, "Region", "N/A"),
		    json_str_or(use, "ServiceName", "N/A"));
	}
	return 0;
}

static int
put_certificates(struct call *c, const char *user, struct buf *b)
{
	json_t *certs = json_own(c->arena, json_new_array());

	if (iam_owned_of(c, &iam_signing_certificate, user, certs) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		const json_t *cert = json_array_get(certs, i);

		buf_printf(b, ",%s,%s",
		    strcmp(json_str_or(cert, "Status", ""), "Active") == 0 ? "true" :
									     "false",
		    member_time(c, cert, "UploadDate", "N/A"));
	}
	return 0;
}

static int
put_user(struct call *c, const json_t *user, const json_t *policy, struct buf *b)
{
	const char *name = json_str_or(user, "UserName", "");
	int n_devices = iam_owned_of(c, &iam_mfa_device, name, NULL);

	buf_printf(b, "%s,%s,%s", name, json_str_or(user, "Arn", ""),
	    member_time(c, user, "CreateDate", "N/A"));
	if (n_devices < 0 || put_password(c, user, policy, b) < 0)
		return -1;
	buf_str(b, n_devices > 0 ? ",true" : ",false");
	if (put_keys(c, name, b) < 0 || put_certificates(c, name, b) < 0)
		return -1;
	buf_chr(b, '\n');
	return 0;
}

static int
generate_report(struct call *c)
{
	struct buf *b = buf_new(c->arena, 0);
	struct store_docs users;
	json_t *policy = NULL, *old = NULL;
	int rc;

	if (iam_permit(c, "*") < 0 || password_policy(c, &policy) < 0 ||
	    iam_list(c, &iam_user, &users) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, REPORT, "report", &old, &c->err);
	if (rc < 0)
		return -1;
	buf_str(b, columns);
	buf_printf(b,
	    "<root_account>,%s,%s,not_supported,no_information,not_supported,not_supported,"
	    "false,true,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n",
	    call_arn(c, "root"), time_text(c, 0));
	for (size_t i = 0; i < users.n; i++) {
		if (put_user(c, users.doc[i], policy, b) < 0)
			return -1;
	}
	store_put(c->txn, c->scope, REPORT, "report",
	    json_own(c->arena,
		json_make("{s:s, s:o}", "text", buf_text(b), "GeneratedTime",
		    call_now(c))));
	/* It is there when this returns; a caller that waits for it asks again. */
	out_str(c, "State", rc == 0 ? "STARTED" : "COMPLETE");
	if (rc == 0)
		out_str(c, "Description",
		    "No report exists. Starting a new report generation task");
	return 0;
}

static int
get_report(struct call *c)
{
	json_t *report;
	const char *text;
	int rc = store_get(c->txn, c->scope, REPORT, "report", &report, &c->err);

	if (rc < 0 || iam_permit(c, "*") < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &no_report,
		    "No report found. Generate a credential report.");
	if (json_num(report, "GeneratedTime", 0) * 1000 + REPORT_LIFE_MS <
	    (double)c->now_ms)
		return err_set(&c->err, &old_report,
		    "The credential report has expired. Generate a new one.");
	text = json_str_or(report, "text", "");
	out_str(c, "Content", base64_encode(c->arena, text, strlen(text)));
	out_str(c, "ReportFormat", "text/csv");
	out_ref(c, "GeneratedTime", json_get(report, "GeneratedTime"));
	return 0;
}

static const struct op ops[] = {
	IAM("GenerateCredentialReport", generate_report, 0,
	    "Write down in which state everybody's credentials are."),
	IAM("GetAccountAuthorizationDetails", get_details, OP_READ,
	    "Show all users, groups, roles and policies at once."),
	IAM("GetCredentialReport", get_report, OP_READ,
	    "Show the report on credentials, as CSV."),
};
const struct family iam_reports = FAMILY(ops, NULL);
