#include "agents/edge/way.h"

static void
on_answer(void *arg, int status)
{
	struct way *w = arg;

	if (status == 0 && w->answer != HELLO_CONNECTED)
		status = UV_ECONNREFUSED;
	w->done(w->arg, status);
}

static void
on_nonce(void *arg, int status)
{
	struct way *w = arg;
	unsigned char out[HELLO_LEN];
	uv_buf_t buf = uv_buf_init((char *)out, sizeof(out));

	if (status == 0) {
		hello_write(&w->target.to, w->nonce, w->target.key, out);
		if (stream_send((uv_stream_t *)w->tcp, &buf, 1, 0) < 0)
			status = UV_EPIPE;
	}
	if (status != 0)
		w->done(w->arg, status);
	else
		stream_read_exact(&w->exact, (uv_stream_t *)w->tcp, &w->answer, 1,
		    on_answer, w);
}

static void
on_connected(uv_connect_t *req, int status)
{
	struct way *w = req->data;

	if (status == 0 && w->target.via.ss_family != 0)
		stream_read_exact(&w->exact, (uv_stream_t *)w->tcp, w->nonce,
		    sizeof(w->nonce), on_nonce, w);
	else
		w->done(w->arg, status);
}

void
way_start(struct way *w, uv_tcp_t *tcp, const struct target *target, way_done_fn *done,
    void *arg)
{
	const struct sockaddr_storage *to;
	int rc;

	w->tcp = tcp;
	w->target = *target;
	w->done = done;
	w->arg = arg;
	w->connect.data = w;
	to = target->via.ss_family != 0 ? &w->target.via : &w->target.to.to;
	rc = uv_tcp_connect(&w->connect, tcp, (const struct sockaddr *)to, on_connected);
	if (rc < 0)
		done(arg, rc);
}
