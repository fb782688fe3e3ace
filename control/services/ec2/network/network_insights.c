/*
 * EC2: Reachability Analyzer: paths, and analyses of them by the evaluator of netdns/decide.h.
 *
 * An analysis says what the documents say at its start; it is done before it is answered.  Addresses
 * of the internet have no component.  Not emulated: access scopes, network firewalls, intermediate
 * filters by ARN, which are refused.
 */
#include <stdio.h>
#include <string.h>

#include "control/services/ec2/network/explain.h"
#include "control/services/ec2/network/record.h"

enum { PAGE_MIN = 1, PAGE_MAX = 100 };

static const struct err_kind path_not_found = { "InvalidNetworkInsightsPathId.NotFound",
	400 };
static const struct err_kind analysis_not_found = {
	"InvalidNetworkInsightsAnalysisId.NotFound", 400
};
static const struct err_kind bad_value = { "InvalidParameterValue", 400 };
static const struct err_kind bad_combination = { "InvalidParameterCombination", 400 };

static const struct filter path_filters[] = {
	{ "destination", "Destination" },
	{ "filter-at-source.source-address", "FilterAtSource.SourceAddress" },
	{ "filter-at-source.destination-address", "FilterAtSource.DestinationAddress" },
	{ "filter-at-destination.source-address", "FilterAtDestination.SourceAddress" },
	{ "filter-at-destination.destination-address",
	    "FilterAtDestination.DestinationAddress" },
	{ "protocol", "Protocol" },
	{ "source", "Source" },
	{ NULL, NULL },
};

static const struct filter analysis_filters[] = {
	{ "path-found", "NetworkPathFound" },
	{ "status", "Status" },
	{ NULL, NULL },
};

static const struct dependent path_dependents[] = {
	{ "ec2:network-insights-analysis", "NetworkInsightsPathId" },
	{ NULL, NULL },
};

static const struct resource path = {
	.service = "ec2",
	.kind = "ec2:network-insights-path",
	.type = "network-insights-path",
	.prefix = "nip-",
	.id_member = "NetworkInsightsPathId",
	.list_member = "NetworkInsightsPaths",
	.ids_member = "NetworkInsightsPathIds",
	.noun = "network insights path",
	.not_found = &path_not_found,
	.filters = path_filters,
	.dependents = path_dependents,
	.page_min = PAGE_MIN,
	.page_max = PAGE_MAX,
};

static const struct resource analysis = {
	.service = "ec2",
	.kind = "ec2:network-insights-analysis",
	.type = "network-insights-analysis",
	.prefix = "nia-",
	.id_member = "NetworkInsightsAnalysisId",
	.list_member = "NetworkInsightsAnalyses",
	.ids_member = "NetworkInsightsAnalysisIds",
	.noun = "network insights analysis",
	.not_found = &analysis_not_found,
	.filters = analysis_filters,
	.page_min = PAGE_MIN,
	.page_max = PAGE_MAX,
};

/* Paths */

/* "eni-1" of "arn:…:network-interface/eni-1". */
static const char *
id_of(const char *name)
{
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;

	return slash != NULL ? slash + 1 : name;
}

static int
is_gateway(const char *id)
{
	return id != NULL &&
	    (strncmp(id, "igw-", 4) == 0 || strncmp(id, "eigw-", 5) == 0);
}

/* As the evaluator wants it; the document's filters are the path's own members by other names. */
static struct explain_query
query_of(struct call *c, const json_t *doc)
{
	const json_t *at = json_get(doc, "FilterAtSource");
	const char *from = json_str(doc, "Source"), *to = json_str(doc, "Destination");
	const char *src = json_str(doc, "SourceIp"),
		   *dst = json_str(doc, "DestinationIp");
	int64_t port = json_int(doc, "DestinationPort",
	    json_int(json_get(at, "DestinationPortRange"), "FromPort", -1));

	src = src != NULL ? src : json_str(at, "SourceAddress");
	dst = dst != NULL ? dst : json_str(at, "DestinationAddress");
	return (struct explain_query){
		.from = is_gateway(from) ? (src != NULL ? src : "internet") : from,
		.to = dst != NULL		 ? dst :
		    is_gateway(to) || to == NULL ? "internet" :
						   to,
		.protocol = json_str_or(doc, "Protocol", "tcp"),
		.port = port < 0 ? NULL : arena_printf(c->arena, "%lld", (long long)port),
	};
}

