#include "agents/netd/flowing.h"

#include <string.h>
#include <time.h>

#include "base/log.h"

struct job {
	struct box *box;
	struct vpc_state *vpc; /* NULL: of a container */
	struct arena *arena;
	struct flow *flows;
	size_t n;
	int is_full;
};

static int64_t
now_s(void)
{
	return (int64_t)time(NULL);
}

void
flowing_init(struct flowing *f)
{
	*f = (struct flowing){ .life = now_s(), .from_s = now_s() };
}

void
flowing_done(struct flowing *f)
{
	json_decref(f->said);
	f->said = NULL;
}

static int
read_job(void *arg, struct err *err)
{
	CLEANUP(ns_closep) int fd = -1;
	struct job *j = arg;

	if (ns_open(j->box->pid, j->box->id, &fd, err) < 0 || ns_enter(fd, err) < 0)
		return -1;
	/* Another life of the container: its table is not loaded yet. */
	if (ns_number(fd) != (j->vpc != NULL ? j->vpc->ns : j->box->ns))
		return 0;
	if (j->vpc != NULL)
		return flows_read_refused(&j->vpc->refused, j->arena, &j->flows, &j->n,
		    &j->is_full, err);
	return flows_read(&j->box->flows, j->arena, &j->flows, &j->n, &j->is_full, err);
}

static const char *
eni_at(const struct box *b, const char *device)
{
	for (size_t i = 0; i < b->n_enis; i++) {
		if (strcmp(b->enis[i]->device, device) == 0)
			return b->enis[i]->id;
	}
	return NULL;
}

static json_t *
row(const char *eni, const struct flow *f)
{
	char from[IP_TEXT], to[IP_TEXT];

	ip_format(&f->from, from);
	ip_format(&f->to, to);
	return json_make("[s, s, s, s, i, i, i, I, I, I, I]", eni,
	    f->direction == DIR_IN ? "in" : "out", from, to, f->protocol, f->from_port,
	    f->to_port, (json_int_t)f->packets, (json_int_t)f->bytes,
	    (json_int_t)f->refused_packets, (json_int_t)f->refused_bytes);
}

static void
add_box(struct box *b, struct job *j, json_t *said)
{
	json_t *rows = json_need_array(said, "rows"),
	       *skipped = json_need_array(said, "skipped"),
	       *watched = json_need_array(said, "watched");

	for (size_t i = 0; i < b->n_enis; i++) {
		if (!b->enis[i]->is_logged)
			continue;
		json_add_str(watched, b->enis[i]->id);
		if (j->is_full || json_array_size(rows) + j->n > FLOWING_MAX)
			json_add_str(skipped, b->enis[i]->id);
	}
	for (size_t i = 0; i < j->n && json_array_size(rows) < FLOWING_MAX; i++) {
		const char *eni = eni_at(b, j->flows[i].device);

		if (eni != NULL)
			json_add(rows, row(eni, &j->flows[i]));
	}
}

static int
is_logged(const struct box *b)
{
	return b->pid != 0 && b->is_guarded && b->flows.table != NULL;
}

/* Refused by ACLs */

enum { ROW_PACKETS = 7, ROW_BYTES, ROW_REFUSED, ROW_REFUSED_BYTES };

static void
change(json_t *one, int at, int64_t by)
{
	json_t *n = json_array_get(one, (size_t)at);
	json_int_t now = json_integer_value(n) + by;

	json_integer_set(n, now > 0 ? now : 0);
}

/* The row of the same flow: NULL. */
static json_t *
find_row(const json_t *rows, const json_t *like)
{
	json_t *one;
	size_t i;

	json_array_foreach(rows, i, one) {
		size_t k = 0;

		while (k < ROW_PACKETS &&
		    json_equal(json_array_get(one, k), json_array_get(like, k)))
			k++;
		if (k == ROW_PACKETS)
			return one;
	}
	return NULL;
}

/* Groups let it out, if it was to go out; the ACL did not: it was refused. */
static void
add_refused(const struct fabric *fabric, const struct fabric_vpc *v, const struct flow *f,
    json_t *said)
{
	const struct fabric_eni *eni =
	    fabric_eni_at(fabric, v, f->direction == DIR_IN ? &f->to : &f->from);
	json_t *rows = json_need_array(said, "rows"), *one, *there;

	if (eni == NULL || !eni->is_logged)
		return;
	one = row(eni->id, f);
	there = find_row(rows, one);
	if (there == NULL) {
		change(one, ROW_PACKETS, -(int64_t)f->packets);
		change(one, ROW_BYTES, -(int64_t)f->bytes);
		if (json_array_size(rows) < FLOWING_MAX)
			json_add(rows, json_incref(one));
		there = one;
	} else if (f->direction == DIR_OUT) {
		change(there, ROW_PACKETS, -(int64_t)f->packets);
		change(there, ROW_BYTES, -(int64_t)f->bytes);
	}
	change(there, ROW_REFUSED, (int64_t)f->packets);
	change(there, ROW_REFUSED_BYTES, (int64_t)f->bytes);
	json_decref(one);
}

static void
add_router(struct world *w, size_t i, json_t *said)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct fabric_vpc *v = w->config->vpcs[i].vpc;
	struct vpc_state *s = &w->vpcs[i];
	struct job j = { .box = s->box, .vpc = s, .arena = a };
	struct err err = { 0 };

	if (s->box->pid == 0 || s->outcome.state != OUTCOME_GOOD ||
	    !flows_is_logged(w->config->fabric, v))
		return;
	if (ns_worker_run(w->worker, read_job, &j, &err) < 0)
		log_debug("netd", "refused in %s: %s", w->config->vpcs[i].id, err.msg);
	for (size_t k = 0; k < j.n; k++)
		add_refused(w->config->fabric, v, &j.flows[k], said);
}

int
flowing_tick(struct flowing *f, struct world *w)
{
	json_t *said = json_new_object();
	int64_t until_s = now_s();
	int had = f->said != NULL;

	for (struct box *b = w->boxes; b != NULL; b = b->next) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct job j = { .box = b, .arena = a };
		struct err err = { 0 };

		if (!is_logged(b))
			continue;
		if (ns_worker_run(w->worker, read_job, &j, &err) < 0)
			log_debug("netd", "flows of %s: %s", b->name, err.msg);
		else
			add_box(b, &j, said);
	}
	for (size_t i = 0; w->config != NULL && i < w->config->n_vpcs; i++)
		add_router(w, i, said);
	flowing_done(f);
	if (json_array_size(json_get(said, "watched")) > 0) {
		json_set_int(said, "life", f->life);
		json_set_int(said, "seq", ++f->seq);
		json_set_int(said, "from", f->from_s);
		json_set_int(said, "until", until_s);
		f->said = said;
	} else {
		json_decref(said);
	}
	f->from_s = until_s;
	return had || f->said != NULL;
}
