#include "agents/netd/flowing.h"

#include <string.h>
#include <time.h>

#include "base/log.h"

struct job {
	struct box *box;
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
	if (ns_number(fd) != j->box->ns)
		return 0;
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
