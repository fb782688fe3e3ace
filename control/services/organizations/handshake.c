/*
 * Organizations: what two sides agree on: that an account joins, that all features are enabled.
 *
 * A handshake is in STORE_SYSTEM: as DescribeHandshake shows it, and _management, the account that
 * asked; _account, the one that is asked ("" when it is the organization itself); _org; and
 * _parent, the handshake that this one is part of.  It ends by itself after its time, and is
 * forgotten 30 days later.
 */
#include <string.h>

#include "control/iam/account.h"
#include "control/services/organizations/organizations.h"

static const struct err_kind bad_transition = { "InvalidHandshakeTransitionException",
	400 };
static const struct err_kind already = { "HandshakeAlreadyInStateException", 400 };
static const struct err_kind duplicate = { "DuplicateHandshakeException", 400 };
static const struct err_kind violation = { "HandshakeConstraintViolationException", 400 };

#define DAY_S ((int64_t)24 * 3600)

enum { INVITATION_DAYS = 15, MIGRATION_DAYS = 90, KEPT_DAYS = 30 };

static int
is_open(const json_t *h)
{
	const char *state = json_str_or(h, "State", "");

	return strcmp(state, "OPEN") == 0 || strcmp(state, "REQUESTED") == 0;
}

/* As it is now: one whose time is over has expired.  NULL: it is forgotten. */
static json_t *
as_of_now(struct call *c, const json_t *doc)
{
	double end = json_num(doc, "ExpirationTimestamp", 0);
	double now = (double)c->now_ms / 1000.0;
	json_t *h;

	if (now > end + (double)(KEPT_DAYS * DAY_S))
		return NULL;
	h = json_own(c->arena, json_copy_deep(doc));
	if (is_open(h) && now >= end)
		json_set_str(h, "State", "EXPIRED");
	return h;
}

static void
put(struct call *c, json_t *h)
{
	store_put(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, json_str(h, "Id"), h);
}

/* A new one; the caller adds Parties and Resources.  to: the account that is asked, or "". */
static json_t *
new_handshake(struct call *c, const struct org *o, const char *action, const char *state,
    const char *to, int days)
{
	static const struct {
		const char *action, *label;
	} labels[] = {
		{ "INVITE", "invite" },
		{ "ENABLE_ALL_FEATURES", "enable_all_features" },
		{ "APPROVE_ALL_FEATURES", "approve_all_features" },
	};
	json_t *h = json_own(c->arena, json_new_object());
	const char *id = org_random_id(c, "h-", 10), *label = "";

	for (size_t i = 0; i < COUNT(labels); i++) {
		if (strcmp(labels[i].action, action) == 0)
			label = labels[i].label;
	}
	json_set_str(h, "Id", id);
	json_set_str(h, "Arn",
	    arena_printf(c->arena, "arn:aws:organizations::%s:handshake/%s/%s/%s",
		o->management, o->id, label, id));
	json_set(h, "Parties",
	    json_make("[{s:s, s:s}]", "Id", o->id, "Type", "ORGANIZATION"));
	json_set_str(h, "State", state);
	org_stamp(c, h, "RequestedTimestamp");
	json_set_num(h, "ExpirationTimestamp",
	    (double)c->now_ms / 1000.0 + (double)(days * DAY_S));
	json_set_str(h, "Action", action);
	json_set(h, "Resources", json_new_array());
	json_set_str(h, "_management", o->management);
	json_set_str(h, "_org", o->id);
	json_set_str(h, "_account", to);
	return h;
}

static void
add_resource(json_t *h, const char *type, const char *value)
{
	json_add(json_need_array(h, "Resources"),
	    json_make("{s:s, s:s}", "Type", type, "Value", value));
}

/* The organization, with what the other side needs to know of it. */
static int
add_organization(struct call *c, const struct org *o, json_t *h)
{
	json_t *node;
	int rc = org_node_find(c, o, o->management, &node);

	if (rc <= 0)
		return rc;
	json_add(json_need_array(h, "Resources"),
	    json_make("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "Type",
		"ORGANIZATION", "Value", o->id, "Resources", "Type", "MASTER_EMAIL",
		"Value", json_str(node, "Email"), "Type", "MASTER_NAME", "Value",
		json_str(node, "Name"), "Type", "ORGANIZATION_FEATURE_SET", "Value",
		json_str(o->doc, "FeatureSet")));
	return 0;
}

/* InviteAccountToOrganization */

