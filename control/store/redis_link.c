#include "control/store/redis_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	READ_SIZE = 64 * 1024,
	LARGE = 1024 * 1024, /* memory that an idle link does not keep */
	MAX_COMMAND = 1024 * 1024 * 1024,
};

/* TLS goes through memory (in, out), so that both kinds share send and receive. */
struct redis_link {
	int fd;
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* the SSL's own */
	struct buf pending;
	redisReader *reader;
	char part[READ_SIZE];
};

static int
await(const struct redis_link *l, short events, int64_t deadline_ms, int wake_fd,
    struct err *err)
{
	struct pollfd p[2] = {
		{ .fd = l->fd, .events = events },
		{ .fd = wake_fd, .events = POLLIN },
	};

	for (;;) {
		int64_t left = deadline_ms - clock_monotonic_ms();
		int n = poll(p, 2, left > 0 ? (int)left : 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno_fn(err, "Redis: poll");
			return -1;
		}
		if (n == 0)
			return err_set(err, &err_unavailable, "Redis does not answer");
		if (p[1].revents != 0)
			return err_set(err, &err_unavailable, "the store is closing");
		return 0;
	}
}

static int
broken(struct err *err)
{
	return err_set(err, &err_unavailable, "Redis: connection lost: %s",
	    strerror(errno));
}

