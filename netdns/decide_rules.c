#include "netdns/decide_walk.h"

/* Hops */

char *
walk_text(struct walk *w, const struct ip *ip)
{
	char *text = arena_alloc(w->a, IP_TEXT);

	ip_format(ip, text);
	return text;
}

int
walk_hop(struct walk *w, struct hop hop)
{
	if (hop.at == NULL)
		hop.at = "";
	if (hop.id == NULL)
		hop.id = "";
	if (hop.rule == NULL)
		hop.rule = "";
	if (w->n < MAX_HOPS)
		w->hops[w->n++] = hop;
	return hop.is_allowed;
}

int
walk_end(struct walk *w, enum end_kind end, const char *at, const char *text)
{
	w->out->end = end;
	return walk_hop(w,
	    (struct hop){ .kind = HOP_END,
		.is_allowed = end != END_REFUSED,
		.at = at,
		.text = text });
}

/* Rules */

static int
ports_match(const struct fabric_ports *rule, const struct packet *p)
{
	if (rule->protocol == PROTO_ANY)
		return 1;
	if (rule->protocol != p->protocol)
		return 0;
	if (p->protocol == PROTO_TCP || p->protocol == PROTO_UDP)
		return p->dport >= rule->from && p->dport <= rule->to;
	if (p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMP6)
		return rule->from < 0 ||
		    (rule->from == p->sport && (rule->to < 0 || rule->to == p->dport));
	return 1;
}

static int
is_member(const struct fabric_group *g, const struct ip *ip)
{
	size_t low = 0, high = g->n_members;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int rc = ip_compare(&g->members[mid], ip);

		if (rc == 0)
			return 1;
		if (rc < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

static int
peer_matches(const struct fabric_rule *r, const struct ip *peer)
{
	if (r->group != NULL)
		return is_member(r->group, peer);
	for (size_t i = 0; r->list != NULL && i < r->list->n_cidrs; i++) {
		if (cidr_has(&r->list->cidrs[i], peer))
			return 1;
	}
	return r->list == NULL && cidr_has(&r->cidr, peer);
}

static const char *
names_of(struct walk *w, const struct fabric_group *const *groups, size_t n)
{
	const char *all = n == 0 ? "no group" : groups[0]->id;

	for (size_t i = 1; i < n; i++)
		all = arena_printf(w->a, "%s, %s", all, groups[i]->id);
	return all;
}

/* Groups of an interface or a guest, which `at` names. */
int
walk_groups(struct walk *w, const char *at, const struct fabric_group *const *groups,
    size_t n, enum direction d)
{
	const struct ip *peer = d == DIR_IN ? &w->p.src : &w->p.dst;
	const char *way = d == DIR_IN ? "ingress" : "egress";
	struct hop hop = { .kind = HOP_GROUPS, .direction = d, .at = at };

	if (!w->f->is_isolated)
		return 1;
	if (w->is_answer) {
		hop.is_allowed = 1;
		hop.text = arena_printf(w->a, "groups of %s remember the connection", at);
		return walk_hop(w, hop);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < groups[i]->n_rules[d]; k++) {
			const struct fabric_rule *r = &groups[i]->rules[d][k];

			if (!ports_match(&r->ports, &w->p) || !peer_matches(r, peer))
				continue;
			hop.is_allowed = 1;
			hop.id = groups[i]->id;
			hop.rule = r->id;
			hop.text = arena_printf(w->a, "%s rule %s of %s allows it", way,
			    r->id, groups[i]->id);
			return walk_hop(w, hop);
		}
	}
	hop.id = n > 0 ? groups[0]->id : "";
	hop.text =
	    arena_printf(w->a, "no %s rule of %s allows it", way, names_of(w, groups, n));
	return walk_hop(w, hop);
}

int
walk_acl(struct walk *w, const struct fabric_subnet *s, enum direction d)
{
	const struct ip *peer = d == DIR_IN ? &w->p.src : &w->p.dst;
	const struct fabric_acl *acl = s->acl;
	const char *way = d == DIR_IN ? "ingress" : "egress";
	struct hop hop = { .kind = HOP_ACL, .direction = d, .at = s->id, .rule = "*" };

	if (!w->f->is_isolated)
		return 1;
	hop.id = acl != NULL ? acl->id : "";
	for (size_t i = 0; acl != NULL && i < acl->n_entries[d]; i++) {
		const struct fabric_entry *e = &acl->entries[d][i];

		if (!ports_match(&e->ports, &w->p) || !cidr_has(&e->cidr, peer))
			continue;
		hop.is_allowed = e->is_allow;
		hop.rule = arena_printf(w->a, "%d", e->number);
		break;
	}
	hop.text = arena_printf(w->a, "%s entry %s of %s %s it", way, hop.rule,
	    acl != NULL ? hop.id : "no ACL", hop.is_allowed ? "allows" : "refuses");
	return walk_hop(w, hop);
}
