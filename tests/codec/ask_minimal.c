#include <string.h>

#include "base/cc.h"
#include "base/enc.h"
#include "control/wire/pattern.h"
#include "tests/codec/ask.h"

enum { DEEPEST = 12, LONGEST = 4096 };

/* What patterns of the models usually ask for; shorter ones first. */
static const char *const usual[] = { "a", "1", "A", "a1", "/", "ab", "0.0.0.0/0", "1.0",
	"abc", "abcd", "10.0.0.0/16", "123456789012", "us-east-1", "us-east-1a",
	"i-12345678", "vpc-12345678", "subnet-12345678", "sg-12345678", "ami-12345678",
	"fs-12345678", "fsap-12345678", "fsmt-12345678", "d-1234567890", "d-926xxxxxxx",
	"2020-01-01", "2020-01-01T00:00:00Z", "12:00", "12345678", "a@example.com",
	"example.com", "https://example.com/", "s3://bucket/key", "/a", "/aws/a", "a/b",
	"a:b", "a.b", "*", "{}", "a=b", "1234567890123456", "abcdefgh", "PT1H",
	"rate(1 day)", "1.2.3.4", "00000000-0000-0000-0000-000000000000",
	"01234567890123456789012345678901", "0123456789012345678901234567890123456789",
	"0123456789012345678901234567890123456789012345678901234567890123",
	"us-east-1:00000000-0000-0000-0000-000000000000", "us-east-1_abcdefghi",
	"arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:policy/a",
	"arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:123456789012:topic",
	"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
	"arn:aws:lambda:us-east-1:123456789012:function:a",
	"arn:aws:acm:us-east-1:123456789012:certificate/a",
	"arn:aws:ec2:us-east-1:123456789012:vpc/vpc-12345678",
	"arn:aws:logs:us-east-1:123456789012:log-group:a",
	"arn:aws:codebuild:us-east-1:123456789012:report-group/a",
	"arn:aws:glue:us-east-1:123456789012:registry/a",
	"arn:aws:bedrock:us-east-1:123456789012:guardrail/abcdefghijkl",
	"arn:aws:bedrock:us-east-1::foundation-model/a.b-1:1",
	"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678",
	"arn:aws:cloudformation:us-east-1:123456789012:type/resource/A-B-C",
	"o-abcdefghij", "r-abcd", "ou-abcd-abcdefgh", "p-abcdefgh", "h-abcdefgh",
	"car-abcdefgh", "AWS::EC2::VPC", "A::B::C", "ns-abcdefgh", "srv-abcdefgh",
	"AROA1234567890123456", "ABCDEFGHIJKLMNOPQRST", "ssm:a", "mw-12345678901234567",
	"pb-12345678901234567", "w-0123456789abcdef0", "k-0123456789abcdef0", "key",
	"00000000-0000-0000-0000-000000000000-1", "aaaaaaaaaaaaaaaaaaaaaaaaaa",
	"fsap-0123456789abcdef0", "ABCDEFGHIJ", "abcdefghij", "abcdefghijkl",
	"abcdefghijklm", "1234567890", "us-east-1a:1", "urn:amazon:a", "https://a.b/c" };

static json_t *
padded(const char *s, size_t min)
{
	char text[LONGEST + 1];
	size_t n = strlen(s);

	memcpy(text, s, n);
	while (n < min && n < LONGEST)
		text[n++] = 'a';
	return json_new_strn(text, n);
}

static json_t *
text_for(const struct model *m, uint16_t shape, int *ret_unmet)
{
	const struct limit_row *l = model_limits(m, shape);
	size_t min = 1, max = LONGEST;

	if (l == NULL)
		return json_new_str("a");
	if (l->n_enums > 0)
		return json_new_str(model_text(m, m->enums[l->first_enum]));
	if ((l->flags & LIMIT_MIN) != 0)
		min = l->min < 1 ? 1 : l->min > LONGEST ? LONGEST : (size_t)l->min;
	if ((l->flags & LIMIT_MAX) != 0)
		max = l->max > LONGEST ? LONGEST : (size_t)l->max;
	if (max == 0)
		return json_new_str("");
	if (l->pattern == 0)
		return padded("a", min);
	for (size_t i = 0; i < COUNT(usual); i++) {
		json_t *v = padded(usual[i], min);

		if (json_string_length(v) <= max &&
		    pattern_matches(model_text(m, l->pattern), json_string_value(v),
			json_string_length(v)) == 1)
			return v;
		json_decref(v);
	}
	*ret_unmet = 1;
	return padded("a", min);
}

