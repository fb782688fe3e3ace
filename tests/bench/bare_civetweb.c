/*
 * What civetweb alone can do: a handler that reads the request and answers BYTES bytes, with
 * the options of our own server (control/plane/httpd.c).  The reference of `make bench`.
 *
 *     bare_civetweb PORT THREADS BYTES
 */
#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/log.h"

static char *reply;
static size_t reply_len;

static int
answer(struct mg_connection *conn)
{
	char part[16384];

	while (mg_read(conn, part, sizeof(part)) > 0)
		;
	mg_write(conn, reply, reply_len);
	return 200;
}

/* Head and body in one, made once. */
static void
make_reply(size_t len)
{
	char head[200];
	int n = snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n"
	    "Connection: keep-alive\r\n\r\n",
	    len);

	reply_len = (size_t)n + len;
	reply = malloc(reply_len);
	if (reply == NULL)
		fatal("out of memory");
	memcpy(reply, head, (size_t)n);
	memset(reply + n, 'x', len);
}

int
main(int argc, char **argv)
{
	const struct mg_callbacks callbacks = { .begin_request = answer };
	const char *options[] = { "listening_ports", argc > 1 ? argv[1] : "",
		"num_threads", argc > 2 ? argv[2] : "", "enable_keep_alive", "yes",
		"keep_alive_timeout_ms", "20000", "request_timeout_ms", "10000",
		"tcp_nodelay", "1", "connection_queue", "256", "listen_backlog", "512",
		"decode_url", "no", NULL };

	if (argc != 4)
		fatal("usage: bare_civetweb PORT THREADS BYTES");
	make_reply(strtoul(argv[3], NULL, 10));
	if (mg_start(&callbacks, NULL, options) == NULL)
		fatal("cannot listen on %s", argv[1]);
	for (;;)
		pause();
}
