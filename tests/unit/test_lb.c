/*
 * The agent of a load balancer: HAProxy's configuration of what control says, and what HAProxy says in AWS's words.
 */
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agents/lb/conf.h"
#include "agents/lb/conf_text.h"
#include "agents/lb/health.h"
#include "base/cc.h"

struct world {
	struct arena *arena;
	char dir[32];
};

static int
run(const char *const *argv)
{
	char *const *args = (char *const *)(uintptr_t)argv;
	pid_t pid;
	int status;

	assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, args, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->arena = arena_new();
	snprintf(w->dir, sizeof(w->dir), "/tmp/lb-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	assert_int_equal(run((const char *const[]){ "rm", "-r", w->dir, NULL }), 0);
	arena_free(w->arena);
	free(w);
	return 0;
}

#define ALB                                                  \
	"'attributes':{'idle_timeout.timeout_seconds':'60'," \
	"'routing.http2.enabled':'true',"                    \
	"'routing.http.xff_header_processing.mode':'append'},'type':'application'"
#define GROUP                                                                      \
	"'tg-1':{'protocol':'HTTP','version':'HTTP1','algorithm':'round_robin',"   \
	"'slow_start':30,'check':{'protocol':'HTTP','path':'/up?x=\\'1','port':0," \
	"'codes':'200,301-302','interval':5,'timeout':2,'rise':2,'fall':2},"       \
	"'stickiness':{'type':'lb_cookie','seconds':60},"                          \
	"'targets':[{'name':'i-1_80_0','key':'k','address':'10.0.1.5','port':80,'since':1}]}"

static const char *
json_of(struct world *w, const char *text)
{
	char *out = arena_strdup(w->arena, text), *to = out;

	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '\\' && p[1] == '\'') {
			*to++ = '\'';
			p++;
		} else {
			*to++ = (char)(*p == '\'' ? '"' : *p);
		}
	}
	*to = '\0';
	return out;
}

/* The configuration of the text, which HAProxy takes. */
static const char *
made(struct world *w, const char *text)
{
	const char *out = NULL, *json = json_of(w, text),
		   *file = arena_printf(w->arena, "%s/test.cfg", w->dir);
	json_t *config;
	struct err err;
	FILE *f;

	if (json_read_in(w->arena, json, strlen(json), &config, &err) < 0 ||
	    conf_make(w->arena, config, w->dir, &out, &err) < 0)
		fail_msg("%s", err.msg);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs(out, f);
	fclose(f);
	if (run((const char *const[]){ "haproxy", "-q", "-c", "-f", file, NULL }) != 0)
		fail_msg("HAProxy refuses:\n%s", out);
	return out;
}

static void
has(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("no line %s in:\n%s", line, text);
}

static void
rules_are_tried_in_their_order(void **state)
{
	const char *out = made(*state,
	    "{" ALB ",'groups':{" GROUP "},'listeners':[{'id':'lis-1','port':80,"
	    "'protocol':'HTTP','attributes':{'routing.http.response.server.enabled':"
	    "'true'},'rules':["
	    "{'order':0,'conditions':[],'groups':[{'id':'tg-1','weight':1}]},"
	    "{'order':7,'conditions':[{'Field':'path-pattern','PathPatternConfig':"
	    "{'Values':['/a.b/*?','/c']}},{'Field':'http-request-method',"
	    "'HttpRequestMethodConfig':{'Values':['GET']}}],'fixed':{'StatusCode':'404',"
	    "'MessageBody':'no \\'way','ContentType':'text/plain'}},"
	    "{'order':3,'conditions':[{'Field':'host-header','HostHeaderConfig':{'Values':"
	    "['*.test'],'RegexValues':['^a(b|c)']}},{'Field':'query-string','QueryStringConfig':{'Values':["
	    "{'Key':'k','Value':'v*'},{'Value':'w'}]}},{'Field':'source-ip',"
	    "'SourceIpConfig':{'Values':['10.0.0.0/8']}},{'Field':'http-header',"
	    "'HttpHeaderConfig':{'HttpHeaderName':'X-A','Values':['b']}}],'redirect':"
	    "{'Protocol':'HTTPS','Host':'#{host}','Port':'443','Path':'/x%/#{path}',"
	    "'Query':'#{query}','StatusCode':'HTTP_302'}}]}]}");

	has(out, "acl r0c0 req.hdr(host),host_only -m reg -i -- '^.*\\.test$'\n");
	has(out, "acl r0c0 req.hdr(host),host_only -m reg -i -- '^a(b|c)'\n");
	has(out, "acl r0c1 query -m reg -i -- '(^|&)k=v[^&]*(&|$)'\n");
	has(out, "acl r0c1 query -m reg -i -- '(^|&)([^&=]*=)?w(&|$)'\n");
	has(out, "acl r0c2 src -- '10.0.0.0/8'\n");
	has(out, "acl r0c3 req.fhdr(X-A) -m reg -i -- '^b$'\n");
	has(out, "acl r1c0 path -m reg -- '^/a\\.b/.*.$'\n");
	has(out, "int(1) if !{ var(txn.rule) -m found } r1c0 r1c1\n");
	has(out, "int(2) if !{ var(txn.rule) -m found }\n");
	has(out,
	    "redirect location 'https://%[req.hdr(host),host_only]:443/x%%/"
	    "%[path,bytes(1)]?%[query]' code 302 if { var(txn.rule) -m int 0 } { query -m "
	    "found }\n");
	has(out,
	    "http-request return status 404 content-type 'text/plain' file /tmp/lb-");
	has(out,
	    "server i-1_80_0 10.0.1.5:80 check inter 5s rise 2 fall 2 slowstart 30s");
	has(out, "server i-1_80_0_o 10.0.1.5:80 backup");
	has(out, "http-check expect status '200,301-302'\n");
}

