/*
 * Target groups as backends: how targets are chosen, checked and stuck to.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agents/lb/conf.h"
#include "agents/lb/conf_text.h"
#include "base/enc.h"
#include "netdns/plan.h"

enum { COOKIE = 16 };

static int
is_http(const json_t *group)
{
	return strncmp(json_str_or(group, "protocol", ""), "HTTP", 4) == 0;
}

static int
is_secure(const char *protocol)
{
	return strcmp(protocol, "HTTPS") == 0 || strcmp(protocol, "TLS") == 0;
}

static int
has_h2(const json_t *group)
{
	return conf_is(group, "version", "HTTP2") || conf_is(group, "version", "GRPC");
}

/* Each code of "0-99", "0,12" as a regular expression. */
static const char *
codes_pattern(struct arena *a, const char *codes)
{
	struct buf *b = buf_new(a, 0);
	char *end;

	buf_str(b, "^(");
	for (const char *p = codes; *p != '\0';) {
		long from = strtol(p, &end, 10), to = from;

		if (end == p)
			break;
		if (*end == '-')
			to = strtol(end + 1, &end, 10);
		for (long k = from; k <= to && k <= 99; k++)
			buf_printf(b, "%s%ld", b->len > 2 ? "|" : "", k);
		p = *end == ',' ? end + 1 : end;
	}
	buf_str(b, ")$");
	return arena_strdup(a, buf_text(b));
}

static void
add_http_check(struct conf *c, const json_t *group, const json_t *check)
{
	int is_grpc = conf_is(group, "version", "GRPC");

	buf_printf(c->out, "\toption httpchk\n\thttp-check send meth %s uri ",
	    is_grpc ? "POST" : "GET");
	conf_quote(c->out, json_str_or(check, "path", "/"));
	buf_printf(c->out, " ver %s hdr Host lb hdr User-Agent ELB-HealthChecker/2.0%s\n",
	    has_h2(group) ? "HTTP/2" : "HTTP/1.1",
	    is_grpc ? " hdr Content-Type application/grpc" : " hdr Connection close");
	if (is_grpc) {
		buf_str(c->out, "\thttp-check expect hdr name grpc-status value -m reg ");
		conf_quote(c->out,
		    codes_pattern(c->arena, json_str_or(check, "grpc_codes", "12")));
	} else {
		buf_str(c->out, "\thttp-check expect status ");
		conf_quote(c->out, json_str_or(check, "codes", "200"));
	}
	buf_str(c->out, "\n");
}

