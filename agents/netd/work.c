#include "agents/netd/work.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "netdns/source.h"

enum { JOINT_MTU = 1500 }; /* until the router knows its own */

static const struct err_kind not_guarded = { "NotGuarded", 503 };

struct job {
	struct world *world;
	struct netd_vpc *vpc;
	struct vpc_state *state;
	const struct box *box;
};

static int64_t
now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Its process is no more: Docker knows, or is about to know, what is with it now. */
static void
not_entered(struct box *box, struct outcome *o, const char *what, const char *id,
    const struct err *err)
{
	if (err->kind != &ns_gone) {
		outcome_failed(o, box, what, id, err);
		return;
	}
	log_debug("netd", "%s: %s", id, err->msg);
	*o = (struct outcome){ 0 };
	box->pid = 0;
	box->is_lost = 1;
}

struct guard_job {
	struct world *world;
	struct box *box;
	struct guard_drafts *drafts;
};

/* Rules that a former life of netd left are gone with the first look. */
static int
ensure_sources(struct box *b, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;

	if (b->n_enis < 2 && !b->has_sources && b->is_guarded)
		return 0;
	if (rtnl_open(&r, err) < 0 || source_ensure(r, b->enis, b->n_enis, err) < 0)
		return -1;
	b->has_sources = b->n_enis > 1;
	return 0;
}

static int
guard_job(void *arg, struct err *err)
{
	CLEANUP(ns_closep) int fd = -1;
	struct guard_job *j = arg;
	struct box *b = j->box;
	struct err ignored = { 0 };

	if (ns_open(b->pid, b->id, &fd, err) < 0 || ns_enter(fd, err) < 0)
		return -1;
	if (ns_number(fd) != b->ns) {
		guard_forget(&b->guard);
		flows_forget(&b->flows);
		b->ns = ns_number(fd);
		b->is_guarded = 0;
	}
	if (ensure_sources(b, err) < 0)
		return -1;
	/* It only counts: rules do not wait for it. */
	if (flows_ensure(b->enis, b->n_enis, &b->flows, &ignored) < 0)
		log_warn("netd", "%s is not logged: %s", b->name, ignored.msg);
	return guard_ensure(j->world->config->fabric, b->enis, b->n_enis, &b->guard,
	    j->drafts, err);
}

void
work_guard(struct world *w, struct box *box, struct guard_drafts *drafts)
{
	struct guard_job j = { .world = w, .box = box, .drafts = drafts };
	int64_t begin = now_ns(CLOCK_MONOTONIC);
	struct err err = { 0 };
	int rc = ns_worker_run(w->worker, guard_job, &j, &err);

	if (rc < 0 && err.kind == &ns_gone) {
		box->pid = 0;
		box->is_lost = 1;
		return;
	}
	if (rc < 0) {
		/* What was in force before stays: a swap is all or nothing. */
		if (strcmp(box->guard_err.msg, err.msg) != 0)
			log_warn("netd", "rules of %s: %s, will retry", box->name,
			    err.msg);
		box->guard_err = err;
		return;
	}
	if (rc > 0)
		log_debug("netd", "rules of %s in force, work_us=%lld", box->name,
		    (long long)(now_ns(CLOCK_MONOTONIC) - begin) / 1000);
	box->guard_err = (struct err){ 0 };
	box->is_guard_dirty = 0;
	box->is_guarded = 1;
}

