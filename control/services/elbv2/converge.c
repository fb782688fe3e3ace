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

#include "control/services/ec2/compute/workload.h"
#include "control/services/elbv2/elbv2.h"

/* Active */

static int
write_state(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const char *code = arg;

	if (!elbv2_is(doc, "_want", "active") ||
	    elbv2_is(json_get(doc, "State"), "Code", code))
		return 0;
	json_set(doc, "State", json_make("{s:s}", "Code", code));
	return 1;
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
	if (cv->doc == NULL)
		return workload_remove(cv, err);
	if (elbv2_is(cv->doc, "_want", "deleted")) {
		if (workload_remove(cv, err) < 0)
			return -1;
		return converge_transaction(cv, write_gone,
		    arena_strdup(cv->arena, cv->id), err);
	}
	if (cv->env->engine == NULL)
		return converge_write(cv, write_state, (char[]){ "active" }, err);
	return 0;
}

/* Targets */

static int
write_left(struct converge *cv, json_t *doc, void *arg)
{
	json_t *list = json_get(doc, "_targets");
	int64_t *next = arg;
	int changed = 0;

	*next = 0;
	for (size_t i = json_array_size(list); i-- > 0;) {
		int64_t until = json_int(json_array_get(list, i), "_until", 0);

		if (until == 0)
			continue;
		if (until <= cv->now_ms) {
			json_array_remove(list, i);
			changed = 1;
		} else if (*next == 0 || until < *next) {
			*next = until;
		}
	}
	return changed;
}

int
elbv2_group_converge(struct converge *cv, struct err *err)
{
	int64_t next;

	if (cv->doc == NULL)
		return 0;
	if (converge_write(cv, write_left, &next, err) < 0)
		return -1;
	if (next != 0)
		cv->again_ms = next - cv->now_ms;
	return 0;
}
