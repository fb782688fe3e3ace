/*
 * What a protocol costs: decoding (and validating) a request, encoding a reply, each small and large.
 *
 *	wire_protocols              a line for each: name, bytes, microseconds (the best of several rounds)
 *	wire_protocols NAME TIMES   only that, TIMES times within count_this(): for callgrind's --toggle-collect
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/wire/cbor_body.h"
#include "control/wire/checksum.h"
#include "control/wire/codec.h"

enum { SMALL = 1, LARGE = 50, ROUNDS = 9, ROUND_US = 4000, SUMMED = 8 << 20 };

/* '%' in an item is its number, from 1. */
struct text {
	const char *head, *item, *separator, *tail;
};

struct row {
	const char *name, *model;
	const char *op, *path;	   /* of the request */
	struct wire_header header; /* by which the protocol is told */
	struct text in;
	const char *reply; /* the operation whose reply is written */
	struct text out;
};

#define FORM                                                        \
	{                                                           \
		"Content-Type", "application/x-www-form-urlencoded" \
	}

static const struct row rows[] = {
	{ "ec2", "ec2", "RunInstances", "/", FORM,
	    { "Action=RunInstances&Version=2016-11-15&ImageId=ami-0123456789abcdef0"
	      "&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId=subnet-0123456789abcdef0"
	      "&TagSpecification.1.ResourceType=instance&",
		"TagSpecification.1.Tag.%.Key=key-%&TagSpecification.1.Tag.%.Value=a+value",
		"&", "" },
	    "DescribeVpcs",
	    { "{\"Vpcs\":[",
		"{\"CidrBlock\":\"10.%.0.0/16\",\"DhcpOptionsId\":\"dopt-0123456789abcdef0\","
		"\"State\":\"available\",\"VpcId\":\"vpc-0123456789abcdef0\",\"OwnerId\":"
		"\"000000000000\",\"InstanceTenancy\":\"default\",\"IsDefault\":false,\"Tags\":"
		"[{\"Key\":\"Name\",\"Value\":\"<%>\"}]}",
		",", "]}" } },
	{ "query", "iam", "CreateRole", "/", FORM,
	    { "Action=CreateRole&Version=2010-05-08&RoleName=web&AssumeRolePolicyDocument="
	      "%7B%22Version%22%3A%222012-10-17%22%7D&",
		"Tags.member.%.Key=key-%&Tags.member.%.Value=a+value", "&", "" },
	    "ListRoles",
	    { "{\"IsTruncated\":false,\"Roles\":[",
		"{\"Path\":\"/\",\"RoleName\":\"role-%\",\"RoleId\":\"AROA0123456789ABCDEF\","
		"\"Arn\":\"arn:aws:iam::000000000000:role/role-%\",\"CreateDate\":1767225600,"
		"\"MaxSessionDuration\":3600}",
		",", "]}" } },
	{ "json", "ssm", "AddTagsToResource", "/",
	    { "X-Amz-Target", "AmazonSSM.AddTagsToResource" },
	    { "{\"ResourceType\":\"Parameter\",\"ResourceId\":\"/a/b\",\"Tags\":[",
		"{\"Key\":\"key-%\",\"Value\":\"a value\"}", ",", "]}" },
	    "GetParameters",
	    { "{\"Parameters\":[",
		"{\"Name\":\"/a/%\",\"Type\":\"String\",\"Value\":\"one \\\"two\\\"\","
		"\"Version\":%,\"LastModifiedDate\":1767225600.5,\"ARN\":"
		"\"arn:aws:ssm:us-east-1:000000000000:parameter/a/%\",\"DataType\":\"text\"}",
		",", "]}" } },
	{ "rest-json", "sesv2", "SendEmail", "/v2/email/outbound-emails",
	    { "Content-Type", "application/json" },
	    { "{\"FromEmailAddress\":\"a@example.com\",\"Content\":{\"Simple\":{\"Subject\":"
	      "{\"Data\":\"hi\"},\"Body\":{\"Text\":{\"Data\":\"text\"}}}},\"EmailTags\":[",
		"{\"Name\":\"key-%\",\"Value\":\"value\"}", ",", "]}" },
	    "ListEmailIdentities",
	    { "{\"EmailIdentities\":[",
		"{\"IdentityType\":\"DOMAIN\",\"IdentityName\":\"d%.example.com\","
		"\"SendingEnabled\":true,\"VerificationStatus\":\"SUCCESS\"}",
		",", "]}" } },
	{ "rest-xml", "route53", "ChangeResourceRecordSets",
	    "/2013-04-01/hostedzone/Z1/rrset/", { "Content-Type", "text/xml" },
	    { "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/"
	      "2013-04-01/\"><ChangeBatch><Changes>",
		"<Change><Action>CREATE</Action><ResourceRecordSet><Name>h%.example.com</Name>"
		"<Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.%"
		"</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>",
		"", "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>" },
	    "ListHostedZones",
	    { "{\"IsTruncated\":false,\"MaxItems\":\"100\",\"Marker\":\"\",\"HostedZones\":[",
		"{\"Id\":\"/hostedzone/Z%\",\"Name\":\"d%.example.com.\",\"CallerReference\":"
		"\"ref-%\",\"Config\":{\"PrivateZone\":false},\"ResourceRecordSetCount\":%}",
		",", "]}" } },
	{ "rpc-v2-cbor", "cloudwatch", "PutMetricData",
	    "/service/GraniteServiceVersion20100801/operation/PutMetricData",
	    { "smithy-protocol", "rpc-v2-cbor" },
	    { "{\"Namespace\":\"web\",\"MetricData\":[",
		"{\"MetricName\":\"m%\",\"Timestamp\":1767225600,\"Value\":%.5,\"Unit\":"
		"\"Seconds\",\"Dimensions\":[{\"Name\":\"host\",\"Value\":\"h%\"}]}",
		",", "]}" },
	    "ListMetrics",
	    { "{\"Metrics\":[",
		"{\"Namespace\":\"web\",\"MetricName\":\"m%\",\"Dimensions\":[{\"Name\":\"host\","
		"\"Value\":\"h%\"}]}",
		",", "]}" } },
};

