#include "control/plane/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/api/host_port.h"
#include "control/engine/engine.h"
#include "control/engine/images.h"
#include "control/engine/labels.h"
#include "control/plane/init_program.h"
#include "control/plane/own_container.h"
#include "control/store/store.h"
#include "netdns/plan.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

enum { N_POOLS = 2, MIN_API = 1041 };
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
		    "port %d is taken: by a control plane (`simfra health` "
		    "asks it), or choose another SIMFRA_PORT",
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
}

/* It is made when it is not there; its parent is not. */
static void
check_data_dir(struct visit *v)
{
	const char *dir = v->settings->data_dir;

	if (dir == NULL)
		return;
	if (access(dir, F_OK) < 0 && errno == ENOENT)
		dir = dirname(arena_strdup(v->arena, dir));
	if (access(dir, W_OK | X_OK) < 0)
		say(v, BAD, "SIMFRA_DATA_DIR %s: %s: %s", v->settings->data_dir, dir,
		    strerror(errno));
	else
		say(v, GOOD, "data in %s", v->settings->data_dir);
}

/* Why nobody answers there, and what to do about it. */
static void
say_no_docker(struct visit *v, const char *why)
{
	const char *path = v->settings->docker_socket;

	if (access(path, F_OK) < 0)
		say(v, BAD,
		    "Docker: there is no %s: install and start it (apt install docker.io), "
		    "or set SIMFRA_DOCKER_SOCKET; in a container, mount it",
		    path);
	else if (access(path, R_OK | W_OK) < 0)
		say(v, BAD,
		    "Docker: %s is not for you: be root, or join its group "
		    "(sudo usermod -aG docker $USER, and log in again)",
		    path);
	else
		say(v, BAD, "Docker: %s: is it running (systemctl start docker)?", why);
}

/* "1.41" is 1041. */
static long
api_number(const char *text)
{
	char *dot;
	long major = strtol(text, &dot, 10);

	return major * 1000 + (*dot == '.' ? strtol(dot + 1, NULL, 10) : 0);
}

static void
check_kind_of_docker(struct visit *v)
{
	const json_t *option;
	struct err err;
	json_t *info;
	size_t i;

	if (engine_info(v->engine, v->arena, &info, &err) < 0)
		return;
	json_array_foreach(json_get(info, "SecurityOptions"), i, option) {
		const char *text = json_string_value(option);

		if (text != NULL && strcmp(text, "name=rootless") == 0)
			say(v, BAD,
			    "Docker is rootless: VPCs need a daemon that runs as root");
	}
	if (strcmp(json_str_or(info, "OperatingSystem", ""), "Docker Desktop") == 0)
		say(v, NOTE,
		    "Docker Desktop: this host does not reach public addresses of instances; "
		    "containers do, and edge publishes their open ports on 127.0.0.1");
	if (strcmp(json_str_or(info, "OSType", "linux"), "linux") != 0)
		say(v, BAD, "Docker runs no Linux containers");
}

static void
check_docker(struct visit *v)
{
	const char *api;
	struct engine *e;
	json_t *version;
	struct err err;

	if (!v->settings->docker) {
		say(v, NOTE, "API-only: set SIMFRA_DOCKER=true to run real containers");
		return;
	}
	e = engine_open_docker(v->settings->docker_socket);
	if (engine_version(e, v->arena, &version, &err) < 0) {
		say_no_docker(v, err.msg);
		engine_close(e);
		return;
	}
	v->engine = e;
	api = json_str_or(version, "ApiVersion", "0");
	say(v, api_number(api) >= MIN_API ? GOOD : BAD, "Docker %s, API %s%s",
	    json_str_or(version, "Version", "?"), api,
	    api_number(api) >= MIN_API ? "" : ": 1.41 (Docker 20.10) is needed");
	check_kind_of_docker(v);
}

/* Who reaches control's container can drive it, since the root key is known to all. */
static void
check_own_container(struct visit *v)
{
	const char *id = own_container_find(v->engine, v->arena);

	if (id != NULL)
		say(v, GOOD,
		    "control is container %.12s; publish its port on 127.0.0.1 alone, "
		    "unless others are to use it",
		    id);
}

