/*
 * Calls of IAM's as root, for its tests.
 */
#ifndef TESTS_API_IAM_CALLS_H
#define TESTS_API_IAM_CALLS_H

#include "tests/api/fixture.h"

#define ARN "arn:aws:iam::" FIXTURE_ACCOUNT ":"
#define TRUST                                                                          \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"      \
	"\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":\\\"ec2.amazonaws.com\\\"}," \
	"\\\"Action\\\":\\\"sts:AssumeRole\\\"}]}"
#define POLICY                                                                    \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":" \
	"\\\"Allow\\\",\\\"Action\\\":\\\"s3:Get*\\\",\\\"Resource\\\":\\\"*\\\"}]}"
#define POLICY_ENCODED                                                                   \
	"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A"  \
	"%22Allow%22%2C%22Action%22%3A%22s3%3AGet%2A%22%2C%22Resource%22%3A%22%2A%22%7D" \
	"%5D%7D"

json_t *iam_ok(struct fixture *f, const char *op, const char *params);

/* Refused with the code, in these words (NULL: any). */
void iam_no(struct fixture *f, const char *op, const char *params, const char *code,
    const char *message);

struct iam_refusal {
	const char *op, *params, *code, *message;
};
void iam_refused(struct fixture *f, const struct iam_refusal *r, size_t n);

/* The text at the path of an answer. */
void iam_is(const json_t *v, const char *path, const char *text);

#endif
