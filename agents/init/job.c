#include "agents/init/manager.h"

#include <string.h>

#include "base/clock.h"

enum { DEPTH_MAX = 16 };

static int
has(const struct words *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++) {
		if (strcmp(w->v[i], name) == 0)
			return 1;
	}
	return 0;
}

/* u is to start after v. */
static int
is_after(const struct unit *u, const struct unit *v)
{
	return has(&u->conf.after, v->name) || has(&v->conf.before, u->name);
}

static int
needs(const struct unit *u, const struct unit *v)
{
	return has(&u->conf.requires, v->name) || has(&u->conf.binds_to, v->name);
}

static int
is_kind(const char *name, const char *kind)
{
	return strcmp(unit_name_type(name), kind) == 0;
}

static const char *
cannot_run(const struct unit *u)
{
	if (u->load == UNIT_MASKED)
		return "masked";
	if (u->load == UNIT_BAD)
		return "bad";
	if (!is_kind(u->name, "service") && !is_kind(u->name, "target"))
		return "kind";
	return NULL;
}

int
job_is_any(const struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++) {
		if (m->units[i]->job != JOB_NONE)
			return 1;
	}
	return 0;
}

void
job_finish(struct manager *m, struct unit *u, enum job_result result)
{
	enum unit_job was = u->job;

	u->job = JOB_NONE;
	u->job_running = 0;
	if (was != JOB_NONE && m->on_job != NULL)
		m->on_job(m->arg, u, result);
	if (result != RESULT_FAILED && result != RESULT_DEPENDENCY)
		return;
	/* Who needs it and waits for it cannot start either. */
	for (size_t i = 0; i < m->n_units && (was == JOB_START || was == JOB_RESTART);
	     i++) {
		struct unit *v = m->units[i];

		if (v->job == JOB_START && !v->job_running && needs(v, u) &&
		    is_after(v, u))
			job_finish(m, v, RESULT_DEPENDENCY);
	}
}

static int add(struct manager *m, struct unit *u, enum unit_job job, int depth,
    const char **why);

/* Of a service only services are pulled in; a target pulls in targets too. */
static int
add_needed(struct manager *m, struct unit *u, const struct words *names, int must,
    int depth, const char **why)
{
	int whole = is_kind(u->name, "target");

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i];
		struct unit *v;
		const char *not_heard;

		if (!is_kind(name, "service") && !(whole && is_kind(name, "target")))
			continue;
		v = manager_get(m, name);
		if (v == u)
			continue;
		if ((v == NULL || add(m, v, JOB_START, depth + 1, &not_heard) < 0) &&
		    must)
			return *why = "dependency", -1;
	}
	return 0;
}

static int
add_start(struct manager *m, struct unit *u, int depth, const char **why)
{
	const char *not_heard;

	if ((*why = cannot_run(u)) != NULL)
		return -1;
	if (m->stopping)
		return *why = "stopping", -1;
	if (depth >= DEPTH_MAX)
		return 0;
	if (add_needed(m, u, &u->conf.requires, 1, depth, why) < 0 ||
	    add_needed(m, u, &u->conf.binds_to, 1, depth, why) < 0)
		return -1;
	add_needed(m, u, &u->conf.wants, 0, depth, why);
	for (size_t i = 0; i < u->conf.conflicts.n; i++) {
		struct unit *v = manager_find(m, u->conf.conflicts.v[i]);

		if (v != NULL && v != u && v->state != STATE_INACTIVE)
			add(m, v, JOB_STOP, depth + 1, &not_heard);
	}
	return 0;
}

/* What stops or restarts with it. */
static void
add_parts(struct manager *m, struct unit *u, enum unit_job job, int depth)
{
	const char *not_heard;

	for (size_t i = 0; i < m->n_units && depth < DEPTH_MAX; i++) {
		struct unit *v = m->units[i];

		if (v == u || v->state == STATE_INACTIVE || v->state == STATE_FAILED)
			continue;
		if (has(&v->conf.part_of, u->name) || needs(v, u))
			add(m, v, job, depth + 1, &not_heard);
	}
}

