#include "control/services/ec2/network/underlay.h"

#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"

#define KIND "ec2:underlay"

static const struct err_kind exhausted = { "InsufficientCapacity", 500 };

int
underlay_of(const struct env *env, const json_t *vpc, struct plan_underlay *ret)
{
	int64_t n = json_int(vpc, "_underlay", -1);
	struct net4 pool;

	return n >= 0 && net4_parse(env->settings->underlay_cidr, &pool) &&
	    plan_underlay(&pool, (uint32_t)n, ret);
}

const char *
underlay_text(struct arena *a, uint32_t address)
{
	char text[IP4_TEXT];

	ip4_format(address, text);
	return arena_strdup(a, text);
}

const char *
underlay_control(struct env *env, struct arena *a, const struct plan_underlay *u)
{
	return env->own_container == NULL ? host_gateway(env->settings, a) :
					    underlay_text(a, u->control);
}

/* The first number that nobody has; ids sort as numbers do. */
static uint32_t
first_free(const struct store_docs *taken)
{
	uint32_t n = 0;

	for (size_t i = 0; i < taken->n; i++) {
		if (json_int(taken->doc[i], "n", -1) == n)
			n++;
	}
	return n;
}

/* One try: 1 done, 0 conflict, -1. */
static int
take(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct store_docs taken;
	struct net4 pool;
	json_t *vpc, *doc;
	uint32_t n;
	int rc = store_edit(t, cv->scope, cv->kind, cv->id, &vpc, err);

	if (rc <= 0 || json_get(vpc, "_underlay") != NULL) {
		if (rc > 0)
			cv->doc = vpc;
		return rc < 0 ? -1 : 1;
	}
	if (store_list(t, STORE_SYSTEM, KIND, &taken, err) < 0)
		return -1;
	/* The last is control's own (host.h). */
	n = first_free(&taken);
	if (!net4_parse(cv->env->settings->underlay_cidr, &pool) ||
	    n + 1 >= plan_n_underlays(&pool))
		return err_set(err, &exhausted,
		    "no network is free in SIMFRA_UNDERLAY_CIDR %s",
		    cv->env->settings->underlay_cidr);
	doc = json_own(cv->arena,
	    json_make("{s:I, s:s, s:s}", "n", (json_int_t)n, "scope", cv->scope, "vpc",
		cv->id));
	store_put(t, STORE_SYSTEM, KIND, arena_printf(cv->arena, "%08u", n), doc);
	json_set_int(vpc, "_underlay", n);
	store_put(t, cv->scope, cv->kind, cv->id, vpc);
	rc = store_commit(t, err);
	if (rc == 1)
		cv->doc = vpc;
	return rc;
}

int
underlay_need(struct converge *cv, struct plan_underlay *ret, struct err *err)
{
	int rc = 0;

	for (int try = 0; try < 50 && rc == 0 && !underlay_of(cv->env, cv->doc, ret);
	     try++)
		rc = take(cv, err);
	if (rc < 0)
		return -1;
	if (!underlay_of(cv->env, cv->doc, ret))
		return err_set(err, &err_unavailable, "no underlay for %s", cv->id);
	return 0;
}

/* The VPC's document is gone, so the number is found by the VPC. */
static int
drop(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct store_docs taken;

	if (store_list(t, STORE_SYSTEM, KIND, &taken, err) < 0)
		return -1;
	for (size_t i = 0; i < taken.n; i++) {
		const json_t *doc = taken.doc[i];

		if (strcmp(json_str_or(doc, "vpc", ""), cv->id) == 0 &&
		    strcmp(json_str_or(doc, "scope", ""), cv->scope) == 0)
			store_delete(t, STORE_SYSTEM, KIND,
			    arena_printf(cv->arena, "%08u",
				(unsigned)json_int(doc, "n", 0)));
	}
	return store_commit(t, err);
}

int
underlay_give_back(struct converge *cv, struct err *err)
{
	int rc = 0;

	for (int try = 0; try < 50 && rc == 0; try++)
		rc = drop(cv, err);
	return rc < 0 ? -1 : 0;
}

/* Control may have been killed between a VPC's end and this number's return. */
static int
underlay_converge(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const char *scope = json_str(cv->doc, "scope"), *id = json_str(cv->doc, "vpc");
	json_t *vpc;
	int rc;

	if (scope == NULL || id == NULL)
		return 0;
	rc = store_get(t, scope, ec2_vpc.kind, id, &vpc, err);
	if (rc == 0)
		cv->wake(cv, scope, ec2_vpc.kind, id);
	return rc < 0 ? -1 : 0;
}

const struct resource ec2_underlay = {
	.service = "ec2",
	.kind = KIND,
	.type = "underlay",
	.id_member = "id",
	.noun = "underlay",
	.no_tags = 1,
	.converge = underlay_converge,
};