static json_t *
number_for(const struct model *m, uint16_t shape)
{
	const struct limit_row *l = model_limits(m, shape);
	double n = 1;

	if (l != NULL && (l->flags & LIMIT_MIN) != 0 && l->min > n)
		n = l->min;
	if (l != NULL && (l->flags & LIMIT_MAX) != 0 && l->max < n)
		n = l->max;
	if (m->shapes[shape].type == TYPE_FLOAT || m->shapes[shape].type == TYPE_DOUBLE)
		return json_new_num(n);
	return json_new_int((int64_t)n);
}

static json_t *
blob_for(const struct model *m, uint16_t shape)
{
	const struct limit_row *l = model_limits(m, shape);
	size_t n =
	    l != NULL && (l->flags & LIMIT_MIN) != 0 && l->min > 3 ? (size_t)l->min : 3;
	struct arena *a = arena_new();
	char *bytes = arena_alloc(a, n);
	json_t *v;

	memset(bytes, 'b', n);
	v = json_new_str(base64_encode(a, bytes, n));
	arena_free(a);
	return v;
}

static size_t
least_elements(const struct model *m, uint16_t shape)
{
	const struct limit_row *l = model_limits(m, shape);

	return l != NULL && (l->flags & LIMIT_MIN) != 0 && l->min > 0 ? (size_t)l->min :
									0;
}

static json_t *minimal(const struct model *m, uint16_t shape, int depth, int *ret_unmet);

static json_t *
structure_for(const struct model *m, uint16_t shape, int depth, int *ret_unmet)
{
	const struct shape_row *s = &m->shapes[shape];
	json_t *v = json_new_object();

	for (size_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];
		/* A union has one member; what is in the path has to be there to be found. */
		int needed = (s->flags & SHAPE_UNION) != 0 ?
		    i == 0 :
		    (row->flags & MEMBER_REQUIRED) != 0 || row->location == IN_URI;

		if (needed)
			json_set(v, model_text(m, row->name),
			    minimal(m, row->shape, depth + 1, ret_unmet));
	}
	/* Forms have no word for a structure of nothing. */
	if (depth > 0 && json_object_size(v) == 0 && s->n_members > 0 && depth < DEEPEST)
		json_set(v, model_text(m, m->members[s->first].name),
		    minimal(m, m->members[s->first].shape, depth + 1, ret_unmet));
	return v;
}

static json_t *
minimal(const struct model *m, uint16_t shape, int depth, int *ret_unmet)
{
	const struct shape_row *s = &m->shapes[shape];
	json_t *v;

	if (depth > DEEPEST) {
		*ret_unmet = 1;
		return json_new_object();
	}
	switch ((enum model_type)s->type) {
	case TYPE_STRUCTURE:
		*ret_unmet |= (s->flags & SHAPE_EVENTSTREAM) != 0;
		if ((s->flags & SHAPE_DOCUMENT) != 0)
			return json_make("{s:s}", "a", "b");
		return structure_for(m, shape, depth, ret_unmet);
	case TYPE_LIST:
		v = json_new_array();
		for (size_t i = 0; i < least_elements(m, shape) || i < 1; i++)
			json_add(v,
			    minimal(m, m->members[s->first].shape, depth + 1, ret_unmet));
		return v;
	case TYPE_MAP:
		v = json_new_object();
		if (least_elements(m, shape) > 1)
			*ret_unmet = 1;
		else {
			json_t *key = text_for(m, m->members[s->first].shape, ret_unmet);

			json_set(v, json_string_value(key),
			    minimal(m, m->members[s->first + 1].shape, depth + 1,
				ret_unmet));
			json_decref(key);
		}
		return v;
	case TYPE_STRING:
		return text_for(m, shape, ret_unmet);
	case TYPE_INTEGER:
	case TYPE_LONG:
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		return number_for(m, shape);
	case TYPE_BOOLEAN:
		return json_make("b", 1);
	case TYPE_BLOB:
		return blob_for(m, shape);
	case TYPE_TIMESTAMP:
		return json_new_int(1767225600);
	}
	return NULL;
}

json_t *
ask_minimal(struct arena *a, const struct model *m, uint16_t shape, int *ret_unmet)
{
	return json_own(a,
	    shape == MODEL_NONE ? json_new_object() : minimal(m, shape, 0, ret_unmet));
}
