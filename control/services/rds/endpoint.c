/*
 * RDS: the name of an instance, and the certificate that says so.
 */
#include <string.h>

#include "base/enc.h"
#include "control/services/acm/acm.h"
#include "control/services/rds/rds.h"

/* Twelve letters and digits that all endpoints of the account in the region have. */
static char *
salt(struct call *c)
{
	static const char abc[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned char sum[32];
	char *out = arena_alloc(c->arena, 13);

	sha256(c->scope, strlen(c->scope), sum);
	out[0] = 'c';
	for (size_t i = 1; i < 12; i++)
		out[i] = abc[sum[i] % 36];
	out[12] = '\0';
	return out;
}

const char *
rds_address(struct call *c, const char *name)
{
	return arena_printf(c->arena, "%s.%s.%s.rds.amazonaws.com", name, salt(c),
	    c->region);
}

int
rds_certify(struct call *c, json_t *doc)
{
	const char *name = rds_address(c, json_str_or(doc, "DBInstanceIdentifier", ""));
	const char *pem, *key;

	if (c->env->ca == NULL)
		return 0;
	if (acm_make_pair(c->arena, c->env->ca, name,
		arena_printf(c->arena, "DNS:%s", name), c->now_ms, &pem, &key,
		&c->err) < 0)
		return -1;
	json_set_str(doc, "_cert", pem);
	json_set_str(doc, "_key", key);
	json_set(doc, "CertificateDetails",
	    json_make("{s:s, s:f}", "CAIdentifier",
		json_str_or(doc, "CACertificateIdentifier", ""), "ValidTill",
		(double)c->now_ms / 1000 + 364 * 86400));
	return 0;
}
