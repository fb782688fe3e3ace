#include "netdns/detour.h"

#include <linux/fib_rules.h>
#include <sys/socket.h>

enum { PREF_FIRST = 0, PREF_BEHIND = 60 };

static int
has_look(const struct view *v, unsigned pref)
{
	for (size_t i = 0; i < v->n_rules; i++) {
		const struct rule *r = &v->rules[i];

		if (r->version == 4 && r->pref == pref && r->table == RT_TABLE_LOCAL)
			return 1;
	}
	return 0;
}

/* As the kernel's own: it is none of those that link_set_rules() keeps. */
static int
change(struct rtnl *r, uint16_t type, uint32_t pref, struct err *err)
{
	struct nlmsghdr *m =
	    rtnl_message(r, type, type == RTM_NEWRULE ? NLM_F_CREATE : 0);
	struct fib_rule_hdr *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));

	i->family = AF_INET;
	i->action = FR_ACT_TO_TBL;
	i->table = RT_TABLE_LOCAL;
	mnl_attr_put_u32(m, FRA_PRIORITY, pref);
	mnl_attr_put_u8(m, FRA_PROTOCOL, RTPROT_KERNEL);
	if ((type == RTM_NEWRULE ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err)) < 0)
		return err_wrap(err, "routing rule %u", (unsigned)pref);
	return 0;
}

/* First the new one, then the old one goes: there always is one. */
static int
move(struct rtnl *r, const struct view *v, unsigned from, unsigned to, struct err *err)
{
	if (!has_look(v, to) && change(r, RTM_NEWRULE, to, err) < 0)
		return -1;
	return has_look(v, from) ? change(r, RTM_DELRULE, from, err) : 0;
}

int
detour_open(struct rtnl *r, const struct view *v, struct err *err)
{
	return move(r, v, PREF_FIRST, PREF_BEHIND, err);
}

int
detour_close(struct rtnl *r, const struct view *v, struct err *err)
{
	return move(r, v, PREF_BEHIND, PREF_FIRST, err);
}
