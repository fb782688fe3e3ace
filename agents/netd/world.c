#include "agents/netd/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agents/netd/mounts.h"
#include "agents/netd/work.h"
#include "base/log.h"

void
outcome_good(struct outcome *o, const struct box *box)
{
	*o = (struct outcome){ .state = OUTCOME_GOOD, .pid = box->pid };
	memcpy(o->container, box->id, CONTAINER_ID);
}

void
outcome_failed(struct outcome *o, const struct box *box, const char *what, const char *id,
    const struct err *err)
{
	char error[sizeof(o->error)];

	snprintf(error, sizeof(error), "%.*s", (int)sizeof(error) - 1, err->msg);
	if (o->state != OUTCOME_FAILED || strcmp(o->error, error) != 0)
		log_warn("netd", "%s %s: %s, will retry", what, id, error);
	*o = (struct outcome){ .state = OUTCOME_FAILED, .pid = box->pid };
	memcpy(o->container, box->id, CONTAINER_ID);
	memcpy(o->error, error, sizeof(error));
}

static void *
zeroed(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		fatal("out of memory");
	return p;
}

void
world_init(struct world *w, struct ns_worker *worker)
{
	memset(w, 0, sizeof(*w));
	w->worker = worker;
}

static void
free_states(struct vpc_state *vpcs, size_t n_vpcs, struct eni_state *enis,
    struct mount_state *mounts)
{
	for (size_t i = 0; i < n_vpcs; i++)
		free(vpcs[i].guests);
	free(vpcs);
	free(enis);
	free(mounts);
}

static void
drop_boxes(struct world *w, int all)
{
	struct box **p = &w->boxes, *box;

	while ((box = *p) != NULL) {
		if (!all && box->is_wanted) {
			p = &box->next;
			continue;
		}
		*p = box->next;
		guard_forget(&box->guard);
		flows_forget(&box->flows);
		free(box->enis);
		free(box->name);
		free(box);
	}
}

void
world_done(struct world *w)
{
	for (size_t i = 0; w->config != NULL && i < w->config->n_vpcs; i++)
		flows_forget(&w->vpcs[i].refused);
	free_states(w->vpcs, w->config != NULL ? w->config->n_vpcs : 0, w->enis,
	    w->mounts);
	netd_config_free(w->config);
	drop_boxes(w, 1);
	memset(w, 0, sizeof(*w));
}

struct box *
world_box(struct world *w, const char *id, const char *name)
{
	for (struct box *b = w->boxes; b != NULL; b = b->next) {
		if (strcmp(b->name, id) == 0 ||
		    (b->id[0] != '\0' && strcmp(b->id, id) == 0) ||
		    (name != NULL && strcmp(b->name, name) == 0))
			return b;
	}
	return NULL;
}

static struct box *
want_box(struct world *w, const char *name, int is_guest)
{
	struct box *b = w->boxes;

	while (b != NULL && strcmp(b->name, name) != 0)
		b = b->next;
	if (b == NULL) {
		b = zeroed(1, sizeof(*b));
		b->name = strdup(name);
		if (b->name == NULL)
			fatal("out of memory");
		b->next = w->boxes;
		w->boxes = b;
		b->is_guest = is_guest;
	}
	b->is_wanted = 1;
	/* What is also ours must have our label. */
	if (!is_guest)
		b->is_guest = 0;
	return b;
}

/* New states beside the old; what is the same keeps its state, and is not touched. */
static void
make_states(struct world *w, const struct netd_config *c, struct vpc_state *vpcs,
    struct eni_state *enis)
{
	const struct netd_config *old = w->config;

