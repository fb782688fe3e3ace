#include "control/services/ec2/compute/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/container.h"
#include "control/engine/image_ref.h"
#include "control/engine/tar.h"
#include "control/iam/ca.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/vpc_names.h"
#include "control/services/ec2/storage/data_copy.h"

enum { WAIT_MS = 60 * 1000, PIDS = 4096 };

static const struct err_kind no_init = { "NoInit", 500 };

/* What the instance was made from, as a reference to pull. */
static const char *
image_of(struct converge *cv, struct err *err)
{
	const char *explicit = json_str(cv->doc, "_image");
	const char *registry = cv->env->images->registry;
	struct image_ref ref;
	char *text;

	if (explicit == NULL)
		return container_image(cv,
		    image_of_ami(json_str_or(cv->doc, "_image_name", "")), err);
	if (image_ref_parse(cv->arena, explicit, &ref, err) < 0)
		return NULL;
	if (registry == NULL || ref.host != NULL)
		return explicit;
	return image_ref_in_registry(cv->arena, explicit, registry, &text, err) < 0 ?
	    NULL :
	    text;
}

/* The document that a look-up must find: 0 or -1. */
static int
need(struct converge *cv, const struct resource *r, const char *id, json_t **ret,
    struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	int rc = store_get(t, cv->scope, r->kind, id, ret, err);

	if (rc == 0)
		return err_set(err, r->not_found, "The %s '%s' does not exist", r->noun,
		    id);
	return rc < 0 ? -1 : 0;
}

/*
 * SDKs in the machine find region, endpoint and metadata without configuration.  Without
 * a profile there are static credentials of the account's root (the specification's words).
 */
