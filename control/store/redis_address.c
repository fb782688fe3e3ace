/* URLs of Redis. */
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/store/redis_link.h"

static const struct {
	const char *scheme;
	enum redis_how how;
} schemes[] = {
	{ "redis://", REDIS_PLAIN },
	{ "rediss://", REDIS_TLS },
	{ "unix://", REDIS_SOCKET },
};

static int
copy(const char *what, const char *s, size_t n, char *out, size_t size, struct err *err)
{
	if (n >= size)
		return err_set(err, &err_internal, "Redis URL: the %s is too long", what);
	memcpy(out, s, n);
	out[n] = '\0';
	return 0;
}

static int
copy_escaped(const char *what, const char *s, size_t n, char *out, size_t size,
    struct err *err)
{
	if (copy(what, s, n, out, size, err) < 0)
		return -1;
	if (!percent_decode(out, &n, 0))
		return err_set(err, &err_internal, "Redis URL: the %s has a bad escape",
		    what);
	out[n] = '\0';
	return 0;
}

/* "user:password", ":password" or "password", as redis-cli has it. */
static int
parse_user(const char *s, size_t n, struct redis_address *at, struct err *err)
{
	const char *colon = memchr(s, ':', n);
	size_t user_len = colon != NULL ? (size_t)(colon - s) : 0;
	const char *password = colon != NULL ? colon + 1 : s;

	if (copy_escaped("user", s, user_len, at->user, sizeof(at->user), err) < 0)
		return -1;
	return copy_escaped("password", password, (size_t)(s + n - password),
	    at->password, sizeof(at->password), err);
}

static int
parse_number(const char *what, const char *s, size_t n, int max, int *ret,
    struct err *err)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || v > max)
			return err_set(err, &err_internal, "Redis URL: bad %s", what);
		v = 10 * v + (s[i] - '0');
	}
	if (n == 0 || v > max)
		return err_set(err, &err_internal, "Redis URL: bad %s", what);
	*ret = v;
	return 0;
}

static int
parse_host(const char *s, size_t n, struct redis_address *at, struct err *err)
{
	const char *end = s + n, *host_end, *port;
	int number = 6379;

	if (n > 0 && s[0] == '[') {
		s++;
		host_end = memchr(s, ']', (size_t)(end - s));
		if (host_end == NULL)
			return err_set(err, &err_internal, "Redis URL: '[' without ']'");
		port = host_end + 1;
		if (port < end && *port != ':')
			return err_set(err, &err_internal, "Redis URL: bad port");
	} else {
		host_end = memchr(s, ':', n);
		if (host_end == NULL)
			host_end = end;
		port = host_end;
	}
	if (port < end &&
	    parse_number("port", port + 1, (size_t)(end - port - 1), 65535, &number,
		err) < 0)
		return -1;
	if (host_end == s)
		return err_set(err, &err_internal, "Redis URL: no host");
	if (copy("host", s, (size_t)(host_end - s), at->host, sizeof(at->host), err) < 0)
		return -1;
	snprintf(at->port, sizeof(at->port), "%d", number);
	return 0;
}

int
redis_address_parse(const char *url, struct redis_address *ret, struct err *err)
{
	struct redis_address at = { .port = "6379" };
	const char *rest = NULL, *slash, *sign, *db = NULL;
	size_t i, db_len = 0, len;

	for (i = 0; i < COUNT(schemes) && rest == NULL; i++) {
		if (strncmp(url, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
			rest = url + strlen(schemes[i].scheme);
			at.how = schemes[i].how;
		}
	}
	if (rest == NULL)
		return err_set(err, &err_internal,
		    "Redis URL: must begin with redis://, rediss:// or unix://");
	len = strcspn(rest, "/");
	slash = rest + len;
	sign = memrchr(rest, '@', len);
	if (sign != NULL) {
		if (parse_user(rest, (size_t)(sign - rest), &at, err) < 0)
			return -1;
		rest = sign + 1;
	}

	if (at.how == REDIS_SOCKET) {
		len = strcspn(rest, "?");
		if (copy_escaped("path", rest, len, at.path, sizeof(at.path), err) < 0)
			return -1;
		if (len == 0)
			return err_set(err, &err_internal, "Redis URL: no path");
		rest += len;
		if (strncmp(rest, "?db=", 4) == 0)
			db = rest + 4;
		else if (*rest != '\0')
			return err_set(err, &err_internal,
			    "Redis URL: only ?db= is known");
	} else {
		if (parse_host(rest, (size_t)(slash - rest), &at, err) < 0)
			return -1;
		if (*slash == '/' && slash[1] != '\0')
			db = slash + 1;
	}
	if (db != NULL)
		db_len = strlen(db);
	if (db != NULL && parse_number("database", db, db_len, 1000000, &at.db, err) < 0)
		return -1;
	*ret = at;
	return 0;
}
