/* ListParts, ListMultipartUploads. */
#include <string.h>

#include "control/services/s3/upload.h"

enum { PAGE = 1000 };

static json_t *
show_part(const json_t *doc)
{
	json_t *row = json_copy_shallow((json_t *)(uintptr_t)doc);

	json_del(row, "_blobs");
	json_del(row, "_id");
	json_del(row, "_rev");
	return row;
}

static int
list_parts(struct call *c)
{
	int64_t max = in_int(c, "MaxParts", PAGE), after;
	json_t *bucket, *upload, *rows = json_own(c->arena, json_new_array());
	struct store_docs parts;
	int64_t last = 0;

	if (s3_upload_need(c, "s3:ListMultipartUploadParts", &bucket, &upload) < 0 ||
	    s3_upload_parts(c, bucket, in_str(c, "UploadId"), &parts) < 0)
		return -1;
	after = in_int(c, "PartNumberMarker", 0);
	max = max < PAGE ? max : PAGE;
	for (size_t i = 0; i < parts.n; i++) {
		int64_t number = json_int(parts.doc[i], "PartNumber", 0);

		if (number <= after)
			continue;
		if ((int64_t)json_array_size(rows) >= max) {
			out_bool(c, "IsTruncated", 1);
			break;
		}
		last = number;
		json_add(rows, show_part(parts.doc[i]));
	}
	if (json_get(c->out, "IsTruncated") == NULL)
		out_bool(c, "IsTruncated", 0);
	out_str(c, "Bucket", in_str(c, "Bucket"));
	out_str(c, "Key", in_str(c, "Key"));
	out_str(c, "UploadId", in_str(c, "UploadId"));
	out_int(c, "PartNumberMarker", after);
	out_int(c, "NextPartNumberMarker", last);
	out_int(c, "MaxParts", max);
	out_ref(c, "Parts", rows);
	out_str(c, "StorageClass", json_str(upload, "StorageClass"));
	out_str(c, "ChecksumAlgorithm", json_str(upload, "ChecksumAlgorithm"));
	out_str(c, "ChecksumType", json_str(upload, "ChecksumType"));
	out_set(c, "Owner", s3_owner(c->arena, json_str_or(bucket, "_owner", "")));
	out_set(c, "Initiator",
	    s3_owner(c->arena, json_str_or(upload, "_initiator", "")));
	return 0;
}

static json_t *
show_upload(struct call *c, const json_t *bucket, const json_t *doc)
{
	json_t *row = json_make("{s:O, s:O, s:O, s:O, s:o, s:o}", "Key",
	    json_get(doc, "Key"), "UploadId", json_get(doc, "UploadId"), "Initiated",
	    json_get(doc, "Initiated"), "StorageClass", json_get(doc, "StorageClass"),
	    "Owner", s3_owner(c->arena, json_str_or(bucket, "_owner", "")), "Initiator",
	    s3_owner(c->arena, json_str_or(doc, "_initiator", "")));

	json_set_str(row, "ChecksumAlgorithm", json_str(doc, "ChecksumAlgorithm"));
	json_set_str(row, "ChecksumType", json_str(doc, "ChecksumType"));
	return row;
}

/* Is it behind the markers? */
static int
is_behind(const json_t *doc, const char *key, const char *upload)
{
	int cmp = key != NULL ? strcmp(json_str_or(doc, "Key", ""), key) : 1;

	return cmp > 0 ||
	    (cmp == 0 && upload != NULL &&
		strcmp(json_str_or(doc, "UploadId", ""), upload) > 0);
}

static int
list_uploads(struct call *c)
{
	const char *prefix = json_str_or(c->in, "Prefix", ""),
		   *name = in_str(c, "Bucket");
	const char *delimiter = in_str(c, "Delimiter"), *folded = "";
	int64_t max = in_int(c, "MaxUploads", PAGE), n = 0;
	json_t *bucket, *rows = json_own(c->arena, json_new_array());
	json_t *prefixes = json_own(c->arena, json_new_array());
	struct store_span span = { arena_printf(c->arena, "%s/%s", name, prefix), NULL, 1,
		PAGE };
	struct store_docs docs = { 0 };
	const json_t *last = NULL;

	if (s3_bucket_get(c, name, NULL, "s3:ListBucketMultipartUploads", &bucket) < 0)
		return -1;
	max = max < PAGE ? max : PAGE;
	out_bool(c, "IsTruncated", 0);
	do {
		if (store_range(c->txn, s3_scope(c, bucket), S3_UPLOAD, &span, &docs,
			&c->err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			const char *key = json_str_or(docs.doc[i], "Key", ""), *at = NULL;

			span.from = json_str_or(docs.doc[i], "_id", "");
			if (delimiter != NULL && *delimiter != '\0')
				at = strstr(key + strlen(prefix), delimiter);
			if (!is_behind(docs.doc[i], in_str(c, "KeyMarker"),
				in_str(c, "UploadIdMarker")) ||
			    (at != NULL && *folded != '\0' &&
				strncmp(key, folded, strlen(folded)) == 0))
				continue;
			if (n >= max) {
				out_bool(c, "IsTruncated", 1);
				out_str(c, "NextKeyMarker", json_str(last, "Key"));
				out_str(c, "NextUploadIdMarker",
				    json_str(last, "UploadId"));
				docs.n = 0;
				break;
			}
			n++;
			last = docs.doc[i];
			if (at == NULL) {
				json_add(rows, show_upload(c, bucket, docs.doc[i]));
				continue;
			}
			folded = arena_strndup(c->arena, key,
			    (size_t)(at - key) + strlen(delimiter));
			json_add(prefixes, json_make("{s:s}", "Prefix", folded));
		}
	} while (docs.n == PAGE);
	out_str(c, "Bucket", name);
	out_str(c, "Prefix", prefix);
	out_str(c, "Delimiter", delimiter);
	out_str(c, "KeyMarker", json_str_or(c->in, "KeyMarker", ""));
	out_str(c, "UploadIdMarker", json_str_or(c->in, "UploadIdMarker", ""));
	out_int(c, "MaxUploads", max);
	out_ref(c, "Uploads", rows);
	out_ref(c, "CommonPrefixes", prefixes);
	return 0;
}

static const struct op ops[] = {
	S3("ListMultipartUploads", list_uploads, OP_READ,
	    "List uploads that are not completed."),
	S3("ListParts", list_parts, OP_READ, "List the parts of an upload."),
};

const struct family s3_upload_lists = FAMILY(ops, NULL);
