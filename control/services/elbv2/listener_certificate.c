/*
 * Elastic Load Balancing: further certificates of listeners, chosen by the name that a client says (SNI).
 */
#include <string.h>

#include "control/services/acm/acm.h"
#include "control/services/elbv2/elbv2.h"

static const struct err_kind not_found = { "CertificateNotFound", 400 };
static const struct err_kind unsupported = { "UnsupportedCertificate", 400 };
static const struct err_kind too_many = { "TooManyCertificates", 400 };

enum { MOST = 26 }; /* with the default one */

int
elbv2_certificate_check(struct call *c, const char *arn)
{
	const char *slash = strrchr(arn, '/');
	json_t *doc;
	int rc = slash == NULL ?
	    0 :
	    store_get(c->txn, c->scope, acm_certificate.kind, slash + 1, &doc, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !elbv2_is(doc, "CertificateArn", arn))
		return err_set(&c->err, &not_found, "Certificate '%.200s' not found",
		    arn);
	if (json_str(doc, "_pem") == NULL || json_str(doc, "_key") == NULL)
		return err_set(&c->err, &unsupported,
		    "The certificate '%s' must have a fully-qualified domain name, a "
		    "supported signature, and a supported key size.",
		    arn);
	return 0;
}

/* The load balancers whose listeners have the certificate, as ACM shows them.  0 or -1. */
static int
note_use(struct call *c, const char *arn)
{
	const char *slash = strrchr(arn, '/');
	json_t *doc, *users = json_own(c->arena, json_new_array());
	struct store_docs all;
	int rc;

	if (slash == NULL || resource_list(c, &elbv2_listener, &all) < 0)
		return slash == NULL ? 0 : -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *lb = json_str_or(all.doc[i], "LoadBalancerArn", "");

		if (json_has_str(json_get(all.doc[i], "_certificates"), arn) &&
		    !json_has_str(users, lb))
			json_add_str(users, lb);
	}
	rc = store_edit(c->txn, c->scope, acm_certificate.kind, slash + 1, &doc, &c->err);
	if (rc <= 0 || json_equal(json_get(doc, "InUseBy"), users))
		return rc < 0 ? -1 : 0;
	json_set(doc, "InUseBy", json_incref(users));
	store_put(c->txn, c->scope, acm_certificate.kind, slash + 1, doc);
	return 0;
}

int
elbv2_certificates_note(struct call *c, const json_t *before, const json_t *after)
{
	const json_t *v;
	size_t i;

	json_array_foreach(before, i, v) {
		if (note_use(c, json_string_value(v)) < 0)
			return -1;
	}
	json_array_foreach(after, i, v) {
		if (note_use(c, json_string_value(v)) < 0)
			return -1;
	}
	return 0;
}

/* The listener of the input, which has certificates: 0 or -1. */
static int
edit(struct call *c, json_t **ret)
{
	if (elbv2_edit(c, &elbv2_listener, in_str(c, "ListenerArn"), ret) < 0)
		return -1;
	if (!elbv2_is_secure(json_str_or(*ret, "Protocol", "")))
		return err_set(&c->err, &elbv2_invalid,
		    "A certificate cannot be specified for %s listeners",
		    json_str_or(*ret, "Protocol", ""));
	if (json_array_size(in_list(c, "Certificates")) == 0)
		return err_set(&c->err, &elbv2_invalid,
		    "A certificate must be specified");
	return 0;
}

static const char *
arn_of(struct call *c, const json_t *row)
{
	const char *arn = json_str(row, "CertificateArn");

	if (arn == NULL)
		err_set_fn(&c->err, &elbv2_invalid,
		    "A certificate ARN must be specified");
	else if (json_get(row, "IsDefault") != NULL)
		err_set_fn(&c->err, &elbv2_invalid,
		    "You cannot set the IsDefault value for a certificate here");
	else
		return arn;
	return NULL;
}

static json_t *
shown(struct call *c, const char *arn, int is_default)
{
	return json_own(c->arena,
	    json_make("{s:s, s:b}", "CertificateArn", arn, "IsDefault", is_default));
}

static int
add_listener_certificates(struct call *c)
{
	json_t *doc, *list, *out = json_own(c->arena, json_new_array());
	const json_t *row;
	size_t i;

	if (edit(c, &doc) < 0)
		return -1;
	list = json_get(doc, "_certificates");
	json_array_foreach(in_list(c, "Certificates"), i, row) {
		const char *arn = arn_of(c, row);

		if (arn == NULL || elbv2_certificate_check(c, arn) < 0)
			return -1;
		if (!json_has_str(list, arn))
			json_add_str(list, arn);
		json_add(out, json_incref(shown(c, arn, 0)));
	}
	if (json_array_size(list) > MOST)
		return err_set(&c->err, &too_many,
		    "The maximum number of certificates for a listener (%d) has been reached",
		    MOST - 1);
	resource_put(c, &elbv2_listener, doc);
	out_ref(c, "Certificates", out);
	return elbv2_certificates_note(c, NULL, list);
}

static int
remove_listener_certificates(struct call *c)
{
	json_t *doc, *list, *before;
	const json_t *row;
	size_t i;

	if (edit(c, &doc) < 0)
		return -1;
	list = json_get(doc, "_certificates");
	before = json_own(c->arena, json_copy_deep(list));
	json_array_foreach(in_list(c, "Certificates"), i, row) {
		const char *arn = arn_of(c, row);

		if (arn == NULL)
			return -1;
		if (strcmp(json_string_value(json_array_get(list, 0)), arn) == 0)
			return err_set(&c->err, &elbv2_not_permitted,
			    "Default certificate cannot be removed");
		for (size_t k = json_array_size(list); k-- > 1;) {
			if (strcmp(json_string_value(json_array_get(list, k)), arn) == 0)
				json_array_remove(list, k);
		}
	}
	resource_put(c, &elbv2_listener, doc);
	return elbv2_certificates_note(c, before, NULL);
}

static int
describe_listener_certificates(struct call *c)
{
	json_t *doc, *out = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	if (elbv2_get(c, &elbv2_listener, in_str(c, "ListenerArn"), &doc) < 0)
		return -1;
	json_array_foreach(json_get(doc, "_certificates"), i, v)
		json_add(out, json_incref(shown(c, json_string_value(v), i == 0)));
	return elbv2_page(c, "Certificates", out, 400);
}

static const struct op ops[] = {
	ELB("AddListenerCertificates", add_listener_certificates, 0,
	    "Give a listener further certificates."),
	ELB("DescribeListenerCertificates", describe_listener_certificates, OP_READ,
	    "List a listener's certificates."),
	ELB("RemoveListenerCertificates", remove_listener_certificates, 0,
	    "Take certificates away from a listener."),
};

const struct family elbv2_listener_certificates = FAMILY(ops, NULL);
