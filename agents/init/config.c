#include "agents/init/config.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cc.h"

enum type { T_STRING, T_INT, T_LIST };

struct reader {
	struct arena *arena;
	const char *p, *end;
	const char *why; /* the first thing wrong, sticky */
};

struct member {
	const char *name;
	enum type type;
	size_t offset;
};

/* What the file says, before it is checked. */
struct raw {
	char *mode, *hostname, *instance_id, *user_data, *ca_hash;
	char **devices, **argv, **env;
	int64_t wait_ms;
};

static const struct member members[] = {
	{ "mode", T_STRING, offsetof(struct raw, mode) },
	{ "devices", T_LIST, offsetof(struct raw, devices) },
	{ "wait_ms", T_INT, offsetof(struct raw, wait_ms) },
	{ "ca_hash", T_STRING, offsetof(struct raw, ca_hash) },
	{ "hostname", T_STRING, offsetof(struct raw, hostname) },
	{ "argv", T_LIST, offsetof(struct raw, argv) },
	{ "user_data", T_STRING, offsetof(struct raw, user_data) },
	{ "instance_id", T_STRING, offsetof(struct raw, instance_id) },
	{ "env", T_LIST, offsetof(struct raw, env) },
};

static int
fail(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	r->p = r->end;
	return -1;
}

static int
peek(struct reader *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p) != NULL && *r->p != '\0')
		r->p++;
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static int
expect(struct reader *r, char c)
{
	if (peek(r) != c)
		return fail(r, "not the JSON that was expected");
	r->p++;
	return 0;
}

static int
hex4(struct reader *r, unsigned *ret)
{
	unsigned v = 0;

	if (r->end - r->p < 4)
		return fail(r, "short \\u escape");
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		const char *d = strchr(digits, *r->p | 0x20);

		if (d == NULL || *d == '\0')
			return fail(r, "bad \\u escape");
		v = v << 4 | (unsigned)(d - digits);
		r->p++;
	}
	*ret = v;
	return 0;
}

static char *
put_utf8(char *o, unsigned c)
{
	if (c < 0x80) {
		*o++ = (char)c;
		return o;
	}
	if (c < 0x800) {
		*o++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*o++ = (char)(0xe0 | c >> 12);
		} else {
			*o++ = (char)(0xf0 | c >> 18);
			*o++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*o++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*o++ = (char)(0x80 | (c & 0x3f));
	return o;
}

/* \uXXXX, both halves of it when it is a surrogate. */
static int
unicode(struct reader *r, char **o)
{
	unsigned c, low;

	if (hex4(r, &c) < 0)
		return -1;
	if (c >= 0xdc00 && c < 0xe000)
		return fail(r, "lone surrogate");
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return fail(r, "lone surrogate");
		r->p += 2;
		if (hex4(r, &low) < 0 || low < 0xdc00 || low >= 0xe000)
			return fail(r, "lone surrogate");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c == 0)
		return fail(r, "NUL in a string");
	*o = put_utf8(*o, c);
	return 0;
}

static int
escape(struct reader *r, char **o)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *e;

	if (r->p >= r->end)
		return fail(r, "unfinished string");
	if (*r->p == 'u') {
		r->p++;
		return unicode(r, o);
	}
	e = *r->p != '\0' ? strchr(from, *r->p) : NULL;
	if (e == NULL)
		return fail(r, "bad escape");
	*(*o)++ = to[e - from];
	r->p++;
	return 0;
}

/* An escape is never shorter than what it stands for, so the source's size is enough. */
static char *
string(struct reader *r)
{
	const char *q;
	char *out, *o;

	if (expect(r, '"') < 0)
		return NULL;
	for (q = r->p; q < r->end && *q != '"'; q++)
		q += *q == '\\';
	if (q >= r->end) {
		fail(r, "unfinished string");
		return NULL;
	}
	out = o = arena_alloc(r->arena, (size_t)(q - r->p) + 1);
	while (r->p < r->end && *r->p != '"') {
		if ((unsigned char)*r->p < 0x20) {
			fail(r, "control character in a string");
			return NULL;
		}
		if (*r->p != '\\')
			*o++ = *r->p++;
		else if (r->p++, escape(r, &o) < 0)
			return NULL;
	}
	r->p++;
	return out;
}

