#include "netdns/rules.h"

#include "netdns/router6.h"

static const uint32_t link_local[] = {
	0xa9fea9fe, /* 169.254.169.254: metadata */
	0xa9fea9fd, /* 169.254.169.253: resolver */
	0xa9feaa02, /* 169.254.170.2: container credentials */
};

unsigned
subnet_mark(const struct fabric_subnet *s)
{
	return MARK_INSIDE | (1 + (unsigned)s->index);
}

struct rules_set
rules_set(struct buf *out, const char *head)
{
	buf_printf(out, " %s\n", head);
	return (struct rules_set){ .out = out };
}

struct buf *
rules_next(struct rules_set *s)
{
	buf_str(s->out, s->n++ == 0 ? "  elements = { " : ", ");
	return s->out;
}

void
rules_end(struct rules_set *s)
{
	buf_str(s->out, s->n > 0 ? " }\n }\n" : " }\n");
}

void
rules_ip(struct buf *out, const struct ip *ip)
{
	char text[IP_TEXT];

	ip_format(ip, text);
	buf_str(out, text);
}

void
rules_cidr(struct buf *out, const struct cidr *c)
{
	struct cidr net = *c;
	char text[CIDR_TEXT];

	cidr_mask(&net);
	cidr_format(&net, text);
	buf_str(out, text);
}

const char *
rules_family(const struct ip *ip)
{
	return ip->version == 6 ? "ip6" : "ip";
}

size_t
rules_own(const struct fabric_vpc *v, struct arena *a, struct ip **ret)
{
	struct cidr *own6;
	size_t n = 0, n6 = router6_own(v, a, &own6);
	struct ip *own =
	    arena_calloc(a, v->n_subnets + 2 + COUNT(link_local) + n6, sizeof(*own));

	for (size_t i = 0; i < v->n_subnets; i++)
		own[n++] = v->subnets[i].gateway;
	if (v->resolver.version != 0)
		own[n++] = v->resolver;
	if (v->control.version != 0)
		own[n++] = v->control;
	for (size_t i = 0; i < COUNT(link_local); i++)
		own[n++] = ip_of4(link_local[i]);
	for (size_t i = 0; i < n6; i++)
		own[n++] = own6[i].ip;
	*ret = own;
	return n;
}

static const char *const never_outside[] = { "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8",
	"169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16",
	"224.0.0.0/3", "::/8", "fc00::/7", "fe80::/10", "ff00::/8" };

void
rules_never_outside(struct buf *out, unsigned version)
{
	const char *between = "";
	struct cidr net;

	for (size_t i = 0; i < COUNT(never_outside); i++) {
		if (!cidr_parse(never_outside[i], &net) || net.ip.version != version)
			continue;
		buf_printf(out, "%s%s", between, never_outside[i]);
		between = ", ";
	}
}

int
rules_is_never_outside(const struct ip *ip)
{
	struct cidr net;

	for (size_t i = 0; i < COUNT(never_outside); i++) {
		if (cidr_parse(never_outside[i], &net) && cidr_has(&net, ip))
			return 1;
	}
	return 0;
}