static void
take_filter(json_t *doc, const char *name, const json_t *in)
{
	if (in != NULL)
		json_set(doc, name, json_copy_deep(in));
}

static int
check_path(struct call *c)
{
	const char *both[] = { "SourceIp", "DestinationIp", "DestinationPort" };

	if (json_get(c->in, "FilterAtSource") == NULL &&
	    json_get(c->in, "FilterAtDestination") == NULL)
		return 0;
	for (size_t i = 0; i < COUNT(both); i++) {
		if (json_get(c->in, both[i]) != NULL)
			return err_set(&c->err, &bad_combination,
			    "The parameter %s cannot be used with the parameter "
			    "FilterAtSource or FilterAtDestination",
			    both[i]);
	}
	return 0;
}

/* Both ends are there, and it can be asked. */
static int
check_ends(struct call *c, const json_t *doc)
{
	struct explain_query q = query_of(c, doc);
	struct explained e;

	if (explain(c->env, c->arena, &q, &e, &c->err) < 0) {
		if (c->err.kind == &explain_bad)
			c->err.kind = &bad_value;
		return -1;
	}
	fabric_free(e.fabric);
	return 0;
}

static int
create_path(struct call *c)
{
	const char *id, *from = id_of(in_str(c, "Source")),
			*to = id_of(in_str(c, "Destination"));
	json_t *doc;

	if (check_path(c) < 0)
		return -1;
	doc = resource_new(c, &path, &id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "NetworkInsightsPathArn", resource_arn(c, &path, id));
	json_set(doc, "CreatedDate", record_time(c->now_ms));
	json_set_str(doc, "Source", from);
	json_set_str(doc, "Destination", to);
	if (from != in_str(c, "Source"))
		json_set_str(doc, "SourceArn", in_str(c, "Source"));
	if (to != in_str(c, "Destination"))
		json_set_str(doc, "DestinationArn", in_str(c, "Destination"));
	json_set_str(doc, "SourceIp", in_str(c, "SourceIp"));
	json_set_str(doc, "DestinationIp", in_str(c, "DestinationIp"));
	json_set_str(doc, "Protocol", in_str(c, "Protocol"));
	if (json_get(c->in, "DestinationPort") != NULL)
		json_set_int(doc, "DestinationPort", in_int(c, "DestinationPort", 0));
	take_filter(doc, "FilterAtSource", json_get(c->in, "FilterAtSource"));
	take_filter(doc, "FilterAtDestination", json_get(c->in, "FilterAtDestination"));
	if (check_ends(c, doc) < 0)
		return -1;
	resource_put(c, &path, doc);
	out_ref(c, "NetworkInsightsPath", doc);
	return 0;
}

static int
delete_path(struct call *c)
{
	const char *id = in_str(c, "NetworkInsightsPathId");

	if (resource_delete(c) < 0)
		return -1;
	out_str(c, "NetworkInsightsPathId", id);
	return 0;
}

/* Analyses */

static json_t *
component(const char *id)
{
	return json_make("{s:s}", "Id", id);
}

static const struct fabric_rule *
rule_of(const struct fabric *f, const struct hop *h)
{
	const struct fabric_group *g = fabric_group(f, h->id);

	for (size_t i = 0; g != NULL && i < g->n_rules[h->direction]; i++) {
		if (strcmp(g->rules[h->direction][i].id, h->rule) == 0)
			return &g->rules[h->direction][i];
	}
	return NULL;
}

static json_t *
group_rule(const struct fabric *f, const struct hop *h)
{
	const struct fabric_rule *r = rule_of(f, h);
	json_t *v = json_make("{s:s, s:s}", "Direction",
	    h->direction == DIR_IN ? "ingress" : "egress", "SecurityGroupId", h->id);
	char text[CIDR_TEXT];

	if (r == NULL)
		return v;
	if (r->cidr.ip.version != 0) {
		cidr_format(&r->cidr, text);
		json_set_str(v, "Cidr", text);
	}
	if (r->list != NULL)
		json_set_str(v, "PrefixListId", r->list->id);
	if (r->ports.protocol == PROTO_ANY)
		json_set_str(v, "Protocol", "all");
	else
		json_set_fmt(v, "Protocol", "%d", r->ports.protocol);
	if (r->ports.protocol == PROTO_TCP || r->ports.protocol == PROTO_UDP)
		json_set(v, "PortRange",
		    json_make("{s:i, s:i}", "From", r->ports.from, "To", r->ports.to));
	return v;
}

