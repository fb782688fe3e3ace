#include "control/services/acm/proof.h"

#include <ctype.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/converge.h"
#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"

char *
proof_lower(struct arena *a, const char *name)
{
	char *lower = arena_strdup(a, name);

	for (char *p = lower; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return lower;
}

json_t *
proof_record(struct arena *a, const char *account, const char *domain)
{
	const char *bare = strncmp(domain, "*.", 2) == 0 ? domain + 2 : domain, *seed;
	char hex[65], letters[11];

	seed = arena_printf(a, "acm %s %s", account, bare);
	sha256_hex(seed, strlen(seed), hex);
	for (size_t i = 0; i < 10; i++)
		letters[i] = (char)('a' + (hex[i] * 7 + hex[i + 10]) % 26);
	letters[10] = '\0';
	return json_own(a,
	    json_make("{s:o, s:s, s:o}", "Name", json_new_fmt("_%.32s.%s.", hex, bare),
		"Type", "CNAME", "Value",
		json_new_fmt("_%.32s.%s.acm-validations.aws.", hex + 32, letters)));
}

/* One of the scope's public zones has the record. */
static int
scope_has(struct converge *cv, struct store_txn *t, const char *scope, const char *name,
    const char *value, struct err *err)
{
	struct store_docs zones;
	const char *key = r53_name_key(cv->arena, name), *target;

	if (store_list(t, scope, R53_ZONE, &zones, err) < 0)
		return -1;
	for (size_t i = 0; i < zones.n; i++) {
		const json_t *set;
		json_t *doc;
		size_t k;
		int rc;

		if (r53_zone_is_private(zones.doc[i]) ||
		    !r53_name_is_in(name, json_str_or(zones.doc[i], "Name", "")))
			continue;
		rc = store_get(t, scope, R53_NAME,
		    arena_printf(cv->arena, "%s/%s", r53_zone_id(zones.doc[i]), key),
		    &doc, err);
		if (rc < 0)
			return -1;
		json_array_foreach(rc > 0 ? json_get(doc, "Sets") : NULL, k, set) {
			const char *said =
			    json_str_or(json_array_get(json_get(set, "ResourceRecords"),
					    0),
				"Value", "");

			if (strcmp(json_str_or(set, "Type", ""), "CNAME") == 0 &&
			    r53_name_parse(cv->arena, said, &target) == R53_NAME_FINE &&
			    strcmp(target, value) == 0)
				return 1;
		}
	}
	return 0;
}

static int
is_proved(struct converge *cv, struct store_txn *t, const json_t *scopes,
    const json_t *record, struct err *err)
{
	const char *name, *value;
	const json_t *scope;
	size_t i;

	if (r53_name_parse(cv->arena, json_str_or(record, "Name", ""), &name) !=
		R53_NAME_FINE ||
	    r53_name_parse(cv->arena, json_str_or(record, "Value", ""), &value) !=
		R53_NAME_FINE)
		return 0;
	json_array_foreach(scopes, i, scope) {
		int rc = scope_has(cv, t, json_string_value(scope), name, value, err);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int
proof_find(struct converge *cv, json_t **ret, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *names = json_own(cv->arena, json_new_array()), *scopes, *row;
	size_t i;

	if (store_scopes(t, R53_ZONE, &scopes, err) < 0)
		return -1;
	json_array_foreach(json_get(cv->doc, "DomainValidationOptions"), i, row) {
		int rc = is_proved(cv, t, scopes, json_get(row, "ResourceRecord"), err);

		if (rc < 0)
			return -1;
		if (rc > 0)
			json_add_str(names, json_str_or(row, "DomainName", ""));
	}
	*ret = names;
	return 0;
}

int
proof_changed(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *scopes, *scope;
	struct store_docs docs;
	size_t i;

	if (store_scopes(t, PROOF_KIND, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		if (store_list(t, json_string_value(scope), PROOF_KIND, &docs, err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			const char *arn = json_str_or(docs.doc[k], "CertificateArn", "/");

			if (strcmp(json_str_or(docs.doc[k], "Status", ""),
				"PENDING_VALIDATION") == 0)
				cv->wake(cv, json_string_value(scope), PROOF_KIND,
				    strrchr(arn, '/') + 1);
		}
	}
	return 0;
}
