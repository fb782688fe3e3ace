#include "netdns/source.h"

#include <string.h>

#include "netdns/link.h"

enum { FIRST_TABLE = 10000, MAX_NUMBER = 999 };

unsigned
source_table(const char *device)
{
	const char *first = device + strcspn(device, "0123456789"), *digits = first;
	unsigned n = 0;

	for (; *digits >= '0' && *digits <= '9' && n <= MAX_NUMBER; digits++)
		n = n * 10 + (unsigned)(*digits - '0');
	return digits == first || n > MAX_NUMBER || *digits != '\0' ? 0 : FIRST_TABLE + n;
}

/* A kernel with IPv6 always has rules of it: its own. */
static int
has_version(const struct view *v, unsigned version)
{
	for (size_t i = 0; i < v->n_rules; i++) {
		if (v->rules[i].version == version)
			return 1;
	}
	return 0;
}

int
source_ensure(struct rtnl *r, const struct fabric_eni *const *enis, size_t n,
    struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	size_t n_rules = 0, max = 0;
	struct rule *rules;
	struct view v;

	if (rtnl_view(r, a, VIEW_RULES, &v, err) < 0)
		return err_wrap(err, "the way back of interfaces");
	for (size_t i = 0; i < n; i++)
		max += enis[i]->n_addresses;
	rules = arena_calloc(a, max + 1, sizeof(*rules));
	for (size_t i = 0; i < n; i++) {
		unsigned table = source_table(enis[i]->device);

		for (size_t k = 0; table != 0 && k < enis[i]->n_addresses; k++) {
			const struct ip *ip = &enis[i]->addresses[k].ip;

			if (!has_version(&v, ip->version))
				continue;
			rules[n_rules++] = (struct rule){ .version = ip->version,
				.pref = table,
				.table = table,
				.suppress = -1,
				.src = { *ip, ip->version == 4 ? 32 : 128 } };
		}
	}
	if (link_set_rules(r, &v, rules, n_rules, err) < 0)
		return err_wrap(err, "the way back of interfaces");
	return 0;
}
