#include "agents/edge/target.h"

#include <netinet/in.h>
#include <string.h>

#include "base/enc.h"
#include "netdns/ip.h"

static const struct err_kind bad_forward = { "BadForward", 400 };

/* 1, or 0 when it is no address or no port. */
static int
parse_at(const char *text, int64_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct ip ip;

	if (text == NULL || !ip_parse(text, &ip) || port < 1 || port > UINT16_MAX)
		return 0;
	memset(ret, 0, sizeof(*ret));
	if (ip.version == 4) {
		memcpy(&in4.sin_addr, ip.b, 4);
		in4.sin_port = htons((uint16_t)port);
		memcpy(ret, &in4, sizeof(in4));
	} else {
		memcpy(&in6.sin6_addr, ip.b, 16);
		in6.sin6_port = htons((uint16_t)port);
		memcpy(ret, &in6, sizeof(in6));
	}
	return 1;
}

static int
read_protocol(const json_t *row)
{
	const char *word = json_str_or(row, "protocol", "");

	return strcmp(word, "tcp") == 0 ? HELLO_TCP :
	    strcmp(word, "udp") == 0	? HELLO_UDP :
					  0;
}

int
target_read(const json_t *row, const char *listen, struct target *ret, struct err *err)
{
	const json_t *via = json_get(row, "via");
	const char *id = json_str_or(row, "id", "");
	struct target t = { .to.protocol = read_protocol(row) };

	if (id[0] == '\0' || strlen(id) >= sizeof(t.id))
		return err_set(err, &bad_forward, "a forward has no id");
	memcpy(t.id, id, strlen(id) + 1);
	if (t.to.protocol == 0)
		return err_set(err, &bad_forward, "forward %s: neither tcp nor udp", id);
	if (!parse_at(listen, json_int(row, "port", 0), &t.at))
		return err_set(err, &bad_forward, "forward %s: no port to listen on", id);
	if (!parse_at(json_str(row, "to"), json_int(row, "to_port", 0), &t.to.to))
		return err_set(err, &bad_forward, "forward %s: nowhere to lead to", id);
	if (json_is_object(via) &&
	    (!parse_at(json_str(via, "address"), json_int(via, "port", 0), &t.via) ||
		!hex_decode(json_str_or(via, "key", ""), t.key, sizeof(t.key))))
		return err_set(err, &bad_forward, "forward %s: a bad way", id);
	*ret = t;
	return 0;
}

int
target_is_at(const struct target *a, const struct target *b)
{
	return a->to.protocol == b->to.protocol &&
	    memcmp(&a->at, &b->at, sizeof(a->at)) == 0;
}

int
target_leads_alike(const struct target *a, const struct target *b)
{
	return memcmp(&a->to.to, &b->to.to, sizeof(a->to.to)) == 0 &&
	    memcmp(&a->via, &b->via, sizeof(a->via)) == 0 &&
	    memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

int
target_is_udp(const struct target *t)
{
	return t->to.protocol == HELLO_UDP;
}
