/*
 * Policies: decisions as a table, each with the reason for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control/iam/pattern.h"
#include "control/iam/policy.h"

#define DOC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ST(effect, action, resource) \
	"{\"Effect\":\"" effect "\",\"Action\":" action ",\"Resource\":" resource "}"
#define IF(condition)                                                                             \
	DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{" condition \
	    "}}")
#define ON(resource) DOC(ST("Allow", "\"*\"", resource))
#define TO(action)   DOC(ST("Allow", action, "\"*\""))

enum { NO = POLICY_SILENT, YES = POLICY_ALLOW, DENY = POLICY_DENY };

static const struct decision {
	const char *why;
	int effect;
	const char *policy, *action, *resource, *context;
} decisions[] = {
	/* Effects */
	{ "nothing is allowed unless said", NO, TO("\"s3:GetObject\""),
	    "ec2:RunInstances", "*", NULL },
	{ "what is said is allowed", YES, TO("\"ec2:RunInstances\""), "ec2:RunInstances",
	    "*", NULL },
	{ "a deny beats an allow before it", DENY,
	    DOC(ST("Allow", "\"*\"", "\"*\"") "," ST("Deny", "\"s3:*\"", "\"*\"")),
	    "s3:GetObject", "*", NULL },
	{ "a deny beats an allow behind it", DENY,
	    DOC(ST("Deny", "\"s3:*\"", "\"*\"") "," ST("Allow", "\"*\"", "\"*\"")),
	    "s3:GetObject", "*", NULL },
	{ "a deny of something else does not matter", YES,
	    DOC(ST("Deny", "\"s3:*\"", "\"*\"") "," ST("Allow", "\"*\"", "\"*\"")),
	    "sqs:SendMessage", "*", NULL },
	{ "a statement need not be in a list", YES,
	    "{\"Version\":\"2012-10-17\",\"Statement\":" ST("Allow", "\"*\"",
		"\"*\"") "}",
	    "a:B", "*", NULL },
	{ "two statements add up", YES,
	    DOC(ST("Allow", "\"a:B\"", "\"*\"") "," ST("Allow", "\"c:D\"", "\"*\"")),
	    "c:D", "*", NULL },

	/* Actions */
	{ "an action is one of a list", YES, TO("[\"s3:Get*\",\"s3:List*\"]"),
	    "s3:ListBucket", "*", NULL },
	{ "an action is none of a list", NO, TO("[\"s3:Get*\",\"s3:List*\"]"),
	    "s3:PutObject", "*", NULL },
	{ "case of actions does not matter", YES, TO("\"EC2:runINSTANCES\""),
	    "ec2:RunInstances", "*", NULL },
	{ "a star stands for all actions", YES, TO("\"*\""), "iam:DeleteUser", "*",
	    NULL },
	{ "a star stands for a service's", YES, TO("\"iam:*\""), "iam:DeleteUser", "*",
	    NULL },
	{ "a star in the middle", YES, TO("\"ec2:*Instances\""), "ec2:StopInstances", "*",
	    NULL },
	{ "a star in the middle ends right", NO, TO("\"ec2:*Instances\""),
	    "ec2:DescribeInstanceStatus", "*", NULL },
	{ "two stars go back for a later match", YES, TO("\"ec2:*I*ces\""),
	    "ec2:DescribeIpamInstances", "*", NULL },
	{ "a question mark is one character", YES, TO("\"s3:GetObjec?\""), "s3:GetObject",
	    "*", NULL },
	{ "a question mark is not none", NO, TO("\"s3:GetObject?\""), "s3:GetObject", "*",
	    NULL },
	{ "a prefix alone is not enough", NO, TO("\"s3:Get\""), "s3:GetObject", "*",
	    NULL },
	{ "another service's action of the same name", NO, TO("\"sqs:TagQueue\""),
	    "sns:TagQueue", "*", NULL },
	{ "NotAction allows the others", YES,
	    DOC("{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}"),
	    "s3:GetObject", "*", NULL },
	{ "NotAction does not allow its own", NO,
	    DOC("{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}"),
	    "iam:ListUsers", "*", NULL },
	{ "NotAction of a deny denies the others", DENY,
	    DOC("{\"Effect\":\"Deny\",\"NotAction\":\"sts:*\",\"Resource\":\"*\"}"),
	    "s3:GetObject", "*", NULL },
	{ "NotAction of a deny leaves its own", NO,
	    DOC("{\"Effect\":\"Deny\",\"NotAction\":\"sts:*\",\"Resource\":\"*\"}"),
	    "sts:GetCallerIdentity", "*", NULL },
	{ "NotAction with a list", NO,
	    DOC("{\"Effect\":\"Allow\",\"NotAction\":[\"iam:*\",\"s3:*\"],\"Resource\":\"*\"}"),
	    "s3:GetObject", "*", NULL },

	/* Resources */
	{ "a resource is exact", YES, ON("\"arn:aws:s3:::b\""), "s3:ListBucket",
	    "arn:aws:s3:::b", NULL },
	{ "another resource is not it", NO, ON("\"arn:aws:s3:::b\""), "s3:ListBucket",
	    "arn:aws:s3:::bb", NULL },
	{ "case of resources matters", NO, ON("\"arn:aws:iam::1:user/Bob\""),
	    "iam:GetUser", "arn:aws:iam::1:user/bob", NULL },
	{ "a star in a resource goes over slashes", YES, ON("\"arn:aws:s3:::b/*\""),
	    "s3:GetObject", "arn:aws:s3:::b/x/y", NULL },
	{ "a star in a resource may be nothing", YES, ON("\"arn:aws:s3:::b*\""),
	    "s3:GetObject", "arn:aws:s3:::b", NULL },
	{ "the last part may have colons", YES,
	    ON("\"arn:aws:logs:us-east-1:1:log-group:*\""), "logs:PutLogEvents",
	    "arn:aws:logs:us-east-1:1:log-group:g:log-stream:s", NULL },
	{ "a star for the region", YES, ON("\"arn:aws:ec2:*:1:instance/*\""),
	    "ec2:StopInstances", "arn:aws:ec2:eu-west-1:1:instance/i-1", NULL },
	{ "a star does not reach into the next part", NO,
	    ON("\"arn:aws:ec2:*:instance/*\""), "ec2:StopInstances",
	    "arn:aws:ec2:eu-west-1:1:instance/i-1", NULL },
	{ "another account", NO, ON("\"arn:aws:ec2:*:1:instance/*\""),
	    "ec2:StopInstances", "arn:aws:ec2:eu-west-1:2:instance/i-1", NULL },
	{ "a pattern that ends early with a star", YES, ON("\"arn:aws:ec2:*\""),
	    "ec2:StopInstances", "arn:aws:ec2:eu-west-1:1:instance/i-1", NULL },
	{ "all resources are asked for, one is allowed", NO, ON("\"arn:aws:s3:::b\""),
	    "s3:ListAllMyBuckets", "*", NULL },
	{ "one of a list of resources", YES,
	    ON("[\"arn:aws:s3:::a\",\"arn:aws:s3:::b\"]"), "s3:ListBucket",
	    "arn:aws:s3:::b", NULL },
	{ "NotResource allows the others", YES,
	    DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::b\"}"),
	    "s3:ListBucket", "arn:aws:s3:::c", NULL },
	{ "NotResource does not allow its own", NO,
	    DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::b*\"}"),
	    "s3:ListBucket", "arn:aws:s3:::bx", NULL },
	{ "a question mark in a resource", YES, ON("\"arn:aws:s3:::b?\""),
	    "s3:ListBucket", "arn:aws:s3:::b1", NULL },
	{ "a question mark is one character of UTF-8", YES, ON("\"arn:aws:s3:::b?\""),
	    "s3:ListBucket", "arn:aws:s3:::b\xc3\xa4", NULL },

	/* Variables */
	{ "a variable's value", YES, ON("\"arn:aws:iam::1:user/${aws:username}\""),
	    "iam:GetUser", "arn:aws:iam::1:user/bob", "{\"aws:username\":\"bob\"}" },
	{ "a variable's other value", NO, ON("\"arn:aws:iam::1:user/${aws:username}\""),
	    "iam:GetUser", "arn:aws:iam::1:user/eve", "{\"aws:username\":\"bob\"}" },
	{ "a variable without a value", NO, ON("\"arn:aws:iam::1:user/${aws:username}\""),
	    "iam:GetUser", "arn:aws:iam::1:user/bob", "{}" },
	{ "a variable's name in another case", YES,
	    ON("\"arn:aws:iam::1:user/${AWS:UserName}\""), "iam:GetUser",
	    "arn:aws:iam::1:user/bob", "{\"aws:username\":\"bob\"}" },
	{ "a variable's default", YES,
	    ON("\"arn:aws:s3:::${aws:PrincipalTag/team, 'none'}\""), "s3:ListBucket",
	    "arn:aws:s3:::none", "{}" },
	{ "a default that is not needed", NO,
	    ON("\"arn:aws:s3:::${aws:PrincipalTag/team, 'none'}\""), "s3:ListBucket",
	    "arn:aws:s3:::none", "{\"aws:PrincipalTag/team\":\"red\"}" },
	{ "a star in a value stands for itself", NO,
	    ON("\"arn:aws:s3:::${aws:username}\""), "s3:ListBucket",
	    "arn:aws:s3:::anything", "{\"aws:username\":\"*\"}" },
	{ "a colon in a value cannot leave its part", NO,
	    ON("\"arn:aws:sqs:${aws:username}:q\""), "sqs:SendMessage",
	    "arn:aws:sqs:r:2:q", "{\"aws:username\":\"r:*\"}" },
	{ "a star written as a variable", NO, ON("\"arn:aws:s3:::a${*}\""),
	    "s3:ListBucket", "arn:aws:s3:::ab", "{}" },
	{ "a star written as a variable is a star", YES, ON("\"arn:aws:s3:::a${*}\""),
	    "s3:ListBucket", "arn:aws:s3:::a*", "{}" },
	{ "a dollar written as a variable", YES, ON("\"arn:aws:s3:::a${$}\""),
	    "s3:ListBucket", "arn:aws:s3:::a$", "{}" },
	{ "two variables", YES, ON("\"arn:aws:s3:::${a:b}/${a:c}/*\""), "s3:GetObject",
	    "arn:aws:s3:::x/y/z", "{\"a:b\":\"x\",\"a:c\":\"y\"}" },
	{ "the old language has no variables", NO,
	    "{\"Version\":\"2008-10-17\",\"Statement\":["
	    "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::${a:b}\"}]}",
	    "s3:ListBucket", "arn:aws:s3:::x", "{\"a:b\":\"x\"}" },
	{ "a variable that does not end is text", YES, ON("\"arn:aws:s3:::${a\""),
	    "s3:ListBucket", "arn:aws:s3:::${a", "{}" },
	{ "a variable in a condition", YES, IF("\"StringEquals\":{\"a:x\":\"${a:y}\"}"),
	    "a:B", "*", "{\"a:x\":\"1\",\"a:y\":\"1\"}" },
	{ "a variable in StringLike", YES,
	    IF("\"StringLike\":{\"s3:prefix\":\"home/${a:y}/*\"}"), "a:B", "*",
	    "{\"s3:prefix\":\"home/bob/x\",\"a:y\":\"bob\"}" },

	/* String conditions */
	{ "StringEquals", YES, IF("\"StringEquals\":{\"a:x\":\"v\"}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "StringEquals minds case", NO, IF("\"StringEquals\":{\"a:x\":\"V\"}"), "a:B",
	    "*", "{\"a:x\":\"v\"}" },
	{ "StringEquals has no wildcards", NO, IF("\"StringEquals\":{\"a:x\":\"v*\"}"),
	    "a:B", "*", "{\"a:x\":\"vw\"}" },
	{ "StringEquals without the key", NO, IF("\"StringEquals\":{\"a:x\":\"v\"}"),
	    "a:B", "*", "{}" },
	{ "StringEquals with one of a list", YES,
	    IF("\"StringEquals\":{\"a:x\":[\"u\",\"v\"]}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "StringEquals with no context at all", NO,
	    IF("\"StringEquals\":{\"a:x\":\"v\"}"), "a:B", "*", NULL },
	{ "the key's case does not matter", YES, IF("\"StringEquals\":{\"A:X\":\"v\"}"),
	    "a:B", "*", "{\"a:x\":\"v\"}" },
	{ "the operator's case does not matter", YES,
	    IF("\"stringequals\":{\"a:x\":\"v\"}"), "a:B", "*", "{\"a:x\":\"v\"}" },
	{ "two keys: both", NO, IF("\"StringEquals\":{\"a:x\":\"v\",\"a:y\":\"w\"}"),
	    "a:B", "*", "{\"a:x\":\"v\",\"a:y\":\"z\"}" },
	{ "two operators: both", NO,
	    IF("\"StringEquals\":{\"a:x\":\"v\"},\"StringLike\":{\"a:y\":\"w*\"}"), "a:B",
	    "*", "{\"a:x\":\"v\",\"a:y\":\"z\"}" },
	{ "StringNotEquals", YES, IF("\"StringNotEquals\":{\"a:x\":\"v\"}"), "a:B", "*",
	    "{\"a:x\":\"w\"}" },
	{ "StringNotEquals of an equal", NO, IF("\"StringNotEquals\":{\"a:x\":\"v\"}"),
	    "a:B", "*", "{\"a:x\":\"v\"}" },
	{ "StringNotEquals without the key", YES,
	    IF("\"StringNotEquals\":{\"a:x\":\"v\"}"), "a:B", "*", "{}" },
	{ "StringNotEquals is none of a list", NO,
	    IF("\"StringNotEquals\":{\"a:x\":[\"u\",\"v\"]}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "StringEqualsIgnoreCase", YES, IF("\"StringEqualsIgnoreCase\":{\"a:x\":\"V\"}"),
	    "a:B", "*", "{\"a:x\":\"v\"}" },
	{ "StringNotEqualsIgnoreCase", NO,
	    IF("\"StringNotEqualsIgnoreCase\":{\"a:x\":\"V\"}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "StringLike", YES, IF("\"StringLike\":{\"a:x\":\"v*\"}"), "a:B", "*",
	    "{\"a:x\":\"vw\"}" },
	{ "StringLike with a question mark", NO, IF("\"StringLike\":{\"a:x\":\"v?\"}"),
	    "a:B", "*", "{\"a:x\":\"v\"}" },
	{ "StringNotLike", NO, IF("\"StringNotLike\":{\"a:x\":\"v*\"}"), "a:B", "*",
	    "{\"a:x\":\"vw\"}" },
	{ "an unknown operator never holds", NO, IF("\"StringAlmost\":{\"a:x\":\"v\"}"),
	    "a:B", "*", "{\"a:x\":\"v\"}" },

	/* IfExists, Null */
	{ "IfExists without the key", YES, IF("\"StringEqualsIfExists\":{\"a:x\":\"v\"}"),
	    "a:B", "*", "{}" },
	{ "IfExists with the key", NO, IF("\"StringEqualsIfExists\":{\"a:x\":\"v\"}"),
	    "a:B", "*", "{\"a:x\":\"w\"}" },
	{ "IfExists with the value", YES, IF("\"StringEqualsIfExists\":{\"a:x\":\"v\"}"),
	    "a:B", "*", "{\"a:x\":\"v\"}" },
	{ "Null true without the key", YES, IF("\"Null\":{\"a:x\":\"true\"}"), "a:B", "*",
	    "{}" },
	{ "Null true with the key", NO, IF("\"Null\":{\"a:x\":\"true\"}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "Null false with the key", YES, IF("\"Null\":{\"a:x\":false}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "Null false without the key", NO, IF("\"Null\":{\"a:x\":false}"), "a:B", "*",
	    "{}" },
	{ "Null: an empty list is no value", YES, IF("\"Null\":{\"a:x\":\"true\"}"),
	    "a:B", "*", "{\"a:x\":[]}" },

	/* Numbers */
	{ "NumericEquals", YES, IF("\"NumericEquals\":{\"a:n\":\"5\"}"), "a:B", "*",
	    "{\"a:n\":5}" },
	{ "NumericEquals by value", YES, IF("\"NumericEquals\":{\"a:n\":\"5.0\"}"), "a:B",
	    "*", "{\"a:n\":\"5\"}" },
	{ "NumericNotEquals", NO, IF("\"NumericNotEquals\":{\"a:n\":5}"), "a:B", "*",
	    "{\"a:n\":5}" },
	{ "NumericLessThan", YES, IF("\"NumericLessThan\":{\"a:n\":10}"), "a:B", "*",
	    "{\"a:n\":9}" },
	{ "NumericLessThan itself", NO, IF("\"NumericLessThan\":{\"a:n\":10}"), "a:B",
	    "*", "{\"a:n\":10}" },
	{ "NumericLessThanEquals itself", YES,
	    IF("\"NumericLessThanEquals\":{\"a:n\":10}"), "a:B", "*", "{\"a:n\":10}" },
	{ "NumericGreaterThan", YES, IF("\"NumericGreaterThan\":{\"a:n\":10}"), "a:B",
	    "*", "{\"a:n\":11}" },
	{ "NumericGreaterThanEquals", NO, IF("\"NumericGreaterThanEquals\":{\"a:n\":10}"),
	    "a:B", "*", "{\"a:n\":9}" },
	{ "10 is more than 9, as numbers are", YES,
	    IF("\"NumericGreaterThan\":{\"a:n\":\"9\"}"), "a:B", "*",
	    "{\"a:n\":\"10\"}" },
	{ "what is no number is not equal to one", NO,
	    IF("\"NumericEquals\":{\"a:n\":\"x\"}"), "a:B", "*", "{\"a:n\":\"x\"}" },
	{ "infinity is no number", NO, IF("\"NumericGreaterThan\":{\"a:n\":1}"), "a:B",
	    "*", "{\"a:n\":\"inf\"}" },
	{ "hexadecimal rest is no number", NO, IF("\"NumericEquals\":{\"a:n\":\"5 \"}"),
	    "a:B", "*", "{\"a:n\":\"5\"}" },

	/* Dates */
	{ "DateGreaterThan", YES,
	    IF("\"DateGreaterThan\":{\"a:t\":\"2020-01-01T00:00:00Z\"}"), "a:B", "*",
	    "{\"a:t\":\"2020-01-01T00:00:01Z\"}" },
	{ "DateLessThan", NO, IF("\"DateLessThan\":{\"a:t\":\"2020-01-01T00:00:00Z\"}"),
	    "a:B", "*", "{\"a:t\":\"2020-01-01T00:00:01Z\"}" },
	{ "a day alone is its beginning", YES,
	    IF("\"DateEquals\":{\"a:t\":\"2020-01-01\"}"), "a:B", "*",
	    "{\"a:t\":\"2020-01-01T00:00:00Z\"}" },
	{ "a date as seconds", YES, IF("\"DateEquals\":{\"a:t\":\"1577836800\"}"), "a:B",
	    "*", "{\"a:t\":\"2020-01-01T00:00:00Z\"}" },
	{ "zones count", YES,
	    IF("\"DateEquals\":{\"a:t\":\"2020-01-01T01:00:00+01:00\"}"), "a:B", "*",
	    "{\"a:t\":\"2020-01-01T00:00:00Z\"}" },
	{ "DateNotEquals", YES, IF("\"DateNotEquals\":{\"a:t\":\"2020-01-01\"}"), "a:B",
	    "*", "{\"a:t\":\"2020-01-02\"}" },
	{ "DateLessThanEquals", YES,
	    IF("\"DateLessThanEquals\":{\"a:t\":\"2020-01-01\"}"), "a:B", "*",
	    "{\"a:t\":\"2020-01-01\"}" },
	{ "what is no date holds nothing", NO, IF("\"DateLessThan\":{\"a:t\":\"soon\"}"),
	    "a:B", "*", "{\"a:t\":\"2020-01-01\"}" },

	/* Bool, binary */
	{ "Bool", YES, IF("\"Bool\":{\"aws:SecureTransport\":\"true\"}"), "a:B", "*",
	    "{\"aws:SecureTransport\":\"true\"}" },
	{ "Bool as JSON has it", YES, IF("\"Bool\":{\"aws:SecureTransport\":true}"),
	    "a:B", "*", "{\"aws:SecureTransport\":true}" },
	{ "Bool false", NO, IF("\"Bool\":{\"aws:SecureTransport\":\"true\"}"), "a:B", "*",
	    "{\"aws:SecureTransport\":\"false\"}" },
	{ "Bool without the key", NO, IF("\"Bool\":{\"a:mfa\":\"false\"}"), "a:B", "*",
	    "{}" },
	{ "BoolIfExists without the key", YES,
	    IF("\"BoolIfExists\":{\"a:mfa\":\"false\"}"), "a:B", "*", "{}" },
	{ "BinaryEquals", YES, IF("\"BinaryEquals\":{\"a:k\":\"QUI=\"}"), "a:B", "*",
	    "{\"a:k\":\"QUI=\"}" },

	/* Addresses */
	{ "IpAddress in a network", YES,
	    IF("\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}"), "a:B", "*",
	    "{\"aws:SourceIp\":\"10.1.2.3\"}" },
	{ "IpAddress outside", NO, IF("\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}"),
	    "a:B", "*", "{\"aws:SourceIp\":\"11.1.2.3\"}" },
	{ "IpAddress alone", YES, IF("\"IpAddress\":{\"aws:SourceIp\":\"10.1.2.3\"}"),
	    "a:B", "*", "{\"aws:SourceIp\":\"10.1.2.3\"}" },
	{ "a prefix that is no whole byte", YES,
	    IF("\"IpAddress\":{\"aws:SourceIp\":\"10.0.16.0/20\"}"), "a:B", "*",
	    "{\"aws:SourceIp\":\"10.0.31.255\"}" },
	{ "just past such a prefix", NO,
	    IF("\"IpAddress\":{\"aws:SourceIp\":\"10.0.16.0/20\"}"), "a:B", "*",
	    "{\"aws:SourceIp\":\"10.0.32.0\"}" },
	{ "the network of all", YES, IF("\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/0\"}"),
	    "a:B", "*", "{\"aws:SourceIp\":\"8.8.8.8\"}" },
	{ "IPv6", YES, IF("\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::/33\"}"), "a:B",
	    "*", "{\"aws:SourceIp\":\"2001:db8:7fff::1\"}" },
	{ "IPv6 outside", NO, IF("\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::/33\"}"),
	    "a:B", "*", "{\"aws:SourceIp\":\"2001:db8:8000::1\"}" },
	{ "families do not mix", NO, IF("\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/0\"}"),
	    "a:B", "*", "{\"aws:SourceIp\":\"::1\"}" },
	{ "NotIpAddress", NO, IF("\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}"),
	    "a:B", "*", "{\"aws:SourceIp\":\"10.1.2.3\"}" },
	{ "a prefix that is too long is no network", NO,
	    IF("\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/33\"}"), "a:B", "*",
	    "{\"aws:SourceIp\":\"10.0.0.0\"}" },

	/* ARNs */
	{ "ArnEquals", YES, IF("\"ArnEquals\":{\"a:r\":\"arn:aws:sns:*:1:t\"}"), "a:B",
	    "*", "{\"a:r\":\"arn:aws:sns:us-east-1:1:t\"}" },
	{ "ArnLike part by part", NO, IF("\"ArnLike\":{\"a:r\":\"arn:aws:sns:*:t\"}"),
	    "a:B", "*", "{\"a:r\":\"arn:aws:sns:us-east-1:1:t\"}" },
	{ "StringLike does not care for parts", YES,
	    IF("\"StringLike\":{\"a:r\":\"arn:aws:sns:*:t\"}"), "a:B", "*",
	    "{\"a:r\":\"arn:aws:sns:us-east-1:1:t\"}" },
	{ "ArnNotLike", NO, IF("\"ArnNotLike\":{\"a:r\":\"arn:aws:sns:*:1:*\"}"), "a:B",
	    "*", "{\"a:r\":\"arn:aws:sns:us-east-1:1:t\"}" },
	{ "ArnNotEquals", YES, IF("\"ArnNotEquals\":{\"a:r\":\"arn:aws:sns:*:2:*\"}"),
	    "a:B", "*", "{\"a:r\":\"arn:aws:sns:us-east-1:1:t\"}" },

	/* Several values */
	{ "ForAllValues: all of them", YES,
	    IF("\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\",\"b\"]}"), "a:B",
	    "*", "{\"aws:TagKeys\":[\"a\",\"b\"]}" },
	{ "ForAllValues: one too many", NO,
	    IF("\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\",\"b\"]}"), "a:B",
	    "*", "{\"aws:TagKeys\":[\"a\",\"c\"]}" },
	{ "ForAllValues of none", YES,
	    IF("\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{}" },
	{ "ForAllValues of an empty list", YES,
	    IF("\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{\"aws:TagKeys\":[]}" },
	{ "ForAnyValue: one is enough", YES,
	    IF("\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{\"aws:TagKeys\":[\"c\",\"a\"]}" },
	{ "ForAnyValue: none", NO,
	    IF("\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{\"aws:TagKeys\":[\"c\",\"d\"]}" },
	{ "ForAnyValue without the key", NO,
	    IF("\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{}" },
	{ "ForAllValues:StringNotEquals", NO,
	    IF("\"ForAllValues:StringNotEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{\"aws:TagKeys\":[\"c\",\"a\"]}" },
	{ "ForAnyValue:StringNotEquals", YES,
	    IF("\"ForAnyValue:StringNotEquals\":{\"aws:TagKeys\":[\"a\"]}"), "a:B", "*",
	    "{\"aws:TagKeys\":[\"c\",\"a\"]}" },
	{ "ForAllValues:StringLike", YES,
	    IF("\"ForAllValues:StringLike\":{\"aws:TagKeys\":\"team-*\"}"), "a:B", "*",
	    "{\"aws:TagKeys\":[\"team-a\",\"team-b\"]}" },
	{ "ForAnyValue of one value", YES,
	    IF("\"ForAnyValue:StringEquals\":{\"a:x\":[\"v\"]}"), "a:B", "*",
	    "{\"a:x\":\"v\"}" },
	{ "a list without a quantifier: one is enough", YES,
	    IF("\"StringEquals\":{\"a:x\":\"v\"}"), "a:B", "*",
	    "{\"a:x\":[\"u\",\"v\"]}" },
	{ "a list without a quantifier, negated: one is too much", NO,
	    IF("\"StringNotEquals\":{\"a:x\":\"v\"}"), "a:B", "*",
	    "{\"a:x\":[\"u\",\"v\"]}" },

	/* Conditions of denials */
	{ "a deny whose condition holds", DENY,
	    DOC(ST("Allow", "\"*\"",
		"\"*\"") ",{\"Effect\":\"Deny\",\"Action\":\"*\","
			 "\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":"
			 "{\"aws:RequestedRegion\":\"eu-west-1\"}}}"),
	    "ec2:RunInstances", "*", "{\"aws:RequestedRegion\":\"us-east-1\"}" },
	{ "a deny whose condition does not hold", YES,
	    DOC(ST("Allow", "\"*\"",
		"\"*\"") ",{\"Effect\":\"Deny\",\"Action\":\"*\","
			 "\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":"
			 "{\"aws:RequestedRegion\":\"eu-west-1\"}}}"),
	    "ec2:RunInstances", "*", "{\"aws:RequestedRegion\":\"eu-west-1\"}" },
	{ "an identity policy's statement with a principal says nothing", NO,
	    DOC("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}"),
	    "a:B", "*", NULL },
};

static json_t *
read_json(struct arena *a, const char *text)
{
	struct err err;
	json_t *v;

	if (json_read_in(a, text, strlen(text), &v, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return v;
}

static void
decisions_are_as_their_reasons_say(void **state UNUSED)
{
	assert_true(COUNT(decisions) >= 120);
	for (size_t i = 0; i < COUNT(decisions); i++) {
		const struct decision *d = &decisions[i];
		struct arena *a = arena_new();
		const struct policy_request r = {
			.action = d->action,
			.resource = d->resource,
			.context = d->context != NULL ? read_json(a, d->context) : NULL,
		};
		int effect = (int)policy_evaluate(a, read_json(a, d->policy), &r);

		if (effect != d->effect)
			fail_msg("%s: %d", d->why, effect);
		arena_free(a);
	}
}

static void
trust_policies_ask_for_principals(void **state UNUSED)
{
	static const struct {
		const char *why, *principal, *type, *name;
		int effect;
	} cases[] = {
		{ "everybody", "\"*\"", "AWS", "*", YES },
		{ "an account", "{\"AWS\":\"111111111111\"}", "AWS", "111111111111",
		    YES },
		{ "another account", "{\"AWS\":\"111111111111\"}", "AWS", "222222222222",
		    NO },
		{ "one of a list", "{\"AWS\":[\"a\",\"b\"]}", "AWS", "b", YES },
		{ "a service", "{\"Service\":\"ec2.amazonaws.com\"}", "Service",
		    "ec2.amazonaws.com", YES },
		{ "another service", "{\"Service\":\"ec2.amazonaws.com\"}", "Service",
		    "ecs.amazonaws.com", NO },
		{ "a service is no account", "{\"Service\":\"ec2.amazonaws.com\"}", "AWS",
		    "ec2.amazonaws.com", NO },
		{ "principals have no wildcards", "{\"AWS\":\"arn:aws:iam::1:user/*\"}",
		    "AWS", "arn:aws:iam::1:user/x", NO },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		const struct policy_principal p = { cases[i].type, &cases[i].name, 1, 0 };
		const struct policy_request r = { "sts:AssumeRole", "*", NULL, &p };
		const char *text = arena_printf(a,
		    DOC("{\"Effect\":\"Allow\",\"Principal\":%s,\"Action\":\"sts:AssumeRole\"}"),
		    cases[i].principal);

		if ((int)policy_evaluate(a, read_json(a, text), &r) != cases[i].effect)
			fail_msg("%s", cases[i].why);
		arena_free(a);
	}
}

/* Many stars and a long text: the matcher must not try every way. */
static void
hostile_patterns_take_no_time(void **state UNUSED)
{
	char pattern[2001], text[20001];
	int64_t start = clock_monotonic_ms();

	for (size_t i = 0; i < 2000; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[2000] = '\0';
	memset(text, 'a', 20000);
	text[19999] = 'b';
	text[20000] = '\0';
	assert_int_equal(pattern_match(pattern, text), 0);
	assert_true(clock_monotonic_ms() - start < 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decisions_are_as_their_reasons_say),
		cmocka_unit_test(trust_policies_ask_for_principals),
		cmocka_unit_test(hostile_patterns_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