static int
is_here(struct visit *v, const char *ref)
{
	struct err err;
	json_t *found;

	return engine_image_inspect(v->engine, v->arena, ref, &found, &err) > 0;
}

static void
check_images(struct visit *v)
{
	struct buf *later = buf_new(v->arena, 0);
	struct image_settings images = { 0 };
	struct err err;
	char *ref;

	image_settings_read(&images, SIMFRA_VERSION, getenv);
	for (enum image_id id = 0; id < N_IMAGES; id++) {
		if (image_ref_of(v->arena, &images, id, &ref, &err) < 0)
			say(v, BAD, "image: %s", err.msg);
		else if (is_here(v, ref))
			say(v, GOOD, "image %s", ref);
		else if (image_table[id].is_sidecar)
			say(v, NOTE,
			    "image %s is not here yet: `make images` builds it, "
			    "`simfra images pull` fetches it",
			    ref);
		else if (strstr(buf_text(later), ref) == NULL)
			buf_printf(later, " %s", ref);
	}
	if (later->len > 0)
		say(v, NOTE, "not here yet, pulled when an instance needs it:%s",
		    buf_text(later));
}

/* The pools, and whose they may not be */

struct pool {
	const char *variable, *text;
	unsigned max_len;
	struct net4 net;
};

static void
say_overlap(struct visit *v, const struct pool *pools, const struct net4 *theirs,
    const char *whose)
{
	char text[NET4_TEXT];

	net4_format(theirs, text);
	for (size_t i = 0; i < N_POOLS; i++) {
		if (net4_overlaps(&pools[i].net, theirs))
			say(v, BAD,
			    "%s has %s, which overlaps our %s: set %s to addresses that "
			    "nobody uses here",
			    whose, text, pools[i].text, pools[i].variable);
	}
}

/* Networks of Docker's that are not ours. */
static void
check_docker_networks(struct visit *v, const struct pool *pools, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		const char *owner = json_str_or(json_get(row, "Labels"), LABEL_OWNER, "");
		const char *subnet =
		    json_str(json_array_get(json_path(row, "IPAM.Config"), 0), "Subnet");
		struct net4 theirs;

		if (subnet != NULL && net4_parse(subnet, &theirs) &&
		    strcmp(owner, v->settings->instance) != 0)
			say_overlap(v, pools, &theirs,
			    arena_printf(v->arena, "Docker network %s",
				json_str_or(row, "Name", "?")));
	}
}

/* The address is in a network of Docker's. */
static int
is_dockers(const json_t *list, uint32_t address)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		const char *subnet =
		    json_str(json_array_get(json_path(row, "IPAM.Config"), 0), "Subnet");
		struct net4 net;

		if (subnet != NULL && net4_parse(subnet, &net) && net4_has(&net, address))
			return 1;
	}
	return 0;
}

static void
check_interfaces(struct visit *v, const struct pool *pools, const json_t *list)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		struct sockaddr_in address, mask;
		struct net4 theirs;

		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
		    i->ifa_netmask == NULL)
			continue;
		memcpy(&address, i->ifa_addr, sizeof(address));
		memcpy(&mask, i->ifa_netmask, sizeof(mask));
		theirs.len = (unsigned)__builtin_popcount(mask.sin_addr.s_addr);
		theirs.addr = ntohl(address.sin_addr.s_addr) & net4_mask(theirs.len);
		if (!is_dockers(list, ntohl(address.sin_addr.s_addr)))
			say_overlap(v, pools, &theirs, i->ifa_name);
	}
	freeifaddrs(all);
}

/* IPv6 is a wish: without it VPCs have none to the host, and are well otherwise. */
static void
check_ipv6(struct visit *v, const json_t *list)
{
	const char *text = v->settings->internet_cidr6;
	struct plan_internet6 plan;
	struct net6 pool, theirs;
	const json_t *row, *one;
	size_t i, k;

	if (strcmp(text, "none") == 0)
		return;
	if (!net6_parse(text, &pool) || !plan_internet6(&pool, &plan)) {
		say(v, BAD,
		    "SIMFRA_INTERNET_CIDR6: '%s' is not an IPv6 network of 16 to 52 bits, "
		    "nor none",
		    text);
		return;
	}
	json_array_foreach(list, i, row) {
		if (strcmp(json_str_or(json_get(row, "Labels"), LABEL_OWNER, ""),
			v->settings->instance) == 0)
			continue;
		json_array_foreach(json_path(row, "IPAM.Config"), k, one) {
			if (net6_parse(json_str_or(one, "Subnet", ""), &theirs) &&
			    net6_overlaps(&pool, &theirs))
				say(v, NOTE,
				    "Docker network %s has %s, which overlaps our %s: there "
				    "will be no IPv6 between VPCs and the host, unless "
				    "SIMFRA_INTERNET_CIDR6 is set to one that nobody uses here",
				    json_str_or(row, "Name", "?"),
				    json_str_or(one, "Subnet", ""), text);
		}
	}
}

