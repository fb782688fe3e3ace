#include "control/services/route53/record_set.h"

#include <string.h>

#include "control/api/aws_names.h"
#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"
#include "control/services/route53/value.h"

static const struct err_kind no_health_check = { "NoSuchHealthCheck", 404 };

enum { VALUES_MAX = 400 };

static const char *const policies[] = { "Weight", "Region", "Failover", "GeoLocation",
	"MultiValueAnswer", "CidrRoutingConfig", "GeoProximityLocation" };

static const char policy_names[] =
    "[Weight, Region, Failover, GeoLocation, MultiValueAnswer, CidrRoutingConfig, or GeoProximityLocation]";
static const char content_names[] =
    "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]";

/* The member that says how a set is chosen; NULL: there is no choice. */
static const char *
policy_of(const json_t *set)
{
	for (size_t i = 0; i < COUNT(policies); i++) {
		if (json_get(set, policies[i]) != NULL)
			return policies[i];
	}
	return NULL;
}

static const char *
set_type(const json_t *set)
{
	return json_str_or(set, "Type", "");
}

static const char *
set_name(const json_t *set)
{
	return json_str_or(set, "Name", "");
}

const char *
r53_set_text(struct call *c, const json_t *set)
{
	const char *id = json_str(set, "SetIdentifier");

	return arena_printf(c->arena, "[name='%s', type='%s'%s%s%s]", set_name(set),
	    set_type(set), id != NULL ? ", set-identifier='" : "", id != NULL ? id : "",
	    id != NULL ? "'" : "");
}

int
r53_set_is(const json_t *a, const json_t *b)
{
	return strcmp(set_type(a), set_type(b)) == 0 &&
	    strcmp(json_str_or(a, "SetIdentifier", ""),
		json_str_or(b, "SetIdentifier", "")) == 0;
}

static int
has_value(const json_t *values, const json_t *value)
{
	const json_t *v;
	size_t i;

	json_array_foreach(values, i, v) {
		if (json_equal(v, value))
			return 1;
	}
	return 0;
}

int
r53_set_equal(const json_t *a, const json_t *b)
{
	const json_t *x = json_get(a, "ResourceRecords"),
		     *y = json_get(b, "ResourceRecords");
	const json_t *v;
	const char *member;
	size_t i;

	if (json_object_size(a) != json_object_size(b) ||
	    json_array_size(x) != json_array_size(y))
		return 0;
	json_array_foreach(x, i, v) {
		if (!has_value(y, v))
			return 0;
	}
	json_object_foreach((json_t *)(uintptr_t)a, member, v) {
		if (strcmp(member, "ResourceRecords") != 0 &&
		    !json_equal(v, json_get(b, member)))
			return 0;
	}
	return 1;
}

/* What a change must say: InvalidInput */

static int
bad_change(struct call *c, const json_t *change, const char *what)
{
	const json_t *set = json_get(change, "ResourceRecordSet");

	return err_set(&c->err, &r53_bad_input,
	    "Invalid request: %s in Change with [Action=%s, Name=%.200s, Type=%s, SetIdentifier=%.60s]",
	    what, json_str_or(change, "Action", ""), set_name(set), set_type(set),
	    json_str_or(set, "SetIdentifier", "null"));
}

static int
expected_one(struct call *c, const json_t *change, const char *names, int is_many)
{
	return bad_change(c, change,
	    arena_printf(c->arena, "Expected exactly one of %s, but found %s", names,
		is_many ? "more than one" : "none"));
}

static int
check_content(struct call *c, const json_t *change, const json_t *set)
{
	int has_ttl = json_get(set, "TTL") != NULL;
	int has_values = json_array_size(json_get(set, "ResourceRecords")) > 0;
	int is_alias = json_get(set, "AliasTarget") != NULL;

	if (json_get(set, "TrafficPolicyInstanceId") != NULL)
		return bad_change(c, change,
		    "A traffic policy instance cannot be chosen by TrafficPolicyInstanceId");
	if (is_alias && (has_ttl || has_values))
		return expected_one(c, change, content_names, 1);
	if (!is_alias && !has_ttl && !has_values)
		return expected_one(c, change, content_names, 0);
	if (!is_alias && !has_ttl)
		return bad_change(c, change, "Missing field 'TTL'");
	if (!is_alias && !has_values)
		return bad_change(c, change, "Missing field 'ResourceRecords'");
	return 0;
}