static int64_t
integer(struct reader *r)
{
	int64_t v = 0;
	int digits = 0;

	peek(r);
	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		if (++digits > 12) {
			fail(r, "number too large");
			return 0;
		}
		v = v * 10 + (*r->p - '0');
	}
	if (digits == 0 || (r->p < r->end && strchr(".eE+-", *r->p) != NULL))
		fail(r, "not a whole number");
	return v;
}

static char **
list(struct reader *r)
{
	char *v[CONFIG_LIST_MAX];
	size_t n = 0;
	char **out;

	if (expect(r, '[') < 0)
		return NULL;
	while (peek(r) != ']') {
		if (n == CONFIG_LIST_MAX || (n > 0 && expect(r, ',') < 0)) {
			fail(r, "list too long");
			return NULL;
		}
		v[n] = string(r);
		if (v[n++] == NULL)
			return NULL;
	}
	r->p++;
	out = arena_calloc(r->arena, n + 1, sizeof(*out));
	memcpy(out, v, n * sizeof(*out));
	return out;
}

/* Words (true, false, null) and whatever our own members may be. */
static void
skip(struct reader *r)
{
	int c = peek(r);

	if (c == '"') {
		string(r);
	} else if (c == '[') {
		list(r);
	} else if (c >= '0' && c <= '9') {
		integer(r);
	} else if (c >= 'a' && c <= 'z') {
		while (r->p < r->end && *r->p >= 'a' && *r->p <= 'z')
			r->p++;
	} else {
		fail(r, "a value of a kind that is not read here");
	}
}

static void
value(struct reader *r, const struct member *m, struct raw *raw)
{
	char *at = (char *)raw + m->offset;

	switch (m->type) {
	case T_STRING:
		*(char **)(void *)at = string(r);
		break;
	case T_INT:
		*(int64_t *)(void *)at = integer(r);
		break;
	case T_LIST:
		*(char ***)(void *)at = list(r);
		break;
	}
}

static void
object(struct reader *r, struct raw *raw, unsigned *n_unknown)
{
	unsigned seen = 0, n = 0;

	if (expect(r, '{') < 0)
		return;
	while (peek(r) != '}') {
		const char *name;
		size_t i = 0;

		if (n++ > 0 && expect(r, ',') < 0)
			return;
		name = string(r);
		if (name == NULL || expect(r, ':') < 0)
			return;
		while (i < COUNT(members) && strcmp(members[i].name, name) != 0)
			i++;
		if (i == COUNT(members)) {
			(*n_unknown)++;
			skip(r);
		} else if ((seen & 1u << i) != 0) {
			fail(r, "a member twice");
		} else {
			seen |= 1u << i;
			value(r, &members[i], raw);
		}
		if (r->why != NULL)
			return;
	}
	r->p++;
	if (peek(r) != -1)
		fail(r, "something behind the object");
}

