#include "control/engine/registry_auth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"
#include "base/json.h"

enum { MAX_FILE = 1 << 20 };

char *
registry_auth_file(struct arena *a)
{
	const char *dir = getenv("DOCKER_CONFIG"), *home = getenv("HOME");

	if (dir != NULL && dir[0] != '\0')
		return arena_printf(a, "%s/config.json", dir);
	if (home != NULL && home[0] != '\0')
		return arena_printf(a, "%s/.docker/config.json", home);
	return NULL;
}

/* 1 and the document, 0 there is no file, -1. */
static int
read_config(struct arena *a, const char *file, json_t **ret, struct err *err)
{
	struct buf *text = buf_new(a, MAX_FILE);
	struct err bad;
	char chunk[4096];
	FILE *f;
	size_t n;
	int failed;

	f = file != NULL ? fopen(file, "re") : NULL;
	if (f == NULL)
		return file == NULL || errno == ENOENT || errno == ENOTDIR ?
		    0 :
		    err_errno(err, "%s", file);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(text, chunk, n);
	failed = ferror(f);
	fclose(f);
	if (failed || buf_is_full(text))
		return err_set(err, &err_internal, "%s cannot be read", file);
	if (json_read_in(a, buf_text(text), text->len, ret, &bad) < 0)
		return err_set(err, &err_internal, "%s: %s", file, bad.msg);
	return 1;
}

/* Is the key of "auths", a host or a URL, that registry? */
static int
is_key_of(const char *key, const char *registry)
{
	size_t n = strlen(registry);

	if (strcmp(registry, "docker.io") == 0)
		return strcmp(key, "https://index.docker.io/v1/") == 0 ||
		    strcmp(key, "index.docker.io") == 0 || strcmp(key, "docker.io") == 0;
	if (strncmp(key, "https://", 8) == 0)
		key += 8;
	else if (strncmp(key, "http://", 7) == 0)
		key += 7;
	return strncmp(key, registry, n) == 0 && (key[n] == '\0' || key[n] == '/');
}

/* base64url of a JSON document, padded. */
static char *
sealed(struct arena *a, const json_t *doc)
{
	const char *text = json_text(a, doc);
	char *out = base64_encode(a, text, strlen(text));

	for (char *p = out; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	return out;
}

/* "auth" is base64 of "user:password". */
static int
set_password(struct arena *a, json_t *who, const json_t *entry)
{
	const char *auth = json_str(entry, "auth");
	unsigned char *text;
	char *colon;
	size_t n;

	json_set_str(who, "username", json_str(entry, "username"));
	json_set_str(who, "password", json_str(entry, "password"));
	if (auth == NULL || auth[0] == '\0')
		return 1;
	if (!base64_decode(a, auth, strlen(auth), &text, &n) ||
	    !utf8_is_valid((char *)text, n))
		return 0;
	colon = memchr(text, ':', n);
	if (colon == NULL)
		return 0;
	json_set_strn(who, "username", (char *)text, (size_t)(colon - (char *)text));
	json_set_strn(who, "password", colon + 1, n - (size_t)(colon + 1 - (char *)text));
	return 1;
}

int
registry_auth(struct arena *a, const char *file, const char *registry, char **ret,
    int *ret_helper, struct err *err)
{
	json_t *config = NULL, *entry, *who = json_own(a, json_new_object());
	const char *key, *found = NULL;
	int helper;

	if (read_config(a, file, &config, err) < 0)
		return -1;
	helper = json_str(config, "credsStore") != NULL;
	json_object_foreach(json_get(config, "credHelpers"), key, entry)
		helper |= is_key_of(key, registry);
	json_object_foreach(json_get(config, "auths"), key, entry) {
		if (!is_key_of(key, registry))
			continue;
		if (!set_password(a, who, entry))
			return err_set(err, &err_internal,
			    "%s: the entry of %s is malformed", file, key);
		json_set_str(who, "identitytoken", json_str(entry, "identitytoken"));
		found = key;
	}
	if (json_object_size(who) == 0)
		found = NULL;
	if (found != NULL)
		json_set_str(who, "serveraddress", found);
	*ret = sealed(a, who);
	*ret_helper = helper && found == NULL;
	return found != NULL;
}
