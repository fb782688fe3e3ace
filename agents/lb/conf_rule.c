/*
 * Rules of a listener of HTTP: which one applies, and what it does.
 */
#include <stdlib.h>
#include <string.h>

#include "agents/lb/conf.h"
#include "agents/lb/conf_text.h"

/* Conditions */

static void
begin_acl(struct conf *c, int rule, size_t i, const char *sample)
{
	buf_printf(c->out, "\tacl r%dc%zu %s ", rule, i, sample);
}

static void
end_acl(struct conf *c, const char *value)
{
	conf_quote(c->out, value);
	buf_str(c->out, "\n");
}

static void
add_patterns(struct conf *c, int rule, size_t i, const char *sample, const json_t *config)
{
	const json_t *v;
	size_t k;

	json_array_foreach(json_get(config, "RegexValues"), k, v) {
		begin_acl(c, rule, i, sample);
		end_acl(c, json_string_value(v));
	}
	json_array_foreach(json_get(config, "Values"), k, v) {
		begin_acl(c, rule, i, sample);
		end_acl(c,
		    arena_printf(c->arena, "^%s$",
			conf_pattern(c->arena, json_string_value(v), ".")));
	}
}

static void
add_words(struct conf *c, int rule, size_t i, const char *sample, const json_t *values)
{
	const json_t *v;
	size_t k;

	json_array_foreach(values, k, v) {
		begin_acl(c, rule, i, sample);
		end_acl(c, json_string_value(v));
	}
}

/* key=value of the query, as it was sent. */
static void
add_query(struct conf *c, int rule, size_t i, const json_t *values)
{
	const json_t *v;
	size_t k;

	json_array_foreach(values, k, v) {
		const char *key = json_str(v, "Key");

		begin_acl(c, rule, i, "query -m reg -i --");
		end_acl(c,
		    arena_printf(c->arena, "(^|&)%s%s(&|$)",
			key != NULL ? arena_printf(c->arena,
					  "%s=", conf_pattern(c->arena, key, "[^&=]")) :
				      "([^&=]*=)?",
			conf_pattern(c->arena, json_str_or(v, "Value", ""), "[^&]")));
	}
}

static void
add_condition(struct conf *c, int rule, size_t i, const json_t *condition)
{
	const char *field = json_str_or(condition, "Field", "");
	const json_t *header = json_get(condition, "HttpHeaderConfig");

	if (strcmp(field, "host-header") == 0)
		add_patterns(c, rule, i, "req.hdr(host),host_only -m reg -i --",
		    json_get(condition, "HostHeaderConfig"));
	else if (strcmp(field, "path-pattern") == 0)
		add_patterns(c, rule, i, "path -m reg --",
		    json_get(condition, "PathPatternConfig"));
	else if (strcmp(field, "http-header") == 0 &&
	    conf_is_name(json_str_or(header, "HttpHeaderName", "")))
		add_patterns(c, rule, i,
		    arena_printf(c->arena, "req.fhdr(%s) -m reg -i --",
			json_str_or(header, "HttpHeaderName", "")),
		    header);
	else if (strcmp(field, "http-request-method") == 0)
		add_words(c, rule, i, "method -m str --",
		    json_path(condition, "HttpRequestMethodConfig.Values"));
	else if (strcmp(field, "source-ip") == 0)
		add_words(c, rule, i, "src --",
		    json_path(condition, "SourceIpConfig.Values"));
	else if (strcmp(field, "query-string") == 0)
		add_query(c, rule, i, json_path(condition, "QueryStringConfig.Values"));
	else
		buf_printf(c->out, "\tacl r%dc%zu always_false\n", rule, i);
}

/* The rules in their order, by number; the default one last. */
static int
by_order(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	int64_t m = json_int(*x, "order", 0), n = json_int(*y, "order", 0);

	if (m == n)
		return 0;
	return m == 0 || (n != 0 && m > n) ? 1 : -1;
}

static void
choose(struct conf *c, int rule, const json_t *doc)
{
	const json_t *condition;
	size_t i;

	json_array_foreach(json_get(doc, "conditions"), i, condition)
		add_condition(c, rule, i, condition);
	buf_printf(c->out,
	    "\thttp-request set-var(txn.rule) int(%d) if !{ var(txn.rule) -m found }",
	    rule);
	json_array_foreach(json_get(doc, "conditions"), i, condition)
		buf_printf(c->out, " r%dc%zu", rule, i);
	buf_str(c->out, "\n");
}

/* Actions */

static const char *
when(struct conf *c, int rule)
{
	return arena_printf(c->arena, "if { var(txn.rule) -m int %d }", rule);
}