	for (size_t i = 0; i < c->n_vpcs; i++) {
		const struct netd_vpc *v = &c->vpcs[i],
				      *was = netd_config_vpc(old, v->id);
		struct vpc_state *s = &vpcs[i];

		s->is_dirty = 1;
		if (old != NULL && was != NULL &&
		    strcmp(was->container, v->container) == 0) {
			*s = w->vpcs[was - old->vpcs];
			s->is_dirty |= !json_equal(was->doc, v->doc) ||
			    memcmp(was->stamp, v->stamp, sizeof(v->stamp)) != 0;
		}
		s->box = want_box(w, v->container, 0);
		s->guests = zeroed(v->n_guests, sizeof(struct box *));
		for (size_t k = 0; k < v->n_guests; k++)
			s->guests[k] = want_box(w, v->guests[k], 1);
	}
	for (size_t i = 0; i < c->n_enis; i++) {
		const struct netd_eni *e = &c->enis[i],
				      *was = netd_config_eni(old, e->want.id);
		struct eni_state *s = &enis[i];

		s->is_dirty = 1;
		if (old != NULL && was != NULL && json_equal(was->doc, e->doc))
			*s = w->enis[was - old->enis];
		s->vpc = &vpcs[netd_config_vpc(c, e->vpc) - c->vpcs];
		s->box = want_box(w, e->container, 0);
		s->box->has_mounts = 1;
	}
}

static void
add_eni(struct box *b, const struct fabric_eni *eni)
{
	const struct fabric_eni **more;

	assert(b != NULL);
	if ((b->n_enis & (b->n_enis - 1)) == 0) {
		more = realloc(b->enis, (b->n_enis * 2 + 1) * sizeof(*more));
		if (more == NULL)
			fatal("out of memory");
		b->enis = more;
	}
	b->enis[b->n_enis++] = eni;
}

/* A container whose table is another has to be looked at. */
static void
make_guards(struct world *w, const struct netd_config *c, const struct eni_state *enis)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const uint64_t *stamps = guard_stamps(c->fabric, a);

	for (struct box *b = w->boxes; b != NULL; b = b->next)
		b->n_enis = 0;
	for (size_t i = 0; i < c->n_enis; i++)
		add_eni(enis[i].box, c->enis[i].eni);
	for (struct box *b = w->boxes; b != NULL; b = b->next) {
		uint64_t rules = guard_stamp(c->fabric, stamps, b->enis, b->n_enis) ^
		    flows_stamp(b->enis, b->n_enis);

		b->is_guard_dirty |= rules != b->rules;
		b->rules = rules;
	}
}

/* A container whose volumes are others has to be looked at; so has a new one. */
static void
make_mounts(struct world *w, const struct netd_config *c, struct mount_state *mounts)
{
	const struct netd_config *old = w->config;

	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct netd_mount *m = &c->mounts[i],
					*was = netd_config_mount(old, m->id);
		struct mount_state *s = &mounts[i];
		int same = old != NULL && was != NULL && json_equal(was->doc, m->doc);

		if (same)
			*s = w->mounts[was - old->mounts];
		s->box = want_box(w, m->container, 0);
		s->box->has_mounts = 1;
		s->box->is_dirty |= !same;
	}
	for (size_t i = 0; old != NULL && i < old->n_mounts; i++) {
		if (netd_config_mount(c, old->mounts[i].id) == NULL)
			w->mounts[i].box->is_dirty = 1;
	}
}

static int
has_guest(const struct netd_vpc *v, const char *name)
{
	for (size_t i = 0; i < v->n_guests; i++) {
		if (strcmp(v->guests[i], name) == 0)
			return 1;
	}
	return 0;
}

/* What the old configuration has and the new one has not. */
static void
take_away(struct world *w, const struct netd_config *c, struct vpc_state *vpcs)
{
	const struct netd_config *old = w->config;

	for (size_t i = 0; old != NULL && i < old->n_vpcs; i++) {
		const struct netd_vpc *was = &old->vpcs[i];
		const struct netd_vpc *v = netd_config_vpc(c, was->id);

		for (size_t k = 0; k < was->n_guests; k++) {
			if (v == NULL || !has_guest(v, was->guests[k]))
				work_dismiss(w, was, w->vpcs[i].guests[k]);
		}
		if (v == NULL || strcmp(v->container, was->container) != 0) {
			flows_forget(&w->vpcs[i].refused);
			work_clear(w, was, w->vpcs[i].box);
		}
	}
	for (size_t i = 0; old != NULL && i < old->n_enis; i++) {
		const struct netd_eni *e = netd_config_eni(c, old->enis[i].want.id);
		const struct netd_vpc *v = netd_config_vpc(c, old->enis[i].vpc);

		/* The router's look at its ports removes what is no longer one. */
		if (v != NULL &&
		    (e == NULL || strcmp(e->vpc, old->enis[i].vpc) != 0 ||
			strcmp(e->container, old->enis[i].container) != 0))
			vpcs[v - c->vpcs].is_dirty = 1;
	}
}

