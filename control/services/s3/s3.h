/*
 * S3: what its families share.
 *
 * Documents, all in scope "{account of the bucket}:-":
 *	s3:bucket	id is the name: Name, CreationDate, Region, _owner, and each configuration
 *			under the name of its input's member (VersioningConfiguration, Policy …);
 *			_policy is the policy parsed
 *	s3:object/	id "BUCKET/KEY": the current version, which may be a delete marker
 *	s3:version/	id "BUCKET/KEY" \1 and what sorts newer ones first: the others
 *	s3:upload/	id "BUCKET/KEY" \1 UPLOAD
 *	s3:part/	id "UPLOAD/00001"
 *	s3:event/	id "BUCKET/" and what sorts later ones behind: events of buckets that notify (event.h)
 *	s3:replica/	the same: versions that are to be replicated (replication.h)
 *	s3:log/		the same: lines that are to be delivered (logging.h)
 *	s3:account	id "block": the account's PublicAccessBlockConfiguration
 *	s3:outbox	id is the bucket's name: it has events, or may have
 * s3:bucket-name in STORE_SYSTEM leads from a name to {account}; names are unique among all accounts.  An
 * entry whose bucket is gone (its account was reset) counts as free.
 *
 * A version has Bucket, Key, VersionId ("null" without versioning), ETag, Size, LastModified, StorageClass, what
 * was said with it (ContentType …, Metadata, Checksum…), _tags, _owner, _seq (grows with each version of
 * the key), _blobs [{id, size}] and, of an upload in parts, _parts [{PartNumber, Size, …}]; or DeleteMarker.
 */
#ifndef CONTROL_SERVICES_S3_S3_H
#define CONTROL_SERVICES_S3_S3_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct service s3_service;
extern const struct family s3_buckets, s3_objects, s3_gets, s3_deletes, s3_copies,
    s3_uploads, s3_upload_lists, s3_lists, s3_configurations, s3_taggings, s3_acls,
    s3_notifications, s3_loggings, s3_replications, s3_event_delivery, s3_public_access,
    s3_documents, s3_lifecycles, s3_locks, s3_restores;

#define S3_BUCKET  "s3:bucket"
#define S3_ACCOUNT "s3:account"
#define S3_OBJECT  "s3:object/"
#define S3_VERSION "s3:version/"
#define S3_UPLOAD  "s3:upload/"
#define S3_PART	   "s3:part/"

/* Handlers ask for permission with their bucket. */
#define S3(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

/* One whose body is streamed; `admit` is asked before that. */
#define S3_BODY(name_, run_, admit_, doc_)                                               \
	{                                                                                \
		.name = name_, .run = run_, .flags = OP_BODY | OP_ASKS, .admit = admit_, \
		.doc = doc_                                                              \
	}

extern const struct err_kind s3_no_bucket;    /* NoSuchBucket 404 */
extern const struct err_kind s3_no_key;	      /* NoSuchKey 404 */
extern const struct err_kind s3_no_version;   /* NoSuchVersion 404 */
extern const struct err_kind s3_no_upload;    /* NoSuchUpload 404 */
extern const struct err_kind s3_denied;	      /* AccessDenied 403 */
extern const struct err_kind s3_bad_argument; /* InvalidArgument 400 */
extern const struct err_kind s3_bad_request;  /* InvalidRequest 400 */
extern const struct err_kind s3_precondition; /* PreconditionFailed 412 */
extern const struct err_kind s3_malformed;    /* MalformedXML 400 */

/* Access */

/*
 * May the caller?  key NULL: to the bucket itself.  0, or -1 AccessDenied.
 */
int s3_permit(struct call *c, const json_t *bucket, const char *key, const char *action);

/* The same of a version (NULL: the current one), whose ACL counts, too. */
int s3_permit_version(struct call *c, const json_t *bucket, const char *key,
    const char *version, const char *action);

/* The same of what will be the caller's own, whoever has the bucket: its policy can only deny it. */
int s3_permit_own(struct call *c, const json_t *bucket, const char *key,
    const char *action);

/*
 * The bucket of a name, once the caller may: 0 and the shared document (or a copy to write), or -1 NoSuchBucket,
 * AccessDenied.  action NULL: nothing is asked.
 */
int s3_bucket_get(struct call *c, const char *name, const char *key, const char *action,
    json_t **ret);
int s3_bucket_edit(struct call *c, const char *name, const char *action, json_t **ret);
void s3_bucket_put(struct call *c, json_t *bucket);

/* The same of a copy's source, whose owner the input says apart; nothing is asked. */
int s3_bucket_source(struct call *c, const char *name, json_t **ret);

/* Public access */

/* All of it blocked, as in a new bucket. */
json_t *s3_block_all(void);

/* The settings of a block, those that are not said being false. */
json_t *s3_block_of(const json_t *said);

/* Does the bucket's block or its account's say so ("BlockPublicAcls")? */
int s3_blocks(struct call *c, const json_t *bucket, const char *setting);

/* May the policy be the bucket's?  0, or -1 when it lets anybody in and the bucket blocks that. */
int s3_may_be_public(struct call *c, const json_t *bucket, const json_t *policy);

