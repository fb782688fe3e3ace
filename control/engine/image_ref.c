#include "control/engine/image_ref.h"

#include <ctype.h>
#include <string.h>

const struct err_kind image_ref_malformed = { "InvalidImageReference", 400 };

enum { MAX_NAME = 255, MAX_TAG = 128, MAX_TEXT = 512 };

static int
is_low_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "a", "a.b", "a__b", "a---b": the separators that a name's part may have. */
static size_t
separator(const char *s, size_t n)
{
	size_t k = 0;

	if (n > 0 && s[0] == '.')
		return 1;
	if (n > 1 && s[0] == '_' && s[1] == '_')
		return 2;
	if (n > 0 && s[0] == '_')
		return 1;
	while (k < n && s[k] == '-')
		k++;
	return k;
}

static int
is_part(const char *s, size_t n)
{
	size_t i = 0, k;

	if (n == 0 || !is_low_alnum(s[0]))
		return 0;
	while (i < n) {
		while (i < n && is_low_alnum(s[i]))
			i++;
		if (i == n)
			return 1;
		k = separator(s + i, n - i);
		if (k == 0 || i + k == n || !is_low_alnum(s[i + k]))
			return 0;
		i += k;
	}
	return 1;
}

static int
is_path(const char *s)
{
	for (;;) {
		size_t n = strcspn(s, "/");

		if (!is_part(s, n))
			return 0;
		if (s[n] == '\0')
			return 1;
		s += n + 1;
	}
}

/* A host name or IPv4 address with or without port, or [IPv6]. */
static int
is_host(const char *s)
{
	const char *colon = strrchr(s, ':'), *end = s + strlen(s), *p;
	size_t digits;

	if (s[0] == '[') {
		p = strchr(s, ']');
		if (p == NULL || p == s + 1 ||
		    strspn(s + 1, "0123456789abcdefABCDEF:") != (size_t)(p - s - 1))
			return 0;
		colon = p[1] == ':' ? p + 1 : NULL;
		if (colon == NULL)
			return p[1] == '\0';
	}
	if (colon != NULL) {
		digits = strspn(colon + 1, "0123456789");
		if (digits == 0 || digits > 5 || colon[1 + digits] != '\0')
			return 0;
		end = colon;
	}
	if (s[0] == '[')
		return 1;
	for (p = s; p < end; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
			return 0;
	return end > s && s[0] != '-' && s[0] != '.' && end[-1] != '-' && end[-1] != '.';
}

static int
is_tag(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > MAX_TAG || s[0] == '.' || s[0] == '-')
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && strchr("_.-", s[i]) == NULL)
			return 0;
	return 1;
}

static int
is_digest(const char *s)
{
	const char *hex = strchr(s, ':');
	size_t n;

	if (hex == NULL || hex == s)
		return 0;
	for (const char *p = s; p < hex; p++)
		if (!isalnum((unsigned char)*p) && strchr("+._-", *p) == NULL)
			return 0;
	n = strspn(hex + 1, "0123456789abcdef");
	return n >= 32 && n <= 128 && hex[1 + n] == '\0';
}

static int
is_registry_part(const char *s, size_t n)
{
	return memchr(s, '.', n) != NULL || memchr(s, ':', n) != NULL ||
	    (n == 9 && memcmp(s, "localhost", 9) == 0);
}

int
image_ref_parse(struct arena *a, const char *text, struct image_ref *ret, struct err *err)
{
	struct image_ref ref = { NULL, NULL, NULL, NULL };
	char *s, *at, *slash, *colon;

	if (text == NULL || strlen(text) > MAX_TEXT)
		return err_set(err, &image_ref_malformed,
		    "an image reference has 1 to %d characters", MAX_TEXT);
	s = arena_strdup(a, text);
	at = strchr(s, '@');
	if (at != NULL) {
		*at = '\0';
		ref.digest = at + 1;
	}
	slash = strchr(s, '/');
	if (slash != NULL && is_registry_part(s, (size_t)(slash - s))) {
		*slash = '\0';
		ref.host = s;
		s = slash + 1;
	}
	colon = strrchr(s, ':');
	if (colon != NULL && strchr(colon, '/') == NULL) {
		*colon = '\0';
		ref.tag = colon + 1;
	}
	ref.path = s;
	if (strlen(s) > MAX_NAME || !is_path(s) ||
	    (ref.host != NULL && !is_host(ref.host)) ||
	    (ref.tag != NULL && !is_tag(ref.tag)) ||
	    (ref.digest != NULL && !is_digest(ref.digest)))
		return err_set(err, &image_ref_malformed,
		    "'%s' is not an image reference", text);
	*ret = ref;
	return 0;
}

const char *
image_ref_registry(const struct image_ref *ref)
{
	return ref->host != NULL ? ref->host : "docker.io";
}

/* ":tag", "@digest" or both. */
static const char *
version_text(struct arena *a, const struct image_ref *ref)
{
	const char *tag = ref->tag;

	if (tag == NULL && ref->digest == NULL)
		tag = "latest";
	return arena_printf(a, "%s%s%s%s", tag != NULL ? ":" : "", tag != NULL ? tag : "",
	    ref->digest != NULL ? "@" : "", ref->digest != NULL ? ref->digest : "");
}

char *
image_ref_text(struct arena *a, const struct image_ref *ref)
{
	return arena_printf(a, "%s%s%s%s", ref->host != NULL ? ref->host : "",
	    ref->host != NULL ? "/" : "", ref->path, version_text(a, ref));
}

char *
image_ref_full(struct arena *a, const struct image_ref *ref)
{
	const char *host = image_ref_registry(ref);
	int official = strcmp(host, "docker.io") == 0 && strchr(ref->path, '/') == NULL;

	return arena_printf(a, "%s/%s%s%s", host, official ? "library/" : "", ref->path,
	    version_text(a, ref));
}

int
image_ref_in_registry(struct arena *a, const char *text, const char *registry, char **ret,
    struct err *err)
{
	size_t n = strlen(registry);
	struct image_ref ref, moved;
	char *there;

	while (n > 0 && registry[n - 1] == '/')
		n--;
	if (image_ref_parse(a, text, &ref, err) < 0)
		return -1;
	there = arena_printf(a, "%.*s/%s%s", (int)n, registry, ref.path,
	    version_text(a, &ref));
	if (strstr(registry, "://") != NULL || image_ref_parse(a, there, &moved, err) < 0)
		return err_set(err, &image_ref_malformed,
		    "'%s' is not a registry: HOST[:PORT][/PATH] is expected", registry);
	*ret = there;
	return 0;
}
