/*
 * Elastic Load Balancing: to which requests a rule applies.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <arpa/inet.h>
#include <pcre2.h>
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/elbv2/elbv2.h"

enum { VALUES_MOST = 5, VALUE_MAX = 128, HEADER_MAX = 40 };

struct field {
	const char *name, *config;
	const char
	    *extra; /* characters beside letters and digits; NULL: any printable ones */
	int once;
	int has_plain; /* Values may stand in the condition itself */
};

/* "Condition types for listener rules" of the user guide. */
static const struct field fields[] = {
	{ "host-header", "HostHeaderConfig", "-.*?", 1, 1 },
	{ "http-header", "HttpHeaderConfig", NULL, 0, 0 },
	{ "http-request-method", "HttpRequestMethodConfig", "-_", 1, 0 },
	{ "path-pattern", "PathPatternConfig", "_-.$/~\"'@:+&()!,;=*?%", 1, 1 },
	{ "query-string", "QueryStringConfig", NULL, 0, 0 },
	{ "source-ip", "SourceIpConfig", NULL, 1, 0 },
};

/* What HAProxy would not take would keep all else from being in force, too. */
static int
check_regex(struct call *c, const char *field, const json_t *v)
{
	const char *text = json_string_value(v);
	PCRE2_SIZE at;
	pcre2_code *code;
	int why;

	if (text[0] == '\0' || strlen(text) > VALUE_MAX || strpbrk(text, "\r\n") != NULL)
		return err_set(&c->err, &elbv2_invalid,
		    "The '%s' condition regex must be from 1 to %d characters long",
		    field, VALUE_MAX);
	code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &why, &at, NULL);
	if (code == NULL)
		return err_set(&c->err, &elbv2_invalid,
		    "The '%s' condition regex '%s' is not valid", field, text);
	pcre2_code_free(code);
	return 0;
}

static const struct field *
find(const char *name)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

static int
check_text(struct call *c, const struct field *f, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > VALUE_MAX)
		return err_set(&c->err, &elbv2_invalid,
		    "The '%s' condition value must be from 1 to %d characters long",
		    f->name, VALUE_MAX);
	for (const char *p = text; *p != '\0'; p++) {
		int is_plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9');

		if (*p < ' ' || *p > '~' ||
		    (!is_plain && f->extra != NULL && strchr(f->extra, *p) == NULL))
			return err_set(&c->err, &elbv2_invalid,
			    "The value '%.130s' of the '%s' condition contains a character "
			    "that is not valid",
			    text, f->name);
	}
	return 0;
}

/* Only networks of IPv4: no request comes from others here. */
static int
check_network(struct call *c, const char *text)
{
	struct net4 net;
	unsigned char six[16];
	const char *slash = strchr(text, '/');

	if (slash != NULL && net4_parse(text, &net))
		return 0;
	if (slash != NULL &&
	    inet_pton(AF_INET6, arena_strndup(c->arena, text, (size_t)(slash - text)),
		six) == 1)
		return 0;
	return err_set(&c->err, &elbv2_invalid,
	    "The source IP condition value '%.100s' must be in CIDR format", text);
}

static int
check_value(struct call *c, const struct field *f, const json_t *v, size_t *n)
{
	const char *text, *key;

	if (strcmp(f->name, "query-string") == 0) {
		text = json_str_or(v, "Value", "");
		key = json_str(v, "Key");
		*n += 1 + (key != NULL);
		return check_text(c, f, text) < 0 ||
			(key != NULL && check_text(c, f, key) < 0) ?
		    -1 :
		    0;
	}
	text = json_string_value(v);
	*n += 1;
	if (strcmp(f->name, "source-ip") == 0)
		return check_network(c, text);
	if (strcmp(f->name, "http-request-method") == 0) {
		if (strlen(text) > 40 ||
		    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != strlen(text) ||
		    text[0] == '\0')
			return err_set(&c->err, &elbv2_invalid,
			    "The HTTP request method '%.50s' is not valid", text);
		return 0;
	}
	return check_text(c, f, text);
}

/* Letters, digits, '.', '_' and '-': what HAProxy can be asked of. */
static int
check_header(struct call *c, const char *name)
{
	if (name == NULL || name[0] == '\0' || strlen(name) > HEADER_MAX ||
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"._-") != strlen(name))
		return err_set(&c->err, &elbv2_invalid,
		    "The HTTP header name '%.50s' is not valid",
		    name != NULL ? name : "");
	if (strcasecmp(name, "host") == 0)
		return err_set(&c->err, &elbv2_invalid,
		    "The HTTP header condition cannot name 'Host': use a host-header "
		    "condition");
	return 0;
}