static int
check_policy(struct call *c, const json_t *change, const json_t *set)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(policies); i++)
		n += json_get(set, policies[i]) != NULL;
	if (n > 1)
		return expected_one(c, change, policy_names, 1);
	if (n == 1 && json_str(set, "SetIdentifier") == NULL)
		return bad_change(c, change, "Missing field 'SetIdentifier'");
	if (n == 0 && json_str(set, "SetIdentifier") != NULL)
		return expected_one(c, change, policy_names, 0);
	if (json_get(set, "MultiValueAnswer") != NULL &&
	    !json_bool(set, "MultiValueAnswer", 0))
		return bad_change(c, change, "MultiValueAnswer must be true");
	if (json_get(set, "CidrRoutingConfig") != NULL)
		return bad_change(c, change,
		    "The CIDR collection of CidrRoutingConfig was not found");
	return 0;
}

/* Values */

static void
complain(struct call *c, json_t *messages, const char *fault, const char *value)
{
	json_add_str(messages,
	    arena_printf(c->arena,
		"Invalid Resource Record: 'FATAL problem: %s encountered with '%.300s''",
		fault, value));
}

static void
check_values(struct call *c, const json_t *set, json_t *messages)
{
	const json_t *values = json_get(set, "ResourceRecords"), *v;
	const char *type = set_type(set);
	size_t n = json_array_size(values), i;

	if (n > VALUES_MAX)
		json_add_str(messages,
		    arena_printf(c->arena, "Number of records limit of %d exceeded by %s",
			VALUES_MAX, r53_set_text(c, set)));
	if (n > 1 && (strcmp(type, "CNAME") == 0 || strcmp(type, "SOA") == 0))
		json_add_str(messages,
		    arena_printf(c->arena,
			"RRSet of type %s with DNS name %s cannot have more than one value",
			type, set_name(set)));
	json_array_foreach(values, i, v) {
		const char *text = json_str_or(v, "Value", ""), *fault;

		fault = r53_value_parse(c->arena, type, text, buf_new(c->arena, 0));
		if (fault != NULL)
			complain(c, messages, fault, text);
		for (size_t k = 0; k < i; k++) {
			if (json_equal(json_array_get(values, k), v))
				json_add_str(messages,
				    arena_printf(c->arena,
					"Duplicate Resource Record: '%.300s'", text));
		}
	}
}

/* The name in its form at obj[member]: 1, or 0 with a message. */
static int
take_name(struct call *c, json_t *obj, const char *member, json_t *messages)
{
	const char *name;
	enum r53_name_fault fault =
	    r53_name_parse(c->arena, json_str_or(obj, member, ""), &name);

	if (fault == R53_NAME_FINE)
		json_set_str(obj, member, name);
	else
		json_add_str(messages,
		    arena_printf(c->arena, "FATAL problem: %s encountered with '%.300s'",
			r53_name_fault(fault), json_str_or(obj, member, "")));
	return fault == R53_NAME_FINE;
}

static void
check_alias(struct call *c, json_t *set, const json_t *zone, json_t *messages)
{
	json_t *target = json_get(set, "AliasTarget");
	const char *zone_id, *name, *what = NULL;

	if (target == NULL || !take_name(c, target, "DNSName", messages))
		return;
	zone_id = r53_bare_id(json_str_or(target, "HostedZoneId", ""));
	name = json_str_or(target, "DNSName", "");
	if (strcmp(zone_id, r53_zone_id(zone)) != 0)
		what = aws_name_is(r53_name_plain(c->arena, name)) ?
		    NULL :
		    "but that target was not found";
	else if (!r53_name_is_in(name, json_str_or(zone, "Name", "")))
		what = "but the alias target name does not lie within the target zone";
	if (what != NULL)
		json_add_str(messages,
		    arena_printf(c->arena,
			"Tried to create an alias that targets %s, type %s in zone %s, %s",
			name, set_type(set), zone_id, what));
	json_set_str(target, "HostedZoneId", zone_id);
}