/* The bucket's policy is public, and counts for nobody but its owner's account. */
int s3_is_shut(struct call *c, const json_t *bucket);

/* Where the bucket's documents are. */
const char *s3_scope(struct call *c, const json_t *bucket);

/* {ID} of an account (new): its canonical id, 64 hexadecimal digits. */
json_t *s3_owner(struct arena *a, const char *account);

/* Versions */

enum s3_versioning { S3_UNVERSIONED, S3_ENABLED, S3_SUSPENDED };
enum s3_versioning s3_versioning(const json_t *bucket);

char *s3_object_id(struct call *c, const json_t *bucket, const char *key);

/* The current version, be it a delete marker: 1, 0, -1. */
int s3_current(struct call *c, const json_t *bucket, const char *key, json_t **ret);

/*
 * The version that is asked for (NULL: the current one, which is no delete marker): 0, or -1 NoSuchKey, NoSuchVersion,
 * MethodNotAllowed for a marker.  *ret_id (may be NULL): where the document is, "" current.
 */
int s3_find(struct call *c, const json_t *bucket, const char *key, const char *version,
    json_t **ret, const char **ret_id);

/* The same, quietly: 1, 0 there is none, -1. */
int s3_look(struct call *c, const json_t *bucket, const char *key, const char *version,
    json_t **ret);

/*
 * A new version of doc's key: sets VersionId, _seq, LastModified and _owner, keeps or drops the one before it as the
 * bucket's versioning says.  0 or -1.
 */
int s3_put_version(struct call *c, const json_t *bucket, json_t *doc);

/* One version goes, with its bytes; of a current one the next takes its place.  0 or -1. */
int s3_remove_version(struct call *c, const json_t *bucket, const json_t *doc,
    const char *id);

/* Into an ordered kind, with its id, which walks need. */
void s3_put_at(struct call *c, const json_t *bucket, const char *kind, const char *id,
    json_t *doc);

/* A changed document of a version that s3_find() gave. */
void s3_put_found(struct call *c, const json_t *bucket, const char *id, json_t *doc);

/* No document refers to doc's blobs any more. */
void s3_drop_blobs(struct call *c, const json_t *doc);

/* Objects */

/*
 * What the input says of the object (PutObject, CopyObject, CreateMultipartUpload): headers, metadata, encryption,
 * storage class, tags, into doc; how it is encrypted, also by the bucket's default.  0, or -1 when it is wrong.
 */
int s3_take_said(struct call *c, const json_t *bucket, json_t *doc);

/* The body's sum into doc as member ChecksumCRC32 and the like. */
void s3_take_checksum(json_t *doc, enum checksum_kind kind, const char *base64,
    const char *type);

/* Of doc those members into the answer that its shape has. */
void s3_show_said(struct call *c, const json_t *doc);

/* If-Match and If-None-Match of a write against the current version: 0, or -1 PreconditionFailed. */
int s3_write_conditions(struct call *c, const json_t *bucket, const char *key);

/* Object lock */

/* What the input says, or the bucket by default: into doc.  0 or -1. */
int s3_take_lock(struct call *c, const json_t *bucket, const char *key, json_t *doc);

/* May the version go?  0, or -1 AccessDenied. */
int s3_check_lock(struct call *c, const json_t *bucket, const json_t *doc);

/* When a lifecycle rule will remove the current object: into the answer, if one will. */
void s3_show_expiration(struct call *c, const json_t *bucket, const json_t *doc);

/* The customer's key must be the object's: 0 or -1. */
int s3_check_customer_key(struct call *c, const json_t *doc, const char *prefix);

/* "\"…\"" against a header that has it with or without quotation marks, or "*". */
int s3_etag_matches(const char *header, const char *etag);

/* "a=b&c=d" of x-amz-tagging: 0 and [{Key, Value}], or -1 InvalidArgument. */
int s3_read_tags(struct call *c, const char *text, json_t **ret);

/* Tags of a bucket or object ("Object" in the message): 0, or -1 InvalidTag, BadRequest. */
enum { S3_BUCKET_TAGS = 50, S3_OBJECT_TAGS = 10 };
int s3_check_tags(struct call *c, const json_t *tags, size_t max, const char *noun);

/* 0, or -1 InvalidObjectState when the object's bytes would have to be restored first. */
int s3_check_archived(struct call *c, const json_t *doc);

/* Until when a restored copy is there, in seconds; 0: there is none. */
int64_t s3_restored_until(const struct call *c, const json_t *doc);

/* The same into the answer, if there is one. */
void s3_show_restored(struct call *c, const json_t *doc);

/* Of a key: at most 1,024 bytes.  0 or -1 KeyTooLongError. */
int s3_check_key(struct call *c, const char *key);

/* A part's, an upload's, a version's id. */
char *s3_random(struct arena *a, size_t n);

/* As service.each_blob. */
int s3_each_blob(struct env *env, blob_ref_fn *fn, void *arg, struct err *err);

/* "bytes=0-9" of size: 1 and the range, 0 it is none, -1 InvalidRange. */
int s3_range(struct call *c, const char *text, int64_t size, int64_t *ret_first,
    int64_t *ret_n);

#endif