/* Instead of values: of host, path and other headers. */
static int
read_regexes(struct call *c, const json_t *said, const struct field *f, json_t *out,
    size_t *n)
{
	const json_t *config = json_get(said, f->config),
		     *own = json_get(said, "RegexValues"),
		     *list = own != NULL ? own : json_get(config, "RegexValues"), *v;
	json_t *to;
	size_t i;

	if ((!f->has_plain && strcmp(f->name, "http-header") != 0) ||
	    (own != NULL && (config != NULL || !f->has_plain)) ||
	    json_get(said, "Values") != NULL || json_get(config, "Values") != NULL ||
	    json_array_size(list) == 0)
		return err_set(&c->err, &elbv2_invalid,
		    "Regex values cannot be specified like this for condition field '%s'",
		    f->name);
	json_array_foreach(list, i, v) {
		*n += 1;
		if (check_regex(c, f->name, v) < 0)
			return -1;
	}
	json_set_str(out, "Field", f->name);
	to = json_need_object(out, f->config);
	json_set(to, "RegexValues", json_copy_deep(list));
	if (f->has_plain)
		return 0;
	if (check_header(c, json_str(config, "HttpHeaderName")) < 0)
		return -1;
	json_set_str(to, "HttpHeaderName", json_str(config, "HttpHeaderName"));
	return 0;
}

/* One condition into `out`; *n counts its values. */
static int
read_condition(struct call *c, const json_t *said, json_t *out, size_t *n)
{
	const char *name = json_str_or(said, "Field", "");
	const struct field *f = find(name);
	const json_t *config, *values, *plain = json_get(said, "Values"), *v;
	size_t i;

	if (f == NULL)
		return err_set(&c->err, &elbv2_invalid,
		    "Condition field '%.70s' must be one of '[path-pattern, host-header, "
		    "http-header, http-request-method, query-string, source-ip]'",
		    name);
	config = json_get(said, f->config);
	if (json_get(said, "RegexValues") != NULL ||
	    json_get(config, "RegexValues") != NULL)
		return read_regexes(c, said, f, out, n);
	if (plain != NULL && (!f->has_plain || config != NULL))
		return err_set(&c->err, &elbv2_invalid,
		    "You cannot specify 'Values' for condition field '%s' here: specify '%s'",
		    name, f->config);
	values = plain != NULL ? plain : json_get(config, "Values");
	if (json_array_size(values) == 0)
		return err_set(&c->err, &elbv2_invalid,
		    "A condition value must be specified for '%s'", name);
	json_array_foreach(values, i, v) {
		if (check_value(c, f, v, n) < 0)
			return -1;
	}
	json_set_str(out, "Field", name);
	if (f->has_plain)
		json_set(out, "Values", json_copy_deep(values));
	json_set(json_need_object(out, f->config), "Values", json_copy_deep(values));
	if (strcmp(name, "http-header") == 0) {
		if (check_header(c, json_str(config, "HttpHeaderName")) < 0)
			return -1;
		json_set_str(json_get(out, f->config), "HttpHeaderName",
		    json_str(config, "HttpHeaderName"));
	}
	return 0;
}

json_t *
elbv2_conditions(struct call *c, const json_t *conditions)
{
	json_t *rows = json_own(c->arena, json_new_array()),
	       *seen = json_own(c->arena, json_new_object());
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach(conditions, i, row) {
		const char *name = json_str_or(row, "Field", "");
		const struct field *f = find(name);

		if (f != NULL && f->once && json_get(seen, name) != NULL) {
			err_set_fn(&c->err, &elbv2_invalid,
			    "Only one '%s' condition can be specified in a rule", name);
			return NULL;
		}
		json_set_bool(seen, name, 1);
		if (read_condition(c, row, json_add_object(rows), &n) < 0)
			return NULL;
	}
	if (n == 0)
		err_set_fn(&c->err, &elbv2_invalid, "A condition must be specified");
	if (n > VALUES_MOST)
		err_set_fn(&c->err, &elbv2_invalid,
		    "A rule can only have '%d' condition values", VALUES_MOST);
	return n == 0 || n > VALUES_MOST ? NULL : rows;
}
