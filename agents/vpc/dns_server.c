#include "agents/vpc/dns_server.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agents/vpc/dns_tcp.h"
#include "agents/vpc/dns_udp.h"
#include "base/log.h"

struct place {
	union net_any at;
	struct dns_udp *udp; /* NULL: the place is free */
	struct dns_tcp *tcp;
	int is_fresh, is_wanted;
};

struct dns_server {
	uv_loop_t *loop;
	struct resolver *resolver;
	struct place places[2 * DNS_LISTEN_MAX]; /* the old ones and the new */
};

struct dns_server *
dns_server_open(uv_loop_t *loop, struct resolver *resolver)
{
	struct dns_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		fatal("out of memory");
	s->loop = loop;
	s->resolver = resolver;
	return s;
}

static int
open_place(struct dns_server *s, struct place *p, const union net_any *at,
    struct err *err)
{
	int udp = net_bind_any(SOCK_DGRAM, at, err), tcp;

	if (udp < 0)
		return -1;
	tcp = net_bind_any(SOCK_STREAM, at, err);
	if (tcp < 0) {
		close(udp);
		return -1;
	}
	p->tcp = dns_tcp_open(s->loop, tcp, s->resolver, err);
	if (p->tcp == NULL) {
		close(udp);
		return -1;
	}
	p->udp = dns_udp_open(s->loop, udp, s->resolver);
	p->at = *at;
	p->is_fresh = 1;
	p->is_wanted = 1;
	return 0;
}

static void
close_place(struct place *p)
{
	dns_udp_close(p->udp);
	dns_tcp_close(p->tcp);
	*p = (struct place){ 0 };
}

/* The place of an address, or one that is free. */
static struct place *
place_for(struct dns_server *s, const union net_any *at)
{
	struct place *free_one = NULL;

	for (size_t i = 0; i < COUNT(s->places); i++) {
		struct place *p = &s->places[i];

		if (p->udp == NULL)
			free_one = free_one != NULL ? free_one : p;
		else if (net_equal_any(&p->at, at))
			return p;
	}
	return free_one;
}

int
dns_server_prepare(struct dns_server *s, const union net_any *at, size_t n,
    struct err *err)
{
	if (n > DNS_LISTEN_MAX)
		return err_set(err, &net_bad_address,
		    "more than %d addresses to listen on", DNS_LISTEN_MAX);
	for (size_t i = 0; i < COUNT(s->places); i++)
		s->places[i].is_wanted = 0;
	for (size_t i = 0; i < n; i++) {
		struct place *p = place_for(s, &at[i]);

		if (p->udp != NULL) {
			p->is_wanted = 1;
		} else if (open_place(s, p, &at[i], err) < 0) {
			dns_server_abort(s);
			return -1;
		}
	}
	return 0;
}

void
dns_server_commit(struct dns_server *s)
{
	for (size_t i = 0; i < COUNT(s->places); i++) {
		struct place *p = &s->places[i];

		p->is_fresh = 0;
		if (p->udp != NULL && !p->is_wanted)
			close_place(p);
	}
}

void
dns_server_abort(struct dns_server *s)
{
	for (size_t i = 0; i < COUNT(s->places); i++) {
		if (s->places[i].udp != NULL && s->places[i].is_fresh)
			close_place(&s->places[i]);
	}
}

void
dns_server_close(struct dns_server *s)
{
	for (size_t i = 0; i < COUNT(s->places); i++) {
		if (s->places[i].udp != NULL)
			close_place(&s->places[i]);
	}
	free(s);
}
