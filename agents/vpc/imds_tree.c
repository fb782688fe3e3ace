#include "agents/vpc/imds_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agents/vpc/net.h"
#include "base/enc.h"

enum { MAX_INSTANCES = 65536, MAX_DEPTH = 16, MAX_HOPS = 64 };

static const struct err_kind bad_config = { "BadImdsConfig", 400 };

struct imds_instances {
	struct arena *arena;
	size_t n;
	struct imds_instance *list; /* by address */
};

/* The text of {"b64": text}, or NULL. */
static const char *
bytes_of(json_t *v)
{
	const char *text = json_str(v, "b64"), *name;
	size_t n = 0;
	json_t *member;

	json_object_foreach(v, name, member)
		n++;
	return n == 1 ? text : NULL;
}

static int
check_tree(struct arena *a, json_t *v, int depth, struct err *err)
{
	const char *text = bytes_of(v), *name;
	unsigned char *bytes;
	json_t *member;
	size_t len;

	if (json_is_string(v))
		return 0;
	if (!json_is_object(v) || depth > MAX_DEPTH)
		return err_set(err, &bad_config, "neither a directory nor an answer");
	if (text != NULL)
		return base64_decode(a, text, strlen(text), &bytes, &len) ?
		    0 :
		    err_set(err, &bad_config, "b64 is not base64");
	json_object_foreach(v, name, member) {
		if (name[0] == '\0' || strpbrk(name, "/\r\n") != NULL)
			return err_set(err, &bad_config,
			    "a name has a slash or a line end");
		if (check_tree(a, member, depth + 1, err) < 0)
			return err_wrap(err, "%.64s", name);
	}
	return 0;
}

static int
take_options(const json_t *o, struct imds_instance *ret, struct err *err)
{
	int64_t hops = json_int(o, "HttpPutResponseHopLimit", 1);

	if (hops < 1 || hops > MAX_HOPS)
		return err_set(err, &bad_config, "HttpPutResponseHopLimit is not 1 to %d",
		    MAX_HOPS);
	ret->hop_limit = (int)hops;
	ret->is_enabled =
	    strcmp(json_str_or(o, "HttpEndpoint", "enabled"), "disabled") != 0;
	ret->needs_token =
	    strcmp(json_str_or(o, "HttpTokens", "optional"), "required") == 0;
	return 0;
}

static int
take_user_data(struct arena *a, const json_t *v, struct imds_instance *ret,
    struct err *err)
{
	const char *text = json_string_value(v);
	unsigned char *bytes;

	if (v == NULL || json_is_null(v))
		return 0;
	if (text == NULL ||
	    !base64_decode(a, text, strlen(text), &bytes, &ret->user_data_len))
		return err_set(err, &bad_config, "user_data is not base64");
	ret->user_data = bytes;
	ret->has_user_data = 1;
	return 0;
}

static int
take_instance(struct arena *a, const char *address, const json_t *v,
    struct imds_instance *ret, struct err *err)
{
	CLEANUP(arena_freep) struct arena *scratch = arena_new();
	union net_any at;

	/* Without a port. */
	if (net_parse_any(address, 0, &at) < 0 ||
	    (at.any.sa_family == AF_INET && at.v4.sin_port != 0))
		return err_set(err, &bad_config, "not an IP address");
	ret->address = net_mapped(&at);
	ret->id = json_str(v, "instance_id");
	ret->tree = json_get(v, "tree");
	if (ret->id == NULL || ret->id[0] == '\0')
		return err_set(err, &bad_config, "no instance_id");
	if (!json_is_object(ret->tree) || bytes_of(ret->tree) != NULL)
		return err_set(err, &bad_config, "no tree");
	if (check_tree(scratch, ret->tree, 0, err) < 0)
		return err_wrap(err, "tree");
	if (take_options(json_get(v, "options"), ret, err) < 0)
		return -1;
	return take_user_data(a, json_get(v, "user_data"), ret, err);
}

static int
by_address(const void *a, const void *b)
{
	const struct imds_instance *x = a, *y = b;

	return memcmp(&x->address, &y->address, sizeof(x->address));
}

