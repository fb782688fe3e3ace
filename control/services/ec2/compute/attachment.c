#include "control/services/ec2/compute/attachment.h"

#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/nat_gateway.h"
#include "control/services/ec2/network/network_interface.h"

static const struct err_kind not_attached = { "NotAttached", 500 };

static int
is_status(const json_t *interface, const char *status)
{
	return strcmp(json_str_or(json_get(interface, "Attachment"), "Status", ""),
		   status) == 0;
}

int
attachment_is_wanted(const json_t *interface)
{
	if (strcmp(json_str_or(interface, "InterfaceType", ""), "nat_gateway") == 0 ||
	    json_get(interface, "_workload") != NULL)
		return 1;
	return json_get(json_get(interface, "Attachment"), "InstanceId") != NULL &&
	    !is_status(interface, "detaching");
}

int
attachment_is_ending(const json_t *interface)
{
	return is_status(interface, "detaching");
}

int
attachment_is_made(struct converge *cv, const char *interface, const json_t *container,
    struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	int64_t pid = json_int(json_get(container, "State"), "Pid", 0);
	json_t *doc;
	int rc = store_get(t, cv->scope, ATTACHMENT_KIND, interface, &doc, err);

	if (rc <= 0)
		return rc;
	if (json_int(doc, "pid", 0) != pid)
		return 0;
	if (strcmp(json_str_or(doc, "state", ""), "failed") == 0)
		return err_set(err, &not_attached, "interface %s: %s", interface,
		    json_str_or(doc, "error", "failed"));
	return strcmp(json_str_or(doc, "state", ""), "attached") == 0;
}

/* It is in the container: "attaching" is over. */
static int
write_attached(struct call *c, void *arg)
{
	json_t *doc;
	int rc =
	    store_edit(c->txn, c->scope, ec2_network_interface.kind, arg, &doc, &c->err);

	if (rc <= 0 || !is_status(doc, "attaching"))
		return rc < 0 ? -1 : 0;
	json_set_str(json_get(doc, "Attachment"), "Status", "attached");
	return interface_put(c, doc);
}

static int
settle(struct converge *cv, const json_t *interface, const char *instance,
    struct err *err)
{
	json_t *container;
	int rc;

	if (cv->doc == NULL || !is_status(interface, "attaching") ||
	    cv->env->engine == NULL)
		return 0;
	rc = engine_container_inspect(cv->env->engine, cv->arena,
	    converge_name(cv, instance), &container, err);
	if (rc <= 0)
		return rc;
	rc = attachment_is_made(cv, cv->id, container, err);
	return rc <= 0 ? rc :
			 converge_transaction(cv, write_attached,
			     arena_strdup(cv->arena, cv->id), err);
}

/* News of an interface is news of what it is of. */
static int
attachment_converge(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const char *instance, *gateway, *workload;
	json_t *interface;
	int rc =
	    store_get(t, cv->scope, ec2_network_interface.kind, cv->id, &interface, err);

	if (rc <= 0)
		return rc;
	instance = json_str(json_get(interface, "Attachment"), "InstanceId");
	gateway = json_str(interface, "_nat_gateway");
	if (gateway != NULL)
		cv->wake(cv, cv->scope, ec2_nat_gateway.kind, gateway);
	workload = json_str(interface, "_workload");
	if (workload != NULL)
		cv->wake(cv, cv->scope, json_str_or(interface, "_workload_kind", ""),
		    workload);
	if (instance == NULL)
		return 0;
	cv->wake(cv, cv->scope, ec2_instance.kind, instance);
	return settle(cv, interface, instance, err);
}

const struct resource ec2_attachment = {
	.service = "ec2",
	.kind = ATTACHMENT_KIND,
	.type = "attachment",
	.id_member = "id",
	.noun = "attachment",
	.no_tags = 1,
	.converge = attachment_converge,
};
