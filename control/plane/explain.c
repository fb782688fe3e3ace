#include "control/plane/explain.h"

#include <string.h>

#include "control/plane/admin_client.h"
#include "control/services/ec2/network/explain.h"
#include "control/wire/form.h"

void
explain_answer(struct exchange *x)
{
	const struct wire_request *r = &x->request;
	struct explain_query q = {
		.from = form_find(x->arena, r, "from"),
		.to = form_find(x->arena, r, "to"),
		.vpc = form_find(x->arena, r, "vpc"),
		.port = form_find(x->arena, r, "port"),
		.protocol = form_find(x->arena, r, "protocol"),
	};
	struct explained e;
	struct err err = { 0 };

	if (explain(&x->plane->env, x->arena, &q, &e, &err) < 0) {
		reply_error(x, err.kind == &explain_bad ? 400 : 503, err.msg);
		return;
	}
	reply_json(x, 200, explain_document(x->arena, &e));
	fabric_free(e.fabric);
}

/* The command */

static void
print_way(FILE *out, const char *title, const json_t *hops)
{
	const json_t *h;
	size_t i;

	if (json_array_size(hops) == 0)
		return;
	fprintf(out, "%s\n", title);
	json_array_foreach(hops, i, h)
		fprintf(out, "  %-3s %-18s %-24s %s\n",
		    json_bool(h, "allowed", 0) ? "ok" : "NO", json_str_or(h, "kind", ""),
		    json_str_or(h, "at", ""), json_str_or(h, "text", ""));
}

static int
print(FILE *out, const json_t *v)
{
	int is_reachable = json_bool(v, "reachable", 0);
	const char *what = json_str(v, "advice");

	fprintf(out, "%s to %s: %s\n", json_str_or(v, "from", ""),
	    json_str_or(v, "to", ""), is_reachable ? "reachable" : "not reachable");
	print_way(out, "there:", json_get(v, "there"));
	print_way(out, "back:", json_get(v, "back"));
	if (what != NULL)
		fprintf(out, "it would take: %s\n", what);
	return is_reachable ? 0 : 1;
}

int
explain_command(struct arena *a, const struct settings *s, int argc, char **argv,
    FILE *out)
{
	const char *port = argc > 3 ? argv[3] : "443", *slash = strchr(port, '/');
	const char *protocol = slash != NULL ? slash + 1 : "tcp", *path;
	struct err err = { 0 };
	json_t *v;
	int status;

	if (argc < 3 || argc > 5) {
		fprintf(stderr,
		    "usage: simfra explain FROM TO [PORT[/tcp|/udp|/icmp]] [VPC]\n");
		return 2;
	}
	if (slash != NULL)
		port = arena_strndup(a, port, (size_t)(slash - port));
	/* "icmp" alone is an echo. */
	if (slash == NULL && strncmp(port, "icmp", 4) == 0) {
		protocol = port;
		port = "";
	}
	path = arena_printf(a, "/_simfra/explain?from=%s&to=%s&port=%s&protocol=%s%s%s",
	    admin_escape(a, argv[1]), admin_escape(a, argv[2]), admin_escape(a, port),
	    admin_escape(a, protocol), argc > 4 ? "&vpc=" : "",
	    argc > 4 ? admin_escape(a, argv[4]) : "");
	status = admin_ask(a, s, "GET", path, NULL, &v, &err);
	if (status == 200)
		return print(out, v);
	fprintf(stderr, "simfra explain: %s\n",
	    status < 0 ? err.msg : json_str_or(v, "message", "control cannot say"));
	return 2;
}
