/*
 * Packets: as a query to the resolver, and as what another resolver says.
 *
 * Whatever comes, the reply must be one that our own reader understands, within the
 * limit, with the question that was asked.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agents/vpc/dns_answer.h"
#include "agents/vpc/dns_cache.h"
#include "base/cc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] =
    "{\"hostname\":\"simfra.local\",\"control\":\"10.0.0.3\",\"public\":\"198.18.0.0/16\","
    "\"control_zones\":[\"amazonaws.com\"],\"elsewhere\":[\"e.amazonaws.com\"],"
    "\"zones\":[\"ec2.internal\",\"compute-1.amazonaws.com\",\"compute.amazonaws.com\"],"
    "\"records\":[{\"name\":\"a.ec2.internal\",\"type\":\"A\",\"values\":[\"10.0.1.15\",\"10.0.1.16\"]},"
    "{\"name\":\"c.ec2.internal\",\"type\":\"CNAME\",\"values\":[\"a.ec2.internal\"]},"
    "{\"name\":\"o.ec2.internal\",\"type\":\"CNAME\",\"values\":[\"x.org\"]},"
    "{\"name\":\"*.w.ec2.internal\",\"type\":\"MX\",\"values\":[\"1 a.ec2.internal\"]}]}";

static void
must(int holds)
{
	if (!holds)
		abort();
}

static const struct dns_zones *
zones(void)
{
	static struct dns_zones *z;
	struct err err;
	json_t *doc;

	if (z == NULL) {
		must(json_read(config, strlen(config), &doc, &err) == 0);
		must(dns_zones_new(doc, &z, &err) == 0);
		json_decref(doc);
	}
	return z;
}

/* m, if not NULL, is what others say of the name. */
static void
reply_to(const uint8_t *data, size_t size, const struct dns_message *m, uint32_t age_s)
{
	static struct dns_reply reply;
	static struct dns_message again;
	static uint8_t out[DNS_MESSAGE_MAX];
	const struct dns_name *name;
	enum dns_sense sense;
	struct dns_query q;

	sense = dns_query_read(data, size, &q);
	if (sense == DNS_NOISE)
		return;
	if (dns_answer(zones(), sense, &q, &reply, &name) == DNS_ASK_OTHERS) {
		if (m != NULL)
			dns_answer_join(&reply, m, age_s);
		else
			dns_answer_fail(&reply);
	}
	for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
		size_t limit = dns_limit(&q, is_tcp),
		       n = dns_write(&q, &reply, out, limit);

		must(n >= DNS_HEADER_LEN && n <= limit);
		must(out[0] == data[0] && out[1] == data[1] && (out[2] & 0x80) != 0);
		if (q.has_question) {
			must(dns_message_read(out, n, &again) == 0);
			must(again.type == q.type && again.class == q.class);
			must(again.name.len == q.name.len &&
			    memcmp(again.name.wire, q.name.wire, q.name.len) == 0);
		}
	}
}

/* The first byte says how the rest is divided: a query, and a message of a server's. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_message m;
	static struct dns_cache *cache;
	struct dns_cached known;
	size_t n;

	if (size < 1)
		return 0;
	n = data[0] < size - 1 ? data[0] : size - 1;
	data++;
	size--;
	reply_to(data, n, NULL, 0);
	if (dns_message_read(data + n, size - n, &m) < 0)
		return 0;
	reply_to(data, n, &m, 7);
	if (cache == NULL)
		cache = dns_cache_new();
	dns_cache_put(cache, &m, data + n, size - n, 1000);
	if (dns_cache_find(cache, &m.name, m.type, 2000, &known))
		must(dns_message_read(known.bytes, known.len, &m) == 0);
	return 0;
}
