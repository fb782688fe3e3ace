/*
 * ACM: lists of certificates.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/acm/acm.h"

static const struct err_kind bad_args = { "InvalidArgsException", 400 };

enum { PAGE = 1000 };

/* Of rows of {Name} each in `wanted`, or nothing is. */
static int
has_all(const json_t *rows, const json_t *wanted)
{
	const json_t *v, *row;
	size_t i, k;

	json_array_foreach(wanted, i, v) {
		int found = strcmp(json_string_value(v), "ANY") == 0;

		json_array_foreach(rows, k, row)
			found = found || acm_is(row, "Name", json_string_value(v));
		if (!found)
			return 0;
	}
	return 1;
}

/* Without a choice of keys only RSA up to 2048 bits is listed, as AWS does. */
static int
is_wanted(struct call *c, const json_t *doc)
{
	const json_t *includes = in_object(c, "Includes"),
		     *keys = json_get(includes, "keyTypes"),
		     *statuses = in_list(c, "CertificateStatuses"),
		     *origins = in_list(c, "CertificateKeyPairOrigins");
	const char *key = json_str_or(doc, "KeyAlgorithm", "");

	if (statuses != NULL && !json_has_str(statuses, json_str_or(doc, "Status", "")))
		return 0;
	if (origins != NULL &&
	    !json_has_str(origins, json_str_or(doc, "CertificateKeyPairOrigin", "")))
		return 0;
	if (keys != NULL ? !json_has_str(keys, key) :
			   strcmp(key, "RSA_2048") != 0 && strcmp(key, "RSA_1024") != 0)
		return 0;
	if (json_str(includes, "exportOption") != NULL &&
	    !acm_is(json_get(doc, "Options"), "Export",
		json_str(includes, "exportOption")))
		return 0;
	if (json_str(includes, "managedBy") != NULL)
		return 0;
	return has_all(json_get(doc, "KeyUsages"), json_get(includes, "keyUsage")) &&
	    has_all(json_get(doc, "ExtendedKeyUsages"),
		json_get(includes, "extendedKeyUsage"));
}

static json_t *
names_of(const json_t *rows)
{
	json_t *names = json_new_array();
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_add_str(names, json_str_or(row, "Name", ""));
	return names;
}

static json_t *
summary(const json_t *doc)
{
	static const char *const members[] = { "CertificateArn", "DomainName", "Status",
		"Type", "KeyAlgorithm", "RenewalEligibility", "NotBefore", "NotAfter",
		"CreatedAt", "IssuedAt", "ImportedAt", "RevokedAt",
		"CertificateKeyPairOrigin" };
	json_t *row = json_new_object();

	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(doc, members[i]) != NULL)
			json_set(row, members[i], json_incref(json_get(doc, members[i])));
	}
	json_set(row, "SubjectAlternativeNameSummaries",
	    json_incref(json_get(doc, "SubjectAlternativeNames")));
	json_set_bool(row, "HasAdditionalSubjectAlternativeNames", 0);
	json_set(row, "KeyUsages", names_of(json_get(doc, "KeyUsages")));
	json_set(row, "ExtendedKeyUsages", names_of(json_get(doc, "ExtendedKeyUsages")));
	json_set_str(row, "ExportOption",
	    json_str_or(json_get(doc, "Options"), "Export", "DISABLED"));
	json_set_bool(row, "InUse", json_array_size(json_get(doc, "InUseBy")) > 0);
	json_set_bool(row, "Exported", json_bool(doc, "_exported", 0));
	return row;
}

static int
oldest_first(const void *a, const void *b)
{
	double x = json_num(*(json_t *const *)a, "CreatedAt", 0),
	       y = json_num(*(json_t *const *)b, "CreatedAt", 0);

	return (x > y) - (x < y);
}

static int
newest_first(const void *a, const void *b)
{
	return oldest_first(b, a);
}

/* Those that are wanted, in order. */
static int
choose(struct call *c, json_t ***ret, size_t *ret_n)
{
	const char *order = in_str(c, "SortOrder");
	struct store_docs docs;
	json_t **rows;
	size_t n = 0;

	if (in_has(c, "SortBy") != in_has(c, "SortOrder"))
		return err_set(&c->err, &acm_invalid,
		    "SortBy and SortOrder must be specified together.");
	if (store_list(c->txn, c->scope, acm_certificate.kind, &docs, &c->err) < 0)
		return -1;
	rows = arena_calloc(c->arena, docs.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < docs.n; i++) {
		if (is_wanted(c, docs.doc[i]))
			rows[n++] = docs.doc[i];
	}
	if (order != NULL)
		qsort(rows, n, sizeof(rows[0]),
		    strcmp(order, "ASCENDING") == 0 ? oldest_first : newest_first);
	*ret = rows;
	*ret_n = n;
	return 0;
}

static int
list(struct call *c)
{
	json_t *page = json_own(c->arena, json_new_array()), **rows;
	const char *token = in_str(c, "NextToken");
	size_t n, from = 0, end, size = (size_t)in_int(c, "MaxItems", PAGE);
	char *rest;

	if (acm_ask(c, NULL) < 0 || choose(c, &rows, &n) < 0)
		return -1;
	if (token != NULL) {
		from = strtoul(token, &rest, 10);
		if (*rest != '\0' || from == 0 || from > n)
			return err_set(&c->err, &bad_args, "Invalid NextToken.");
	}
	end = n - from > size ? from + size : n;
	for (size_t i = from; i < end; i++)
		json_add(page, summary(rows[i]));
	out_ref(c, "CertificateSummaryList", page);
	if (end < n)
		out_str(c, "NextToken", arena_printf(c->arena, "%zu", end));
	return 0;
}

static const struct op ops[] = {
	ACM("ListCertificates", list, OP_READ, "List certificates."),
};
const struct family acm_lists = FAMILY(ops, NULL);
