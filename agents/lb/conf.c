#include "agents/lb/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/lb/conf_text.h"
#include "base/enc.h"

const struct err_kind conf_bad = { "BadLoadBalancer", 400 };

enum { TCP_IDLE_S = 350, TEXT_LIMIT = 16 << 20 };

const char *
conf_attribute(const json_t *doc, const char *key)
{
	return json_str_or(json_get(doc, "attributes"), key, "");
}

int
conf_is_on(const json_t *doc, const char *key)
{
	return strcmp(conf_attribute(doc, key), "true") == 0;
}

int
conf_is(const json_t *doc, const char *member, const char *text)
{
	return strcmp(json_str_or(doc, member, ""), text) == 0;
}

int
conf_is_name(const char *text)
{
	return text[0] != '\0' && strlen(text) < 200 &&
	    strspn(text,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
	    strlen(text);
}

/* Files */

static int
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		text += k;
		n -= (size_t)k;
	}
	return 0;
}

const char *
conf_file(struct conf *c, const char *text, const char *suffix)
{
	char hex[65];
	const char *path, *aside;
	int fd, rc;

	sha256_hex(text, strlen(text), hex);
	path = arena_printf(c->arena, "%s/%.24s.%s", c->dir, hex, suffix);
	if (access(path, R_OK) == 0)
		return path;
	aside = arena_printf(c->arena, "%s.new", path);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno_fn(c->err, "open %s", aside);
		return NULL;
	}
	rc = write_all(fd, text, strlen(text));
	if (close(fd) != 0 || rc != 0 || rename(aside, path) != 0) {
		err_errno_fn(c->err, "write %s", path);
		return NULL;
	}
	return path;
}

/* What all have */

static void
add_error(struct conf *c, int status, const char *reason)
{
	buf_printf(c->out,
	    "\thttp-error status %d content-type text/html string '<html>"
	    "<head><title>%d %s</title></head><body><h1>%d %s</h1></body></html>'\n",
	    status, status, reason, status, reason);
}

static void
add_defaults(struct conf *c)
{
	long long idle =
	    strtoll(conf_attribute(c->config, "idle_timeout.timeout_seconds"), NULL, 10);

	if (idle <= 0)
		idle = TCP_IDLE_S;
	buf_printf(c->out,
	    "global\n"
	    "\tstats socket %s/sock mode 600 level admin expose-fd listeners\n"
	    "\tserver-state-file %s/state\n"
	    "\thard-stop-after 1h\n"
	    "\tmworker-max-reloads 50\n"
	    "\tmaxconn 4000\n"
	    "\tuser nobody\n"
	    "\tgroup nogroup\n"
	    "\ttune.ssl.default-dh-param 2048\n"
	    "\tspread-checks 20\n"
	    "defaults\n"
	    "\tload-server-state-from-file global\n"
	    "\tretries 0\n"
	    "\ttimeout connect 10s\n"
	    "\ttimeout client %llds\n"
	    "\ttimeout server %llds\n"
	    "\ttimeout tunnel %llds\n"
	    "\ttimeout http-keep-alive %llds\n"
	    "\ttimeout http-request 60s\n",
	    c->dir, c->dir, idle, idle, idle, idle);
	add_error(c, 400, "Bad Request");
	add_error(c, 408, "Request Timeout");
	add_error(c, 500, "Internal Server Error");
	add_error(c, 502, "Bad Gateway");
	add_error(c, 503, "Service Temporarily Unavailable");
	add_error(c, 504, "Gateway Time-out");
}

/* Listeners */

static int
add_tls(struct conf *c, const json_t *listener)
{
	const json_t *tls = json_get(listener, "tls"), *v;
	const char *min = json_str_or(tls, "min", "TLSv1.2"),
		   *max = json_str_or(tls, "max", "TLSv1.3"),
		   *ciphers = json_str_or(tls, "ciphers", "");
	int has_h2 = c->is_application && conf_is_on(c->config, "routing.http2.enabled");
	size_t i;

	buf_str(c->out, " ssl");
	json_array_foreach(json_get(listener, "certificates"), i, v) {
		const char *path = conf_file(c, json_string_value(v), "pem");

		if (path == NULL)
			return -1;
		buf_printf(c->out, " crt %s", path);
	}
	if (!conf_is_name(min) || !conf_is_name(max))
		return err_set(c->err, &conf_bad, "a listener's TLS has no versions");
	buf_printf(c->out, " ssl-min-ver %s ssl-max-ver %s", min, max);
	if (ciphers[0] != '\0') {
		buf_str(c->out, " ciphers ");
		conf_quote(c->out, ciphers);
	}
	if (c->is_application)
		buf_printf(c->out, " alpn %shttp/1.1", has_h2 ? "h2," : "");
	return 0;
}

