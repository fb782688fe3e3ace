#include "control/services/autoscaling/template.h"

#include <string.h>

/* {LaunchTemplateId} or {LaunchTemplateName}, for EC2's operations. */
static json_t *
named(struct call *c, const json_t *spec)
{
	json_t *in = json_own(c->arena, json_new_object());
	const char *id = json_str(spec, "LaunchTemplateId");

	if (id != NULL)
		json_set_str(in, "LaunchTemplateId", id);
	else
		json_set_str(in, "LaunchTemplateName",
		    json_str(spec, "LaunchTemplateName"));
	return in;
}

int
asg_template_version(struct call *c, const json_t *spec, json_t **ret)
{
	json_t *in = named(c, spec), *out, *rows;

	json_add_str(json_need_array(in, "Versions"),
	    json_str_or(spec, "Version", "$Default"));
	if (ask_service(c->env, c->arena, c->account, c->region, "ec2",
		"DescribeLaunchTemplateVersions", in, &out, &c->err) < 0)
		return -1;
	rows = json_get(out, "LaunchTemplateVersions");
	if (json_array_size(rows) == 0)
		return err_set(&c->err, &asg_invalid,
		    "Could not find the specified version %.200s for the launch template.",
		    json_str_or(spec, "Version", "$Default"));
	*ret = json_array_get(rows, 0);
	return 0;
}

/*
 * EC2 API: whoever launches from a template needs leave to run instances, and to pass the role of its
 * profile.  One that is not there hands on nothing: its launch will fail.
 */
static int
may_launch(struct call *c, const json_t *version)
{
	const json_t *given = json_path(version, "LaunchTemplateData.IamInstanceProfile");
	const char *arn = json_str(given, "Arn");
	const char *name = arn != NULL && strrchr(arn, '/') != NULL ?
	    strrchr(arn, '/') + 1 :
	    json_str(given, "Name");
	json_t *profile, *role = NULL;

	if (auth_allow(&c->env->auth, c->txn, c->arena, &c->who, c->model,
		"ec2:RunInstances", "*",
		auth_request_context(c->arena, c->source_ip, c->is_tls, c->region,
		    c->now_ms),
		&c->err) < 0)
		return -1;
	if (name != NULL &&
	    auth_profile_find(c->txn, c->arena, c->account, name, &profile, &role,
		&c->err) < 0)
		return -1;
	return role == NULL ?
	    0 :
	    auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model,
		json_str_or(role, "Arn", ""), "ec2.amazonaws.com", NULL, &c->err);
}

int
asg_template_read(struct call *c, const json_t *spec, json_t **ret)
{
	const char *id = json_str(spec, "LaunchTemplateId");
	const char *name = json_str(spec, "LaunchTemplateName");
	json_t *version, *v;

	if ((id == NULL) == (name == NULL))
		return err_set(&c->err, &asg_invalid,
		    "Valid requests must contain either launchTemplateId or "
		    "LaunchTemplateName");
	if (asg_template_version(c, spec, &version) < 0) {
		if (c->err.kind->status >= 500)
			return -1;
		c->err.kind = &asg_invalid;
		return err_wrap(&c->err,
		    "You must use a valid fully-formed launch template. ");
	}
	if (may_launch(c, version) < 0)
		return -1;
	v = json_own(c->arena, json_new_object());
	json_set_str(v, "LaunchTemplateId", json_str(version, "LaunchTemplateId"));
	json_set_str(v, "LaunchTemplateName", json_str(version, "LaunchTemplateName"));
	json_set_str(v, "Version", json_str_or(spec, "Version", "$Default"));
	*ret = v;
	return 0;
}

/* Mixed instances policies */

