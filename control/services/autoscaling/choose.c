/*
 * Auto Scaling: termination policies.  Each leaves the candidates that it likes best to the
 * next; what is left over at the end goes by age, so that the choice is the same each time.
 */
#include "control/services/autoscaling/choose.h"

#include <stdlib.h>
#include <string.h>

#include "control/services/autoscaling/launch.h"
#include "control/services/autoscaling/template.h"

enum { HOUR_MS = 60 * 60 * 1000 };

struct chooser {
	struct call *c;
	const json_t *group;
	size_t n;
	json_t **member; /* the candidates that are left */
};

/* Less is chosen sooner; *ret.  0 or -1. */
typedef int score_fn(struct chooser *k, const json_t *member, int64_t *ret);

static int
by_age(struct chooser *k UNUSED, const json_t *member, int64_t *ret)
{
	*ret = json_int(member, "_launched_ms", 0);
	return 0;
}

static int
by_youth(struct chooser *k UNUSED, const json_t *member, int64_t *ret)
{
	*ret = -json_int(member, "_launched_ms", 0);
	return 0;
}

/* When its configuration was made; those without one come last. */
static int
by_configuration(struct chooser *k, const json_t *member, int64_t *ret)
{
	const char *name = json_str(member, "LaunchConfigurationName");
	json_t *doc = NULL;

	*ret = INT64_MAX;
	if (name == NULL)
		return 0;
	if (resource_find(k->c, &asg_launch_configuration, name, &doc) < 0)
		return -1;
	*ret = doc == NULL ? 0 : (int64_t)(json_num(doc, "CreatedTime", 0) * 1000);
	return 0;
}

/* Those of another template than the group's, then by version; a configuration comes last. */
static int
by_template(struct chooser *k, const json_t *member, int64_t *ret)
{
	const json_t *of = json_get(member, "LaunchTemplate");
	const char *current =
	    json_str_or(asg_template_of(k->group), "LaunchTemplateId", "");

	*ret = INT64_MAX;
	if (of == NULL)
		return 0;
	if (strcmp(json_str_or(of, "LaunchTemplateId", ""), current) != 0)
		*ret = 0;
	else
		*ret = strtoll(json_str_or(of, "Version", "1"), NULL, 10);
	return 0;
}

/* Configurations before templates, older before newer. */
static int
by_source(struct chooser *k, const json_t *member, int64_t *ret)
{
	if (json_get(member, "LaunchTemplate") == NULL)
		return by_configuration(k, member, ret);
	if (by_template(k, member, ret) < 0)
		return -1;
	/* Behind every time of a configuration. */
	*ret += INT64_C(1) << 60;
	return 0;
}

static int
by_hour(struct chooser *k, const json_t *member, int64_t *ret)
{
	int64_t age = k->c->now_ms - json_int(member, "_launched_ms", 0);

	*ret = HOUR_MS - age % HOUR_MS;
	return 0;
}

/* The types that the policy likes least, which stand last in it. */
static int
by_strategy(struct chooser *k, const json_t *member, int64_t *ret)
{
	const json_t *list =
	    json_path(k->group, "MixedInstancesPolicy.LaunchTemplate.Overrides");
	const json_t *row;
	size_t i;

	*ret = INT64_MIN / 2;
	json_array_foreach(list, i, row) {
		if (strcmp(json_str_or(row, "InstanceType", ""),
			json_str_or(member, "InstanceType", "")) == 0) {
			*ret = -(int64_t)i;
			return 0;
		}
	}
	return 0;
}

/* Only those with the least score are left. */
static int
narrow(struct chooser *k, score_fn *score)
{
	int64_t *scores = arena_calloc(k->c->arena, k->n + 1, sizeof(int64_t));
	int64_t least = INT64_MAX;
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (score(k, k->member[i], &scores[i]) < 0)
			return -1;
		if (scores[i] < least)
			least = scores[i];
	}
	for (size_t i = 0; i < k->n; i++) {
		if (scores[i] == least)
			k->member[n++] = k->member[i];
	}
	k->n = n;
	return 0;
}

static const struct {
	const char *name;
	score_fn *scores[3];
} policies[] = {
	{ "AllocationStrategy", { by_strategy } },
	{ "ClosestToNextInstanceHour", { by_hour } },
	{ "Default", { by_source, by_hour } },
	{ "NewestInstance", { by_youth } },
	{ "OldestInstance", { by_age } },
	{ "OldestLaunchConfiguration", { by_configuration } },
	{ "OldestLaunchTemplate", { by_template } },
};

static int
apply(struct chooser *k, const char *name)
{
	for (size_t i = 0; i < COUNT(policies); i++) {
		if (strcmp(policies[i].name, name) != 0)
			continue;
		for (score_fn *const *s = policies[i].scores; *s != NULL; s++) {
			if (narrow(k, *s) < 0)
				return -1;
		}
	}
	return 0;
}

/* The zone that has the most; one that the group has left counts as more than any. */
static int
by_zone(struct chooser *k, const json_t *member, int64_t *ret)
{
	const char *zone = json_str_or(member, "AvailabilityZone", "");

	*ret = json_has_str(json_get(k->group, "AvailabilityZones"), zone) ?
	    -asg_zone_count(k->group, zone) :
	    INT64_MIN;
	return 0;
}

/* In a refresh those that are to be replaced go first. */
static int
by_freshness(struct chooser *k UNUSED, const json_t *member, int64_t *ret)
{
	*ret = json_bool(member, "_fresh", 0);
	return 0;
}

int
asg_choose(struct call *c, const json_t *group, json_t **ret)
{
	json_t *list = json_get(group, "Instances"), *member;
	struct chooser k = { .c = c, .group = group };
	const json_t *policy;
	size_t i;

	k.member = arena_calloc(c->arena, json_array_size(list) + 1, sizeof(json_t *));
	json_array_foreach(list, i, member) {
		if (strcmp(json_str_or(member, "LifecycleState", ""), "InService") == 0 &&
		    !json_bool(member, "ProtectedFromScaleIn", 0))
			k.member[k.n++] = member;
	}
	*ret = NULL;
	if (k.n == 0)
		return 0;
	if (narrow(&k, by_freshness) < 0 || narrow(&k, by_zone) < 0)
		return -1;
	json_array_foreach(json_get(group, "TerminationPolicies"), i, policy) {
		if (apply(&k, json_string_value(policy)) < 0)
			return -1;
	}
	if (narrow(&k, by_age) < 0)
		return -1;
	*ret = k.member[0];
	return 0;
}
