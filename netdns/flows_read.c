/* The kernel's counters of flows.h, by nfnetlink: sets may be large, and are read every minute. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "netdns/flows.h"
#include "netdns/nfnl.h"

enum { KEY_DEVICE = 16, ROOM = 64 << 10 };

/* One set that is read: what its elements are. */
struct reading {
	struct arena *a;
	struct flow *flows;
	size_t n, cap;
	enum direction direction;
	int version, has_ports, is_all, has_device;
	size_t n_here; /* elements of this set */
};

struct element {
	const uint8_t *key;
	size_t key_len;
	uint64_t packets, bytes;
};

static uint64_t
number(const struct nlattr *at)
{
	uint64_t n = 0;

	if (mnl_attr_get_payload_len(at) == sizeof(n))
		memcpy(&n, mnl_attr_get_payload(at), sizeof(n));
	return be64toh(n);
}

static int
counter_attr(const struct nlattr *at, void *arg)
{
	struct element *e = arg;

	if (mnl_attr_get_type(at) == NFTA_COUNTER_BYTES)
		e->bytes = number(at);
	else if (mnl_attr_get_type(at) == NFTA_COUNTER_PACKETS)
		e->packets = number(at);
	return MNL_CB_OK;
}

static int
expression_attr(const struct nlattr *at, void *arg)
{
	if (mnl_attr_get_type(at) == NFTA_EXPR_DATA)
		return mnl_attr_parse_nested(at, counter_attr, arg);
	return MNL_CB_OK;
}

static int
key_attr(const struct nlattr *at, void *arg)
{
	struct element *e = arg;

	if (mnl_attr_get_type(at) == NFTA_DATA_VALUE) {
		e->key = mnl_attr_get_payload(at);
		e->key_len = mnl_attr_get_payload_len(at);
	}
	return MNL_CB_OK;
}

static int
element_attr(const struct nlattr *at, void *arg)
{
	if (mnl_attr_get_type(at) == NFTA_SET_ELEM_KEY)
		return mnl_attr_parse_nested(at, key_attr, arg);
	if (mnl_attr_get_type(at) == NFTA_SET_ELEM_EXPR)
		return mnl_attr_parse_nested(at, expression_attr, arg);
	return MNL_CB_OK;
}

static struct flow *
next_flow(struct reading *r)
{
	struct flow *more;

	if (r->n == r->cap) {
		r->cap = r->cap > 0 ? r->cap * 2 : 64;
		more = arena_calloc(r->a, r->cap, sizeof(*more));
		if (r->n > 0)
			memcpy(more, r->flows, r->n * sizeof(*more));
		r->flows = more;
	}
	memset(&r->flows[r->n], 0, sizeof(r->flows[0]));
	return &r->flows[r->n++];
}

/* The parts of the key are each as long as a multiple of four. */
static void
take(struct reading *r, const struct element *e)
{
	size_t len = r->version == 4 ? 4 : 16, at = r->has_device ? KEY_DEVICE : 0;
	struct flow *f;

	if (e->key == NULL || e->key_len < at + 2 * len + 4 + (r->has_ports ? 8 : 0))
		return;
	f = next_flow(r);
	if (r->has_device)
		memcpy(f->device, e->key, KEY_DEVICE - 1);
	f->direction = r->direction;
	f->from.version = f->to.version = (uint8_t)r->version;
	memcpy(f->from.b, e->key + at, len);
	memcpy(f->to.b, e->key + at + len, len);
	at += 2 * len;
	f->protocol = e->key[at];
	if (r->has_ports) {
		f->from_port = (uint16_t)(e->key[at + 4] << 8 | e->key[at + 5]);
		f->to_port = (uint16_t)(e->key[at + 8] << 8 | e->key[at + 9]);
	}
	/* Until both are known, what is refused is all that came. */
	*(r->is_all ? &f->refused_packets : &f->packets) = e->packets;
	*(r->is_all ? &f->refused_bytes : &f->bytes) = e->bytes;
}

static int
list_attr(const struct nlattr *at, void *arg)
{
	struct element e = { 0 };

	((struct reading *)arg)->n_here++;
	if (mnl_attr_parse_nested(at, element_attr, &e) < 0)
		return MNL_CB_ERROR;
	take(arg, &e);
	return MNL_CB_OK;
}

static int
message_attr(const struct nlattr *at, void *arg)
{
	if (mnl_attr_get_type(at) == NFTA_SET_ELEM_LIST_ELEMENTS)
		return mnl_attr_parse_nested(at, list_attr, arg);
	return MNL_CB_OK;
}

static int
message(const struct nlmsghdr *m, void *arg)
{
	return mnl_attr_parse(m, sizeof(struct nfgenmsg), message_attr, arg);
}

static int
ask(struct mnl_socket *nl, const char *table, const char *set, unsigned seq)
{
	char request[512] = { 0 };
	struct nlmsghdr *m = mnl_nlmsg_put_header(request);
	struct nfgenmsg *g;

	m->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	m->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, set);
	return mnl_socket_sendto(nl, m, m->nlmsg_len) < 0 ? -1 : 0;
}

static int
read_set(struct mnl_socket *nl, const char *set, unsigned seq, struct reading *r)
{
	char *answer = arena_alloc(r->a, ROOM);
	int rc = MNL_CB_OK;

	r->n_here = 0;
	if (ask(nl, r->has_device ? "simfra_flows" : "simfra", set, seq) < 0)
		return -1;
	while (rc > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl, answer, ROOM);

		if (n <= 0)
			return -1;
		rc = mnl_cb_run(answer, (size_t)n, seq, mnl_socket_get_portid(nl),
		    message, r);
	}
	return rc < 0 ? -1 : 0;
}