int
world_apply(struct world *w, const json_t *doc, struct err *err)
{
	size_t n_old = w->config != NULL ? w->config->n_vpcs : 0;
	struct vpc_state *vpcs, *old_vpcs = w->vpcs;
	struct eni_state *enis, *old_enis = w->enis;
	struct mount_state *mounts, *old_mounts = w->mounts;
	struct netd_config *c, *old = w->config;

	if (netd_config_read(doc, &c, err) < 0)
		return -1;
	for (struct box *b = w->boxes; b != NULL; b = b->next)
		b->is_wanted = 0;
	vpcs = zeroed(c->n_vpcs, sizeof(*vpcs));
	enis = zeroed(c->n_enis, sizeof(*enis));
	mounts = zeroed(c->n_mounts, sizeof(*mounts));
	make_states(w, c, vpcs, enis);
	make_mounts(w, c, mounts);
	make_guards(w, c, enis);
	take_away(w, c, vpcs);
	w->config = c;
	w->vpcs = vpcs;
	w->enis = enis;
	w->mounts = mounts;
	drop_boxes(w, 0);
	free_states(old_vpcs, n_old, old_enis, old_mounts);
	netd_config_free(old);
	for (struct box *b = w->boxes; b != NULL; b = b->next) {
		if (b->pid == 0)
			w->ask(w->arg, b);
	}
	return 0;
}

void
world_touch(struct world *w, struct box *box)
{
	box->is_dirty = box->is_guard_dirty = 1;
	for (size_t i = 0; w->config != NULL && i < w->config->n_vpcs; i++) {
		struct vpc_state *s = &w->vpcs[i];

		if (s->box == box)
			s->is_dirty = 1;
		for (size_t k = 0; k < w->config->vpcs[i].n_guests; k++) {
			if (s->guests[k] == box)
				s->is_dirty = 1;
		}
	}
	for (size_t i = 0; w->config != NULL && i < w->config->n_enis; i++) {
		if (w->enis[i].box == box || w->enis[i].vpc->box == box)
			w->enis[i].is_dirty = 1;
	}
}

void
world_touch_all(struct world *w)
{
	for (struct box *b = w->boxes; b != NULL; b = b->next)
		world_touch(w, b);
}

/* A container that stopped took its namespace with it, and its router the ENIs' other ends. */
static void
forget(struct world *w, const struct box *box)
{
	for (size_t i = 0; w->config != NULL && i < w->config->n_vpcs; i++) {
		if (w->vpcs[i].box == box)
			w->vpcs[i].outcome = (struct outcome){ 0 };
	}
	for (size_t i = 0; w->config != NULL && i < w->config->n_enis; i++) {
		if (w->enis[i].box == box || w->enis[i].vpc->box == box)
			w->enis[i].outcome = (struct outcome){ 0 };
	}
	for (size_t i = 0; w->config != NULL && i < w->config->n_mounts; i++) {
		if (w->mounts[i].box == box)
			w->mounts[i].outcome = (struct outcome){ 0 };
	}
}

void
world_saw(struct world *w, struct box *box, const char *id, int pid)
{
	box->is_lost = 0;
	if (pid == box->pid && (pid == 0 || strcmp(id, box->id) == 0))
		return;
	forget(w, box);
	guard_forget(&box->guard);
	flows_forget(&box->flows);
	box->is_guarded = 0;
	box->pid = strlen(id) < CONTAINER_ID ? pid : 0;
	box->id[0] = '\0';
	if (box->pid != 0)
		memcpy(box->id, id, strlen(id) + 1);
	world_touch(w, box);
	w->changed(w->arg);
}

static int
is_vpc_dirty(const struct world *w, const struct vpc_state *s)
{
	if (s->is_dirty)
		return 1;
	for (size_t i = 0; i < w->config->n_enis; i++) {
		const struct eni_state *e = &w->enis[i];

		if (e->vpc == s && e->is_dirty && e->box->pid != 0)
			return 1;
	}
	return 0;
}

