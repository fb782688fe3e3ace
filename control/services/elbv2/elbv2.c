/*
 * Elastic Load Balancing: the service, and what its families share.
 *
 * Not emulated: classic and gateway load balancers, trust stores and mutual TLS, authentication by
 * OIDC, Cognito and JWT, UDP, QUIC, Lambda functions as targets, IPv6, capacity reservations.
 */
#include "control/services/elbv2/elbv2.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/tags.h"
#include "control/services/ec2/ec2.h"
#include "control/services/elbv2/agent.h"

const struct err_kind elbv2_invalid = { "ValidationError", 400 };
const struct err_kind elbv2_bad_config = { "InvalidConfigurationRequest", 400 };
const struct err_kind elbv2_not_permitted = { "OperationNotPermitted", 400 };
const struct err_kind elbv2_in_use = { "ResourceInUse", 400 };
const struct err_kind elbv2_unsupported = { "UnsupportedProtocol", 400 };

static const struct err_kind duplicate_tags = { "DuplicateTagKeys", 400 };
static const struct err_kind too_many_tags = { "TooManyTags", 400 };

enum { NAME_MAX_LENGTH = 32, HEX = 16 };

/* "Actions, resources, and condition keys for Elastic Load Balancing V2" of the Service Authorization Reference. */
static const struct condition_key keys[] = {
	{ .key = "elasticloadbalancing:Scheme", .input = "Scheme" },
	{ .key = "elasticloadbalancing:Subnet", .input = "Subnets" },
	{ .key = "elasticloadbalancing:SecurityGroup", .input = "SecurityGroups" },
	{ .key = "elasticloadbalancing:ListenerProtocol", .input = "Protocol" },
	{ .key = "elasticloadbalancing:SecurityPolicy", .input = "SslPolicy" },
	{ 0 },
};

static const struct family *const families[] = { &elbv2_load_balancers, &elbv2_places,
	&elbv2_attributes, &elbv2_target_groups, &elbv2_targets, &elbv2_listeners,
	&elbv2_listener_certificates, &elbv2_rules, &elbv2_tags, &elbv2_limits,
	&elbv2_capacities, NULL };

static const struct agent_kind *const agents[] = { &elbv2_agent, NULL };

const struct service elbv2_service = {
	.name = "elbv2",
	.families = families,
	.stands_on = &ec2_service,
	.agents = agents,
	.condition_keys = keys,
};

int
elbv2_is(const json_t *doc, const char *member, const char *text)
{
	return strcmp(json_str_or(doc, member, ""), text) == 0;
}

int
elbv2_is_one(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, text) == 0)
			return 1;
	}
	return 0;
}

int
elbv2_ask(struct call *c, const char *arn, const json_t *doc)
{
	json_t *context = json_own(c->arena, json_new_object());
	const struct auth_question q = { .resource = arn, .context = context };

	condition_keys_resource_tags(c, context, json_get(doc, "Tags"));
	return call_ask(c, &q);
}

const char *
elbv2_arn_member(const struct resource *r)
{
	static const struct {
		const struct resource *of;
		const char *member;
	} rows[] = {
		{ &elbv2_load_balancer, "LoadBalancerArn" },
		{ &elbv2_target_group, "TargetGroupArn" },
		{ &elbv2_listener, "ListenerArn" },
		{ &elbv2_rule, "RuleArn" },
	};
	size_t i = 0;

	while (rows[i].of != r)
		i++;
	return rows[i].member;
}

static const char *
id_of(struct call *c, const struct resource *r, const char *arn)
{
	const char *slash = strrchr(arn, '/');

	return arena_printf(c->arena, "%s%s", r->prefix, slash != NULL ? slash + 1 : "");
}

/* "arn:aws:elasticloadbalancing:REGION:ACCOUNT:TYPE/…" of the resource's type. */
static int
is_arn(const struct resource *r, const char *arn)
{
	static const char start[] = "arn:aws:elasticloadbalancing:";
	const char *p = arn;
	size_t n = strlen(r->type);

	if (strncmp(arn, start, sizeof(start) - 1) != 0)
		return 0;
	for (int i = 0; i < 5 && p != NULL; i++) {
		p = strchr(p, ':');
		p = p != NULL ? p + 1 : NULL;
	}
	return p != NULL && strncmp(p, r->type, n) == 0 && p[n] == '/';
}

static int
take(struct call *c, const struct resource *r, const char *arn, int is_edit, json_t **ret)
{
	const char *id = id_of(c, r, arn);
	int rc = is_edit ? store_edit(c->txn, c->scope, r->kind, id, ret, &c->err) :
			   store_get(c->txn, c->scope, r->kind, id, ret, &c->err);

	return rc > 0 ? elbv2_is(*ret, elbv2_arn_member(r), arn) : rc;
}

int
elbv2_find(struct call *c, const struct resource *r, const char *arn, json_t **ret)
{
	return take(c, r, arn, 0, ret);
}