static void
plug(struct job *j, struct rtnl *r, struct netd_eni *eni, struct eni_state *s)
{
	CLEANUP(ns_closep) int fd = -1;
	int64_t begin = now_ns(CLOCK_MONOTONIC);
	struct box *box = s->box;
	struct err err = { 0 };
	int plugged = 0;

	if (!box->is_guarded) {
		(void)err_set(&err, &not_guarded, "its rules are not in force: %.200s",
		    box->guard_err.msg);
		outcome_failed(&s->outcome, box, "eni", eni->want.id, &err);
		return;
	}
	if (ns_open(box->pid, box->id, &fd, &err) < 0) {
		not_entered(box, &s->outcome, "eni", eni->want.id, &err);
		return;
	}
	eni->want.forwards = eni->eni->kind == ENI_NAT || !eni->eni->is_checked;
	eni->want.mtu = j->state->facts.mtu;
	if (eni_ensure(r, j->state->facts.bridge, fd, &eni->want, &plugged, &err) < 0) {
		outcome_failed(&s->outcome, box, "eni", eni->want.id, &err);
		return;
	}
	s->is_dirty = 0;
	outcome_good(&s->outcome, box);
	if (!plugged)
		return;
	log_info("netd",
	    "attached %s vpc=%s container=%s device=%s work_us=%lld event_us=%lld",
	    eni->want.id, eni->vpc, box->name, eni->want.device,
	    (long long)(now_ns(CLOCK_MONOTONIC) - begin) / 1000,
	    box->started_ns == 0 ?
		-1 :
		(long long)(now_ns(CLOCK_REALTIME) - box->started_ns) / 1000);
}

/* Routers first: an ENI needs the bridge. */
static int
ensure_router(struct job *j, struct rtnl *r, struct arena *a)
{
	const struct netd_config *c = j->world->config;
	const char **names = arena_calloc(a, c->n_enis + 1, sizeof(*names));
	struct vpc_state *s = j->state;
	struct err err = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < c->n_enis; i++) {
		char *name;

		if (j->world->enis[i].vpc != s)
			continue;
		name = arena_alloc(a, ENI_HOST_NAME);
		eni_host_name(c->enis[i].want.id, name);
		names[n++] = name;
	}
	if (router_ensure(r, &j->vpc->want, &s->memory, &s->facts, &err) < 0 ||
	    router_prune(r, names, n, &err) < 0) {
		outcome_failed(&s->outcome, s->box, "vpc", j->vpc->id, &err);
		return s->facts.bridge != 0 ? 0 : -1;
	}
	s->is_dirty = s->memory.announcements > 0;
	if (s->outcome.state != OUTCOME_GOOD || s->outcome.pid != s->box->pid)
		log_info("netd", "ready %s container=%s pid=%d", j->vpc->id, s->box->name,
		    s->box->pid);
	outcome_good(&s->outcome, s->box);
	return 0;
}

static int
guest_job(struct rtnl **r, const struct box *box, struct err *err)
{
	CLEANUP(ns_closep) int fd = -1;

	if (ns_open(box->pid, box->id, &fd, err) < 0 || ns_enter(fd, err) < 0)
		return -1;
	return rtnl_open(r, err);
}

static void
admit(struct job *j, const struct box *box)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct netd_vpc *v = j->vpc;
	struct err err = { 0 };

	if (guest_job(&r, box, &err) < 0 ||
	    guest_ensure(r, &v->underlay, j->state->facts.underlay, v->guest_nets,
		v->n_guest_nets, &err) < 0)
		log_warn("netd", "guest %s of %s: %s", box->name, v->id, err.msg);
}

/* The other router's state, when it runs: NULL. */
static struct vpc_state *
other_router(const struct world *w, const struct joint *j, const struct fabric_vpc *v)
{
	int end = joint_end(j, v);
	const struct netd_vpc *other =
	    end < 0 ? NULL : w->config->vpc_of[j->vpc[!end]->index];
	struct vpc_state *s = other != NULL ? &w->vpcs[other - w->config->vpcs] : NULL;

	return s != NULL && s->box->pid != 0 ? s : NULL;
}