/* The same instance at its other addresses. */
static int
take_addresses6(struct imds_instances *all, const json_t *v, struct err *err)
{
	const struct imds_instance *first = &all->list[all->n - 1];
	const json_t *address;
	union net_any at;
	size_t i;

	json_array_foreach(json_get(v, "addresses6"), i, address) {
		if (net_parse_any(json_string_value(address), 0, &at) < 0 ||
		    at.any.sa_family != AF_INET6)
			return err_set(err, &bad_config, "addresses6: not IPv6");
		all->list[all->n] = *first;
		all->list[all->n++].address = at.v6.sin6_addr;
	}
	return 0;
}

static int
take_all(struct imds_instances *all, json_t *list, struct err *err)
{
	const char *address;
	json_t *v;

	json_object_foreach(list, address, v) {
		if (take_instance(all->arena, address, v, &all->list[all->n], err) < 0)
			return err_wrap(err, "metadata of %.64s", address);
		all->n++;
		if (take_addresses6(all, v, err) < 0)
			return err_wrap(err, "metadata of %.64s", address);
	}
	qsort(all->list, all->n, sizeof(all->list[0]), by_address);
	return 0;
}

int
imds_instances_new(json_t *imds, struct imds_instances **ret, struct err *err)
{
	json_t *list = json_get(imds, "instances"), *v;
	struct arena *a = arena_new();
	struct imds_instances *all = arena_alloc(a, sizeof(*all));
	const char *address;
	size_t n = 0;
	int rc = 0;

	all->arena = a;
	json_object_foreach(list, address, v)
		n += 1 + json_array_size(json_get(v, "addresses6"));
	if (n > MAX_INSTANCES)
		rc = err_set(err, &bad_config, "more than %d addresses", MAX_INSTANCES);
	all->list = arena_calloc(a, n + 1, sizeof(all->list[0]));
	if (rc == 0)
		rc = take_all(all, list, err);
	if (rc < 0) {
		arena_free(a);
		return -1;
	}
	if (list != NULL)
		json_own(a, json_incref(list));
	for (size_t i = 0; i < all->n && json_str(imds, "resolv") != NULL; i++)
		all->list[i].resolv = i == 0 ? arena_strdup(a, json_str(imds, "resolv")) :
					       all->list[0].resolv;
	*ret = all;
	return 0;
}

void
imds_instances_free(struct imds_instances *all)
{
	if (all != NULL)
		arena_free(all->arena);
}

const struct imds_instance *
imds_instances_at(const struct imds_instances *all, const union net_any *from)
{
	struct imds_instance key = { .address = net_mapped(from) };

	return bsearch(&key, all->list, all->n, sizeof(key), by_address);
}

const struct imds_instance *
imds_instances_by_id(const struct imds_instances *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->list[i].id, id) == 0)
			return &all->list[i];
	}
	return NULL;
}

/* "0=name": how many digits, or 0 for another kind of name. */
static size_t
index_len(const char *name)
{
	size_t n = strspn(name, "0123456789");

	return name[n] == '=' ? n : 0;
}

static json_t *
step(json_t *dir, const char *name, size_t len)
{
	const char *other;
	json_t *v;

	json_object_foreach(dir, other, v) {
		if (strncmp(other, name, len) != 0)
			continue;
		if (other[len] == '\0')
			return v;
		if (len > 0 && len == index_len(other) && json_is_object(v))
			return v;
	}
	return NULL;
}

static void
list(json_t *dir, struct buf *out)
{
	const char *name, *end = "";
	json_t *v;

	json_object_foreach(dir, name, v) {
		int is_dir =
		    json_is_object(v) && bytes_of(v) == NULL && index_len(name) == 0;

		buf_printf(out, "%s%s%s", end, name, is_dir ? "/" : "");
		end = "\n";
	}
}

static void
add_bytes(const char *text, struct buf *out)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	unsigned char *bytes;
	size_t len;
	int ok = base64_decode(a, text, strlen(text), &bytes, &len);

	assert(ok); /* check_tree() has seen it */
	buf_add(out, bytes, len);
}

int
imds_tree_get(json_t *tree, const char *path, struct buf *out)
{
	const char *text;

	for (path += strspn(path, "/"); *path != '\0'; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");

		if (!json_is_object(tree) || bytes_of(tree) != NULL)
			return 0;
		tree = step(tree, path, len);
		if (tree == NULL)
			return 0;
		path += len;
	}
	text = bytes_of(tree);
	if (json_is_string(tree))
		buf_add(out, json_string_value(tree), json_string_length(tree));
	else if (text != NULL)
		add_bytes(text, out);
	else
		list(tree, out);
	return 1;
}