/* One thing to measure. */
struct job {
	char name[64];
	const struct model *m;
	const struct model_op *op;
	struct wire_request request; /* of a decoding */
	const json_t *out;	     /* of an encoding, or NULL */
	size_t bytes;
};

static struct buf *
build(struct arena *a, const struct text *t, int n)
{
	struct buf *b = buf_new(a, 0);

	buf_str(b, t->head);
	for (int i = 1; i <= n; i++) {
		for (const char *p = t->item; *p != '\0'; p++) {
			if (*p == '%')
				buf_printf(b, "%d", i);
			else
				buf_chr(b, *p);
		}
		buf_str(b, i < n ? t->separator : t->tail);
	}
	return b;
}

static json_t *
parse(struct arena *a, const struct buf *text)
{
	struct err err = { 0 };
	json_t *v;

	if (json_read_in(a, buf_text(text), text->len, &v, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return v;
}

static void
count_this(const struct job *job, size_t *ret_bytes)
{
	struct arena *a = arena_new();
	struct wire_reply reply = { .request = &job->request };
	struct err err = { 0 };
	json_t *doc;

	if (job->out != NULL) {
		wire_encode(a, job->m, job->op, job->out,
		    "8b2f7a9e-3c1d-4a5e-9f60-718293a4b5c6", &reply);
		*ret_bytes = reply.body->len;
	} else if (wire_decode(a, job->m, job->op, &job->request, &doc, &err) < 0) {
		fprintf(stderr, "%s: %s\n", job->name, err.msg);
		exit(1);
	}
	arena_free(a);
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
measure(struct job *job)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double start = now_us(), t;
		int n = 0;

		do {
			count_this(job, &job->bytes);
			n++;
			t = now_us() - start;
		} while (t < ROUND_US);
		best = t / n < best ? t / n : best;
	}
	printf("%s\t%zu\t%.1f\n", job->name, job->bytes, best);
}

static void
make(struct arena *a, const struct row *r, int n, int encode, struct job *job)
{
	struct buf *body = build(a, &r->in, n);

	snprintf(job->name, sizeof(job->name), "%s-%s-%s", r->name,
	    encode ? "encode" : "decode", n == SMALL ? "small" : "large");
	job->m = model_find(r->model);
	job->op = model_op_find(job->m, encode ? r->reply : r->op);
	if (job->op == NULL)
		exit(1);
	if (strcmp(r->name, "rpc-v2-cbor") == 0) {
		const json_t *doc = parse(a, body);

		body = buf_new(a, 0);
		cbor_body_write(a, body, job->m,
		    model_op_input(model_op_find(job->m, r->op)), doc);
	}
	job->request = (struct wire_request){ .method = "POST",
		.path = r->path,
		.query = "",
		.body = buf_text(body),
		.body_len = body->len,
		.headers = { r->header },
		.n_headers = 1 };
	job->bytes = body->len;
	job->out = encode ? parse(a, build(a, &r->out, n)) : NULL;
}

/* Checksums, of so many bytes. */
static void
measure_sums(struct arena *a)
{
	unsigned char *data = arena_alloc(a, SUMMED), sum[CHECKSUM_MAX];

	for (int kind = 0; kind < CHECKSUM_KINDS; kind++) {
		struct checksum *c = checksum_new(a, (enum checksum_kind)kind);
		double best = 1e9;

		for (int i = 0; i < ROUNDS; i++) {
			double start = now_us(), t;

			checksum_add(c, data, SUMMED);
			data[0] ^= checksum_end(c, sum) > 0 ? sum[0] : 0;
			t = now_us() - start;
			best = t < best ? t : best;
		}
		printf("checksum-%s\t%d\t%.1f\n", checksum_name((enum checksum_kind)kind),
		    SUMMED, best);
	}
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < 4 * COUNT(rows); i++) {
		const struct row *r = &rows[i / 4];
		struct job job = { .out = NULL };

		if (codec_find(model_protocol(model_find(r->model))) == NULL)
			continue;
		make(a, r, i & 1 ? LARGE : SMALL, (i & 2) != 0, &job);
		if (argc < 3)
			measure(&job);
		for (int times = argc >= 3 && strcmp(argv[1], job.name) == 0 ?
			 (int)strtol(argv[2], NULL, 10) :
			 0;
		     times > 0; times--)
			count_this(&job, &job.bytes);
	}
	if (argc < 3)
		measure_sums(a);
	arena_free(a);
	return 0;
}