/* A target as cookies have it, which HAProxy can make of its name, too. */
static const char *
cookie_of(struct arena *a, const char *name)
{
	char hex[65], *out;

	sha256_hex(name, strlen(name), hex);
	out = arena_strndup(a, hex, COOKIE);
	for (char *p = out; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return out;
}

static int
has_cookies(const json_t *group)
{
	const json_t *s = json_get(group, "stickiness");

	return conf_is(s, "type", "lb_cookie") ||
	    (conf_is(s, "type", "app_cookie") &&
		conf_is_name(json_str_or(s, "cookie", "")));
}

/*
 * All of it is in cookies, so that it outlives the process.  The application's own only says when there is to be
 * one ("Sticky sessions for your Application Load Balancer").
 */
static void
add_stickiness(struct conf *c, const json_t *group)
{
	const json_t *s = json_get(group, "stickiness");
	long long seconds = json_int(s, "seconds", 86400);

	if (!has_cookies(group))
		return;
	if (conf_is(s, "type", "lb_cookie"))
		buf_printf(c->out,
		    "\tcookie AWSALB insert indirect nocache maxidle %llds attr "
		    "Max-Age=%lld\n",
		    seconds, seconds);
	else
		buf_printf(c->out,
		    "\tcookie AWSALBAPP-0\n"
		    "\thttp-response add-header Set-Cookie "
		    "'AWSALBAPP-0=%%[srv_name,regsub(_o$,),sha2(256),hex,bytes(0,%d)]; "
		    "Max-Age=%lld; Path=/' if { res.cook(%s) -m found }\n",
		    COOKIE, seconds, json_str_or(s, "cookie", ""));
}

/* What every server of the backend has: how it is spoken to. */
static const char *
server_words(struct conf *c, const json_t *group)
{
	return arena_printf(c->arena, "%s%s%s",
	    is_secure(json_str_or(group, "protocol", "")) ? " ssl verify none" : "",
	    has_h2(group) ? " proto h2" : "",
	    json_bool(group, "proxy_protocol", 0) ? " send-proxy-v2" : "");
}

static const char *
check_words(struct conf *c, const json_t *group)
{
	const json_t *check = json_get(group, "check");
	struct buf *b = buf_new(c->arena, 0);
	int64_t port = json_int(check, "port", 0);
	int is_tls = conf_is(check, "protocol", "HTTPS");

	buf_printf(b, " check inter %llds rise %lld fall %lld",
	    (long long)json_int(check, "interval", 30),
	    (long long)json_int(check, "rise", 5), (long long)json_int(check, "fall", 2));
	if (port != 0)
		buf_printf(b, " port %lld", (long long)port);
	if (is_tls && !is_secure(json_str_or(group, "protocol", "")))
		buf_str(b, " check-ssl verify none");
	else if (!is_tls && is_secure(json_str_or(group, "protocol", "")))
		buf_str(b, " no-check-ssl");
	if (has_h2(group) && !conf_is(check, "protocol", "TCP"))
		buf_str(b, " check-proto h2");
	if (json_bool(group, "proxy_protocol", 0))
		buf_str(b, " check-send-proxy");
	if (json_bool(group, "ends_unhealthy", 0))
		buf_str(b, " on-marked-down shutdown-sessions");
	if (json_int(group, "slow_start", 0) > 0)
		buf_printf(b, " slowstart %llds",
		    (long long)json_int(group, "slow_start", 0));
	return arena_strdup(c->arena, buf_text(b));
}

static int
add_server(struct conf *c, const json_t *group, const json_t *target, const char *how,
    const char *check)
{
	const char *name = json_str_or(target, "name", "");
	const char *address = json_str_or(target, "address", "");
	long long port = json_int(target, "port", 0);
	const char *cookie = "";
	uint32_t ip;

	if (!conf_is_name(name) || !ip4_parse(address, &ip) || port < 1 || port > 65535)
		return err_set(c->err, &conf_bad, "target '%.100s' has no address", name);
	if (has_cookies(group))
		cookie = arena_printf(c->arena, " cookie %s", cookie_of(c->arena, name));
	buf_printf(c->out, "\tserver %s %s:%lld%s%s%s\n", name, address, port, how, check,
	    cookie);
	buf_printf(c->out, "\tserver %s_o %s:%lld%s backup%s\n", name, address, port, how,
	    cookie);
	return 0;
}

static int
add_group(struct conf *c, const char *id, const json_t *group)
{
	static const char *const algorithms[][2] = {
		{ "least_outstanding_requests", "leastconn" },
		{ "weighted_random", "random" },
		{ "round_robin", "roundrobin" },
	};
	const json_t *check = json_get(group, "check"), *target;
	const char *balance = "roundrobin", *how = server_words(c, group),
		   *checks = check_words(c, group);
	size_t i;

	if (!conf_is_name(id))
		return err_set(c->err, &conf_bad, "group '%.50s' has no name", id);
	/* The same address leads to the same target. */
	if (conf_is(json_get(group, "stickiness"), "type", "source_ip"))
		balance = "source\n\thash-type consistent";
	for (i = 0; i < COUNT(algorithms); i++) {
		if (conf_is(group, "algorithm", algorithms[i][0]))
			balance = algorithms[i][1];
	}
	buf_printf(c->out, "backend %s\n\tmode %s\n\tbalance %s\n\toption allbackups\n",
	    id, is_http(group) ? "http" : "tcp", balance);
	buf_printf(c->out, "\ttimeout check %llds\n",
	    (long long)json_int(check, "timeout", 5));
	if (!conf_is(check, "protocol", "TCP"))
		add_http_check(c, group, check);
	/* No connection to a target: 502; no target at all: 503. */
	if (is_http(group))
		buf_printf(c->out,
		    "\thttp-after-response set-status 502 if { status 503 } !{ "
		    "var(txn.seen) -m bool } { nbsrv(%s) gt 0 }\n",
		    id);
	add_stickiness(c, group);
	json_array_foreach(json_get(group, "targets"), i, target) {
		if (add_server(c, group, target, how, checks) < 0)
			return -1;
	}
	return 0;
}

int
conf_groups(struct conf *c)
{
	const char *id;
	json_t *group;

	buf_str(c->out, "backend none\n\tmode http\nbackend none_tcp\n\tmode tcp\n");
	json_object_foreach(json_get(c->config, "groups"), id, group) {
		if (add_group(c, id, group) < 0)
			return -1;
	}
	return 0;
}