/* What a start pulls in; of a unit that is up too, since that may have grown. */
static int
add_wanted(struct manager *m, struct unit *u, int depth, const char **why)
{
	enum unit_job was = u->job;
	int was_running = u->job_running;

	if (unit_is_settled(u) && !unit_is_up(u))
		unit_read(u);
	/* Marked first, so that a circle of dependencies ends here. */
	u->job = JOB_START;
	u->job_running = 0;
	if (add_start(m, u, depth, why) == 0)
		return 0;
	u->job = was;
	u->job_running = was_running;
	return -1;
}

static int
add(struct manager *m, struct unit *u, enum unit_job job, int depth, const char **why)
{
	if (u->job == job)
		return 0;
	if (job != JOB_STOP && add_wanted(m, u, depth, why) < 0)
		return -1;
	if (job != JOB_START)
		add_parts(m, u, job, depth);
	u->job = job;
	u->job_running = 0;
	return 0;
}

int
job_add(struct manager *m, struct unit *u, enum unit_job job, const char **ret_why)
{
	if (u->job != JOB_NONE && u->job != job) {
		enum unit_job was = u->job;

		if (m->on_job != NULL)
			m->on_job(m->arg, u, RESULT_CANCELED);
		u->job = was;
	}
	if (job == JOB_RESTART && m->stopping)
		return *ret_why = "stopping", -1;
	return add(m, u, job, 0, ret_why);
}

/* Starting waits for what is before; stopping for what came after; one way round is a stop first. */
static int
must_wait(const struct manager *m, const struct unit *u)
{
	for (size_t i = 0; i < m->n_units; i++) {
		const struct unit *v = m->units[i];

		if (v == u || v->job == JOB_NONE)
			continue;
		if (u->job != JOB_STOP && v->job != JOB_STOP && is_after(u, v))
			return 1;
		if (u->job == JOB_STOP && v->job == JOB_STOP && is_after(v, u))
			return 1;
		if (u->job != JOB_STOP && v->job == JOB_STOP &&
		    (is_after(u, v) || is_after(v, u) ||
			has(&u->conf.conflicts, v->name)))
			return 1;
	}
	return 0;
}

static void
begin(struct manager *m, struct unit *u)
{
	u->job_running = 1;
	if (u->job == JOB_START && unit_is_up(u))
		job_finish(m, u, RESULT_DONE);
	else if (u->job == JOB_START &&
	    (u->state == STATE_INACTIVE || u->state == STATE_FAILED ||
		u->state == STATE_AUTO_RESTART))
		service_start(m, u);
	else if (u->job == JOB_RESTART &&
	    (u->state == STATE_INACTIVE || u->state == STATE_FAILED ||
		u->state == STATE_AUTO_RESTART))
		service_start(m, u);
	else if (u->job == JOB_STOP &&
	    (u->state == STATE_INACTIVE || u->state == STATE_FAILED))
		job_finish(m, u, RESULT_DONE);
	else if (u->job != JOB_START)
		service_stop(m, u);
	/* A start that is under way, or a stop before a start: service.c goes on from there. */
}

/* One pass: 1 when a job was begun. */
static int
pass(struct manager *m, int force)
{
	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = m->units[i];

		if (u->job == JOB_NONE || u->job_running || (!force && must_wait(m, u)))
			continue;
		begin(m, u);
		return 1;
	}
	return 0;
}

static int
is_any_running(const struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++) {
		if (m->units[i]->job_running)
			return 1;
	}
	return 0;
}

/* When all wait for each other the order has a circle: it is broken at the first. */
void
job_run(struct manager *m)
{
	for (int i = 0; i < 4 * UNITS_MAX; i++) {
		if (!pass(m, 0) && (is_any_running(m) || !pass(m, 1)))
			return;
	}
}
