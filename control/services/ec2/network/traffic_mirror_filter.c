/*
 * EC2: filters of traffic mirroring, and their rules.
 */
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/traffic_mirror.h"

static const struct err_kind no_filter = { "InvalidTrafficMirrorFilterId.NotFound", 400 };
static const struct err_kind bad_filter = { "InvalidTrafficMirrorFilterId.Malformed",
	400 };
static const struct err_kind no_rule = { "InvalidTrafficMirrorFilterRuleId.NotFound",
	400 };
static const struct err_kind bad_rule = { "InvalidTrafficMirrorFilterRuleId.Malformed",
	400 };
static const struct err_kind same_number = { "TrafficMirrorFilterRuleAlreadyExists",
	400 };
static const struct err_kind in_use = { "TrafficMirrorFilterInUse", 400 };

static const struct filter filters[] = {
	{ "description", "Description" },
	{ "traffic-mirror-filter-id", "TrafficMirrorFilterId" },
	{ NULL, NULL },
};
const struct resource ec2_traffic_mirror_filter = {
	.service = "ec2",
	.kind = "ec2:traffic-mirror-filter",
	.type = "traffic-mirror-filter",
	.prefix = "tmf-",
	.id_member = "TrafficMirrorFilterId",
	.list_member = "TrafficMirrorFilters",
	.ids_member = "TrafficMirrorFilterIds",
	.noun = "trafficMirrorFilter ID",
	.not_found = &no_filter,
	.malformed = &bad_filter,
	.filters = filters,
};

static const struct filter rule_filters[] = {
	{ "description", "Description" },
	{ "destination-cidr-block", "DestinationCidrBlock" },
	{ "protocol", "Protocol" },
	{ "rule-action", "RuleAction" },
	{ "rule-number", "RuleNumber" },
	{ "source-cidr-block", "SourceCidrBlock" },
	{ "traffic-direction", "TrafficDirection" },
	{ "traffic-mirror-filter-id", "TrafficMirrorFilterId" },
	{ "traffic-mirror-filter-rule-id", "TrafficMirrorFilterRuleId" },
	{ NULL, NULL },
};
static const struct resource rule = {
	.service = "ec2",
	.kind = "ec2:traffic-mirror-filter-rule",
	.type = "traffic-mirror-filter-rule",
	.prefix = "tmfr-",
	.id_member = "TrafficMirrorFilterRuleId",
	.list_member = "TrafficMirrorFilterRules",
	.ids_member = "TrafficMirrorFilterRuleIds",
	.noun = "trafficMirrorFilterRule ID",
	.not_found = &no_rule,
	.malformed = &bad_rule,
	.filters = rule_filters,
};

/* The document with its rules, as the API shows it. */
static json_t *
shown(struct call *c, json_t *doc)
{
	json_t *copy = json_own(c->arena, json_copy_shallow(doc));
	struct store_docs rules;

	json_set(copy, "IngressFilterRules", json_new_array());
	json_set(copy, "EgressFilterRules", json_new_array());
	if (resource_list(c, &rule, &rules) < 0)
		return copy;
	for (size_t i = 0; i < rules.n; i++) {
		if (strcmp(json_str_or(rules.doc[i], "TrafficMirrorFilterId", ""),
			resource_id(&ec2_traffic_mirror_filter, doc)) == 0)
			json_add(json_get(copy,
				     strcmp(json_str_or(rules.doc[i], "TrafficDirection",
						""),
					 "ingress") == 0 ?
					 "IngressFilterRules" :
					 "EgressFilterRules"),
			    json_incref(rules.doc[i]));
	}
	return copy;
}

