/*
 * S3: uploads by the forms of browsers ("POST Object"): multipart/form-data (RFC 7578) whose last field is the file,
 * let in by a policy that the bucket's owner has signed.
 *
 * Such a request is turned into a PutObject: its fields are that one's headers, its file the body.
 */
#ifndef CONTROL_SERVICES_S3_FORM_H
#define CONTROL_SERVICES_S3_FORM_H

#include "control/services/s3/front.h"

/* 1 the reply is there, 0 the request is no form. */
int s3_form_answer(const struct s3_visit *v);

/* For the files of forms: */

/* A body that is read as it comes. */
struct s3_form {
	struct wire_source file; /* what is in the file, once the fields are read */
	struct wire_source *in;
	const char *delimiter; /* "\r\n--BOUNDARY" */
	char *bytes;
	size_t from, to;  /* of bytes: what is read and not used */
	int is_over;	  /* of `in` */
	int has_ended;	  /* the file */
	int64_t size;	  /* of the file, so far */
	int64_t min, max; /* that it may have; a body that breaks them is broken off */
	json_t *fields;	  /* {name in small letters: value}, the arena's */
	const char *filename, *type; /* of the file; "" where it says none */
};

/*
 * The fields up to the file, of the source: 0, or -1 MalformedPOSTRequest, MaxPostPreDataLengthExceeded,
 * InvalidArgument.  `form` is filled; its file can be read then.
 */
int s3_form_read(struct arena *a, struct wire_source *in, const char *boundary,
    struct s3_form *form, struct err *err);

/*
 * The fields against the policy (base64), at the time: 0 and the file's limits in `form`, or -1 AccessDenied,
 * InvalidPolicyDocument.
 */
int s3_form_check(struct arena *a, const char *policy, const char *bucket, int64_t now_ms,
    struct s3_form *form, struct err *err);

#endif