static int
by_flow(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;
	int rc = strcmp(x->device, y->device);

	if (rc == 0)
		rc = (int)x->direction - (int)y->direction;
	if (rc == 0)
		rc = ip_compare(&x->from, &y->from);
	if (rc == 0)
		rc = ip_compare(&x->to, &y->to);
	if (rc == 0)
		rc = x->protocol - y->protocol;
	if (rc == 0)
		rc = x->from_port - y->from_port;
	return rc != 0 ? rc : x->to_port - y->to_port;
}

/* Both numbers of a flow in one row; how many rows there are. */
static size_t
join(struct flow *all, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(all, n, sizeof(*all), by_flow);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && by_flow(&all[kept - 1], &all[i]) == 0) {
			struct flow *f = &all[kept - 1];

			f->packets += all[i].packets;
			f->bytes += all[i].bytes;
			f->refused_packets += all[i].refused_packets;
			f->refused_bytes += all[i].refused_bytes;
		} else {
			all[kept++] = all[i];
		}
	}
	/* The sets of all were read first, so that nothing accepted looks refused. */
	for (size_t i = 0; i < kept; i++) {
		struct flow *f = &all[i];

		f->refused_packets -=
		    f->packets < f->refused_packets ? f->packets : f->refused_packets;
		f->refused_bytes -=
		    f->bytes < f->refused_bytes ? f->bytes : f->refused_bytes;
	}
	return kept;
}

static uint64_t
since(uint64_t now, uint64_t was)
{
	return now >= was ? now - was : now;
}

/* What is new, and the memory of it. */
static void
tell(struct flows_memory *m, const struct flow *now, size_t n, struct arena *a,
    struct flow **ret, size_t *ret_n)
{
	struct arena *kept = arena_new();
	struct flow *said = arena_calloc(kept, n + 1, sizeof(*said)),
		    *out = arena_calloc(a, n + 1, sizeof(*out));
	size_t k = 0, n_out = 0;

	for (size_t i = 0; i < n; i++) {
		struct flow *f = &out[n_out];

		said[i] = *f = now[i];
		while (k < m->n_said && by_flow(&m->said[k], &now[i]) < 0)
			k++;
		if (k < m->n_said && by_flow(&m->said[k], &now[i]) == 0 &&
		    now[i].packets >= m->said[k].packets) {
			const struct flow *was = &m->said[k];

			f->packets = since(now[i].packets, was->packets);
			f->bytes = since(now[i].bytes, was->bytes);
			/* Packets that were between the two counters are not said twice. */
			if (now[i].refused_packets < was->refused_packets) {
				said[i].refused_packets = was->refused_packets;
				said[i].refused_bytes = was->refused_bytes;
			}
			f->refused_packets =
			    said[i].refused_packets - was->refused_packets;
			f->refused_bytes =
			    since(said[i].refused_bytes, was->refused_bytes);
		}
		n_out += f->packets > 0 || f->refused_packets > 0;
	}
	m->table = m->table != NULL ? arena_strdup(kept, m->table) : NULL;
	arena_free(m->arena);
	m->arena = kept;
	m->said = said;
	m->n_said = n;
	*ret = out;
	*ret_n = n_out;
}

/* Names by direction, in and out in turn; of those with a device the first two count all. */
static int
read_sets(struct mnl_socket *nl, const char *const *names, size_t n, struct reading *r,
    int *ret_is_full)
{
	unsigned seq = 1;
	char set[16];

	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < 4; k++) {
			r->direction = i % 2 == 0 ? DIR_IN : DIR_OUT;
			r->is_all = r->has_device && i < 2;
			r->version = k % 2 == 0 ? 4 : 6;
			r->has_ports = k < 2;
			snprintf(set, sizeof(set), "%s%d%s", names[i], r->version,
			    r->has_ports ? "p" : "");
			if (read_set(nl, set, seq++, r) < 0)
				return -1;
			*ret_is_full |= r->n_here >= FLOWS_MAX;
		}
	}
	return 0;
}

static int
read_all(struct flows_memory *m, const char *const *names, size_t n_names,
    struct reading *r, struct arena *a, struct flow **ret, size_t *ret_n,
    int *ret_is_full, struct err *err)
{
	CLEANUP(nfnl_closep) struct mnl_socket *nl = NULL;

	*ret_n = 0;
	*ret_is_full = 0;
	if (nfnl_open(&nl, err) < 0)
		return -1;
	if (read_sets(nl, names, n_names, r, ret_is_full) < 0)
		return err_errno(err, "read the counters of flows");
	tell(m, r->flows, join(r->flows, r->n), a, ret, ret_n);
	return 0;
}

int
flows_read(struct flows_memory *m, struct arena *a, struct flow **ret, size_t *ret_n,
    int *ret_is_full, struct err *err)
{
	static const char *const names[] = { "in_all", "out_all", "in_ok", "out_ok" };
	CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct reading r = { .a = scratch, .has_device = 1 };

	*ret_n = 0;
	*ret_is_full = 0;
	if (m->table == NULL)
		return 0;
	return read_all(m, names, COUNT(names), &r, a, ret, ret_n, ret_is_full, err);
}

int
flows_read_refused(struct flows_memory *m, struct arena *a, struct flow **ret,
    size_t *ret_n, int *ret_is_full, struct err *err)
{
	static const char *const names[] = { "refused_in", "refused_out" };
	CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct reading r = { .a = scratch };

	return read_all(m, names, COUNT(names), &r, a, ret, ret_n, ret_is_full, err);
}