static void
check_networks(struct visit *v)
{
	const struct settings *s = v->settings;
	struct pool pools[N_POOLS] = {
		{ .variable = "SIMFRA_INTERNET_CIDR",
		    .text = s->internet_cidr,
		    .max_len = 24 },
		{ .variable = "SIMFRA_UNDERLAY_CIDR",
		    .text = s->underlay_cidr,
		    .max_len = 27 },
	};
	int before = v->n_bad;
	struct err err;
	json_t *list;

	for (size_t i = 0; i < N_POOLS; i++) {
		if (!net4_parse(pools[i].text, &pools[i].net) ||
		    !net4_is_canonical(&pools[i].net) || pools[i].net.len < 8 ||
		    pools[i].net.len > pools[i].max_len) {
			say(v, BAD, "%s: '%s' is not a network of 8 to 24 bits",
			    pools[i].variable, pools[i].text);
			return;
		}
	}
	if (net4_overlaps(&pools[0].net, &pools[1].net))
		say(v, BAD, "SIMFRA_INTERNET_CIDR and SIMFRA_UNDERLAY_CIDR overlap");
	if (engine_network_list(v->engine, v->arena, NULL, &list, &err) < 0) {
		say(v, BAD, "Docker's networks: %s", err.msg);
		return;
	}
	check_docker_networks(v, pools, list);
	check_interfaces(v, pools, list);
	check_ipv6(v, list);
	if (v->n_bad == before)
		say(v, GOOD, "networks %s and %s are free", s->internet_cidr,
		    s->underlay_cidr);
}

static void
check_init(struct visit *v)
{
	struct err err;
	size_t len;

	if (init_program_read(v->arena, &len, &err) == NULL)
		say(v, BAD, "%s", err.msg);
	else
		say(v, GOOD, "simfra-init, which runs in instances, %zu bytes", len);
}

/* Ports of 127.0.0.1 that edge may publish. */
static void
check_edge(struct visit *v)
{
	const struct settings *s = v->settings;
	const struct port_range *range = &s->port_ranges[HOST_PORT_FORWARD];
	int n = range->to - range->from + 1, n_free = 0;

	if (strcmp(s->edge, "false") == 0) {
		say(v, NOTE, "SIMFRA_EDGE is false: no port of 127.0.0.1 is published");
		return;
	}
	if (own_container_find(v->engine, v->arena) != NULL)
		return; /* another 127.0.0.1 */
	for (int port = range->from; port <= range->to; port++)
		n_free += host_port_is_free(port);
	if (n_free == 0)
		say(v, BAD,
		    "all ports of 127.0.0.1 from %d to %d are taken: set %s to others",
		    range->from, range->to, host_port_variable(HOST_PORT_FORWARD));
	else
		say(v, n_free < n ? NOTE : GOOD,
		    "%d of %d ports of 127.0.0.1 from %d to %d are free to publish",
		    n_free, n, range->from, range->to);
}

int
doctor(struct arena *a, const struct settings *s, FILE *f)
{
	struct visit v = { .arena = a, .settings = s, .out = f };

	check_port(&v);
	check_store(&v);
	check_data_dir(&v);
	check_docker(&v);
	if (v.engine != NULL) {
		check_own_container(&v);
		check_images(&v);
		check_networks(&v);
		check_init(&v);
		check_edge(&v);
		engine_close(v.engine);
	}
	fprintf(f, "%s\n",
	    v.n_bad == 0 ? "Nothing is wrong." : "See the lines marked BAD.");
	return v.n_bad == 0 ? 0 : 1;
}
