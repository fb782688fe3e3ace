#include "agents/edge/forward.h"

#include <assert.h>
#include <stdlib.h>

#include "agents/edge/tcp.h"
#include "agents/edge/udp.h"
#include "base/cc.h"
#include "base/log.h"

struct forward {
	struct forward_room *room;
	struct target target;
	uv_timer_t retry;
	struct edge_tcp *tcp; /* NULL: of UDP, or it does not listen */
	struct edge_udp *udp;
	int error; /* why it does not */
};

static void
try_listen(struct forward *f)
{
	int was = f->error;

	f->error = 0;
	if (target_is_udp(&f->target))
		f->udp = edge_udp_open(f->room, &f->target, &f->error);
	else
		f->tcp = edge_tcp_open(f->room, &f->target, &f->error);
	if (f->error == was)
		return;
	if (f->error != 0)
		log_warn("edge", "forward %s: %s, will retry", f->target.id,
		    uv_strerror(f->error));
	f->room->changed(f->room->arg);
}

static void
on_retry(uv_timer_t *timer)
{
	struct forward *f = timer->data;

	try_listen(f);
	if (f->error == 0)
		uv_timer_stop(&f->retry);
}

struct forward *
forward_open(struct forward_room *room, const struct target *target)
{
	struct forward *f = calloc(1, sizeof(*f));

	if (f == NULL)
		fatal("out of memory");
	f->room = room;
	f->target = *target;
	uv_timer_init(room->loop, &f->retry);
	f->retry.data = f;
	try_listen(f);
	if (f->error != 0)
		uv_timer_start(&f->retry, on_retry, FORWARD_RETRY_MS, FORWARD_RETRY_MS);
	return f;
}

/* End what is under way. */
static void
drop(struct forward *f)
{
	if (f->tcp != NULL)
		edge_tcp_drop(f->tcp);
	if (f->udp != NULL)
		edge_udp_drop(f->udp);
}

void
forward_lead(struct forward *f, const struct target *target)
{
	int is_alike = target_leads_alike(&f->target, target);

	assert(target_is_at(&f->target, target));
	f->target = *target;
	if (f->tcp != NULL)
		edge_tcp_lead(f->tcp, target);
	if (f->udp != NULL)
		edge_udp_lead(f->udp, target);
	if (!is_alike)
		drop(f);
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
forward_close(struct forward *f)
{
	if (f->target.via.ss_family != 0)
		drop(f);
	if (f->tcp != NULL)
		edge_tcp_close(f->tcp);
	if (f->udp != NULL)
		edge_udp_close(f->udp);
	uv_close((uv_handle_t *)&f->retry, on_closed);
}

void
forward_end(struct forward *f)
{
	drop(f);
	forward_close(f);
}

const struct target *
forward_target(const struct forward *f)
{
	return &f->target;
}

const char *
forward_error(const struct forward *f)
{
	return f->error != 0 ? uv_strerror(f->error) : NULL;
}

size_t
forward_count(const struct forward *f)
{
	return (f->tcp != NULL ? edge_tcp_count(f->tcp) : 0) +
	    (f->udp != NULL ? edge_udp_count(f->udp) : 0);
}