static void
weights_and_cookies_choose_groups(void **state)
{
	const char *out = made(*state,
	    "{" ALB ",'groups':{" GROUP ",'tg-2':{'protocol':'HTTPS','version':'GRPC',"
	    "'algorithm':'least_outstanding_requests','check':{'protocol':'HTTPS','path':"
	    "'/','grpc_codes':'0-2,12','port':90,'interval':5,'timeout':2,'rise':2,'fall':"
	    "2},'stickiness':{'type':'app_cookie','cookie':'sid','seconds':9},'targets':["
	    "{'name':'a','address':'10.0.0.1','port':1}]}},"
	    "'listeners':[{'id':'lis-1','port':65001,'protocol':'HTTP','attributes':{},"
	    "'rules':[{'order':0,'conditions':[],'sticky':20,'groups':[{'id':'tg-1',"
	    "'weight':3},{'id':'tg-2','weight':1}]}]}]}");

	has(out, "rand(4)");
	has(out,
	    "str(tg-1) if { var(txn.rule) -m int 0 } { req.cook(AWSALBTG) -m str tg-1 }");
	has(out, "!{ var(txn.be) -m found } { var(txn.dice) -m int lt 3 }");
	has(out, "!{ var(txn.be) -m found } { var(txn.dice) -m int lt 4 }");
	has(out, "hdr name grpc-status value -m reg '^(0|1|2|12)$'");
	has(out, "balance leastconn");
	has(out, "cookie AWSALBAPP-0\n");
	has(out, "if { res.cook(sid) -m found }\n");
	has(out,
	    "server a 10.0.0.1:1 ssl verify none proto h2 check inter 5s rise 2 fall 2 "
	    "port 90 check-proto h2 cookie CA978112CA1BBDCA\n");
}

static void
network_load_balancers_lead_on(void **state)
{
	const char *out = made(*state,
	    "{'type':'network','attributes':{},'groups':{'tg-1':{'protocol':'TCP',"
	    "'proxy_protocol':true,'ends_unhealthy':true,'check':{'protocol':'HTTP','path':'/','codes':'200-399',"
	    "'port':0,'interval':5,'timeout':2,'rise':2,'fall':2},'stickiness':{'type':"
	    "'source_ip','seconds':0},'targets':[{'name':'a','address':'10.0.0.1','port':1"
	    "}]}},'listeners':[{'id':'lis-1','port':53,'protocol':'TCP','attributes':"
	    "{'tcp.idle_timeout.seconds':'99'},'rules':[{'order':0,'conditions':[],"
	    "'groups':[{'id':'tg-1','weight':1}]}]},"
	    "{'id':'lis-2','port':443,'protocol':'TLS','attributes':{},'rules':[]}]}");

	has(out, "\tmode tcp\n\ttimeout client 99s\n\tdefault_backend tg-1\n");
	has(out,
	    "send-proxy-v2 check inter 5s rise 2 fall 2 check-send-proxy "
	    "on-marked-down shutdown-sessions\n");
	has(out, "balance source\n\thash-type consistent\n");
	/* Without a certificate it cannot listen. */
	assert_null(strstr(out, "lis-2"));
}