static int
read_overrides(struct call *c, json_t *overrides)
{
	json_t *row, *spec;
	size_t i;

	if (json_array_size(overrides) > 40)
		return err_set(&c->err, &asg_limit,
		    "A maximum of 40 overrides can be specified.");
	json_array_foreach(overrides, i, row) {
		const json_t *given = json_get(row, "LaunchTemplateSpecification");
		const char *weight = json_str(row, "WeightedCapacity");

		if (weight != NULL &&
		    (strspn(weight, "0123456789") != strlen(weight) ||
			strlen(weight) > 3 || strcmp(weight, "0") == 0))
			return err_set(&c->err, &asg_invalid,
			    "WeightedCapacity must be a whole number between 1 and 999.");
		if (json_get(row, "InstanceType") != NULL &&
		    json_get(row, "InstanceRequirements") != NULL)
			return err_set(&c->err, &asg_invalid,
			    "InstanceType and InstanceRequirements cannot be specified in "
			    "the same override.");
		if (given == NULL)
			continue;
		if (asg_template_read(c, given, &spec) < 0)
			return -1;
		json_set(row, "LaunchTemplateSpecification", json_incref(spec));
	}
	return 0;
}

static int
read_distribution(struct call *c, json_t *d)
{
	static const struct {
		const char *name, *values[6];
	} strategies[] = {
		{ "OnDemandAllocationStrategy", { "prioritized", "lowest-price" } },
		{ "SpotAllocationStrategy",
		    { "lowest-price", "capacity-optimized",
			"capacity-optimized-prioritized", "price-capacity-optimized" } },
	};

	for (size_t i = 0; i < COUNT(strategies); i++) {
		const char *text = json_str(d, strategies[i].name);
		const char *const *v = strategies[i].values;

		if (text == NULL) {
			json_set_str(d, strategies[i].name, v[0]);
			continue;
		}
		while (*v != NULL && strcmp(*v, text) != 0)
			v++;
		if (*v == NULL)
			return err_set(&c->err, &asg_invalid,
			    "%s '%.100s' is not supported.", strategies[i].name, text);
	}
	if (json_get(d, "OnDemandBaseCapacity") == NULL)
		json_set_int(d, "OnDemandBaseCapacity", 0);
	if (json_get(d, "OnDemandPercentageAboveBaseCapacity") == NULL)
		json_set_int(d, "OnDemandPercentageAboveBaseCapacity", 100);
	if (json_get(d, "SpotInstancePools") == NULL &&
	    strcmp(json_str_or(d, "SpotAllocationStrategy", ""), "lowest-price") == 0)
		json_set_int(d, "SpotInstancePools", 2);
	return asg_check_range(c, d, "OnDemandBaseCapacity", 0, 10000) < 0 ||
		asg_check_range(c, d, "OnDemandPercentageAboveBaseCapacity", 0, 100) <
		    0 ||
		asg_check_range(c, d, "SpotInstancePools", 0, 20) < 0 ?
	    -1 :
	    0;
}

int
asg_mixed_read(struct call *c, const json_t *policy, json_t **ret)
{
	json_t *v = json_own(c->arena, json_copy_deep(policy)), *spec;
	json_t *template = json_get(v, "LaunchTemplate");
	const json_t *given = json_get(template, "LaunchTemplateSpecification");

	if (given == NULL)
		return err_set(&c->err, &asg_invalid,
		    "LaunchTemplateSpecification is required in a MixedInstancesPolicy.");
	if (asg_template_read(c, given, &spec) < 0)
		return -1;
	json_set(template, "LaunchTemplateSpecification", json_incref(spec));
	if (read_overrides(c, json_need_array(template, "Overrides")) < 0 ||
	    read_distribution(c, json_need_object(v, "InstancesDistribution")) < 0)
		return -1;
	*ret = v;
	return 0;
}

const json_t *
asg_template_of(const json_t *group)
{
	const json_t *mixed = json_path(group, "MixedInstancesPolicy.LaunchTemplate");

	return mixed != NULL ? json_get(mixed, "LaunchTemplateSpecification") :
			       json_get(group, "LaunchTemplate");
}
