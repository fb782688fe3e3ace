/*
 * One connection to Redis: plain, TLS or by a unix socket.
 *
 * For the files of this folder only.  hiredis writes and reads the protocol; the
 * socket is ours, because hiredis 0.14 has neither TLS nor a way to
 * wait for a reply and for something else at once.  Every wait ends: a second for
 * connecting, REDIS_TIMEOUT_MS for a reply.  After a failure a link is dead and only
 * good for closing.  A link belongs to one thread at a time.
 *
 * A rediss:// server must show a certificate for its host that the system's
 * store (or SSL_CERT_FILE) trusts.  Not done: Redis Cluster, Sentinel.
 */
#ifndef CONTROL_STORE_REDIS_LINK_H
#define CONTROL_STORE_REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <stddef.h>
#include <sys/un.h>

#include "base/err.h"

enum { REDIS_CONNECT_MS = 1000, REDIS_TIMEOUT_MS = 2000 };

enum redis_how { REDIS_PLAIN, REDIS_TLS, REDIS_SOCKET };

struct redis_address {
	enum redis_how how;
	char host[256], port[6];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char user[256], password[512]; /* "": none */
	int db;
};

/* redis:// rediss:// unix://, as store.h has them.  Messages never have the password. */
int redis_address_parse(const char *url, struct redis_address *ret, struct err *err);

struct redis_link;

/* Connected, authenticated, database selected.  NULL and *err (err_unavailable) if not. */
struct redis_link *redis_link_open(const struct redis_address *at, struct err *err);
void redis_link_close(struct redis_link *l); /* NULL is fine */

/* 0 when an idle link has been closed from the other side. */
int redis_link_is_alive(const struct redis_link *l);

/* Add a command to what the next redis_link_reply() sends.  len NULL: all are strings. */
void redis_link_add(struct redis_link *l, int n, const char **arg, const size_t *len);

/*
 * The next reply, to be freed with freeReplyObject(); errors of Redis are
 * replies too.  NULL: the link is dead.  With wake_fd >= 0, that becoming readable is
 * a failure as well.
 */
redisReply *redis_link_reply(struct redis_link *l, int timeout_ms, int wake_fd,
    struct err *err);

/* Add, and have the reply, within REDIS_TIMEOUT_MS. */
redisReply *redis_link_call(struct redis_link *l, int n, const char **arg,
    const size_t *len, struct err *err);

/* For CLEANUP(redis_reply_freep). */
void redis_reply_freep(redisReply **r);

/* 0, or -1 with *err when the reply is an error: err_unavailable if it may go away. */
int redis_reply_check(const redisReply *r, struct err *err);

#endif