static int
add_environment(struct converge *cv, json_t *env, struct err *err)
{
	const struct settings *s = cv->env->settings;
	struct arena *a = cv->arena;

	json_add_str(env, arena_printf(a, "AWS_REGION=%s", cv->region));
	json_add_str(env, arena_printf(a, "AWS_DEFAULT_REGION=%s", cv->region));
	json_add_str(env,
	    arena_printf(a, "AWS_ENDPOINT_URL=http://%s:%d", s->hostname,
		host_port(cv->env)));
	json_add_str(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://169.254.169.254");
	/* For SDKs that bring roots of their own; all others find ours in the trust store. */
	if (cv->env->ca != NULL) {
		json_add_str(env, "AWS_CA_BUNDLE=/.simfra/ca-bundle.pem");
		json_add_str(env, "NODE_EXTRA_CA_CERTS=/.simfra/ca.pem");
	}
	if (json_str(cv->doc, "_profile") == NULL) {
		struct auth_key key;
		int rc = auth_root_key_find(&cv->env->auth,
		    store_begin(cv->env->store, a), cv->account, &key, err);

		if (rc <= 0)
			return rc;
		json_add_str(env,
		    arena_printf(a, "AWS_ACCESS_KEY_ID=%s", key.access_key));
		json_add_str(env,
		    arena_printf(a, "AWS_SECRET_ACCESS_KEY=%s", key.secret_key));
	}
	return 0;
}

/* The type's share of the host, as far as the host has it. */
static void
set_limits(struct converge *cv, json_t *host)
{
	const struct instance_type *type =
	    instance_type_find(cv->arena, json_str_or(cv->doc, "InstanceType", ""));
	struct err ignored;
	json_t *info;
	int64_t cpus;

	if (type == NULL || engine_info(cv->env->engine, cv->arena, &info, &ignored) < 0)
		return;
	cpus = json_int(info, "NCPU", 1);
	if (type->vcpus < cpus)
		cpus = type->vcpus;
	json_set_int(host, "NanoCpus", cpus * 1000000000);
	json_set_int(host, "Memory", (int64_t)type->memory_mib << 20);
	json_set_int(host, "PidsLimit", PIDS);
}

/* ModifyInstanceAttribute may have changed the type while it was stopped. */
int
machine_fit(struct converge *cv, const char *name, const json_t *container,
    struct err *err)
{
	json_t *limits = json_own(cv->arena, json_new_object());
	const json_t *host = json_get(container, "HostConfig");
	int64_t memory;

	set_limits(cv, limits);
	memory = json_int(limits, "Memory", 0);
	if (memory == 0 ||
	    (json_int(host, "Memory", 0) == memory &&
		json_int(host, "NanoCpus", 0) == json_int(limits, "NanoCpus", 0)))
		return 0;
	/* As Docker sets it when it is not told: it must not be less than the memory. */
	json_set_int(limits, "MemorySwap", 2 * memory);
	return engine_container_update(cv->env->engine, name, limits, err) < 0 ?
	    err_wrap(err, "update container") :
	    0;
}

/*
 * As DHCP would tell it when the machine is made; agents/init asks again at each boot.  Where
 * the VPC's resolver is not asked, control is still found by its name.
 */
void
machine_set_names(struct converge *cv, json_t *host, const json_t *vpc,
    const struct resolv *resolv)
{
	struct net4 net = { 0, 0 };
	char control[IP4_TEXT];

	json_set(host, "Dns", json_incref(resolv->servers));
	/* Docker's word for none; otherwise it takes the host's. */
	json_set(host, "DnsSearch",
	    json_array_size(resolv->search) > 0 ? json_incref(resolv->search) :
						  json_make("[s]", "."));
	if (resolv->is_own)
		return;
	net4_parse(json_str_or(vpc, "CidrBlock", ""), &net);
	ip4_format(vpc_control(&net), control);
	json_set(host, "ExtraHosts",
	    json_make("[o]",
		json_new_fmt("%s:%s", cv->env->settings->hostname, control)));
}

/*
 * Docker's usual capabilities without NET_RAW (no spoofing) and MKNOD; without NET_ADMIN, so
 * that nothing in it can undo its network.
 */
static json_t *
host_config(struct converge *cv, const json_t *vpc, const struct resolv *resolv)
{
	json_t *host = json_own(cv->arena, json_new_object());

	json_set_str(host, "NetworkMode", "none");
	machine_set_names(cv, host, vpc, resolv);
	json_set(host, "CapDrop", json_make("[s, s]", "NET_RAW", "MKNOD"));
	json_set(host, "Sysctls",
	    json_make("{s:s}", "net.ipv4.ping_group_range", "0 2147483647"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size",
		"1m", "max-file", "2"));
	set_limits(cv, host);
	return host;
}

/*
 * User data is run as it was meant: as cloud-init does, text that is base64 once more is
 * decoded once more (a CLI encodes what a user had encoded).
 */
static const char *
user_data(struct converge *cv)
{
	const char *text = json_str(cv->doc, "_user_data");
	unsigned char *once, *twice;
	size_t n, m;

	if (text == NULL || !base64_decode(cv->arena, text, strlen(text), &once, &n))
		return text;
	if (n > 0 && once[0] != '#' &&
	    base64_decode(cv->arena, (const char *)once, n, &twice, &m) && m > 0)
		return base64_encode(cv->arena, twice, m);
	return text;
}

/* agents/init/trust.h */
static void
add_ca(const struct ca *ca, json_t *init, struct tar *tar)
{
	const char *pem = ca_certificate(ca);
	char hash[CA_HASH];

	ca_hash(ca, hash);
	json_set_str(init, "ca_hash", hash);
	tar_add_file(tar, ".simfra/ca.pem", 0644, 0, 0, pem, strlen(pem));
	tar_add_file(tar, ".simfra/ca-bundle.pem", 0644, 0, 0, pem, strlen(pem));
}

static int
make_files(struct converge *cv, const json_t *env, const char *hostname, struct tar *tar,
    struct err *err)
{
	json_t *init = json_own(cv->arena, json_new_object());
	const char *text;

	if (cv->env->init == NULL)
		return err_set(err, &no_init,
		    "simfra-init is not beside simfra, nor in SIMFRA_LIB");
	json_set_str(init, "mode", "machine");
	json_set(init, "devices", json_make("[s]", "eth0"));
	json_set_int(init, "wait_ms", WAIT_MS);
	json_set_str(init, "hostname", hostname);
	json_set_str(init, "instance_id", cv->id);
	json_set_str(init, "user_data", user_data(cv));
	json_set(init, "env", json_copy_deep(env));

	tar_init(tar, 0);
	tar_add_dir(tar, ".simfra", 0755, 0, 0);
	if (cv->env->ca != NULL)
		add_ca(cv->env->ca, init, tar);
	text = json_text(cv->arena, init);
	tar_add_file(tar, ".simfra/init", 0755, 0, 0, cv->env->init, cv->env->init_len);
	tar_add_file(tar, ".simfra/init.json", 0600, 0, 0, text, strlen(text));
	return tar_finish(tar, err);
}

int
machine_create(struct converge *cv, const char *name, struct err *err)
{
	const char *private = json_str_or(cv->doc, "PrivateDnsName", "");
	struct container_spec spec = { .name = name };
	struct resolv resolv;
	const char *hostname;
	struct tar tar;
	json_t *vpc, *env;
	int rc;

	if (need(cv, &ec2_vpc, json_str_or(cv->doc, "VpcId", ""), &vpc, err) < 0)
		return -1;
	spec.image = image_of(cv, err);
	if (spec.image == NULL ||
	    vpc_resolv(store_begin(cv->env->store, cv->arena), cv->arena, cv->scope, vpc,
		&resolv, err) < 0)
		return -1;
	hostname = arena_strndup(cv->arena, private, strcspn(private, "."));
	spec.config = json_own(cv->arena, json_new_object());
	env = json_need_array(spec.config, "Env");
	if (add_environment(cv, env, err) < 0)
		return -1;
	json_set_str(spec.config, "Hostname", hostname);
	json_set(spec.config, "Entrypoint", json_make("[s]", "/.simfra/init"));
	json_set(spec.config, "Cmd", json_new_array());
	json_set_str(spec.config, "User", "0");
	json_set_str(spec.config, "StopSignal", "SIGTERM");
	json_set(spec.config, "HostConfig", json_incref(host_config(cv, vpc, &resolv)));
	if (make_files(cv, env, hostname, &tar, err) < 0) {
		if (cv->env->init != NULL)
			tar_done(&tar);
		return -1;
	}
	/* The image of an instance has that one's keys: Docker takes away what is a name alone. */
	if (json_str(cv->doc, "_profile") != NULL && data_is_snapshot(spec.image)) {
		json_add_str(env, "AWS_ACCESS_KEY_ID");
		json_add_str(env, "AWS_SECRET_ACCESS_KEY");
	}
	spec.files = &tar;
	rc = container_create(cv, &spec, err);
	tar_done(&tar);
	return rc < 0 ? -1 : 0;
}
