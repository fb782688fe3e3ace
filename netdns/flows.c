#include "netdns/flows.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "netdns/nat.h"

#define TABLE	  "inet simfra_flows"
#define PLATFORM4 "169.254.0.0/16, 255.255.255.255, 224.0.0.0/24"
#define DISCOVERY                                                   \
	"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "   \
	"nd-router-solicit, nd-router-advert, mld-listener-query, " \
	"mld-listener-report, mld2-listener-report }"

/* The names are by word: flows_read.c reads the same ones. */
static const struct {
	const char *name, *device;
} counts[] = {
	{ "in_all", "iifname" },
	{ "out_all", "oifname" },
	{ "in_ok", "iifname" },
	{ "out_ok", "oifname" },
};

void
flows_forget(struct flows_memory *m)
{
	arena_free(m->arena);
	*m = (struct flows_memory){ 0 };
}

static int
is_logged(const struct fabric_eni *e)
{
	return e->is_logged && e->device != NULL && e->device[0] != '\0';
}

uint64_t
flows_stamp(const struct fabric_eni *const *enis, size_t n)
{
	uint64_t h = 0;

	for (size_t i = 0; i < n; i++)
		h = h * 3 + (is_logged(enis[i]) ? 2 : 1);
	return h;
}

/* begin: what the elements begin with, "ifname . " */
static void
add_sets(struct buf *out, const char *name, const char *begin)
{
	static const char *const kinds[][2] = {
		{ "4p",
		    "ipv4_addr . ipv4_addr . inet_proto . inet_service . inet_service" },
		{ "6p",
		    "ipv6_addr . ipv6_addr . inet_proto . inet_service . inet_service" },
		{ "4", "ipv4_addr . ipv4_addr . inet_proto" },
		{ "6", "ipv6_addr . ipv6_addr . inet_proto" },
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		buf_printf(out,
		    " set %s%s {\n  type %s%s\n  size %d\n  flags dynamic, timeout\n"
		    "  timeout %ds\n }\n",
		    name, kinds[i][0], begin, kinds[i][1], FLOWS_MAX, FLOWS_FORGOTTEN_S);
}

/* Addresses of the platform that any of the interfaces speaks to. */
static void
add_platform(struct buf *out, const struct fabric_eni *const *enis, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf *list = buf_new(a, 0);
	char text[IP_TEXT];

	buf_str(list, PLATFORM4);
	for (size_t i = 0; i < n; i++) {
		const struct fabric_subnet *s = enis[i]->subnet;
		const struct ip *own[] = { s != NULL ? &s->gateway : NULL,
			&enis[i]->vpc->resolver, &enis[i]->vpc->control };

		for (size_t k = 0; k < COUNT(own); k++) {
			if (own[k] == NULL || own[k]->version != 4)
				continue;
			ip_format(own[k], text);
			buf_printf(list, ", %s", text);
		}
	}
	buf_printf(out,
	    " set platform {\n  type ipv4_addr\n  flags interval\n  auto-merge\n"
	    "  elements = { %s }\n }\n",
	    buf_text(list));
}

/* begin: "iifname . " */
static void
add_updates(struct buf *out, const char *name, const char *begin)
{
	for (int version = 4; version <= 6; version += 2) {
		const char *ip = version == 4 ? "ip" : "ip6";

		buf_printf(out,
		    "  meta nfproto ipv%d meta l4proto { tcp, udp } update @%s%dp { %s%s saddr . "
		    "%s daddr . meta l4proto . th sport . th dport counter }\n"
		    "  meta nfproto ipv%d meta l4proto != { tcp, udp } update @%s%d { %s%s saddr . "
		    "%s daddr . meta l4proto counter }\n",
		    version, name, version, begin, ip, ip, version, name, version, begin,
		    ip, ip);
	}
}

static void
add_count(struct buf *out, const char *name, const char *device)
{
	char begin[32];

	snprintf(begin, sizeof(begin), "%s . ", device);
	buf_printf(out,
	    " chain %s {\n  ip saddr @platform return\n  ip daddr @platform return\n  " DISCOVERY
	    " return\n"
	    "  ip6 daddr { fd00:ec2::/64, ff02::/16 } return\n"
	    "  ip6 saddr fd00:ec2::/64 return\n",
	    name);
	add_updates(out, name, begin);
	buf_str(out, " }\n");
}

static void
add_hook(struct buf *out, const char *name, const char *hook, const char *priority,
    const char *in, const char *out_name, const struct fabric_eni *const *enis, size_t n)
{
	buf_printf(out, " chain %s {\n  type filter hook %s priority %s\n", name, hook,
	    priority);
	for (size_t i = 0; i < n; i++) {
		if (!is_logged(enis[i]))
			continue;
		if (in != NULL)
			buf_printf(out, "  iifname \"%s\" jump %s\n", enis[i]->device,
			    in);
		if (out_name != NULL)
			buf_printf(out, "  oifname \"%s\" jump %s\n", enis[i]->device,
			    out_name);
	}
	buf_str(out, " }\n");
}

/* The table of a container with these interfaces, as text; empty when none is logged. */
static void
add_table(const struct fabric_eni *const *enis, size_t n, struct buf *out)
{
	size_t n_logged = 0;

	for (size_t i = 0; i < n; i++)
		n_logged += (size_t)is_logged(enis[i]);
	if (n_logged == 0)
		return;
	buf_str(out, "table " TABLE " {\n");
	for (size_t i = 0; i < COUNT(counts); i++)
		add_sets(out, counts[i].name, "ifname . ");
	add_platform(out, enis, n);
	for (size_t i = 0; i < COUNT(counts); i++)
		add_count(out, counts[i].name, counts[i].device);
	if (n == 1 && enis[0]->kind == ENI_NAT) {
		/* As the wire has it: it has no groups, and its own address outside. */
		add_hook(out, "nat_in", "prerouting", "raw", "in_ok", NULL, enis, n);
		add_hook(out, "nat_out", "postrouting", "300", NULL, "out_ok", enis, n);
	} else {
		/* Around what guard.h decides. */
		add_hook(out, "in_1", "input", "filter - 10", "in_all", NULL, enis, n);
		add_hook(out, "in_2", "input", "filter + 10", "in_ok", NULL, enis, n);
		add_hook(out, "out_1", "output", "filter - 10", NULL, "out_all", enis, n);
		add_hook(out, "out_2", "output", "filter + 10", NULL, "out_ok", enis, n);
		add_hook(out, "pass_1", "forward", "filter - 10", "in_all", "out_all",
		    enis, n);
		add_hook(out, "pass_2", "forward", "filter + 10", "in_ok", "out_ok", enis,
		    n);
	}
	buf_str(out, "}\n");
}

int
flows_ensure(const struct fabric_eni *const *enis, size_t n, struct flows_memory *m,
    struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf *table = buf_new(a, 0), *swap = buf_new(a, 0);
	const char *text;

	add_table(enis, n, table);
	text = buf_text(table);
	if (m->table != NULL ? strcmp(m->table, text) == 0 : text[0] == '\0')
		return 0;
	buf_printf(swap, "table " TABLE "\ndelete table " TABLE "\n%s", text);
	if (nat_run(buf_text(swap), err) < 0)
		return -1;
	flows_forget(m);
	if (text[0] != '\0') {
		m->arena = arena_new();
		m->table = arena_strdup(m->arena, text);
	}
	return 0;
}

/* Refused by ACLs */

int
flows_is_logged(const struct fabric *f, const struct fabric_vpc *v)
{
	for (size_t i = 0; i < f->n_enis; i++) {
		if (f->enis[i].vpc == v && is_logged(&f->enis[i]))
			return 1;
	}
	return 0;
}

void
flows_render_refused(const struct fabric *f, const struct fabric_vpc *v, struct buf *out)
{
	static const char *const names[] = { "refused_in", "refused_out" };
	int counts_them = flows_is_logged(f, v);

	for (size_t i = 0; i < COUNT(names); i++) {
		if (counts_them)
			add_sets(out, names[i], "");
		buf_printf(out, " chain %s {\n", names[i]);
		if (counts_them)
			add_updates(out, names[i], "");
		buf_str(out, "  drop\n }\n");
	}
}