static int
add_fixed(struct conf *c, int rule, const json_t *fixed)
{
	const char *body = json_str_or(fixed, "MessageBody", ""),
		   *type = json_str_or(fixed, "ContentType", ""), *path;
	long status = strtol(json_str_or(fixed, "StatusCode", ""), NULL, 10);

	if (status < 200 || status > 599)
		return err_set(c->err, &conf_bad, "%ld is no status", status);
	buf_printf(c->out, "\thttp-request return status %ld", status);
	if (body[0] != '\0') {
		path = conf_file(c, body, "body");
		if (path == NULL)
			return -1;
		buf_str(c->out, " content-type ");
		conf_quote(c->out, type[0] != '\0' ? type : "text/plain");
		buf_printf(c->out, " file %s", path);
	}
	buf_printf(c->out, " %s\n", when(c, rule));
	return 0;
}

/* "#{path}" and the like become what the request has. */
static const char *
fill(struct conf *c, const char *template, const json_t *listener)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "#{host}", "%[req.hdr(host),host_only]" },
		{ "#{path}", "%[path,bytes(1)]" },
		{ "#{query}", "%[query]" },
		{ "#{port}",
		    arena_printf(c->arena, "%lld",
			(long long)json_int(listener, "port", 80)) },
		{ "#{protocol}",
		    conf_is(listener, "protocol", "HTTPS") ? "https" : "http" },
	};
	struct buf *b = buf_new(c->arena, 0);

	for (const char *p = template; *p != '\0';) {
		size_t i = 0;

		while (i < COUNT(rows) &&
		    strncmp(p, rows[i].name, strlen(rows[i].name)) != 0)
			i++;
		if (i < COUNT(rows)) {
			buf_str(b, rows[i].value);
			p += strlen(rows[i].name);
		} else {
			buf_str(b, *p == '%' ? "%%" : (char[]){ *p, '\0' });
			p++;
		}
	}
	return arena_strdup(c->arena, buf_text(b));
}

static void
add_location(struct conf *c, int rule, const char *status, const char *location,
    const char *more)
{
	buf_str(c->out, "\thttp-request redirect location ");
	conf_quote(c->out, location);
	buf_printf(c->out, " code %s %s%s\n", status, when(c, rule), more);
}

static void
add_redirect(struct conf *c, int rule, const json_t *to, const json_t *listener)
{
	const char *status = conf_is(to, "StatusCode", "HTTP_302") ? "302" : "301",
		   *query = json_str_or(to, "Query", "#{query}"),
		   *protocol = json_str_or(to, "Protocol", "#{protocol}"), *base;

	protocol = strcmp(protocol, "HTTPS") == 0 ? "https" :
	    strcmp(protocol, "HTTP") == 0	  ? "http" :
						    protocol;
	base = arena_printf(c->arena, "%s://%s:%s%s", fill(c, protocol, listener),
	    fill(c, json_str_or(to, "Host", "#{host}"), listener),
	    fill(c, json_str_or(to, "Port", "#{port}"), listener),
	    fill(c, json_str_or(to, "Path", "/#{path}"), listener));
	if (query[0] == '\0') {
		add_location(c, rule, status, base, "");
		return;
	}
	/* Without a query there is no '?'. */
	add_location(c, rule, status,
	    arena_printf(c->arena, "%s?%s", base, fill(c, query, listener)),
	    strcmp(query, "#{query}") == 0 ? " { query -m found }" : "");
	if (strcmp(query, "#{query}") == 0)
		add_location(c, rule, status, base, " !{ query -m found }");
}

/* Which target group: by a cookie, or by weight. */
static int
add_forward(struct conf *c, int rule, const json_t *doc)
{
	const json_t *groups = json_get(doc, "groups"), *row;
	long long total = 0, so_far = 0, sticky = json_int(doc, "sticky", 0);
	size_t i;

	json_array_foreach(groups, i, row) {
		if (!conf_is_name(json_str_or(row, "id", "")))
			return err_set(c->err, &conf_bad, "a rule's group has no name");
		total += json_int(row, "weight", 0);
	}
	if (sticky > 0) {
		json_array_foreach(groups, i, row)
			buf_printf(c->out,
			    "\thttp-request set-var(txn.be) str(%s) %s { "
			    "req.cook(AWSALBTG) -m str %s }\n",
			    json_str_or(row, "id", ""), when(c, rule),
			    json_str_or(row, "id", ""));
		buf_printf(c->out, "\thttp-request set-var(txn.sticky) int(%lld) %s\n",
		    sticky, when(c, rule));
	}
	if (total > 0)
		buf_printf(c->out, "\thttp-request set-var(txn.dice) rand(%lld) %s\n",
		    total, when(c, rule));
	json_array_foreach(groups, i, row) {
		so_far += json_int(row, "weight", 0);
		if (json_int(row, "weight", 0) > 0)
			buf_printf(c->out,
			    "\thttp-request set-var(txn.be) str(%s) %s !{ var(txn.be) -m "
			    "found } { var(txn.dice) -m int lt %lld }\n",
			    json_str_or(row, "id", ""), when(c, rule), so_far);
	}
	return 0;
}