int
r53_set_take(struct call *c, const json_t *change, const json_t *zone, json_t *messages,
    json_t **ret)
{
	json_t *set =
	    json_own(c->arena, json_copy_deep(json_get(change, "ResourceRecordSet")));
	const char *zone_name = json_str_or(zone, "Name", "");
	size_t before = json_array_size(messages);

	*ret = NULL;
	if (check_content(c, change, set) < 0 || check_policy(c, change, set) < 0)
		return -1;
	if (json_str(set, "HealthCheckId") != NULL)
		return err_set(&c->err, &no_health_check,
		    "No health check exists with the specified ID: %s",
		    json_str(set, "HealthCheckId"));
	if (json_array_size(json_get(set, "ResourceRecords")) == 0)
		json_del(set, "ResourceRecords");
	if (!take_name(c, set, "Name", messages))
		return 0;
	if (!r53_name_is_in(set_name(set), zone_name))
		json_add_str(messages,
		    arena_printf(c->arena,
			"RRSet with DNS name %s is not permitted in zone %s",
			set_name(set), zone_name));
	check_values(c, set, messages);
	check_alias(c, set, zone, messages);
	if (json_array_size(messages) == before)
		*ret = set;
	return 0;
}

/* Beside others */

static const char *
conflict_of_types(struct call *c, const json_t *other, const json_t *set,
    const char *zone_name)
{
	int is_cname = strcmp(set_type(set), "CNAME") == 0;

	if (is_cname == (strcmp(set_type(other), "CNAME") == 0))
		return NULL;
	if (is_cname)
		return arena_printf(c->arena,
		    "RRSet of type CNAME with DNS name %s is not permitted as it conflicts with other records with the same DNS name in zone %s",
		    set_name(set), zone_name);
	return arena_printf(c->arena,
	    "RRSet of type %s with DNS name %s is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone %s",
	    set_type(set), set_name(set), zone_name);
}

static const char *
conflict_of_policies(struct call *c, const json_t *other, const json_t *set)
{
	const char *mine = policy_of(set), *theirs = policy_of(other);
	const char *id = json_str(set, "SetIdentifier"), *what = NULL;

	if (mine == NULL || theirs == NULL)
		what = "other RRSets exist with the same name and type";
	else if (strcmp(mine, theirs) != 0)
		what =
		    "RRSets of another routing policy exist with the same name and type";
	else if (strcmp(mine, "Weight") != 0 && strcmp(mine, "MultiValueAnswer") != 0 &&
	    json_equal(json_get(set, mine), json_get(other, mine)))
		what =
		    arena_printf(c->arena, "one with the same %s exists already", mine);
	if (what == NULL)
		return NULL;
	return arena_printf(c->arena,
	    "RRSet with DNS name %s, type %s%s%s cannot be created as %s", set_name(set),
	    set_type(set), id != NULL ? ", SetIdentifier " : "", id != NULL ? id : "",
	    what);
}

const char *
r53_set_conflict(struct call *c, const json_t *sets, const json_t *set,
    const char *zone_name)
{
	const json_t *other;
	const char *what = NULL;
	size_t i;

	if (strcmp(set_type(set), "CNAME") == 0 && strcmp(set_name(set), zone_name) == 0)
		return arena_printf(c->arena,
		    "RRSet of type CNAME with DNS name %s is not permitted at apex in zone %s",
		    zone_name, zone_name);
	if (strcmp(set_type(set), "SOA") == 0 && strcmp(set_name(set), zone_name) != 0)
		return arena_printf(c->arena,
		    "RRSet of type SOA with DNS name %s is permitted at the apex of zone %s only",
		    set_name(set), zone_name);
	json_array_foreach(sets, i, other) {
		if (r53_set_is(other, set))
			continue;
		what = conflict_of_types(c, other, set, zone_name);
		if (what == NULL && strcmp(set_type(other), set_type(set)) == 0)
			what = conflict_of_policies(c, other, set);
		if (what != NULL)
			break;
	}
	return what;
}
