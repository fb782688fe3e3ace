#include <string.h>

#include "netdns/fabric_internal.h"

enum { MAX_TEXT = 255 };

int
fabric_text(const json_t *doc, const char *name, const char **ret, struct err *err)
{
	const char *s = json_str(doc, name);

	if (s == NULL || s[0] == '\0' || strlen(s) > MAX_TEXT)
		return FABRIC_WRONG(err, name, "must be a text of 1 to 255 bytes");
	*ret = s;
	return 0;
}

static int
is_absent(const json_t *doc, const char *name)
{
	const json_t *v = json_get(doc, name);

	return v == NULL || json_is_null(v);
}

/* A text that may be absent: NULL. */
int
fabric_text_or_none(const json_t *doc, const char *name, const char **ret,
    struct err *err)
{
	*ret = NULL;
	return is_absent(doc, name) ? 0 : fabric_text(doc, name, ret, err);
}

/* A name or id as Docker has them: nothing that means something in a URL. */
int
fabric_container(const json_t *doc, const char **ret, struct err *err)
{
	static const char abc[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (fabric_text_or_none(doc, "container", ret, err) < 0)
		return -1;
	if (*ret != NULL &&
	    (strchr("_.-", **ret) != NULL || (*ret)[strspn(*ret, abc)] != '\0'))
		return FABRIC_WRONG(err, "container", "is not the name of a container");
	return 0;
}

int
fabric_ip(const json_t *doc, const char *name, int is_needed, struct ip *ret,
    struct err *err)
{
	const char *s = json_str(doc, name);

	if (!is_needed && is_absent(doc, name))
		return 0;
	if (s == NULL || !ip_parse(s, ret))
		return FABRIC_WRONG(err, name, "must be an address");
	return 0;
}

int
fabric_cidr(const json_t *doc, const char *name, int is_needed, struct cidr *ret,
    struct err *err)
{
	const char *s = json_str(doc, name);

	if (!is_needed && is_absent(doc, name))
		return 0;
	if (s == NULL || !cidr_parse(s, ret) || !cidr_is_canonical(ret))
		return FABRIC_WRONG(err, name, "must be a network");
	return 0;
}

int
fabric_array(const json_t *doc, const char *name, size_t max, const json_t **ret,
    size_t *ret_n, struct err *err)
{
	const json_t *v = json_get(doc, name);

	if (v != NULL && !json_is_null(v) && !json_is_array(v))
		return FABRIC_WRONG(err, name, "must be a list");
	if (json_array_size(v) > max)
		return FABRIC_WRONG(err, name, "is too long");
	*ret = v;
	*ret_n = json_array_size(v);
	return 0;
}

int
fabric_cidrs(struct fabric_reader *r, const json_t *doc, const char *name,
    const struct cidr **ret, size_t *ret_n, struct err *err)
{
	const json_t *all;
	struct cidr *list;

	if (fabric_array(doc, name, FABRIC_MAX, &all, ret_n, err) < 0)
		return -1;
	list = arena_calloc(r->a, *ret_n + 1, sizeof(*list));
	for (size_t i = 0; i < *ret_n; i++) {
		const char *s = json_string_value(json_array_get(all, i));

		if (s == NULL || !cidr_parse(s, &list[i]))
			return FABRIC_WRONG(err, name, "has what is no network");
		cidr_mask(&list[i]);
	}
	*ret = list;
	return 0;
}

int
fabric_number(const json_t *doc, const char *name, int min, int max, int def, int *ret,
    struct err *err)
{
	const json_t *v = json_get(doc, name);

	*ret = def;
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < min ||
	    json_integer_value(v) > max)
		return FABRIC_WRONG(err, name, "is not a number that it may be");
	*ret = (int)json_integer_value(v);
	return 0;
}

int
fabric_ports(const json_t *doc, struct fabric_ports *p, struct err *err)
{
	int is_icmp, most;

	if (fabric_number(doc, "protocol", -1, 255, -1, &p->protocol, err) < 0)
		return -1;
	is_icmp = p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMP6;
	most = is_icmp ? 255 : 65535;
	if (fabric_number(doc, "from", -1, most, is_icmp ? -1 : 0, &p->from, err) < 0 ||
	    fabric_number(doc, "to", -1, most, is_icmp ? -1 : 65535, &p->to, err) < 0)
		return -1;
	/* TCP and UDP: -1 is EC2's other way to say all ports. */
	if (!is_icmp && p->from < 0)
		p->from = 0;
	if (!is_icmp && p->to < 0)
		p->to = 65535;
	return 0;
}

/* Those that are there: others are no longer. */
int
fabric_groups_of(const struct fabric_reader *r, const json_t *doc,
    const struct fabric_group *const **ret, size_t *ret_n, struct err *err)
{
	const struct fabric_group **list;
	const json_t *all;
	size_t n;

	if (fabric_array(doc, "groups", FABRIC_MAX, &all, &n, err) < 0)
		return -1;
	list = arena_calloc(r->a, n + 1, sizeof(struct fabric_group *));
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		long k =
		    fabric_find(r->at->groups, json_string_value(json_array_get(all, i)));

		if (k >= 0)
			list[(*ret_n)++] = &r->groups[k];
	}
	*ret = list;
	return 0;
}