/* "The listener of an application load balancer": what its attributes say of answers. */
static void
add_answer_headers(struct conf *c, const json_t *listener)
{
	static const char *const headers[][2] = {
		{ "access_control_allow_credentials",
		    "Access-Control-Allow-Credentials" },
		{ "access_control_allow_headers", "Access-Control-Allow-Headers" },
		{ "access_control_allow_methods", "Access-Control-Allow-Methods" },
		{ "access_control_allow_origin", "Access-Control-Allow-Origin" },
		{ "access_control_expose_headers", "Access-Control-Expose-Headers" },
		{ "access_control_max_age", "Access-Control-Max-Age" },
		{ "content_security_policy", "Content-Security-Policy" },
		{ "strict_transport_security", "Strict-Transport-Security" },
		{ "x_content_type_options", "X-Content-Type-Options" },
		{ "x_frame_options", "X-Frame-Options" },
	};

	for (size_t i = 0; i < COUNT(headers); i++) {
		const char *value = conf_attribute(listener,
		    arena_printf(c->arena, "routing.http.response.%s.header_value",
			headers[i][0]));

		if (value[0] == '\0')
			continue;
		buf_printf(c->out, "\thttp-after-response set-header %s ", headers[i][1]);
		conf_quote(c->out, conf_literal(c->arena, value));
		buf_str(c->out, "\n");
	}
	buf_str(c->out, "\thttp-response set-var(txn.seen) bool(true)\n");
	if (conf_is_on(listener, "routing.http.response.server.enabled"))
		buf_str(c->out,
		    "\thttp-after-response set-header Server awselb/2.0 if !{ "
		    "var(txn.seen) -m bool }\n");
	else
		buf_str(c->out, "\thttp-after-response del-header Server\n");
}

/* A frontend of TCP or TLS leads to one target group. */
static void
add_plain(struct conf *c, const json_t *listener)
{
	const json_t *rule = json_array_get(json_get(listener, "rules"), 0);
	long long idle =
	    strtoll(conf_attribute(listener, "tcp.idle_timeout.seconds"), NULL, 10);
	const char *group =
	    json_str_or(json_array_get(json_get(rule, "groups"), 0), "id", "none");

	buf_printf(c->out, "\tmode tcp\n\ttimeout client %llds\n\tdefault_backend %s\n",
	    idle > 0 ? idle : TCP_IDLE_S,
	    json_get(json_get(c->config, "groups"), group) != NULL ? group : "none_tcp");
}

static int
add_listener(struct conf *c, const json_t *listener)
{
	const char *id = json_str_or(listener, "id", "");
	int64_t port = json_int(listener, "port", 0);

	if (!conf_is_name(id) || port < 1 || port > 65535)
		return err_set(c->err, &conf_bad, "listener '%.50s' has no name or port",
		    id);
	buf_printf(c->out, "frontend %s\n\tbind 0.0.0.0:%lld", id, (long long)port);
	if ((conf_is(listener, "protocol", "HTTPS") ||
		conf_is(listener, "protocol", "TLS")) &&
	    add_tls(c, listener) < 0)
		return -1;
	buf_str(c->out, "\n");
	if (!c->is_application) {
		add_plain(c, listener);
		return 0;
	}
	buf_str(c->out, "\tmode http\n");
	add_answer_headers(c, listener);
	return conf_rules(c, listener);
}

/*
 * A listener without a certificate that can be used (it is gone) would end all: it is left out.
 */
static int
can_listen(const json_t *listener)
{
	return (!conf_is(listener, "protocol", "HTTPS") &&
		   !conf_is(listener, "protocol", "TLS")) ||
	    json_array_size(json_get(listener, "certificates")) > 0;
}

int
conf_make(struct arena *a, const json_t *config, const char *dir, const char **ret,
    struct err *err)
{
	struct conf c = { .arena = a,
		.config = config,
		.dir = dir,
		.out = buf_new(a, TEXT_LIMIT),
		.err = err,
		.is_application = conf_is(config, "type", "application") };
	const json_t *row;
	size_t i;

	if (!json_is_array(json_get(config, "listeners")) ||
	    !json_is_object(json_get(config, "groups")))
		return err_set(err, &conf_bad, "there are no listeners or no groups");
	add_defaults(&c);
	json_array_foreach(json_get(config, "listeners"), i, row) {
		if (can_listen(row) && add_listener(&c, row) < 0)
			return -1;
	}
	if (conf_groups(&c) < 0)
		return -1;
	if (buf_is_full(c.out))
		return err_set(err, &conf_bad, "the configuration is too long");
	*ret = buf_text(c.out);
	return 0;
}
