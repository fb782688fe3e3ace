/*
 * The metadata service's sockets.
 *
 * A client is known by its source address and nothing else.  Bounded: the head
 * and body of a request, the time for one request, connections in all and
 * of one source.  A machine that boots may ask before we were told of it, so that
 * a stranger's first request waits a while for the next configuration.
 */
#ifndef AGENTS_VPC_IMDS_SERVER_H
#define AGENTS_VPC_IMDS_SERVER_H

#include <uv.h>

#include "agents/vpc/imds_answer.h"
#include "agents/vpc/net.h"

enum {
	IMDS_CONNS = 1024,
	IMDS_CONNS_OF_ONE = 64,
	IMDS_PATIENCE_MS = 10000,
	IMDS_STRANGER_MS = 2000,
	IMDS_LISTEN_MAX = 2
};

struct imds_server;

/* The service is copied.  A client has patience_ms for a request, and between two. */
struct imds_server *imds_server_open(uv_loop_t *loop, const struct imds_service *service,
    unsigned patience_ms);

/*
 * Listen at the n addresses beside what is listened at now; then commit,
 * which takes the instances too, or abort.
 */
int imds_server_prepare(struct imds_server *s, const union net_any *at, size_t n,
    struct err *err);
void imds_server_commit(struct imds_server *s, struct imds_instances *instances);
void imds_server_abort(struct imds_server *s);

void imds_server_close(struct imds_server *s);

#endif
