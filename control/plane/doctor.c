#include "control/plane/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/engine/engine.h"
#include "control/engine/images.h"
#include "control/plane/init_program.h"
#include "control/store/store.h"
#include "netdns/plan.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

enum verdict { GOOD, NOTE, BAD };

struct visit {
	struct arena *arena;
	const struct settings *settings;
	FILE *out;
	struct engine *engine; /* NULL: not to be used, or it does not answer */
	int n_bad;
};

static void say(struct visit *v, enum verdict verdict, const char *fmt, ...) PRINTF(3, 4);

static void
say(struct visit *v, enum verdict verdict, const char *fmt, ...)
{
	static const char *const marks[] = { "ok", "note", "BAD" };
	va_list ap;

	fprintf(v->out, "%-5s ", marks[verdict]);
	va_start(ap, fmt);
	vfprintf(v->out, fmt, ap);
	va_end(ap);
	fputc('\n', v->out);
	v->n_bad += verdict == BAD;
}

static void
check_port(struct visit *v)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)v->settings->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		say(v, GOOD, "port %d is free", v->settings->port);
	else if (errno == EADDRINUSE)
		say(v, NOTE,
		    "port %d is taken: a control plane runs, or choose SIMFRA_PORT",
		    v->settings->port);
	else
		say(v, BAD, "port %d: %s", v->settings->port, strerror(errno));
	close(fd);
}

static void
check_store(struct visit *v)
{
	const struct settings *s = v->settings;
	const struct store_redis_options options = { .url = s->redis_url };
	struct store *store;
	struct err err;

	store = store_open_redis(&options, &err);
	if (store == NULL) {
		say(v, BAD, "store: %s (%s)", err.msg,
		    s->redis_url != NULL ?
			"see SIMFRA_REDIS_URL" :
			"install redis-server, or set SIMFRA_REDIS_URL");
		return;
	}
	say(v, GOOD, "store: %s", store_name(store));
	store_close(store);
	if (s->data_dir == NULL && s->redis_url == NULL)
		say(v, NOTE,
		    "nothing survives a restart: set SIMFRA_DATA_DIR to keep it");
	else if (s->data_dir != NULL && access(s->data_dir, W_OK) < 0 && errno != ENOENT)
		say(v, BAD, "SIMFRA_DATA_DIR %s: %s", s->data_dir, strerror(errno));
}

static void
check_docker(struct visit *v)
{
	struct engine *e;
	json_t *version;
	struct err err;

	if (!v->settings->docker) {
		say(v, NOTE, "API-only: set SIMFRA_DOCKER=true to run real containers");
		return;
	}
	e = engine_open_docker(v->settings->docker_socket);
	if (engine_version(e, v->arena, &version, &err) < 0) {
		say(v, BAD,
		    "Docker at %s: %s (is it installed and running, and may you use it?)",
		    v->settings->docker_socket, err.msg);
		engine_close(e);
		return;
	}
	v->engine = e;
	say(v, GOOD, "Docker %s, API %s", json_str_or(version, "Version", "?"),
	    json_str_or(version, "ApiVersion", "?"));
}

static void
check_images(struct visit *v)
{
	static const enum image_id needed[] = { IMAGE_NETD, IMAGE_VPC };
	struct image_settings images = { 0 };
	struct err err;
	json_t *found;
	char *ref;

	image_settings_read(&images, SIMFRA_VERSION, getenv);
	for (size_t i = 0; i < COUNT(needed); i++) {
		if (image_ref_of(v->arena, &images, needed[i], &ref, &err) < 0)
			say(v, BAD, "image: %s", err.msg);
		else if (engine_image_inspect(v->engine, v->arena, ref, &found, &err) > 0)
			say(v, GOOD, "image %s", ref);
		else
			say(v, NOTE,
			    "image %s is not here yet: `make images` builds it, "
			    "`simfra images pull` fetches it",
			    ref);
	}
}

/* Our pools must not be somebody else's networks. */
static void
check_networks(struct visit *v)
{
	const char *const pools[] = { v->settings->internet_cidr,
		v->settings->underlay_cidr };
	const json_t *row;
	json_t *list;
	struct err err;
	size_t i;

	if (engine_network_list(v->engine, v->arena, NULL, &list, &err) < 0)
		return;
	json_array_foreach(list, i, row) {
		const char *name = json_str_or(row, "Name", "");
		const char *subnet =
		    json_str(json_array_get(json_path(row, "IPAM.Config"), 0), "Subnet");
		struct net4 theirs, ours;

		if (subnet == NULL || !net4_parse(subnet, &theirs) ||
		    strncmp(name, v->settings->instance, strlen(v->settings->instance)) ==
			0)
			continue;
		for (size_t k = 0; k < COUNT(pools); k++) {
			if (net4_parse(pools[k], &ours) && net4_overlaps(&ours, &theirs))
				say(v, BAD,
				    "Docker network %s has %s, which overlaps our %s: set "
				    "SIMFRA_%s_CIDR",
				    name, subnet, pools[k],
				    k == 0 ? "INTERNET" : "UNDERLAY");
		}
	}
}

static void
check_init(struct visit *v)
{
	struct err err;
	size_t len;

	if (init_program_read(v->arena, &len, &err) == NULL)
		say(v, BAD, "%s", err.msg);
	else
		say(v, GOOD, "simfra-init, %zu bytes", len);
}

int
doctor(struct arena *a, const struct settings *s, FILE *f)
{
	struct visit v = { .arena = a, .settings = s, .out = f };

	check_port(&v);
	check_store(&v);
	check_docker(&v);
	if (v.engine != NULL) {
		check_images(&v);
		check_networks(&v);
		check_init(&v);
		engine_close(v.engine);
	}
	fprintf(f, "%s\n",
	    v.n_bad == 0 ? "Nothing is wrong." : "See the lines marked BAD.");
	return v.n_bad == 0 ? 0 : 1;
}
