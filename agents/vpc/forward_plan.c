#include "agents/vpc/forward_plan.h"

#include <stdlib.h>
#include <string.h>

#include "agents/vpc/forward.h"
#include "agents/vpc/net.h"
#include "base/enc.h"
#include "base/log.h"

static const struct err_kind bad_forwards = { "BadForwards", 400 };

static int
read_plan(const json_t *forwards, struct door_plan *p, struct err *err)
{
	int64_t port = json_int(forwards, "port", 0);
	const json_t *row;
	size_t i;

	if (port < 1 || port > UINT16_MAX ||
	    net_parse(json_str(forwards, "listen"), (uint16_t)port, &p->at) < 0)
		return err_set(err, &bad_forwards, "forwards.listen is no address");
	if (!hex_decode(json_str_or(forwards, "key", ""), p->key, sizeof(p->key)))
		return err_set(err, &bad_forwards, "forwards.key is not 64 hex digits");
	json_array_foreach(json_get(forwards, "subnets"), i, row) {
		struct door_subnet *s = &p->subnets[p->n++];

		if (!cidr_parse(json_str_or(row, "cidr", ""), &s->cidr) ||
		    !ip_parse(json_str_or(row, "from", ""), &s->from) ||
		    !cidr_has(&s->cidr, &s->from))
			return err_set(err, &bad_forwards,
			    "forwards.subnets: row %zu is none", i);
	}
	return 0;
}

int
door_plan_new(const json_t *forwards, struct door_plan **ret, struct err *err)
{
	size_t n = json_array_size(json_get(forwards, "subnets"));
	struct door_plan *p;

	if (forwards == NULL || json_is_null(forwards)) {
		*ret = NULL;
		return 0;
	}
	if (n > DOOR_SUBNETS_MAX)
		return err_set(err, &bad_forwards, "forwards has more than %d subnets",
		    DOOR_SUBNETS_MAX);
	p = calloc(1, sizeof(*p) + n * sizeof(p->subnets[0]));
	if (p == NULL)
		fatal("out of memory");
	if (read_plan(forwards, p, err) < 0) {
		free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

void
door_plan_free(struct door_plan *p)
{
	free(p);
}

static struct ip
ip_of(const struct sockaddr_storage *at)
{
	struct ip ip = { .version = at->ss_family == AF_INET6 ? 6 : 4 };
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;

	if (ip.version == 6) {
		memcpy(&in6, at, sizeof(in6));
		memcpy(ip.b, &in6.sin6_addr, 16);
	} else {
		memcpy(&in4, at, sizeof(in4));
		memcpy(ip.b, &in4.sin_addr, 4);
	}
	return ip;
}

static void
address_of(const struct ip *ip, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in4 = { .sin_family = AF_INET };

	memset(ret, 0, sizeof(*ret));
	if (ip->version == 6) {
		memcpy(&in6.sin6_addr, ip->b, 16);
		memcpy(ret, &in6, sizeof(in6));
	} else {
		memcpy(&in4.sin_addr, ip->b, 4);
		memcpy(ret, &in4, sizeof(in4));
	}
}

int
door_plan_source(const struct door_plan *p, const struct sockaddr_storage *to,
    struct sockaddr_storage *ret)
{
	struct ip ip = ip_of(to);

	for (size_t i = 0; i < p->n; i++) {
		if (cidr_has(&p->subnets[i].cidr, &ip)) {
			address_of(&p->subnets[i].from, ret);
			return 1;
		}
	}
	return 0;
}
