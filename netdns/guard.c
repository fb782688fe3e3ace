#include "netdns/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "netdns/amend.h"
#include "netdns/guard_draft.h"
#include "netdns/nat.h"
#include "netdns/nfnl.h"

/* Stamps */

/* FNV-1a, 64 bits: it tells a change, and guards nothing. */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ s[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
mix_text(uint64_t h, const char *s)
{
	return mix(h, s, strlen(s) + 1);
}

static uint64_t
mix_rule(uint64_t h, const struct fabric_rule *r)
{
	h = mix(h, &r->ports, sizeof(r->ports));
	h = mix(h, &r->cidr, sizeof(r->cidr));
	if (r->list != NULL)
		h = mix(h, r->list->cidrs, r->list->n_cidrs * sizeof(struct cidr));
	if (r->group != NULL) {
		h = mix_text(h, r->group->id);
		h = mix(h, r->group->members, r->group->n_members * sizeof(struct ip));
	}
	return mix(h, "|", 1);
}

uint64_t *
guard_stamps(const struct fabric *f, struct arena *a)
{
	uint64_t *stamps = arena_calloc(a, f->n_groups + 1, sizeof(*stamps));

	for (size_t i = 0; i < f->n_groups; i++) {
		uint64_t h = UINT64_C(0xcbf29ce484222325);

		for (int d = DIR_IN; d <= DIR_OUT; d++) {
			for (size_t k = 0; k < f->groups[i].n_rules[d]; k++)
				h = mix_rule(h, &f->groups[i].rules[d][k]);
			h = mix(h, "/", 1);
		}
		stamps[i] = h;
	}
	return stamps;
}

uint64_t
guard_stamp(const struct fabric *f, const uint64_t *stamps,
    const struct fabric_eni *const *enis, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)f->is_isolated;

	for (size_t i = 0; i < n; i++) {
		const struct fabric_eni *e = enis[i];

		h = mix_text(h, e->device);
		h = mix(h, &e->kind, sizeof(e->kind));
		h = mix(h, &e->vpc->resolver, sizeof(struct ip));
		h = mix(h, &e->vpc->control, sizeof(struct ip));
		if (e->subnet != NULL)
			h = mix(h, &e->subnet->gateway, sizeof(struct ip));
		/* Of several interfaces also for the way back (source.h). */
		for (size_t k = 0; (e->kind == ENI_NAT || n > 1) && k < e->n_addresses;
		     k++)
			h = mix(h, &e->addresses[k].ip, sizeof(struct ip));
		for (size_t k = 0; k < e->n_groups; k++)
			h = mix(h, &stamps[e->groups[k] - f->groups], sizeof(*stamps));
	}
	return h;
}

/* In force */

/* A set of a group's members as it was put into the kernel. */
struct guard_set {
	char *group;
	struct ip *members;
	size_t n_members;
};

/* The rules of a chain as the kernel has them, in its order. */
struct guard_kept {
	struct guard_key *keys;
	size_t n;
};

void
guard_forget(struct guard_memory *m)
{
	arena_free(m->arena);
	*m = (struct guard_memory){ 0 };
}

static void
remember_sets(struct guard_memory *m, const struct gate_sets *sets, struct arena *a)
{
	m->sets = arena_calloc(a, sets->n + 1, sizeof(*m->sets));
	m->n_sets = sets->n;
	for (size_t i = 0; i < sets->n; i++) {
		const struct fabric_group *g = sets->groups[i];
		struct guard_set *s = &m->sets[i];

		s->group = arena_strdup(a, g->id);
		s->n_members = g->n_members;
		s->members = arena_calloc(a, g->n_members + 1, sizeof(*s->members));
		if (g->n_members > 0)
			memcpy(s->members, g->members,
			    g->n_members * sizeof(*s->members));
	}
}

/* As it is now, to compare with next time; the rules in the order that kept says. */
static void
remember(struct guard_memory *m, const struct guard_draft *d,
    const struct guard_kept *kept, uint32_t generation)
{
	struct arena *a = arena_new(), *old = m->arena;

	remember_sets(m, &d->sets, a);
	m->chains = arena_calloc(a, d->n_chains + 1, sizeof(*m->chains));
	m->n_chains = d->n_chains;
	for (size_t i = 0; i < d->n_chains; i++) {
		const struct guard_key *keys =
		    kept != NULL ? kept[i].keys : d->chains[i].keys;

		m->chains[i].n = d->chains[i].n;
		m->chains[i].keys = arena_calloc(a, d->chains[i].n + 1, sizeof(*keys));
		memcpy(m->chains[i].keys, keys, d->chains[i].n * sizeof(*keys));
	}
	memcpy(m->frame, d->digest, sizeof(m->frame));
	m->generation = generation;
	m->arena = a;
	arena_free(old);
}

static const struct guard_set *
set_of(const struct guard_memory *m, const char *group)
{
	for (size_t i = 0; i < m->n_sets; i++) {
		if (strcmp(m->sets[i].group, group) == 0)
			return &m->sets[i];
	}
	return NULL;
}

/* Both sorted: what only one has. */
static void
amend_members(struct amend *change, const struct fabric_group *g,
    const struct guard_set *was)
{
	size_t i = 0, k = 0;

	while (i < was->n_members || k < g->n_members) {
		int rc = i == was->n_members ? 1 :
		    k == g->n_members	     ? -1 :
					       ip_compare(&was->members[i], &g->members[k]);

		if (rc < 0)
			amend_remove_member(change, g, &was->members[i]);
		else if (rc > 0)
			amend_add_member(change, g, &g->members[k]);
		i += rc <= 0;
		k += rc >= 0;
	}
}

