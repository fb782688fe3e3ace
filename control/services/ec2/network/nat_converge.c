/*
 * EC2: the container of a NAT gateway.
 */
#include <string.h>

#include "control/api/container.h"
#include "control/api/converge.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/nat_gateway.h"
#include "control/services/ec2/network/record.h"

enum { ATTACH_CHECK_MS = 250, MEMORY = 16 << 20, PIDS = 16 };

static int
is_pending(const json_t *doc)
{
	return strcmp(json_str_or(doc, "State", ""), "pending") == 0;
}

static int
write_available(struct converge *cv UNUSED, json_t *doc, void *arg UNUSED)
{
	if (!is_pending(doc))
		return 0;
	json_set_str(doc, "State", "available");
	json_del(doc, "FailureCode");
	json_del(doc, "FailureMessage");
	return 1;
}

static int
write_trouble(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	if (!is_pending(doc) || strcmp(json_str_or(doc, "FailureMessage", ""), arg) == 0)
		return 0;
	json_set_str(doc, "FailureCode", "InternalError");
	json_set_str(doc, "FailureMessage", arg);
	return 1;
}

/* It holds a namespace, and may do nothing in it. */
static json_t *
holder_config(struct converge *cv)
{
	json_t *config = json_own(cv->arena, json_new_object()), *host;

	json_set(config, "Cmd", json_make("[s]", "pause"));
	json_set_str(config, "User", "65534:65534");
	host = json_need_object(config, "HostConfig");
	json_set_str(host, "NetworkMode", "none");
	json_set_bool(host, "ReadonlyRootfs", 1);
	json_set(host, "CapDrop", json_make("[s]", "ALL"));
	json_set(host, "SecurityOpt", json_make("[s]", "no-new-privileges"));
	json_set_int(host, "Memory", MEMORY);
	json_set_int(host, "PidsLimit", PIDS);
	json_set(host, "RestartPolicy", json_make("{s:s}", "Name", "unless-stopped"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size",
		"1m", "max-file", "2"));
	return config;
}

static int
run(struct converge *cv, const char *interface, struct err *err)
{
	struct container_spec spec = { .name = converge_name(cv, cv->id) };
	json_t *container;
	int rc = host_may_run(cv, spec.name, err);

	if (rc <= 0)
		return rc;
	spec.image = container_image(cv, IMAGE_VPC, err);
	if (spec.image == NULL)
		return -1;
	spec.config = holder_config(cv);
	if (container_run(cv, &spec, &container, err) < 0)
		return -1;
	rc = attachment_is_made(cv, interface, container, err);
	if (rc == 0)
		cv->again_ms = ATTACH_CHECK_MS;
	return rc <= 0 ? rc : converge_write(cv, write_available, NULL, err);
}

int
nat_converge(struct converge *cv, struct err *err)
{
	const json_t *first;
	struct err ignored;
	int rc;

	if (cv->doc == NULL || record_is_retired(cv->doc))
		return cv->env->engine == NULL ? 0 :
						 engine_container_remove(cv->env->engine,
						     converge_name(cv, cv->id), err);
	if (cv->env->engine == NULL)
		return converge_write(cv, write_available, NULL, err);
	first = json_array_get(json_get(cv->doc, "NatGatewayAddresses"), 0);
	rc = run(cv, json_str_or(first, "NetworkInterfaceId", ""), err);
	if (rc < 0 && cv->doc != NULL)
		converge_write(cv, write_trouble, arena_strdup(cv->arena, err->msg),
		    &ignored);
	return rc;
}