/* The account that the input's Target means: 1, 0 there is none, -1. */
static int
find_target(struct call *c, const char *type, const char *id, const char **ret)
{
	json_t *doc;

	*ret = id;
	if (strcmp(type, "EMAIL") == 0)
		return account_find_email(&c->env->auth, c->txn, c->arena, id, ret,
		    &c->err);
	return account_find(&c->env->auth, c->txn, id, &doc, &c->err);
}

static int
check_invitation(struct call *c, const struct org *o, const char *account)
{
	struct store_docs docs;
	struct org other;
	int rc = org_find(c, account, &other);

	if (rc < 0 || store_list(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, &docs, &c->err) < 0)
		return -1;
	if (rc > 0)
		return org_reason(c, &violation, "ALREADY_IN_AN_ORGANIZATION",
		    "The invited account is already a member of an organization.");
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *h = as_of_now(c, docs.doc[i]);

		if (h == NULL || strcmp(json_str(h, "_org"), o->id) != 0 || !is_open(h))
			continue;
		if (strcmp(json_str(h, "Action"), "ENABLE_ALL_FEATURES") == 0)
			return org_reason(c, &violation,
			    "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES",
			    "You cannot invite accounts while all features are being enabled.");
		if (strcmp(json_str(h, "_account"), account) == 0)
			return err_set(&c->err, &duplicate,
			    "A handshake with the same action and target already exists.");
	}
	return 0;
}

static int
invite(struct call *c)
{
	const json_t *target = in_object(c, "Target");
	const char *type = json_str_or(target, "Type", ""), *id = json_str(target, "Id");
	const char *account;
	json_t *h, *tags;
	struct org o;
	int rc;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0)
		return -1;
	if (strcmp(type, "ORGANIZATION") == 0)
		return org_invalid(c, "INVALID_PARTY_TYPE_TARGET");
	rc = find_target(c, type, id, &account);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return strcmp(type, "EMAIL") == 0 ?
		    org_invalid(c, "INVALID_EMAIL_ADDRESS_TARGET") :
		    org_missing(c, ORG_NO_TARGET);
	if (check_invitation(c, &o, account) < 0)
		return -1;
	h = new_handshake(c, &o, "INVITE", "OPEN", account, INVITATION_DAYS);
	json_add(json_need_array(h, "Parties"),
	    json_make("{s:s, s:s}", "Id", id, "Type", type));
	if (add_organization(c, &o, h) < 0)
		return -1;
	add_resource(h, type, id);
	if (in_str(c, "Notes") != NULL)
		add_resource(h, "NOTES", in_str(c, "Notes"));
	/* The account's, once it joins. */
	tags = json_own(c->arena, json_new_object());
	if (org_merge_tags(c, tags, in_list(c, "Tags")) < 0)
		return -1;
	json_set(h, "_tags", json_incref(json_need_array(tags, "Tags")));
	put(c, h);
	out_ref(c, "Handshake", h);
	return 0;
}

/* EnableAllFeatures: the accounts that were invited must approve */

static int
ask_members(struct call *c, const struct org *o, const char *parent, size_t *ret)
{
	struct store_docs nodes;
	size_t n = 0;

	if (org_nodes(c, o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		const char *id = json_str(nodes.doc[i], "Id");
		json_t *h;

		if (strcmp(json_str_or(nodes.doc[i], "JoinedMethod", ""), "INVITED") !=
			0 ||
		    strcmp(id, o->management) == 0)
			continue;
		h = new_handshake(c, o, "APPROVE_ALL_FEATURES", "OPEN", id,
		    MIGRATION_DAYS);
		json_add(json_need_array(h, "Parties"),
		    json_make("{s:s, s:s}", "Id", id, "Type", "ACCOUNT"));
		if (add_organization(c, o, h) < 0)
			return -1;
		add_resource(h, "PARENT_HANDSHAKE", parent);
		json_set_str(h, "_parent", parent);
		put(c, h);
		n++;
	}
	*ret = n;
	return 0;
}

static int
enable_all_features(struct call *c)
{
	struct store_docs docs;
	struct org o;
	json_t *h;
	size_t n;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0 ||
	    store_list(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, &docs, &c->err) < 0)
		return -1;
	if (o.has_all)
		return org_reason(c, &violation, "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
		    "The organization already has all features enabled.");
	for (size_t i = 0; i < docs.n; i++) {
		h = as_of_now(c, docs.doc[i]);
		if (h != NULL && is_open(h) && strcmp(json_str(h, "_org"), o.id) == 0 &&
		    strcmp(json_str(h, "Action"), "ENABLE_ALL_FEATURES") == 0)
			return org_reason(c, &violation,
			    "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
			    "The organization is already enabling all features.");
	}
	h = new_handshake(c, &o, "ENABLE_ALL_FEATURES", "REQUESTED", "", MIGRATION_DAYS);
	if (ask_members(c, &o, json_str(h, "Id"), &n) < 0)
		return -1;
	/* Nobody is to be asked: the management account may finish it. */
	if (n == 0)
		json_set_str(h, "State", "OPEN");
	add_resource(h, "ORGANIZATION", o.id);
	put(c, h);
	out_ref(c, "Handshake", h);
	return 0;
}