static json_t *
acl_rule(const struct hop *h)
{
	int number = 32767;

	sscanf(h->rule, "%d", &number);
	return json_make("{s:b, s:i, s:s}", "Egress", h->direction == DIR_OUT,
	    "RuleNumber", number, "RuleAction", h->is_allowed ? "allow" : "deny");
}

static json_t *
path_component(const struct fabric *f, const struct hop *h, size_t i)
{
	json_t *v = json_make("{s:I}", "SequenceNumber", (json_int_t)i + 1);

	json_set(v, "Component", component(h->id[0] != '\0' ? h->id : h->at));
	switch (h->kind) {
	case HOP_GROUPS:
		if (h->rule[0] != '\0')
			json_set(v, "SecurityGroupRule", group_rule(f, h));
		json_set(v, "AttachedTo", component(h->at));
		break;
	case HOP_ACL:
		json_set(v, "AclRule", acl_rule(h));
		json_set(v, "Subnet", component(h->at));
		break;
	case HOP_ROUTE:
		json_set(v, "RouteTableRoute",
		    json_make("{s:s}", "DestinationCidr", h->rule));
		json_set(v, "Vpc", component(h->at));
		break;
	case HOP_TRANSIT:
		json_set(v, "TransitGateway", component(h->id));
		json_set(v, "AttachedTo", component(h->at));
		break;
	case HOP_INTERNET:
	case HOP_PEERING:
		json_set(v, "Vpc", component(h->at));
		break;
	case HOP_CHECK:
	case HOP_NAT:
	case HOP_APPLIANCE:
	case HOP_END:
		break;
	}
	return v;
}

/* What was gone through; groups that remember are not. */
static json_t *
path_components(const struct fabric *f, const struct way_gone *w)
{
	json_t *list = json_new_array();

	for (size_t i = 0; i < w->n; i++) {
		const struct hop *h = &w->hops[i];

		if (h->kind == HOP_GROUPS && h->id[0] == '\0')
			continue;
		json_add(list, path_component(f, h, json_array_size(list)));
	}
	return list;
}

static const char *
code_of(const struct hop *h)
{
	switch (h->kind) {
	case HOP_GROUPS:
		return "ENI_SG_RULES_MISMATCH";
	case HOP_ACL:
		return "SUBNET_ACL_RESTRICTION";
	case HOP_ROUTE:
		return h->rule[0] == '\0' ? "NO_ROUTE_TO_DESTINATION" : "BAD_STATE_ROUTE";
	case HOP_CHECK:
		return "ENI_SOURCE_DEST_CHECK_RESTRICTION";
	case HOP_INTERNET:
		return h->direction == DIR_IN ? "IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS" :
						"IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS";
	case HOP_NAT:
		return "NGW_REQUIRES_SOURCE_IN_VPC";
	case HOP_PEERING:
		return "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR";
	case HOP_TRANSIT:
		return "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT";
	case HOP_APPLIANCE:
	case HOP_END:
		break;
	}
	return "UNASSOCIATED_COMPONENT";
}

static json_t *
explanation(const struct hop *h, const struct packet *p)
{
	json_t *v = json_make("{s:s, s:s}", "ExplanationCode", code_of(h), "Direction",
	    h->direction == DIR_IN ? "ingress" : "egress");
	char text[IP_TEXT];

	switch (h->kind) {
	case HOP_GROUPS:
		json_set(v, "NetworkInterface", component(h->at));
		if (h->id[0] != '\0')
			json_set(v, "SecurityGroups", json_make("[{s:s}]", "Id", h->id));
		json_set_int(v, "Port", p->dport);
		break;
	case HOP_ACL:
		json_set(v, "Acl", component(h->id));
		json_set(v, "AclRule", acl_rule(h));
		json_set(v, "Subnet", component(h->at));
		break;
	case HOP_ROUTE:
		json_set(v, "RouteTable", component(h->id));
		json_set(v, "Vpc", component(h->at));
		ip_format(&p->dst, text);
		json_set_str(v, "Address", text);
		break;
	case HOP_INTERNET:
		json_set(v, "InternetGateway", component(h->id));
		break;
	case HOP_NAT:
		json_set(v, "NatGateway", component(h->id));
		break;
	case HOP_PEERING:
		json_set(v, "VpcPeeringConnection", component(h->id));
		break;
	case HOP_TRANSIT:
		json_set(v, "TransitGateway", component(h->id));
		break;
	case HOP_CHECK:
	case HOP_APPLIANCE:
		json_set(v, "NetworkInterface", component(h->at));
		break;
	case HOP_END:
		json_set(v, "Component", component(h->at));
		break;
	}
	return v;
}