static int
create(struct call *c)
{
	json_t *doc;

	if (record_check_text(c, "description", in_str(c, "Description")) < 0)
		return -1;
	doc = resource_new(c, &ec2_traffic_mirror_filter, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	json_set(doc, "NetworkServices", json_new_array());
	resource_put(c, &ec2_traffic_mirror_filter, doc);
	out_ref(c, "TrafficMirrorFilter", shown(c, doc));
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int
describe(struct call *c)
{
	return record_describe_as(c, shown);
}

static int
modify_services(struct call *c)
{
	json_t *doc, *list;

	if (resource_edit(c, &ec2_traffic_mirror_filter,
		in_str(c, "TrafficMirrorFilterId"), &doc) < 0)
		return -1;
	list = json_need_array(doc, "NetworkServices");
	record_take_away(list, in_list(c, "RemoveNetworkServices"));
	record_merge(list, in_list(c, "AddNetworkServices"));
	resource_put(c, &ec2_traffic_mirror_filter, doc);
	out_ref(c, "TrafficMirrorFilter", shown(c, doc));
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "TrafficMirrorFilterId");
	struct store_docs docs;
	json_t *doc;

	if (resource_get(c, &ec2_traffic_mirror_filter, id, &doc) < 0 ||
	    store_list(c->txn, c->scope, "ec2:traffic-mirror-session", &docs, &c->err) <
		0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "TrafficMirrorFilterId", ""), id) ==
		    0)
			return err_set(&c->err, &in_use,
			    "The traffic mirror filter %s is in use by %s.", id,
			    json_str_or(docs.doc[i], "TrafficMirrorSessionId", ""));
	}
	if (resource_list(c, &rule, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "TrafficMirrorFilterId", ""), id) ==
		    0)
			resource_delete_doc(c, &rule, resource_id(&rule, docs.doc[i]));
	}
	resource_delete_doc(c, &ec2_traffic_mirror_filter, id);
	out_str(c, "TrafficMirrorFilterId", id);
	return 0;
}

/* Rules */

static const struct record_member members[] = {
	{ "TrafficDirection", NULL, NULL },
	{ "RuleNumber", NULL, NULL },
	{ "RuleAction", NULL, NULL },
	{ "DestinationPortRange", NULL, NULL },
	{ "SourcePortRange", NULL, NULL },
	{ "Protocol", NULL, NULL },
	{ "DestinationCidrBlock", NULL, NULL },
	{ "SourceCidrBlock", NULL, NULL },
	{ "Description", NULL, NULL },
	{ NULL, NULL, NULL },
};

static int
check_ports(struct call *c, const json_t *doc, const char *name)
{
	const json_t *range = json_get(doc, name);
	int64_t from = json_int(range, "FromPort", 0),
		to = json_int(range, "ToPort", from),
		protocol = json_int(doc, "Protocol", -1);

	if (range == NULL)
		return 0;
	if (protocol != 6 && protocol != 17)
		return err_set(&c->err, &ec2_bad_combination,
		    "%s is only for the protocols TCP and UDP.", name);
	if (from < 0 || to > 65535 || from > to)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld-%lld) for parameter %s is invalid.", (long long)from,
		    (long long)to, name);
	return 0;
}

static int
check_number(struct call *c, const json_t *doc)
{
	struct store_docs docs;

	if (resource_list(c, &rule, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(resource_id(&rule, docs.doc[i]), resource_id(&rule, doc)) !=
			0 &&
		    strcmp(json_str_or(docs.doc[i], "TrafficMirrorFilterId", ""),
			json_str_or(doc, "TrafficMirrorFilterId", "")) == 0 &&
		    strcmp(json_str_or(docs.doc[i], "TrafficDirection", ""),
			json_str_or(doc, "TrafficDirection", "")) == 0 &&
		    json_int(docs.doc[i], "RuleNumber", 0) ==
			json_int(doc, "RuleNumber", 0))
			return err_set(&c->err, &same_number,
			    "The filter %s has a rule %lld of that direction.",
			    json_str_or(doc, "TrafficMirrorFilterId", ""),
			    (long long)json_int(doc, "RuleNumber", 0));
	}
	return 0;
}

static int
check_rule(struct call *c, json_t *doc)
{
	static const char *const cidrs[] = { "DestinationCidrBlock", "SourceCidrBlock" };
	int64_t number = json_int(doc, "RuleNumber", 0),
		protocol = json_int(doc, "Protocol", 0);
	const char *cidr;

	for (size_t i = 0; i < COUNT(cidrs); i++) {
		if (record_cidr(c, cidrs[i], json_str_or(doc, cidrs[i], ""), &cidr) < 0)
			return -1;
		json_set_str(doc, cidrs[i], cidr);
	}
	if (number < 1 || number > 32766)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter ruleNumber is invalid.",
		    (long long)number);
	if (protocol < 0 || protocol > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter protocol is invalid.",
		    (long long)protocol);
	return check_ports(c, doc, "DestinationPortRange") < 0 ||
		check_ports(c, doc, "SourcePortRange") < 0 ||
		record_check_text(c, "description", json_str(doc, "Description")) < 0 ||
		check_number(c, doc) < 0 ?
	    -1 :
	    0;
}