static int
need(struct call *c, const struct resource *r, const char *arn, int is_edit, json_t **ret)
{
	json_t *doc = NULL;
	int rc;

	if (!is_arn(r, arn))
		return err_set(&c->err, &elbv2_invalid, "'%.200s' is not a valid %s ARN",
		    arn, r->noun);
	rc = take(c, r, arn, is_edit, &doc);
	if (rc < 0 || elbv2_ask(c, arn, rc > 0 ? doc : NULL) < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, r->not_found, "One or more %ss not found",
		    r->noun);
	*ret = doc;
	return 0;
}

int
elbv2_get(struct call *c, const struct resource *r, const char *arn, json_t **ret)
{
	return need(c, r, arn, 0, ret);
}

int
elbv2_edit(struct call *c, const struct resource *r, const char *arn, json_t **ret)
{
	return need(c, r, arn, 1, ret);
}

json_t *
elbv2_all(struct call *c, const struct resource *r)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (resource_list(c, r, &docs) < 0)
		return NULL;
	for (size_t i = 0; i < docs.n; i++)
		json_add(rows, json_incref(docs.doc[i]));
	return rows;
}

json_t *
elbv2_named(struct call *c, const struct resource *r, const json_t *arns)
{
	json_t *rows = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	json_array_foreach(arns, i, v) {
		const char *arn = json_string_value(v);
		int rc = is_arn(r, arn) ? elbv2_find(c, r, arn, &doc) : -2;

		if (rc == -2)
			err_set_fn(&c->err, &elbv2_invalid,
			    "'%.200s' is not a valid %s ARN", arn, r->noun);
		if (rc == 0)
			err_set_fn(&c->err, r->not_found, "One or more %ss not found",
			    r->noun);
		if (rc <= 0)
			return NULL;
		json_add(rows, json_incref(doc));
	}
	return rows;
}

/* A marker is how many came before. */
int
elbv2_page(struct call *c, const char *member, json_t *rows, size_t size)
{
	size_t n = json_array_size(rows), from = 0,
	       max = (size_t)in_int(c, "PageSize", (int64_t)size);
	const char *marker = in_str(c, "Marker");
	json_t *page = json_own(c->arena, json_new_array());

	if (marker != NULL) {
		for (const char *p = marker; isdigit((unsigned char)*p) && from < n; p++)
			from = from * 10 + (size_t)(*p - '0');
		if (from == 0 || strspn(marker, "0123456789") != strlen(marker))
			return err_set(&c->err, &elbv2_invalid, "Invalid marker '%.100s'",
			    marker);
	}
	for (size_t i = from; i < n && i < from + max; i++)
		json_add(page, json_incref(json_array_get(rows, i)));
	if (from + max < n)
		out_str(c, "NextMarker", arena_printf(c->arena, "%zu", from + max));
	out_ref(c, member, page);
	return 0;
}

const char *
elbv2_hex(struct call *c)
{
	char *out = arena_alloc(c->arena, HEX + 1);

	random_hex(out, HEX);
	return out;
}

int
elbv2_tag(struct call *c, json_t *doc)
{
	const json_t *tags = in_list(c, "Tags"), *row;
	json_t *seen = json_own(c->arena, json_new_object()),
	       *all = json_need_array(doc, "Tags");
	size_t i;

	json_array_foreach(tags, i, row) {
		const char *key = json_str_or(row, "Key", "");

		if (json_get(seen, key) != NULL)
			return err_set(&c->err, &duplicate_tags,
			    "Tag key '%s' was specified more than once", key);
		json_set_bool(seen, key, 1);
	}
	if (tags_merge(c, all, tags) == 0)
		return 0;
	c->err.kind = json_array_size(all) > TAGS_MAX ? &too_many_tags : &elbv2_invalid;
	return -1;
}

int
elbv2_check_name(struct call *c, const char *what, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX_LENGTH)
		return err_set(&c->err, &elbv2_invalid,
		    "%s name '%.100s' cannot be longer than '%d' characters", what, name,
		    NAME_MAX_LENGTH);
	if (name[0] == '-' || name[n - 1] == '-')
		return err_set(&c->err, &elbv2_invalid,
		    "%s name '%s' cannot begin or end with '-'", what, name);
	for (const char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && *p != '-')
			return err_set(&c->err, &elbv2_invalid,
			    "%s name '%s' can only contain characters that are alphanumeric "
			    "characters and hyphens(-)",
			    what, name);
	}
	return 0;
}

int
elbv2_refuse(struct call *c, const char *const *members)
{
	for (; *members != NULL; members++) {
		if (in_has(c, *members))
			return err_set(&c->err, &elbv2_bad_config,
			    "%s is not supported here", *members);
	}
	return 0;
}

int
elbv2_is_application(const json_t *load_balancer)
{
	return elbv2_is(load_balancer, "Type", "application");
}

int
elbv2_is_http(const char *protocol)
{
	return strncmp(protocol, "HTTP", 4) == 0;
}

int
elbv2_is_secure(const char *protocol)
{
	return strcmp(protocol, "HTTPS") == 0 || strcmp(protocol, "TLS") == 0;
}