static int
act(struct conf *c, int rule, const json_t *doc, const json_t *listener)
{
	if (json_get(doc, "fixed") != NULL)
		return add_fixed(c, rule, json_get(doc, "fixed"));
	if (json_get(doc, "redirect") != NULL)
		add_redirect(c, rule, json_get(doc, "redirect"), listener);
	else
		return add_forward(c, rule, doc);
	return 0;
}

/* What a request has more when it is led on: "HTTP headers and Application Load Balancers". */
static void
add_headers(struct conf *c, const json_t *listener)
{
	const char *mode =
	    conf_attribute(c->config, "routing.http.xff_header_processing.mode");
	const char *from = conf_is_on(c->config, "routing.http.xff_client_port.enabled") ?
	    "%[src]:%[src_port]" :
	    "%[src]";
	int is_tls = conf_is(listener, "protocol", "HTTPS");

	if (conf_is_on(c->config, "routing.http.drop_invalid_header_fields.enabled"))
		buf_str(c->out, "\thttp-request del-header '[^-A-Za-z0-9]' -m reg\n");
	if (strcmp(mode, "remove") == 0)
		buf_str(c->out, "\thttp-request del-header X-Forwarded-For\n");
	if (strcmp(mode, "append") == 0)
		buf_printf(c->out,
		    "\thttp-request set-var(txn.xff) req.fhdr(x-forwarded-for)\n"
		    "\thttp-request set-header X-Forwarded-For '%%[var(txn.xff)], %s' if { "
		    "var(txn.xff) -m found }\n"
		    "\thttp-request set-header X-Forwarded-For '%s' if !{ var(txn.xff) -m "
		    "found }\n",
		    from, from);
	buf_printf(c->out,
	    "\thttp-request set-header X-Forwarded-Proto %s\n"
	    "\thttp-request set-header X-Forwarded-Port %lld\n"
	    "\thttp-request set-header X-Amzn-Trace-Id "
	    "'Root=1-%%{+X}Ts-%%[uuid(),regsub(-,,g),bytes(0,24)]' if !{ "
	    "req.hdr(X-Amzn-Trace-Id) -m found }\n",
	    is_tls ? "https" : "http", (long long)json_int(listener, "port", 80));
	if (is_tls &&
	    conf_is_on(c->config,
		"routing.http.x_amzn_tls_version_and_cipher_suite.enabled")) {
		const char
		    *version = conf_attribute(listener,
			"routing.http.request.x_amzn_tls_version.header_name"),
		    *cipher = conf_attribute(listener,
			"routing.http.request.x_amzn_tls_cipher_suite.header_name");

		buf_printf(c->out,
		    "\thttp-request set-header %s %%[ssl_fc_protocol]\n"
		    "\thttp-request set-header %s %%[ssl_fc_cipher]\n",
		    conf_is_name(version) ? version : "x-amzn-tls-version",
		    conf_is_name(cipher) ? cipher : "x-amzn-tls-cipher-suite");
	}
}

int
conf_rules(struct conf *c, const json_t *listener)
{
	const json_t *list = json_get(listener, "rules");
	size_t n = json_array_size(list);
	const json_t **rules = arena_calloc(c->arena, n + 1, sizeof(json_t *));

	for (size_t i = 0; i < n; i++)
		rules[i] = json_array_get(list, i);
	qsort(rules, n, sizeof(json_t *), by_order);
	for (size_t i = 0; i < n; i++)
		choose(c, (int)i, rules[i]);
	for (size_t i = 0; i < n; i++) {
		if (act(c, (int)i, rules[i], listener) < 0)
			return -1;
	}
	add_headers(c, listener);
	buf_str(c->out,
	    "\thttp-response add-header Set-Cookie "
	    "'AWSALBTG=%[var(txn.be)]; Max-Age=%[var(txn.sticky)]; Path=/' if { "
	    "var(txn.sticky) -m found }\n"
	    "\tuse_backend %[var(txn.be)] if { var(txn.be) -m found }\n"
	    "\tdefault_backend none\n");
	return 0;
}
