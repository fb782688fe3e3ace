#include "agents/vpc/vpc.h"

#include <stdlib.h>
#include <string.h>

#include "agents/vpc/dns_server.h"
#include "agents/vpc/forward.h"
#include "agents/vpc/imds_server.h"
#include "agents/vpc/resolver.h"
#include "base/log.h"

static const struct err_kind bad_config = { "BadVpcConfig", 400 };

/* A configuration, read and not yet in force. */
struct plan {
	struct dns_zones *zones;
	struct dns_servers servers;
	struct imds_instances *instances;
	struct door_plan *door;
	union net_any dns[DNS_LISTEN_MAX], imds[IMDS_LISTEN_MAX];
	size_t n_dns, n_imds;
};

static void
on_boot(void *arg, const char *instance_id, json_t *doc)
{
	struct vpc *v = arg;

	log_info("imds", "boot told instance=%s", instance_id);
	json_set(v->boots, instance_id, doc);
	agent_status_changed(v->loop);
}

/* The port of the environment's variable, which is for tests. */
static int
port_of(const char *variable, uint16_t usual, uint16_t *ret, struct err *err)
{
	const char *text = getenv(variable);
	unsigned long n = usual;
	char *end;

	if (text != NULL && text[0] != '\0') {
		n = strtoul(text, &end, 10);
		if (*end != '\0' || n == 0 || n > UINT16_MAX)
			return err_set(err, &bad_config, "%s is not a port", variable);
	}
	*ret = (uint16_t)n;
	return 0;
}

static int
start(void *self, uv_loop_t *loop, struct err *err)
{
	struct vpc *v = self;
	struct imds_service service = { .boot = on_boot, .arg = v };

	if (port_of("SIMFRA_DNS_PORT", 53, &v->dns_port, err) < 0 ||
	    port_of("SIMFRA_IMDS_PORT", 80, &v->imds_port, err) < 0)
		return -1;
	v->loop = loop;
	v->boots = json_new_object();
	v->resolver = resolver_open(loop);
	v->dns = dns_server_open(loop, v->resolver);
	agent_secret(loop, "imds-token", service.key);
	v->imds = imds_server_open(loop, &service, IMDS_PATIENCE_MS);
	v->door = door_open(loop);
	return 0;
}

/* An address, or a list of them. */
static int
read_imds_listen(const struct vpc *v, const json_t *at, struct plan *plan,
    struct err *err)
{
	size_t n = json_is_string(at) ? 1 : json_array_size(at);

	if (n > IMDS_LISTEN_MAX)
		return err_set(err, &bad_config, "more than %d addresses in imds.listen",
		    IMDS_LISTEN_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_is_string(at) ? at : json_array_get(at, i);

		if (net_parse_any(json_string_value(one), v->imds_port, &plan->imds[i]) <
		    0)
			return err_set(err, &bad_config,
			    "imds.listen has no IP address at %zu", i);
	}
	plan->n_imds = n;
	return 0;
}

static int
read_listen(const struct vpc *v, const json_t *config, struct plan *plan, struct err *err)
{
	const json_t *list = json_path(config, "dns.listen"),
		     *at = json_path(config, "imds.listen");
	const json_t *address;
	size_t i;

	if (json_array_size(list) > DNS_LISTEN_MAX)
		return err_set(err, &bad_config, "more than %d addresses in dns.listen",
		    DNS_LISTEN_MAX);
	json_array_foreach(list, i, address) {
		if (net_parse_any(json_string_value(address), v->dns_port,
			&plan->dns[i]) < 0)
			return err_set(err, &bad_config,
			    "dns.listen has no IP address at %zu", i);
		plan->n_dns++;
	}
	return read_imds_listen(v, at, plan, err);
}

/* A forward to ourselves would go round. */
static int
check_forward(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->servers.n; i++) {
		for (size_t j = 0; j < plan->n_dns; j++) {
			const union net_any server = { .v4 = plan->servers.at[i] };

			if (net_equal_any(&server, &plan->dns[j]))
				return err_set(err, &bad_config,
				    "dns.forward has an address of dns.listen");
		}
	}
	return 0;
}

static int
is_object_or_absent(const json_t *v)
{
	return v == NULL || json_is_null(v) || json_is_object(v);
}

static int
read_plan(const struct vpc *v, const json_t *config, struct plan *plan, struct err *err)
{
	json_t *dns = json_get(config, "dns"), *imds = json_get(config, "imds");

	if (!is_object_or_absent(dns) || !is_object_or_absent(imds))
		return err_set(err, &bad_config, "dns or imds is not an object");
	if (read_listen(v, config, plan, err) < 0 ||
	    dns_servers_parse(json_get(dns, "forward"), &plan->servers, err) < 0 ||
	    check_forward(plan, err) < 0)
		return -1;
	if (dns_zones_new(dns, &plan->zones, err) < 0)
		return err_wrap(err, "dns");
	if (imds_instances_new(imds, &plan->instances, err) < 0)
		return err_wrap(err, "imds");
	return door_plan_new(json_get(config, "forwards"), &plan->door, err);
}

static int
prepare_sockets(struct vpc *v, const struct plan *plan, struct err *err)
{
	if (dns_server_prepare(v->dns, plan->dns, plan->n_dns, err) < 0)
		return -1;
	if (imds_server_prepare(v->imds, plan->imds, plan->n_imds, err) < 0) {
		dns_server_abort(v->dns);
		return -1;
	}
	if (door_prepare(v->door, plan->door, err) < 0) {
		dns_server_abort(v->dns);
		imds_server_abort(v->imds);
		return -1;
	}
	return 0;
}

/* What is known of instances that are gone is of no use. */
static void
prune_boots(struct vpc *v, const struct imds_instances *instances)
{
	json_t *left = json_new_object(), *doc;
	const char *id;

	json_object_foreach(v->boots, id, doc) {
		if (imds_instances_by_id(instances, id) != NULL)
			json_set(left, id, json_incref(doc));
	}
	json_decref(v->boots);
	v->boots = left;
}

static int
apply(void *self, const json_t *config, struct err *err)
{
	struct vpc *v = self;
	struct plan plan = { 0 };

	if (read_plan(v, config, &plan, err) < 0 || prepare_sockets(v, &plan, err) < 0) {
		dns_zones_free(plan.zones);
		imds_instances_free(plan.instances);
		door_plan_free(plan.door);
		return -1;
	}
	prune_boots(v, plan.instances);
	dns_server_commit(v->dns);
	resolver_use(v->resolver, plan.zones, &plan.servers);
	imds_server_commit(v->imds, plan.instances);
	door_commit(v->door, plan.door);
	v->is_ready = 1;
	v->serial = json_int(json_get(config, "dns"), "serial", 0);
	return 0;
}

static void
status(void *self, json_t *report)
{
	const struct vpc *v = self;

	json_set_bool(report, "ready", v->is_ready);
	json_set_int(report, "dns_serial", v->serial);
	json_set(report, "boots", json_incref(v->boots));
}

static void
stop(void *self)
{
	struct vpc *v = self;

	dns_server_close(v->dns);
	imds_server_close(v->imds);
	door_close(v->door);
	resolver_close(v->resolver);
	json_decref(v->boots);
}

const struct agent vpc_agent = {
	.name = "vpc",
	.flags = AGENT_UNPRIVILEGED,
	.start = start,
	.apply = apply,
	.status = status,
	.stop = stop,
};