static void
what_is_no_configuration_is_refused(void **state)
{
	static const char *const wrong[] = {
		"{}",
		"{'listeners':[],'groups':[]}",
		"{'listeners':[{'id':'a b','port':80}],'groups':{}}",
		"{'listeners':[{'id':'a','port':0}],'groups':{}}",
		"{'listeners':[],'groups':{'a b':{}}}",
		"{'listeners':[],'groups':{'a':{'targets':[{'name':'a','address':'x','port':1}]}}}",
		"{'listeners':[],'groups':{'a':{'targets':[{'name':'a\\nb','address':'10.0.0.1',"
		"'port':1}]}}}",
		"{'type':'application','groups':{},'listeners':[{'id':'a','port':80,'protocol':"
		"'HTTP','rules':[{'order':0,'fixed':{'StatusCode':'99'}}]}]}",
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *json = json_of(w, wrong[i]), *out;
		json_t *config;
		struct err err;

		assert_int_equal(json_read_in(w->arena, json, strlen(json), &config,
				     &err),
		    0);
		assert_int_equal(conf_make(w->arena, config, w->dir, &out, &err), -1);
		assert_ptr_equal(err.kind, &conf_bad);
	}
}

static void
words_are_quoted(void **state)
{
	struct world *w = *state;
	struct buf *b = buf_new(w->arena, 0);

	conf_quote(b, "a'b\n\"$X\\");
	assert_string_equal(buf_text(b), "'a'\\''b \"$X\\'");
	assert_string_equal(conf_pattern(w->arena, "a.*?+", "."), "a\\..*.\\+");
	assert_string_equal(conf_literal(w->arena, "50%"), "50%%");
}

static void
health_is_in_awss_words(void **state)
{
	static const char csv[] = "# pxname,svname,status,check_status,check_code,last\n"
				  "tg-1,a,UP,L7OK,200,\"OK, all\"\n"
				  "tg-1,a_o,no check,,,\n"
				  "tg-1,b,DOWN,L7STS,404,x\n"
				  "tg-1,c,DOWN,* L4TOUT,,x\n"
				  "tg-1,d,DOWN 1/2,L4CON,,x\n"
				  "tg-1,e,UP 1/2,INI,,x\n"
				  "tg-1,f,DRAIN,L7OK,200,x\n"
				  "tg-1,BACKEND,UP,,,x\n";
	static const struct {
		const char *server, *state, *reason;
	} rows[] = {
		{ "a", "healthy", NULL },
		{ "b", "unhealthy", "Target.ResponseCodeMismatch" },
		{ "c", "unhealthy", "Target.Timeout" },
		{ "d", "unhealthy", "Target.FailedHealthChecks" },
		{ "e", "healthy", NULL },
		{ "f", "healthy", NULL },
	};
	struct world *w = *state;
	struct health_row *read;
	json_t *out = NULL;

	assert_int_equal(health_read(w->arena, "x", &read), 0);
	assert_int_equal(health_read(w->arena, csv, &read), COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *reason;

		out = json_own(w->arena, json_new_object());

		health_say(&read[i], 1, out);
		assert_string_equal(read[i].server, rows[i].server);
		assert_string_equal(json_str(out, "State"), rows[i].state);
		reason = json_str(out, "Reason");
		assert_true((reason == NULL) == (rows[i].reason == NULL));
		if (reason != NULL)
			assert_string_equal(reason, rows[i].reason);
	}
	assert_string_equal(read[1].code, "404");
	/* A new one that has not failed often enough is neither. */
	assert_true(health_is_decided(&read[5]));
	assert_true(health_is_decided(&read[1]));
	assert_false(health_is_decided(&read[4]));
	health_say(&read[4], 0, out);
	assert_string_equal(json_str(out, "State"), "initial");
	assert_string_equal(json_str(out, "Reason"), "Elb.InitialHealthChecking");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_are_tried_in_their_order, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(weights_and_cookies_choose_groups, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(network_load_balancers_lead_on, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(what_is_no_configuration_is_refused,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(words_are_quoted, setup, teardown),
		cmocka_unit_test_setup_teardown(health_is_in_awss_words, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