static void
amend_sets(struct amend *change, const struct guard_memory *m,
    const struct gate_sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		const struct guard_set *was = set_of(m, sets->groups[i]->id);

		if (was == NULL)
			amend_add_sets(change, sets->groups[i]);
		else
			amend_members(change, sets->groups[i], was);
	}
}

static void
drop_sets(struct amend *change, const struct guard_memory *m,
    const struct gate_sets *sets)
{
	for (size_t i = 0; i < m->n_sets; i++) {
		size_t k = 0;

		while (k < sets->n && strcmp(sets->groups[k]->id, m->sets[i].group) != 0)
			k++;
		if (k == sets->n)
			amend_remove_sets(change, m->sets[i].group);
	}
}

struct amending {
	struct mnl_socket *nl;
	struct arena *a;
	struct amend *change;
	/* Rules go after all that come: a packet of one transaction meets either all or none. */
	uint64_t *handles;
	const char **chains;
	size_t n, cap;
};

static int
by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct guard_key));
}

static void
leave_out(struct amending *j, const char *chain, uint64_t handle)
{
	if (j->n == j->cap) {
		size_t cap = j->cap * 2 + 64;
		uint64_t *handles = arena_calloc(j->a, cap, sizeof(*handles));
		const char **chains = arena_calloc(j->a, cap, sizeof(*chains));

		for (size_t i = 0; i < j->n; i++) {
			handles[i] = j->handles[i];
			chains[i] = j->chains[i];
		}
		j->handles = handles;
		j->chains = chains;
		j->cap = cap;
	}
	j->handles[j->n] = handle;
	j->chains[j->n++] = chain;
}

/* What the chain has, wants and has too much; *ret: what it has then.  0: the kernel has other rules. */
static int
amend_chain(struct amending *j, const struct guard_chain *want,
    const struct guard_kept *was, struct guard_kept *ret, struct err *err)
{
	unsigned char *has = arena_calloc(j->a, want->n + 1, 1);
	uint64_t *handles = NULL;
	size_t n_handles = 0;

	ret->keys = arena_calloc(j->a, want->n + 1, sizeof(*ret->keys));
	ret->n = 0;
	for (size_t i = 0; i < was->n; i++) {
		const struct guard_place *at = want->n == 0 ?
		    NULL :
		    bsearch(&was->keys[i], want->sorted, want->n, sizeof(*want->sorted),
			by_key);

		if (at != NULL) {
			has[at->index] = 1;
			ret->keys[ret->n++] = was->keys[i];
			continue;
		}
		if (handles == NULL &&
		    nfnl_handles(j->nl, want->name, j->a, &handles, &n_handles, err) < 0)
			return -1;
		if (n_handles != was->n)
			return 0;
		leave_out(j, want->name, handles[i]);
	}
	for (size_t i = 0; i < want->n; i++) {
		if (has[i])
			continue;
		amend_add_rule(j->change, want->name, &want->rules[i], want->direction);
		ret->keys[ret->n++] = want->keys[i];
	}
	return 1;
}

/* From what is remembered to what is wanted: 1 done, 0 not by this way, 2 nothing to do, -1. */
static int
amend_table(struct mnl_socket *nl, const struct guard_draft *d, struct guard_memory *m,
    struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct amending j = { .nl = nl, .a = a, .change = amend_new(a, m->generation) };
	struct guard_kept *kept = arena_calloc(a, d->n_chains + 1, sizeof(*kept));
	const void *batch;
	uint32_t generation;
	size_t len;
	int rc;

	amend_sets(j.change, m, &d->sets);
	for (size_t i = 0; i < d->n_chains; i++) {
		rc = amend_chain(&j, &d->chains[i], &m->chains[i], &kept[i], err);
		if (rc <= 0)
			return rc;
	}
	for (size_t i = 0; i < j.n; i++)
		amend_remove_rule(j.change, j.chains[i], j.handles[i]);
	drop_sets(j.change, m, &d->sets);
	batch = amend_batch(j.change, &len);
	if (len == 0)
		return 2;
	if (nfnl_send(nl, batch, len, err) < 0 ||
	    nfnl_generation(nl, &generation, err) < 0)
		return -1;
	remember(m, d, kept, generation);
	return 1;
}

static int
load_table(struct mnl_socket *nl, struct guard_drafts *drafts, struct guard_draft *d,
    struct guard_memory *m, struct err *err)
{
	uint32_t generation;

	if (nat_run(guard_draft_text(drafts, d), err) < 0 ||
	    nfnl_generation(nl, &generation, err) < 0) {
		guard_forget(m);
		return -1;
	}
	remember(m, d, NULL, generation);
	m->n_loads++;
	return 1;
}

int
guard_ensure(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    struct guard_memory *m, struct guard_drafts *drafts, struct err *err)
{
	CLEANUP(guard_drafts_done) struct guard_drafts own = { 0 };
	CLEANUP(nfnl_closep) struct mnl_socket *nl = NULL;
	struct guard_draft *d;
	uint32_t generation;
	int rc;

	if (drafts == NULL)
		drafts = &own;
	d = guard_draft(drafts, f, enis, n);
	if (nfnl_open(&nl, err) < 0 || nfnl_generation(nl, &generation, err) < 0)
		return -1;
	/* In force is a table of the same chains; its rules and members may be others. */
	if (m->arena != NULL && m->generation == generation &&
	    memcmp(m->frame, d->digest, sizeof(m->frame)) == 0 &&
	    m->n_chains == d->n_chains) {
		rc = amend_table(nl, d, m, err);
		if (rc > 0)
			return rc == 1;
		if (rc < 0)
			log_warn("netd", "rules are loaded whole: %s", err->msg);
	}
	return load_table(nl, drafts, d, m, err);
}