static int
analyse(struct call *c, const json_t *asked, json_t *doc)
{
	struct explain_query q = query_of(c, asked);
	const struct hop *refusal;
	struct explained e;

	if (explain(c->env, c->arena, &q, &e, &c->err) < 0) {
		if (c->err.kind != &explain_bad)
			return -1;
		/* An end of the path is no more. */
		json_set_str(doc, "Status", "failed");
		json_set_str(doc, "StatusMessage", c->err.msg);
		c->err = (struct err){ 0 };
		return 0;
	}
	refusal = decide_refusal(&e.decision);
	json_set_str(doc, "Status", "succeeded");
	json_set_bool(doc, "NetworkPathFound", e.decision.passes);
	if (e.decision.passes) {
		json_set(doc, "ForwardPathComponents",
		    path_components(e.fabric, &e.decision.there));
		json_set(doc, "ReturnPathComponents",
		    path_components(e.fabric, &e.decision.back));
	} else if (refusal != NULL) {
		json_t *list = json_need_array(doc, "Explanations");

		json_add(list,
		    explanation(refusal,
			e.decision.has_answer ? &e.decision.back.packet :
						&e.decision.there.packet));
	}
	fabric_free(e.fabric);
	return 0;
}

static int
start(struct call *c)
{
	static const char *const refused[] = { "FilterInArns", "FilterOutArns", NULL };
	json_t *asked, *doc, *answer;
	const char *id;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_get(c, &path, in_str(c, "NetworkInsightsPathId"), &asked) < 0)
		return -1;
	doc = resource_new(c, &analysis, &id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "NetworkInsightsAnalysisArn", resource_arn(c, &analysis, id));
	json_set_str(doc, "NetworkInsightsPathId", in_str(c, "NetworkInsightsPathId"));
	json_set(doc, "StartDate", record_time(c->now_ms));
	take_filter(doc, "AdditionalAccounts", json_get(c->in, "AdditionalAccounts"));
	answer = json_own(c->arena, json_copy_deep(doc));
	json_set_str(answer, "Status", "running");
	if (analyse(c, asked, doc) < 0)
		return -1;
	resource_put(c, &analysis, doc);
	out_ref(c, "NetworkInsightsAnalysis", answer);
	return 0;
}

static int
delete_analysis(struct call *c)
{
	const char *id = in_str(c, "NetworkInsightsAnalysisId");

	if (resource_delete(c) < 0)
		return -1;
	out_str(c, "NetworkInsightsAnalysisId", id);
	return 0;
}

/* Those of the path, and of the time, that are asked for. */
static json_t *
show_analysis(struct call *c, json_t *doc)
{
	const char *of = in_str(c, "NetworkInsightsPathId");
	double at = json_num(doc, "StartDate", 0);

	if ((of != NULL &&
		strcmp(of, json_str_or(doc, "NetworkInsightsPathId", "")) != 0) ||
	    at < json_num(c->in, "AnalysisStartTime", 0) ||
	    at > json_num(c->in, "AnalysisEndTime", 1e15))
		return NULL;
	return doc;
}

static int
describe_analyses(struct call *c)
{
	return record_describe_as(c, show_analysis);
}

static const struct op ops[] = {
	OP_RES("CreateNetworkInsightsPath", create_path, OP_TOKEN, &path, NULL,
	    "Say between which two ends reachability is to be analysed."),
	OP_RES("DeleteNetworkInsightsAnalysis", delete_analysis, 0, &analysis,
	    "NetworkInsightsAnalysisId", "Delete an analysis."),
	OP_RES("DeleteNetworkInsightsPath", delete_path, 0, &path,
	    "NetworkInsightsPathId", "Delete a path."),
	OP_RES("DescribeNetworkInsightsAnalyses", describe_analyses, OP_READ, &analysis,
	    NULL, "List analyses."),
	OP_RES("DescribeNetworkInsightsPaths", resource_describe, OP_READ, &path, NULL,
	    "List paths."),
	OP_RES("StartNetworkInsightsAnalysis", start, OP_TOKEN, &analysis, NULL,
	    "Analyse a path: what lets it pass, or who refuses."),
};
static const struct resource *const resources[] = { &path, &analysis, NULL };
const struct family ec2_network_insights = FAMILY(ops, resources);