/* Volumes come before interfaces: a machine that has its network has its volumes. */
static int
settle_mounts(struct world *w)
{
	int worked = 0;

	for (struct box *b = w->boxes; b != NULL && w->config != NULL; b = b->next) {
		if (!b->has_mounts || !b->is_dirty || b->pid == 0)
			continue;
		b->is_dirty = 0;
		mounts_settle(w, b);
		worked = 1;
	}
	for (size_t i = 0; w->config != NULL && i < w->config->n_mounts; i++)
		w->mounts[i].box->is_dirty |=
		    w->mounts[i].outcome.state == OUTCOME_FAILED;
	return worked;
}

/* Rules come before interfaces: nothing passes before they are in force. */
static size_t
settle_guards(struct world *w)
{
	CLEANUP(guard_drafts_done) struct guard_drafts drafts = { 0 };
	size_t n_failed = 0;

	for (struct box *b = w->boxes; b != NULL && w->config != NULL; b = b->next) {
		if (b->is_guard_dirty && b->pid != 0 && (b->n_enis > 0 || b->is_guarded))
			work_guard(w, b, &drafts);
		n_failed += b->is_guard_dirty && b->pid != 0 && b->n_enis > 0;
	}
	return n_failed;
}

size_t
world_settle(struct world *w)
{
	int worked = settle_mounts(w);
	size_t n_failed = settle_guards(w);

	/* Twice: a VPC that is joined to one before it makes that one look again. */
	for (size_t i = 0; w->config != NULL && i < 2 * w->config->n_vpcs; i++) {
		size_t k = i % w->config->n_vpcs;

		if (w->vpcs[k].box->pid == 0 || !is_vpc_dirty(w, &w->vpcs[k]))
			continue;
		work_vpc(w, k);
		worked = 1;
	}
	if (worked)
		w->changed(w->arg);
	for (size_t i = 0; w->config != NULL && i < w->config->n_vpcs; i++)
		n_failed += w->vpcs[i].outcome.state == OUTCOME_FAILED ||
		    w->vpcs[i].memory.announcements > 0;
	for (size_t i = 0; w->config != NULL && i < w->config->n_enis; i++)
		n_failed += w->enis[i].outcome.state == OUTCOME_FAILED;
	for (size_t i = 0; w->config != NULL && i < w->config->n_mounts; i++)
		n_failed += w->mounts[i].outcome.state == OUTCOME_FAILED;
	for (const struct box *b = w->boxes; b != NULL; b = b->next)
		n_failed += b->is_lost != 0;
	return n_failed;
}

void
world_ask_lost(struct world *w)
{
	for (struct box *b = w->boxes; b != NULL; b = b->next) {
		if (b->is_lost)
			w->ask(w->arg, b);
	}
}

static void
report(json_t *all, const char *id, const struct outcome *o, const char *word)
{
	json_t *one;

	if (o->state == OUTCOME_NONE)
		return;
	one = json_make("{s:s, s:i, s:s}", "container", o->container, "pid", o->pid,
	    "state", o->state == OUTCOME_GOOD ? word : "failed");
	if (o->state == OUTCOME_FAILED)
		json_set_str(one, "error", o->error);
	json_set(all, id, one);
}

void
world_status(const struct world *w, json_t *doc)
{
	json_t *enis = json_need_object(doc, "enis"),
	       *vpcs = json_need_object(doc, "vpcs"),
	       *mounts = json_need_object(doc, "mounts");

	for (size_t i = 0; w->config != NULL && i < w->config->n_enis; i++)
		report(enis, w->config->enis[i].want.id, &w->enis[i].outcome, "attached");
	for (size_t i = 0; w->config != NULL && i < w->config->n_vpcs; i++)
		report(vpcs, w->config->vpcs[i].id, &w->vpcs[i].outcome, "ready");
	for (size_t i = 0; w->config != NULL && i < w->config->n_mounts; i++)
		report(mounts, w->config->mounts[i].id, &w->mounts[i].outcome,
		    "attached");
}