static int
create_rule(struct call *c)
{
	const char *of = in_str(c, "TrafficMirrorFilterId");
	json_t *filter, *doc;

	if (resource_get(c, &ec2_traffic_mirror_filter, of, &filter) < 0)
		return -1;
	doc = resource_new(c, &rule, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "TrafficMirrorFilterId", of);
	record_fill(c, doc, c->in, members);
	if (check_rule(c, doc) < 0)
		return -1;
	resource_put(c, &rule, doc);
	out_ref(c, "TrafficMirrorFilterRule", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int
modify_rule(struct call *c)
{
	static const struct {
		const char *field, *member;
	} fields[] = { { "destination-port-range", "DestinationPortRange" },
		{ "source-port-range", "SourcePortRange" }, { "protocol", "Protocol" },
		{ "description", "Description" } };
	json_t *doc;

	if (resource_edit(c, &rule, in_str(c, "TrafficMirrorFilterRuleId"), &doc) < 0)
		return -1;
	record_change(doc, c->in, members);
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (json_has_str(in_list(c, "RemoveFields"), fields[i].field))
			json_del(doc, fields[i].member);
	}
	if (check_rule(c, doc) < 0)
		return -1;
	resource_put(c, &rule, doc);
	out_ref(c, "TrafficMirrorFilterRule", doc);
	return 0;
}

static int
delete_rule(struct call *c)
{
	const char *id = in_str(c, "TrafficMirrorFilterRuleId");

	if (resource_delete(c) < 0)
		return -1;
	out_str(c, "TrafficMirrorFilterRuleId", id);
	return 0;
}

static json_t *
of_filter(struct call *c, json_t *doc)
{
	const char *id = in_str(c, "TrafficMirrorFilterId");

	return id == NULL ||
		strcmp(json_str_or(doc, "TrafficMirrorFilterId", ""), id) == 0 ?
	    doc :
	    NULL;
}

static int
describe_rules(struct call *c)
{
	const char *id = in_str(c, "TrafficMirrorFilterId");
	json_t *doc;

	if (id != NULL && resource_get(c, &ec2_traffic_mirror_filter, id, &doc) < 0)
		return -1;
	return record_describe_as(c, of_filter);
}

#define OF_FILTER(name_, run_, flags_, doc_)                                             \
	OP_RES(name_, run_, flags_, &ec2_traffic_mirror_filter, "TrafficMirrorFilterId", \
	    doc_)

static const struct op ops[] = {
	OP_RES("CreateTrafficMirrorFilter", create, OP_TOKEN, &ec2_traffic_mirror_filter,
	    NULL, "Create a filter of mirrored traffic."),
	OF_FILTER("CreateTrafficMirrorFilterRule", create_rule, OP_TOKEN,
	    "Add a rule to a filter."),
	OF_FILTER("DeleteTrafficMirrorFilter", delete, 0,
	    "Delete a filter that no session uses."),
	OP_RES("DeleteTrafficMirrorFilterRule", delete_rule, 0, &rule,
	    "TrafficMirrorFilterRuleId", "Take a rule out of a filter."),
	OP_RES("DescribeTrafficMirrorFilterRules", describe_rules, OP_READ, &rule, NULL,
	    "List rules of filters."),
	OP_RES("DescribeTrafficMirrorFilters", describe, OP_READ,
	    &ec2_traffic_mirror_filter, NULL, "List filters with their rules."),
	OF_FILTER("ModifyTrafficMirrorFilterNetworkServices", modify_services, 0,
	    "Say whether Amazon's DNS is mirrored."),
	OP_RES("ModifyTrafficMirrorFilterRule", modify_rule, 0, &rule,
	    "TrafficMirrorFilterRuleId", "Change a rule."),
};
static const struct resource *const resources[] = { &ec2_traffic_mirror_filter, &rule,
	NULL };
const struct family ec2_traffic_mirror_filters = FAMILY(ops, resources);