static int
raw_send(struct redis_link *l, const char *p, size_t n, int64_t deadline_ms,
    struct err *err)
{
	while (n > 0) {
		ssize_t k = send(l->fd, p, n, MSG_NOSIGNAL);

		if (k >= 0) {
			p += k;
			n -= (size_t)k;
		} else if (errno == EAGAIN) {
			if (await(l, POLLOUT, deadline_ms, -1, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return broken(err);
		}
	}
	return 0;
}

/* At least a byte, or -1. */
static int
raw_recv(struct redis_link *l, char *p, size_t size, int64_t deadline_ms, int wake_fd,
    size_t *ret_n, struct err *err)
{
	for (;;) {
		ssize_t k = recv(l->fd, p, size, 0);

		if (k > 0) {
			*ret_n = (size_t)k;
			return 0;
		}
		if (k == 0)
			return err_set(err, &err_unavailable,
			    "Redis: connection closed by the other side");
		if (errno == EAGAIN) {
			if (await(l, POLLIN, deadline_ms, wake_fd, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return broken(err);
		}
	}
}

static int
tls_flush(struct redis_link *l, int64_t deadline_ms, struct err *err)
{
	char part[16 * 1024];
	int n;

	while ((n = BIO_read(l->out, part, sizeof(part))) > 0) {
		if (raw_send(l, part, (size_t)n, deadline_ms, err) < 0)
			return -1;
	}
	return 0;
}

static int
tls_failed(struct redis_link *l, const char *what, struct err *err)
{
	long verified = SSL_get_verify_result(l->ssl);
	char text[160] = "closed";
	unsigned long code = ERR_get_error();

	if (code != 0)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	if (verified != X509_V_OK)
		return err_set(err, &err_unavailable,
		    "Redis: TLS: certificate refused: %s",
		    X509_verify_cert_error_string(verified));
	return err_set(err, &err_unavailable, "Redis: TLS: %s: %s", what, text);
}

/*
 * After an SSL call that returned rc: 0, call it again, since more came in; or -1.
 */
static int
tls_more(struct redis_link *l, int rc, const char *what, int64_t deadline_ms, int wake_fd,
    struct err *err)
{
	char part[16 * 1024];
	int why = SSL_get_error(l->ssl, rc);
	size_t n;

	if (tls_flush(l, deadline_ms, err) < 0)
		return -1;
	if (why != SSL_ERROR_WANT_READ)
		return tls_failed(l, what, err);
	if (raw_recv(l, part, sizeof(part), deadline_ms, wake_fd, &n, err) < 0)
		return -1;
	if (BIO_write(l->in, part, (int)n) != (int)n)
		fatal("store: out of memory");
	return 0;
}

static int
link_send(struct redis_link *l, const char *p, size_t n, int64_t deadline_ms,
    struct err *err)
{
	if (l->ssl == NULL)
		return raw_send(l, p, n, deadline_ms, err);
	while (n > 0) {
		int part = n > 1024 * 1024 ? 1024 * 1024 : (int)n;
		int rc;

		while ((rc = SSL_write(l->ssl, p, part)) <= 0) {
			if (tls_more(l, rc, "write", deadline_ms, -1, err) < 0)
				return -1;
		}
		if (tls_flush(l, deadline_ms, err) < 0)
			return -1;
		p += rc;
		n -= (size_t)rc;
	}
	return 0;
}

static int
link_recv(struct redis_link *l, char *p, size_t size, int64_t deadline_ms, int wake_fd,
    size_t *ret_n, struct err *err)
{
	int rc;

	if (l->ssl == NULL)
		return raw_recv(l, p, size, deadline_ms, wake_fd, ret_n, err);
	while ((rc = SSL_read(l->ssl, p, (int)size)) <= 0) {
		if (tls_more(l, rc, "read", deadline_ms, wake_fd, err) < 0)
			return -1;
	}
	*ret_n = (size_t)rc;
	return 0;
}

static int
tls_name(struct redis_link *l, const char *host)
{
	unsigned char ip[sizeof(struct in6_addr)];
	char name[sizeof(((struct redis_address *)0)->host)];

	snprintf(name, sizeof(name), "%s", host);
	if (inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), host);
	return SSL_set1_host(l->ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(l->ssl, name) == 1;
}

static int
tls_open(struct redis_link *l, const char *host, int64_t deadline_ms, struct err *err)
{
	int rc;

	ERR_clear_error();
	l->context = SSL_CTX_new(TLS_client_method());
	if (l->context == NULL)
		fatal("store: no TLS");
	SSL_CTX_set_min_proto_version(l->context, TLS1_2_VERSION);
	SSL_CTX_set_default_verify_paths(l->context);
	SSL_CTX_set_verify(l->context, SSL_VERIFY_PEER, NULL);
	l->ssl = SSL_new(l->context);
	l->in = BIO_new(BIO_s_mem());
	l->out = BIO_new(BIO_s_mem());
	if (l->ssl == NULL || l->in == NULL || l->out == NULL)
		fatal("store: out of memory");
	SSL_set_bio(l->ssl, l->in, l->out);
	if (!tls_name(l, host))
		return tls_failed(l, "host name", err);
	while ((rc = SSL_connect(l->ssl)) <= 0) {
		if (tls_more(l, rc, "handshake", deadline_ms, -1, err) < 0)
			return -1;
	}
	return tls_flush(l, deadline_ms, err);
}

/* Leaves l->fd open even when it fails. */
static int
connect_one(struct redis_link *l, int family, const struct sockaddr *sa, socklen_t len,
    int64_t deadline_ms, struct err *err)
{
	int failure = 0;
	socklen_t size = sizeof(failure);

	l->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_errno(err, "Redis: socket");
	if (connect(l->fd, sa, len) < 0)
		failure = errno;
	if (failure == EINPROGRESS) {
		if (await(l, POLLOUT, deadline_ms, -1, err) < 0)
			return err_wrap(err, "connect");
		getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
	}
	if (failure != 0)
		return err_set(err, &err_unavailable, "Redis: connect: %s",
		    strerror(failure));
	return 0;
}

static int
connect_unix(struct redis_link *l, const char *path, int64_t deadline_ms, struct err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, path, strlen(path) + 1);
	return connect_one(l, AF_UNIX, (const struct sockaddr *)&sa, sizeof(sa),
	    deadline_ms, err);
}

static int
connect_tcp(struct redis_link *l, const struct redis_address *at, int64_t deadline_ms,
    struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
	int rc = getaddrinfo(at->host, at->port, &hints, &all), on = 1;

	if (rc != 0)
		return err_set(err, &err_unavailable, "Redis: %s: %s", at->host,
		    gai_strerror(rc));
	rc = -1;
	for (const struct addrinfo *ai = all; ai != NULL && rc < 0; ai = ai->ai_next) {
		if (l->fd >= 0)
			close(l->fd);
		rc = connect_one(l, ai->ai_family, ai->ai_addr, ai->ai_addrlen,
		    deadline_ms, err);
	}
	freeaddrinfo(all);
	if (rc == 0)
		setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return rc;
}

static int
expect_ok(struct redis_link *l, int n, const char **arg, struct err *err)
{
	CLEANUP(redis_reply_freep)
	redisReply *r = redis_link_call(l, n, arg, NULL, err);

	if (r == NULL)
		return -1;
	if (redis_reply_check(r, err) < 0)
		return err_wrap(err, "%s", arg[0]);
	return 0;
}

static int
log_in(struct redis_link *l, const struct redis_address *at, struct err *err)
{
	const char *user = at->user, *password = at->password;
	char db[16];

	if (user[0] != '\0' &&
	    expect_ok(l, 3, (const char *[]){ "AUTH", user, password }, err) < 0)
		return -1;
	if (user[0] == '\0' && password[0] != '\0' &&
	    expect_ok(l, 2, (const char *[]){ "AUTH", password }, err) < 0)
		return -1;
	snprintf(db, sizeof(db), "%d", at->db);
	if (at->db != 0 && expect_ok(l, 2, (const char *[]){ "SELECT", db }, err) < 0)
		return -1;
	return 0;
}

struct redis_link *
redis_link_open(const struct redis_address *at, struct err *err)
{
	int64_t deadline_ms = clock_monotonic_ms() + REDIS_CONNECT_MS;
	struct redis_link *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL || (l->reader = redisReaderCreate()) == NULL)
		fatal("store: out of memory");
	l->fd = -1;
	buf_init(&l->pending, MAX_COMMAND);
	if (at->how == REDIS_SOCKET)
		rc = connect_unix(l, at->path, deadline_ms, err);
	else
		rc = connect_tcp(l, at, deadline_ms, err);
	if (rc == 0 && at->how == REDIS_TLS)
		rc = tls_open(l, at->host, deadline_ms, err);
	if (rc == 0)
		rc = log_in(l, at, err);
	if (rc < 0) {
		redis_link_close(l);
		return NULL;
	}
	return l;
}

void
redis_link_close(struct redis_link *l)
{
	if (l == NULL)
		return;
	SSL_free(l->ssl);
	SSL_CTX_free(l->context);
	if (l->fd >= 0)
		close(l->fd);
	redisReaderFree(l->reader);
	buf_done(&l->pending);
	free(l);
}

int
redis_link_is_alive(const struct redis_link *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	/* TLS sends session tickets when it likes; reading will tell. */
	return poll(&p, 1, 0) == 0 || (l->ssl != NULL && (p.revents & ~POLLIN) == 0);
}

void
redis_link_add(struct redis_link *l, int n, const char **arg, const size_t *len)
{
	char *text;
	int size = redisFormatCommandArgv(&text, n, arg, len);

	if (size < 0)
		fatal("store: out of memory");
	buf_add(&l->pending, text, (size_t)size);
	redisFreeCommand(text);
}

redisReply *
redis_link_reply(struct redis_link *l, int timeout_ms, int wake_fd, struct err *err)
{
	int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
	void *reply = NULL;
	size_t n;

	if (l->pending.len > 0) {
		if (buf_is_full(&l->pending)) {
			err_set_fn(err, &err_internal, "Redis: a command above 1 GiB");
			return NULL;
		}
		if (link_send(l, l->pending.data, l->pending.len, deadline_ms, err) < 0)
			return NULL;
		buf_reset(&l->pending);
		if (l->pending.cap > LARGE) {
			buf_done(&l->pending);
			buf_init(&l->pending, MAX_COMMAND);
		}
	}
	for (;;) {
		if (redisReaderGetReply(l->reader, &reply) != REDIS_OK) {
			err_set_fn(err, &err_unavailable, "Redis: bad reply: %s",
			    l->reader->errstr);
			return NULL;
		}
		if (reply != NULL)
			return reply;
		if (link_recv(l, l->part, sizeof(l->part), deadline_ms, wake_fd, &n,
			err) < 0)
			return NULL;
		if (redisReaderFeed(l->reader, l->part, n) != REDIS_OK)
			fatal("store: out of memory");
	}
}

redisReply *
redis_link_call(struct redis_link *l, int n, const char **arg, const size_t *len,
    struct err *err)
{
	redis_link_add(l, n, arg, len);
	return redis_link_reply(l, REDIS_TIMEOUT_MS, -1, err);
}

void
redis_reply_freep(redisReply **r)
{
	if (*r != NULL)
		freeReplyObject(*r);
}

int
redis_reply_check(const redisReply *r, struct err *err)
{
	/* Redis 6 has them inside the text of a script's error, 7 in front. */
	static const char *const passing[] = {
		"LOADING",
		"BUSY",
		"READONLY",
		"MISCONF",
		"OOM",
		"MASTERDOWN",
		"NOREPLICAS",
		"NOAUTH",
		"WRONGPASS",
		"NOPERM",
		"CLUSTERDOWN",
		"max number of clients",
	};

	if (r->type != REDIS_REPLY_ERROR)
		return 0;
	for (size_t i = 0; i < COUNT(passing); i++) {
		if (strstr(r->str, passing[i]) != NULL)
			return err_set(err, &err_unavailable, "Redis: %s", r->str);
	}
	return err_set(err, &err_internal, "Redis: %s", r->str);
}