static int
base64_value(char c)
{
	static const char abc[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c != '\0' ? strchr(abc, c) : NULL;

	return p != NULL ? (int)(p - abc) : -1;
}

/* White space is allowed anywhere, as people wrap base64. */
static int
decode(struct arena *a, const char *s, unsigned char **ret, size_t *ret_len)
{
	unsigned char *out = arena_alloc(a, strlen(s) / 4 * 3 + 4);
	size_t n = 0, digits = 0, pads = 0;
	unsigned acc = 0;

	for (; *s != '\0'; s++) {
		int v = base64_value(*s);

		if (strchr(" \t\r\n", *s) != NULL)
			continue;
		if (*s == '=') {
			pads++;
			continue;
		}
		if (v < 0 || pads > 0)
			return -1;
		acc = acc << 6 | (unsigned)v;
		if (++digits % 4 != 1)
			out[n++] = (unsigned char)(acc >> (6 - 2 * ((digits - 1) % 4)));
	}
	if ((digits + pads) % 4 != 0 || pads > 2)
		return -1;
	*ret = out;
	*ret_len = n;
	return 0;
}

static int
is_id(const char *s)
{
	size_t n =
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return n > 0 && n <= 64 && s[n] == '\0';
}

static int
check(struct arena *a, const struct raw *raw, struct config *c, const char **why)
{
	static char *none[] = { NULL };
	char **d;

	if (raw->mode == NULL ||
	    (strcmp(raw->mode, "exec") != 0 && strcmp(raw->mode, "machine") != 0))
		return *why = "mode is neither exec nor machine", -1;
	c->mode = strcmp(raw->mode, "exec") == 0 ? CONFIG_EXEC : CONFIG_MACHINE;
	c->devices = raw->devices != NULL ? raw->devices : none;
	c->argv = raw->argv != NULL ? raw->argv : none;
	c->env = raw->env != NULL ? raw->env : none;
	c->hostname = raw->hostname;
	c->instance_id = raw->instance_id;
	c->ca_hash = raw->ca_hash;
	c->wait_ms = raw->wait_ms;
	for (d = c->devices; *d != NULL; d++) {
		if (**d == '\0' || strlen(*d) >= IFNAMSIZ || strchr(*d, '/') != NULL)
			return *why = "bad device name", -1;
	}
	for (d = c->env; *d != NULL; d++) {
		if (**d == '=' || strchr(*d, '=') == NULL)
			return *why = "bad environment", -1;
	}
	if (c->ca_hash != NULL &&
	    (strlen(c->ca_hash) != 8 || strspn(c->ca_hash, "0123456789abcdef") != 8))
		return *why = "bad ca_hash", -1;
	if (c->wait_ms > CONFIG_WAIT_MAX_MS)
		return *why = "wait_ms too large", -1;
	if (c->mode == CONFIG_EXEC && c->argv[0] == NULL)
		return *why = "mode exec without argv", -1;
	if (c->mode == CONFIG_MACHINE &&
	    (c->instance_id == NULL || !is_id(c->instance_id)))
		return *why = "mode machine without a proper instance_id", -1;
	if (raw->user_data != NULL &&
	    decode(a, raw->user_data, &c->user_data, &c->user_data_len) < 0)
		return *why = "user_data is not base64", -1;
	return 0;
}

int
config_parse(struct arena *a, const char *text, size_t len, struct config *ret,
    const char **ret_why)
{
	struct reader r = { .arena = a, .p = text, .end = text + len };
	struct raw raw = { .wait_ms = 30000 };
	struct config c = { .n_unknown = 0 };

	object(&r, &raw, &c.n_unknown);
	if (r.why != NULL) {
		*ret_why = r.why;
		return -1;
	}
	if (check(a, &raw, &c, ret_why) < 0)
		return -1;
	*ret = c;
	return 0;
}

int
config_read(struct arena *a, const char *path, struct config *ret, const char **ret_why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	char *text = arena_alloc(a, CONFIG_MAX + 1);
	struct stat st;
	ssize_t n = -1;
	size_t len = 0;

	*ret_why = "cannot be read";
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		while (len <= CONFIG_MAX &&
		    (n = read(fd, text + len, CONFIG_MAX + 1 - len)) > 0)
			len += (size_t)n;
	}
	if (n == 0 && config_parse(a, text, len, ret, ret_why) == 0) {
		if (ret->mode == CONFIG_MACHINE && fchmod(fd, 0600) < 0)
			errno =
			    0; /* A read-only root: the mode is the one control gave. */
		close(fd);
		return 0;
	}
	if (len > CONFIG_MAX)
		*ret_why = "too large";
	close(fd);
	return -1;
}