/* Who may see it, and end it */

enum side {
	SIDE_NONE,
	SIDE_ASKER,
	SIDE_ASKED,
};

static enum side
side_of(const struct call *c, const json_t *h)
{
	const char *asked = json_str_or(h, "_account", "");

	if (strcmp(asked, c->account) == 0)
		return SIDE_ASKED;
	if (strcmp(json_str_or(h, "_management", ""), c->account) == 0)
		return *asked == '\0' ? SIDE_ASKED : SIDE_ASKER;
	return SIDE_NONE;
}

static int
find(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "HandshakeId");
	struct auth_question q = { .resource = "*" };
	json_t *doc, *h = NULL;
	int rc = store_get(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, id, &doc, &c->err);

	if (rc < 0)
		return -1;
	if (rc > 0)
		h = as_of_now(c, doc);
	q.resource = h != NULL ? json_str(h, "Arn") : "*";
	if (call_ask(c, &q) < 0)
		return -1;
	if (h == NULL || side_of(c, h) == SIDE_NONE)
		return org_missing(c, ORG_NO_HANDSHAKE);
	*ret = h;
	return 0;
}

/* One that is still open, by the side that may. */
static int
open_handshake(struct call *c, enum side side, const char *wanted, json_t **ret)
{
	if (find(c, ret) < 0)
		return -1;
	if (strcmp(json_str(*ret, "State"), wanted) == 0)
		return err_set(&c->err, &already,
		    "The specified handshake is already in the requested state.");
	if (strcmp(json_str(*ret, "State"), "OPEN") != 0 &&
	    !(side == SIDE_ASKER && is_open(*ret)))
		return err_set(&c->err, &bad_transition,
		    "You can't perform the operation on the handshake in its current state.");
	if (side_of(c, *ret) != side &&
	    !(side == SIDE_ASKER && strcmp(json_str(*ret, "_account"), "") == 0))
		return err_set(&c->err, &org_denied,
		    "You don't have permissions to access this resource.");
	return 0;
}

static int
end(struct call *c, json_t *h, const char *state)
{
	json_set_str(h, "State", state);
	put(c, h);
	out_ref(c, "Handshake", h);
	return 0;
}

/* AcceptHandshake */

static int
accept_invitation(struct call *c, const json_t *h)
{
	struct org_join join = {
		.account = c->account,
		.method = "INVITED",
		.tags = json_get(h, "_tags"),
	};
	json_t *account = NULL;
	struct org o, other;
	int rc = org_find(c, json_str(h, "_management"), &o);

	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(o.id, json_str(h, "_org")) != 0)
		return org_missing(c, ORG_NO_HANDSHAKE);
	rc = org_find(c, c->account, &other);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    org_reason(c, &violation, "ALREADY_IN_AN_ORGANIZATION",
			"The account is already a member of an organization.");
	if (account_find(&c->env->auth, c->txn, c->account, &account, &c->err) < 0)
		return -1;
	join.email = account_email(c->arena, c->account, account);
	join.name = json_str_or(account, "name", c->account);
	return org_join(c, &o, &join) < 0 ? -1 : org_make_roles(c, &o, c->account, NULL);
}

/* All features: what the last of the members approved, the organization may finish. */
static int
accept_approval(struct call *c, const json_t *h)
{
	const char *parent = json_str_or(h, "_parent", "");
	struct store_docs docs;
	json_t *p;
	int rc;

	if (store_list(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "_parent", ""), parent) == 0 &&
		    strcmp(json_str(docs.doc[i], "Id"), json_str(h, "Id")) != 0 &&
		    strcmp(json_str(docs.doc[i], "State"), "ACCEPTED") != 0)
			return 0;
	}
	rc = store_edit(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, parent, &p, &c->err);
	if (rc > 0 && strcmp(json_str(p, "State"), "REQUESTED") == 0) {
		json_set_str(p, "State", "OPEN");
		put(c, p);
	}
	return rc < 0 ? -1 : 0;
}

