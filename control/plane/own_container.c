#include "control/plane/own_container.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TEXT = 256 << 10 };

/* 64 hexadecimal digits between two that are not: where they begin, or NULL. */
static const char *
seek_id(const char *p, const char *end)
{
	static const char digits[] = "0123456789abcdef";

	while (p < end) {
		size_t n = strspn(p, digits);

		if (n == CONTAINER_ID - 1 && p + n <= end)
			return p;
		p += n > 0 ? n : 1;
	}
	return NULL;
}

/* "ID PARENT MAJ:MIN ROOT MOUNTPOINT …": of a file that Docker puts into each container. */
static int
is_mount_of_ours(const char *line, const char *end)
{
	static const char *const points[] = { " /etc/hostname ", " /etc/hosts ",
		" /etc/resolv.conf " };

	for (size_t i = 0; i < COUNT(points); i++) {
		if (memmem(line, (size_t)(end - line), points[i], strlen(points[i])) !=
		    NULL)
			return 1;
	}
	return 0;
}

int
own_container_id(const char *mountinfo, const char *cgroup, char ret[CONTAINER_ID])
{
	const char *id = NULL;

	for (const char *line = mountinfo; id == NULL && *line != '\0';) {
		const char *end = line + strcspn(line, "\n");

		if (is_mount_of_ours(line, end))
			id = seek_id(line, end);
		line = end + (*end == '\n');
	}
	if (id == NULL)
		id = seek_id(cgroup, cgroup + strlen(cgroup));
	if (id == NULL)
		return 0;
	memcpy(ret, id, CONTAINER_ID - 1);
	ret[CONTAINER_ID - 1] = '\0';
	return 1;
}

/* A file of /proc; "" when it cannot be read. */
static const char *
text_of(struct arena *a, const char *path)
{
	char *text = arena_alloc(a, MAX_TEXT + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && len < MAX_TEXT && n > 0) {
		n = read(fd, text + len, MAX_TEXT - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* What the kernel says, or a guess; "" when this is no container. */
static const char *
candidate(struct arena *a)
{
	char *name = arena_alloc(a, CONTAINER_ID);

	if (own_container_id(text_of(a, "/proc/self/mountinfo"),
		text_of(a, "/proc/self/cgroup"), name))
		return name;
	if (access("/.dockerenv", F_OK) < 0 || gethostname(name, CONTAINER_ID - 1) < 0)
		return "";
	return name;
}

const char *
own_container_find(struct engine *e, struct arena *a)
{
	const char *id = candidate(a), *mode;
	struct err err;
	json_t *found;
	int rc;

	if (id[0] == '\0')
		return NULL;
	rc = engine_container_inspect(e, a, id, &found, &err);
	/* A daemon that is away says nothing; the kernel's word has to do. */
	if (rc < 0 && strlen(id) == CONTAINER_ID - 1)
		return id;
	if (rc <= 0)
		return NULL;
	mode = json_str_or(json_get(found, "HostConfig"), "NetworkMode", "");
	if (strcmp(mode, "host") == 0)
		return NULL;
	if (strncmp(mode, "container:", 10) == 0)
		return mode + 10;
	return json_str(found, "Id");
}

/* Every port that it shows on the host is on the host's loopback. */
static int
is_published_on_loopback(const json_t *inspection)
{
	const json_t *bindings, *binding;
	const char *port;
	size_t i;

	json_object_foreach(json_path(inspection, "NetworkSettings.Ports"), port,
	    bindings) {
		json_array_foreach(bindings, i, binding) {
			const char *ip = json_str_or(binding, "HostIp", "");

			if (strncmp(ip, "127.", 4) != 0 && strcmp(ip, "::1") != 0)
				return 0;
		}
	}
	return 1;
}

int
own_container_is_host(struct env *env, struct arena *a, const char *address)
{
	const json_t *network;
	const char *name;
	struct err err;
	json_t *found;

	if (env->engine == NULL || env->own_container == NULL ||
	    engine_container_inspect(env->engine, a, env->own_container, &found, &err) <=
		0 ||
	    !is_published_on_loopback(found))
		return 0;
	json_object_foreach(json_path(found, "NetworkSettings.Networks"), name, network) {
		if (strcmp(json_str_or(network, "Gateway", ""), address) == 0)
			return 1;
	}
	return 0;
}
