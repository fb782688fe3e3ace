/*
 * IAM: OpenID Connect providers, whose tokens roles may be assumed with.
 *
 * The ARN has the URL without its scheme: documents are found by it, and have Url, ClientIDList, ThumbprintList.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "control/services/iam/iam.h"

enum { CLIENT_IDS = 100, THUMBPRINTS = 5 };

/* As the ARN has it: without scheme and the last slash; NULL when it is no URL of a provider. */
static const char *
host_and_path(struct call *c, const char *url)
{
	static const char scheme[] = "https://";
	size_t n;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	url += sizeof(scheme) - 1;
	n = strlen(url);
	if (n > 0 && url[n - 1] == '/')
		n--;
	if (n == 0 || strcspn(url, "/?#@ ") == 0 || url[strcspn(url, "?#@ ")] != '\0')
		return NULL;
	return arena_strndup(c->arena, url, n);
}

static int
check_thumbprints(struct call *c, const json_t *list)
{
	const json_t *v;
	size_t i;

	if (json_array_size(list) > THUMBPRINTS)
		return err_set(&c->err, &iam_bad_input,
		    "Thumbprint list must contain fewer than %d entries.", THUMBPRINTS);
	json_array_foreach(list, i, v) {
		const char *s = json_string_value(v);

		while (isxdigit((unsigned char)*s))
			s++;
		if (*s != '\0')
			return err_set(&c->err, &iam_bad_input,
			    "Thumbprint must contain only hexadecimal characters.");
	}
	return 0;
}

static json_t *
copy_or_empty(const json_t *list)
{
	return list != NULL ? json_copy_deep(list) : json_new_array();
}

static int
check_new(struct call *c, const char *arn)
{
	struct store_docs docs;

	if (iam_permit(c, arn) < 0 || iam_list(c, &iam_oidc_provider, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcasecmp(json_str_or(docs.doc[i], "Arn", ""), arn) == 0)
			return err_set(&c->err, &iam_exists,
			    "Provider with url %s already exists.", in_str(c, "Url"));
	}
	if (docs.n >= iam_oidc_provider.limit)
		return err_set(&c->err, &iam_limit, "Cannot exceed quota for %s: %zu",
		    iam_oidc_provider.quota, iam_oidc_provider.limit);
	return 0;
}

static int
create(struct call *c)
{
	const char *name = host_and_path(c, in_str(c, "Url")), *arn;
	json_t *doc;

	if (name == NULL)
		return err_set(&c->err, &iam_invalid,
		    "Invalid Open ID Connect Provider URL");
	arn = call_arn(c, arena_printf(c->arena, "oidc-provider/%s", name));
	if (check_new(c, arn) < 0 ||
	    check_thumbprints(c, in_list(c, "ThumbprintList")) < 0)
		return -1;
	if (json_array_size(in_list(c, "ClientIDList")) > CLIENT_IDS)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d",
		    CLIENT_IDS);
	doc = json_own(c->arena, json_make("{s:s, s:s}", "Arn", arn, "Url", name));
	json_set(doc, "ClientIDList", copy_or_empty(in_list(c, "ClientIDList")));
	json_set(doc, "ThumbprintList", copy_or_empty(in_list(c, "ThumbprintList")));
	json_set(doc, "CreateDate", call_now(c));
	if (in_list(c, "Tags") != NULL && iam_merge_tags(c, doc) < 0)
		return -1;
	iam_put(c, &iam_oidc_provider, doc);
	out_str(c, "OpenIDConnectProviderArn", arn);
	if (json_get(doc, "Tags") != NULL)
		out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

static const char *
arn_of(struct call *c)
{
	return in_str(c, "OpenIDConnectProviderArn");
}

static int
get(struct call *c)
{
	static const char *const members[] = { "Url", "ClientIDList", "ThumbprintList",
		"CreateDate", "Tags" };
	json_t *doc;

	if (iam_get(c, &iam_oidc_provider, arn_of(c), &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(doc, members[i]) != NULL)
			out_ref(c, members[i], json_get(doc, members[i]));
	}
	return 0;
}

static int
list(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (iam_permit(c, "*") < 0 || iam_list(c, &iam_oidc_provider, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		json_add(rows, json_make("{s:s}", "Arn", json_str(docs.doc[i], "Arn")));
	out_ref(c, "OpenIDConnectProviderList", rows);
	return 0;
}

/* One that is gone already is gone. */
static int delete (struct call *c)
{
	json_t *doc;
	int rc = iam_find(c, &iam_oidc_provider, arn_of(c), &doc);

	if (rc < 0 || iam_permit(c, arn_of(c)) < 0)
		return -1;
	if (rc > 0)
		store_delete(c->txn, c->scope, iam_oidc_provider.kind, arn_of(c));
	return 0;
}

static int
add_client(struct call *c)
{
	json_t *doc, *ids;

	if (iam_edit(c, &iam_oidc_provider, arn_of(c), &doc) < 0)
		return -1;
	ids = json_need_array(doc, "ClientIDList");
	if (json_has_str(ids, in_str(c, "ClientID")))
		return 0;
	if (json_array_size(ids) >= CLIENT_IDS)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d",
		    CLIENT_IDS);
	json_add_str(ids, in_str(c, "ClientID"));
	iam_put(c, &iam_oidc_provider, doc);
	return 0;
}

static int
remove_client(struct call *c)
{
	json_t *doc, *ids;
	const json_t *v;
	size_t i;

	if (iam_edit(c, &iam_oidc_provider, arn_of(c), &doc) < 0)
		return -1;
	ids = json_need_array(doc, "ClientIDList");
	json_array_foreach(ids, i, v) {
		if (strcmp(json_string_value(v), in_str(c, "ClientID")) == 0)
			break;
	}
	if (i < json_array_size(ids)) {
		json_array_remove(ids, i);
		iam_put(c, &iam_oidc_provider, doc);
	}
	return 0;
}

static int
update_thumbprints(struct call *c)
{
	json_t *doc;

	if (iam_edit(c, &iam_oidc_provider, arn_of(c), &doc) < 0 ||
	    check_thumbprints(c, in_list(c, "ThumbprintList")) < 0)
		return -1;
	json_set(doc, "ThumbprintList", json_copy_deep(in_list(c, "ThumbprintList")));
	iam_put(c, &iam_oidc_provider, doc);
	return 0;
}

static const struct op ops[] = {
	IAM("AddClientIDToOpenIDConnectProvider", add_client, 0,
	    "Let tokens for another client in."),
	IAM("CreateOpenIDConnectProvider", create, 0,
	    "Trust the tokens of an OpenID Connect provider."),
	IAM("DeleteOpenIDConnectProvider", delete, 0, "Delete an OIDC provider."),
	IAM("GetOpenIDConnectProvider", get, OP_READ, "Show an OIDC provider."),
	IAM("ListOpenIDConnectProviders", list, OP_READ, "List OIDC providers."),
	IAM("RemoveClientIDFromOpenIDConnectProvider", remove_client, 0,
	    "Let tokens for a client in no longer."),
	IAM("UpdateOpenIDConnectProviderThumbprint", update_thumbprints, 0,
	    "Replace the thumbprints of a provider's certificates."),
};
const struct family iam_oidc_providers = FAMILY(ops, NULL);