static int
accept_features(struct call *c)
{
	struct store_docs nodes;
	struct org o;
	json_t *doc;

	if (org_find(c, c->account, &o) <= 0 || org_edit(c, &o, &doc) < 0 ||
	    org_nodes(c, &o, &nodes) < 0)
		return -1;
	json_set_str(doc, "FeatureSet", "ALL");
	json_set(doc, "AvailablePolicyTypes",
	    json_make("[{s:s, s:s}]", "Type", "SERVICE_CONTROL_POLICY", "Status",
		"ENABLED"));
	org_put(c, &o, doc);
	o.has_all = 1;
	for (size_t i = 0; i < nodes.n; i++) {
		if (org_is_account(nodes.doc[i]) &&
		    org_make_roles(c, &o, json_str(nodes.doc[i], "Id"), NULL) < 0)
			return -1;
	}
	return 0;
}

static int
accept_handshake(struct call *c)
{
	const char *action;
	json_t *h;
	int rc;

	if (open_handshake(c, SIDE_ASKED, "ACCEPTED", &h) < 0)
		return -1;
	action = json_str(h, "Action");
	rc = strcmp(action, "INVITE") == 0		? accept_invitation(c, h) :
	    strcmp(action, "APPROVE_ALL_FEATURES") == 0 ? accept_approval(c, h) :
							  accept_features(c);
	return rc < 0 ? -1 : end(c, h, "ACCEPTED");
}

static int
decline_handshake(struct call *c)
{
	json_t *h;

	return open_handshake(c, SIDE_ASKED, "DECLINED", &h) < 0 ? -1 :
								   end(c, h, "DECLINED");
}

static int
cancel_handshake(struct call *c)
{
	json_t *h;

	return open_handshake(c, SIDE_ASKER, "CANCELED", &h) < 0 ? -1 :
								   end(c, h, "CANCELED");
}

/* DescribeHandshake and lists */

static int
describe_handshake(struct call *c)
{
	json_t *h;

	if (find(c, &h) < 0)
		return -1;
	out_ref(c, "Handshake", h);
	return 0;
}

/* Those whose `member` is the value, and that the input's Filter lets through. */
static int
list(struct call *c, const char *member, const char *value)
{
	const json_t *filter = in_object(c, "Filter");
	const char *action = json_str(filter, "ActionType");
	const char *parent = json_str(filter, "ParentHandshakeId");
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (store_list(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		json_t *h = as_of_now(c, docs.doc[i]);

		if (h != NULL && strcmp(json_str_or(h, member, ""), value) == 0 &&
		    (action == NULL || strcmp(json_str(h, "Action"), action) == 0) &&
		    (parent == NULL ||
			strcmp(json_str_or(h, "_parent", ""), parent) == 0))
			json_add(rows, json_incref(h));
	}
	return org_page(c, rows, "Handshakes", "Id");
}

static int
list_for_account(struct call *c)
{
	const struct auth_question any = { .resource = "*" };

	return call_ask(c, &any) < 0 ? -1 : list(c, "_account", c->account);
}

static int
list_for_organization(struct call *c)
{
	struct org o;

	return org_open(c, ORG_READER, NULL, &o) < 0 ? -1 : list(c, "_org", o.id);
}

static const struct op ops[] = {
	ORG("AcceptHandshake", accept_handshake, 0, "Agree to what a handshake asks."),
	ORG("CancelHandshake", cancel_handshake, 0, "Take back what one has asked."),
	ORG("DeclineHandshake", decline_handshake, 0, "Refuse what a handshake asks."),
	ORG("DescribeHandshake", describe_handshake, OP_READ, "Show a handshake."),
	ORG("EnableAllFeatures", enable_all_features, 0,
	    "Ask for all features, of an organization that shares its bills alone."),
	ORG("InviteAccountToOrganization", invite, 0, "Ask an account to join."),
	ORG("ListHandshakesForAccount", list_for_account, OP_READ,
	    "List what the caller's account is asked."),
	ORG("ListHandshakesForOrganization", list_for_organization, OP_READ,
	    "List what the organization has asked."),
};
const struct family org_handshakes = FAMILY(ops, NULL);
