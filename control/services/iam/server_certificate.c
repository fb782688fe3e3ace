/*
 * IAM: server certificates, which load balancers show.
 */
#include <string.h>

#include "control/services/iam/iam.h"
#include "control/services/iam/pem.h"

static json_t *
metadata(const json_t *doc)
{
	static const char *const members[] = { "Path", "ServerCertificateName",
		"ServerCertificateId", "Arn", "UploadDate", "Expiration" };
	json_t *row = json_new_object();

	for (size_t i = 0; i < COUNT(members); i++)
		json_set(row, members[i], json_incref(json_get(doc, members[i])));
	return row;
}

static int
upload(struct call *c)
{
	const char *body = in_str(c, "CertificateBody"),
		   *chain = in_str(c, "CertificateChain");
	json_t *doc = iam_new(c, &iam_server_certificate,
	    in_str(c, "ServerCertificateName"), in_str(c, "Path"));
	int64_t end = 0;

	if (doc == NULL || pem_certificate(c, body, &end) < 0 ||
	    pem_pair(c, body, in_str(c, "PrivateKey")) < 0 ||
	    (chain != NULL && pem_chain(c, chain) < 0))
		return -1;
	json_set(doc, "UploadDate", json_incref(json_get(doc, "CreateDate")));
	json_set_num(doc, "Expiration", (double)end);
	json_set_str(doc, "CertificateBody", body);
	json_set_str(doc, "CertificateChain", chain);
	json_set_str(doc, "_key", in_str(c, "PrivateKey"));
	iam_put(c, &iam_server_certificate, doc);
	out_set(c, "ServerCertificateMetadata", metadata(doc));
	if (json_get(doc, "Tags") != NULL)
		out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

static int
get(struct call *c)
{
	static const char *const members[] = { "CertificateBody", "CertificateChain",
		"Tags" };
	json_t *doc, *out;

	if (iam_get(c, &iam_server_certificate, in_str(c, "ServerCertificateName"),
		&doc) < 0)
		return -1;
	out = json_new_object();
	json_set(out, "ServerCertificateMetadata", metadata(doc));
	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(doc, members[i]) != NULL)
			json_set(out, members[i], json_incref(json_get(doc, members[i])));
	}
	out_set(c, "ServerCertificate", out);
	return 0;
}

static int
list(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (iam_permit(c, "server-certificate/*") < 0 ||
	    iam_list(c, &iam_server_certificate, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (iam_has_prefix(c, docs.doc[i]))
			json_add(rows, metadata(docs.doc[i]));
	}
	return iam_page(c, rows, "ServerCertificateMetadataList",
	    "ServerCertificateName");
}

static int
update(struct call *c)
{
	return iam_update_names(c, &iam_server_certificate, "NewServerCertificateName",
	    NULL);
}

static int delete (struct call *c)
{
	const char *name = in_str(c, "ServerCertificateName");
	json_t *doc;

	if (iam_get(c, &iam_server_certificate, name, &doc) < 0)
		return -1;
	store_delete(c->txn, c->scope, iam_server_certificate.kind, name);
	return 0;
}

static const struct op ops[] = {
	IAM("DeleteServerCertificate", delete, 0, "Delete a server certificate."),
	IAM("GetServerCertificate", get, OP_READ, "Show a server certificate."),
	IAM("ListServerCertificates", list, OP_READ, "List server certificates."),
	IAM("UpdateServerCertificate", update, 0,
	    "Give a server certificate another name or path."),
	IAM("UploadServerCertificate", upload, 0,
	    "Keep a certificate with its private key."),
};
const struct family iam_server_certificates = FAMILY(ops, NULL);