/* Joints before the router, whose ways lead by them; the other one has to look again. */
static void
join(struct job *j, struct rtnl *r, int ns)
{
	const struct joints *all = &j->world->config->joints;
	unsigned mtu = j->state->facts.mtu != 0 ? j->state->facts.mtu : JOINT_MTU;

	for (size_t i = 0; i < all->n; i++) {
		CLEANUP(ns_closep) int fd = -1;
		struct vpc_state *s = other_router(j->world, &all->list[i], j->vpc->vpc);
		struct err err = { 0 };
		int made = 0;

		if (s == NULL || ns_open(s->box->pid, s->box->id, &fd, &err) < 0)
			continue;
		if (joint_ensure(r, ns, fd, all->list[i].name, mtu, &made, &err) < 0)
			log_warn("netd", "%s: %s", j->vpc->id, err.msg);
		if (!made)
			continue;
		log_info("netd", "joined %s and %s", all->list[i].vpc[0]->id,
		    all->list[i].vpc[1]->id);
		s->is_dirty = 1;
	}
}

static int
vpc_job(void *arg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	CLEANUP(ns_closep) int fd = -1;
	struct job *j = arg;
	struct vpc_state *s = j->state;
	struct world *w = j->world;
	int was_dirty = s->is_dirty;

	if (ns_open(s->box->pid, s->box->id, &fd, err) < 0) {
		not_entered(s->box, &s->outcome, "vpc", j->vpc->id, err);
		return 0;
	}
	if (ns_enter(fd, err) < 0 || rtnl_open(&r, err) < 0)
		return -1;
	if (ns_number(fd) != s->ns) {
		s->ns = ns_number(fd);
		s->memory = (struct router_memory){ 0 };
		flows_forget(&s->refused);
		s->is_dirty = was_dirty = 1;
	}
	if (s->is_dirty)
		join(j, r, fd);
	if (s->is_dirty && ensure_router(j, r, a) < 0)
		return 0;
	for (size_t i = 0; i < w->config->n_enis; i++) {
		struct eni_state *e = &w->enis[i];

		if (e->vpc == s && e->is_dirty && e->box->pid != 0)
			plug(j, r, &w->config->enis[i], e);
	}
	for (size_t i = 0; was_dirty && i < j->vpc->n_guests; i++) {
		if (s->guests[i]->pid != 0 && s->facts.underlay != 0)
			admit(j, s->guests[i]);
	}
	return 0;
}

void
work_vpc(struct world *w, size_t i)
{
	struct job j = { .world = w, .vpc = &w->config->vpcs[i], .state = &w->vpcs[i] };
	struct err err = { 0 };

	assert(j.state->box->pid != 0);
	if (ns_worker_run(w->worker, vpc_job, &j, &err) < 0)
		outcome_failed(&j.state->outcome, j.state->box, "vpc", j.vpc->id, &err);
}

static int
clear_job(void *arg, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct job *j = arg;

	if (guest_job(&r, j->box, err) < 0)
		return -1;
	return router_clear(r, j->vpc->id, err);
}

void
work_clear(struct world *w, const struct netd_vpc *vpc, const struct box *router)
{
	struct netd_vpc copy = *vpc;
	struct job j = { .world = w, .vpc = &copy, .box = router };
	struct err err = { 0 };

	if (router->pid == 0)
		return;
	if (ns_worker_run(w->worker, clear_job, &j, &err) < 0)
		log_info("netd", "%s is not cleared: %s", vpc->id, err.msg);
	else
		log_info("netd", "cleared %s", vpc->id);
}

static int
dismiss_job(void *arg, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct job *j = arg;

	if (guest_job(&r, j->box, err) < 0)
		return -1;
	return guest_ensure(r, &j->vpc->underlay, 0, NULL, 0, err);
}

void
work_dismiss(struct world *w, const struct netd_vpc *vpc, const struct box *guest)
{
	struct netd_vpc copy = *vpc;
	struct job j = { .world = w, .vpc = &copy, .box = guest };
	struct err err = { 0 };

	if (guest->pid != 0 && ns_worker_run(w->worker, dismiss_job, &j, &err) < 0)
		log_info("netd", "guest %s keeps its routes: %s", guest->name, err.msg);
}
