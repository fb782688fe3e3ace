/*
 * Elastic Load Balancing: a load balancer's container, and the end of targets.
 *
 *	_want		what there is			becomes
 *	active		no container, or ended		it runs, with an interface in each subnet
 *			its agent has its listeners	active
 *	deleted						container, interfaces and documents go
 */
#include "control/services/elbv2/converge.h"

#include <string.h>

#include "control/api/container.h"
#include "control/services/ec2/compute/workload.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"
#include "control/services/elbv2/elbv2.h"
#include "control/services/elbv2/scaling.h"

enum { STOP_S = 10 };

/* Active */

struct state {
	const char *code, *reason; /* reason NULL: none */
};

static int
write_state(struct converge *cv, json_t *doc, void *arg)
{
	const struct state *s = arg;
	json_t *now = json_own(cv->arena, json_make("{s:s}", "Code", s->code));

	json_set_str(now, "Reason", s->reason);
	if (!elbv2_is(doc, "_want", "active") || json_equal(json_get(doc, "State"), now))
		return 0;
	json_set(doc, "State", json_incref(now));
	return 1;
}

/* Where control is, seen from the VPC: its base and 3 (docs/NETWORK.md). */
static int
control_address(struct converge *cv, const char **ret, struct err *err)
{
	char text[IP4_TEXT];
	struct net4 net;
	json_t *vpc;
	int rc = store_get(store_begin(cv->env->store, cv->arena), cv->scope,
	    ec2_vpc.kind, json_str_or(cv->doc, "VpcId", ""), &vpc, err);

	if (rc <= 0 || !net4_parse(json_str_or(vpc, "CidrBlock", ""), &net))
		return rc < 0 ?
		    -1 :
		    err_set(err, &err_internal, "the VPC of %s is gone", cv->id);
	ip4_format(vpc_control(&net), text);
	*ret = arena_strdup(cv->arena, text);
	return 0;
}

static int
set_env(struct converge *cv, struct workload *w, struct err *err)
{
	json_t *env = json_own(cv->arena, json_new_array());
	const char *address;
	char *token;

	if (control_address(cv, &address, err) < 0 ||
	    converge_token(cv, "elbv2", &token, err) < 0)
		return -1;
	json_add(env,
	    json_new_fmt("SIMFRA_ENDPOINT=http://%s:%d", address, host_port(cv->env)));
	json_add(env, json_new_fmt("SIMFRA_AGENT_TOKEN=%s", token));
	json_add(env, json_new_fmt("SIMFRA_LOG_LEVEL=%s", cv->env->settings->log_level));
	json_add_str(env, "SIMFRA_STATE_DIR=/var/lib");
	/* With other subnets it is another one. */
	json_add(env,
	    json_new_fmt("SIMFRA_LAYOUT=%lld",
		(long long)json_int(cv->doc, "_layout", 0)));
	w->env = env;
	return 0;
}

/*
 * What its agent says: HAProxy runs; and perhaps that it does not take what it is told now, so that what it was told before
 * is in force.
 */
static int
follow_agent(struct converge *cv, struct err *err)
{
	struct state state = { "active", NULL };
	json_t *health;
	int rc = store_get(store_begin(cv->env->store, cv->arena), cv->scope,
	    ELBV2_HEALTH_KIND, cv->id, &health, err);

	if (rc <= 0)
		return rc;
	state.reason = json_str(health, "problem");
	if (state.reason != NULL)
		state.code = json_bool(health, "ready", 0) ? "active_impaired" : "failed";
	else if (!json_bool(health, "ready", 0))
		return 0;
	return converge_write(cv, write_state, &state, err);
}

static int
run(struct converge *cv, struct err *err)
{
	const json_t *list = json_get(cv->doc, "_interfaces"), *row;
	const char **interfaces =
	    arena_calloc(cv->arena, json_array_size(list) + 1, sizeof(const char *));
	struct workload w = { .interfaces = interfaces, .stop_s = STOP_S };
	json_t *container;
	size_t i;
	int rc;

	json_array_foreach(list, i, row)
		interfaces[i] = json_str_or(row, "id", "");
	w.image = container_image(cv, IMAGE_LB, err);
	if (w.image == NULL || set_env(cv, &w, err) < 0)
		return -1;
	rc = workload_run(cv, &w, &container, err);
	return rc <= 0 ? rc : follow_agent(cv, err);
}

/* Deleted */

static int
write_gone(struct call *c, void *arg)
{
	json_t *doc;
	int rc =
	    store_edit(c->txn, c->scope, elbv2_load_balancer.kind, arg, &doc, &c->err);

	if (rc <= 0)
		return rc;
	if (elbv2_unplace(c, doc) < 0)
		return -1;
	store_delete(c->txn, c->scope, ELBV2_HEALTH_KIND, arg);
	resource_delete_doc(c, &elbv2_load_balancer, arg);
	return 0;
}

int
elbv2_converge(struct converge *cv, struct err *err)
{
	struct state alone = { "active", NULL };

	if (cv->doc == NULL)
		return workload_remove(cv, err);
	if (elbv2_is(cv->doc, "_want", "deleted")) {
		if (workload_remove(cv, err) < 0)
			return -1;
		return converge_transaction(cv, write_gone,
		    arena_strdup(cv->arena, cv->id), err);
	}
	if (cv->env->engine == NULL)
		return converge_write(cv, write_state, &alone, err);
	return run(cv, err);
}

int
elbv2_health_changed(struct converge *cv, struct err *err UNUSED)
{
	cv->wake(cv, cv->scope, elbv2_load_balancer.kind, cv->id);
	return 0;
}

/* Targets */

struct left {
	const json_t *wanted; /* of Auto Scaling groups */
	int is_used;
	int64_t next; /* when one more has had its time */
};

static int
write_left(struct converge *cv, json_t *doc, void *arg)
{
	struct left *left = arg;
	json_t *list = json_need_array(doc, "_targets");
	int changed = elbv2_scaling_set(doc, left->wanted, left->is_used, cv->now_ms);

	left->next = 0;
	for (size_t i = json_array_size(list); i-- > 0;) {
		int64_t until = json_int(json_array_get(list, i), "_until", 0);

		if (until == 0)
			continue;
		if (until <= cv->now_ms) {
			json_array_remove(list, i);
			changed = 1;
		} else if (left->next == 0 || until < left->next) {
			left->next = until;
		}
	}
	return changed;
}

int
elbv2_group_converge(struct converge *cv, struct err *err)
{
	struct left left = { 0 };
	json_t *wanted, *users;

	if (cv->doc == NULL)
		return 0;
	users = elbv2_users(store_begin(cv->env->store, cv->arena), cv->arena, cv->scope,
	    json_str_or(cv->doc, "TargetGroupArn", ""), err);
	if (users == NULL || elbv2_scaling_wanted(cv, cv->doc, &wanted, err) < 0)
		return -1;
	left.is_used = json_array_size(users) > 0;
	left.wanted = wanted;
	if (converge_write(cv, write_left, &left, err) < 0)
		return -1;
	if (left.next != 0)
		cv->again_ms = left.next - cv->now_ms;
	return 0;
}
