/*
 * ACM: the service, and what its families share.
 */
#include "control/services/acm/acm.h"

#include <string.h>

#include "base/clock.h"
#include "control/api/tags.h"

const struct err_kind acm_invalid = { "ValidationException", 400 };
const struct err_kind acm_bad_parameter = { "InvalidParameterException", 400 };
const struct err_kind acm_not_found = { "ResourceNotFoundException", 400 };
const struct err_kind acm_bad_state = { "InvalidStateException", 400 };
const struct err_kind acm_in_progress = { "RequestInProgressException", 400 };

static const struct err_kind bad_tag = { "InvalidTagException", 400 };
static const struct err_kind too_many_tags = { "TooManyTagsException", 400 };

int
acm_ask(struct call *c, const char *arn)
{
	const struct auth_question q = { .resource = arn != NULL ? arn : "*" };

	return call_ask(c, &q);
}

int
acm_is(const json_t *doc, const char *member, const char *text)
{
	return strcmp(json_str_or(doc, member, ""), text) == 0;
}

static const char *
id_of(const char *arn)
{
	const char *slash = strrchr(arn, '/');

	return slash != NULL ? slash + 1 : "";
}

int
acm_get(struct call *c, const char *member, int is_edit, json_t **ret)
{
	const char *arn = in_str(c, member), *id = id_of(arn);
	int rc;

	if (acm_ask(c, arn) < 0)
		return -1;
	rc = is_edit ?
	    store_edit(c->txn, c->scope, acm_certificate.kind, id, ret, &c->err) :
	    store_get(c->txn, c->scope, acm_certificate.kind, id, ret, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || !acm_is(*ret, "CertificateArn", arn))
		return err_set(&c->err, &acm_not_found, "Could not find certificate %s.",
		    arn);
	return 0;
}

void
acm_put(struct call *c, json_t *doc)
{
	store_put(c->txn, c->scope, acm_certificate.kind,
	    id_of(json_str_or(doc, "CertificateArn", "")), doc);
}

json_t *
acm_new(struct call *c, const char *type, const char *domain)
{
	json_t *doc = json_own(c->arena, json_new_object());
	char hex[33];

	random_hex(hex, 32);
	json_set_str(doc, "CertificateArn",
	    call_arn(c,
		arena_printf(c->arena, "certificate/%.8s-%.4s-%.4s-%.4s-%.12s", hex,
		    hex + 8, hex + 12, hex + 16, hex + 20)));
	json_set_str(doc, "_id", id_of(json_str_or(doc, "CertificateArn", "")));
	json_set_str(doc, "DomainName", domain);
	json_set_str(doc, "Type", type);
	json_set(doc, "CreatedAt", call_now(c));
	json_set(doc, "InUseBy", json_new_array());
	json_set_str(doc, "RenewalEligibility", "INELIGIBLE");
	return doc;
}

int
acm_merge_tags(struct call *c, json_t *doc, const json_t *tags)
{
	json_t *own = json_need_array(doc, "Tags");
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		const char *key = json_str_or(tag, "Key", "");
		json_t *have = tags_find(own, key);

		if (strncmp(key, "aws:", 4) == 0)
			return err_set(&c->err, &bad_tag,
			    "AWS internal tags cannot be changed with this API");
		if (have != NULL)
			json_set_str(have, "Value", json_str_or(tag, "Value", ""));
		else
			json_add(own,
			    json_make("{s:s, s:s}", "Key", key, "Value",
				json_str_or(tag, "Value", "")));
	}
	if (json_array_size(own) > TAGS_MAX)
		return err_set(&c->err, &too_many_tags,
		    "the TagSet: '%zu tags' contains too many Tags",
		    json_array_size(own));
	return 0;
}

static const struct family *const families[] = {
	&acm_accounts,
	&acm_certificates,
	&acm_imports,
	&acm_lists,
	&acm_requests,
	&acm_tags,
	NULL,
};

const struct service acm_service = {
	.name = "acm",
	.families = families,
};
