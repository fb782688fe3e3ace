/*
 * EC2: snapshots, as volumes and images see them.
 *
 * A snapshot is a document as DescribeSnapshots shows it, and a copy of the data:
 * a Docker volume of the snapshot's id, or, of a root volume, a Docker image.  Privately:
 *	_image		a root volume's: the reference of the Docker image
 *	_instance	a root volume's: whose container it is taken of
 *	_reboot		that container is stopped meanwhile
 *	_from		{scope, id}: the snapshot that it is a copy of
 *	_permissions	who may restore it: [{UserId}, {Group: "all"}]
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_SNAPSHOT_H
#define CONTROL_SERVICES_EC2_STORAGE_SNAPSHOT_H

#include "control/api/call.h"
#include "control/api/resource.h"

extern const struct resource ec2_snapshot;

/*
 * A snapshot that the caller may restore, his own or a shared one: 0, or -1
 * InvalidSnapshot.NotFound.
 */
int ec2_snapshot_get(struct call *c, const char *id, json_t **ret);

/* As above, and -1 IncorrectState unless it is complete. */
int ec2_snapshot_restorable(struct call *c, const char *id, json_t **ret);

/* A new snapshot of a volume, put; tags (NULL: none) are shared. The arena's; NULL and c->err. */
json_t *ec2_snapshot_make(struct call *c, const json_t *volume, const char *description,
    const json_t *tags);

/* A copy of a snapshot that is in another scope (or this one), put; encrypted and key as ebs_key() says. */
json_t *ec2_snapshot_copy(struct call *c, const char *scope, const json_t *source,
    const char *description, int encrypted, const char *key, const json_t *tags);

/* Delete it unless an image has it: 0, or -1 InvalidSnapshot.InUse. */
int ec2_snapshot_delete(struct call *c, const char *id);

#endif
