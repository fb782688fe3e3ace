/*
 * EC2: a volume's Docker volume is made, filled and removed, and its attachments come
 * true: netd says when it is plugged in, and when it is out again.
 */
#include <string.h>

#include "control/api/converge.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/ec2/storage/snapshot.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

enum { WAIT_MS = 1000 };

static const struct err_kind not_mounted = { "NotMounted", 500 };

/* Gone */

/* A snapshot of it has not all of its data yet: 1, 0, -1. */
static int
is_being_copied(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct store_docs all;

	if (store_list(t, cv->scope, ec2_snapshot.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "State", ""), "pending") == 0 &&
		    strcmp(json_str_or(all.doc[i], "VolumeId", ""), cv->id) == 0)
			return 1;
	}
	return 0;
}

static int
remove_volume(struct converge *cv, struct err *err)
{
	int rc;

	if (cv->env->engine == NULL)
		return 0;
	rc = is_being_copied(cv, err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		cv->again_ms = WAIT_MS;
		return 0;
	}
	return data_remove(cv, err);
}

/* Made */

static int
write_made(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	if (json_bool(doc, "_made", 0))
		return 0;
	json_set_bool(doc, "_made", 1);
	json_set_str(doc, "_path", arg);
	json_set_str(doc, "State",
	    volume_attachment(doc, NULL) != NULL ? "in-use" : "available");
	return 1;
}

/* Where its data comes from: the snapshot may be of another account, and be told by its id alone. */
static int
fill(struct converge *cv, struct err *err)
{
	const char *snapshot = json_str_or(cv->doc, "SnapshotId", "");
	struct data_copy copy = { .from_volume = NULL };

	if (snapshot[0] == '\0')
		return 1;
	copy.from_image = data_snapshot_image(cv->arena, snapshot);
	copy.from_volume = converge_name(cv, snapshot);
	return data_copy(cv, &copy, err);
}

static int
make(struct converge *cv, struct err *err)
{
	char *path;
	int rc;

	if (cv->env->engine == NULL)
		return converge_write(cv, write_made, NULL, err);
	if (data_need(cv, &path, err) < 0)
		return -1;
	rc = fill(cv, err);
	if (rc <= 0)
		return rc;
	return converge_write(cv, write_made, path, err);
}

/* Attached */

/* What netd says of it: 1 in, 0 not in, -1 it cannot, *err says why. */
static int
is_mounted(struct converge *cv, const char *instance, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *doc;
	int rc = store_get(t, cv->scope, MOUNT_KIND,
	    arena_printf(cv->arena, "%s:%s", cv->id, instance), &doc, err);

	if (rc <= 0)
		return rc;
	if (strcmp(json_str_or(doc, "state", ""), "attached") != 0)
		return err_set(err, &not_mounted, "volume in %s: %s", instance,
		    json_str_or(doc, "error", "failed"));
	return 1;
}

/* What the attachment is now; NULL: no more.  -1 only when the store or netd fails. */
static int
look(struct converge *cv, const json_t *row, const char **ret, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const char *id = json_str_or(row, "InstanceId", ""),
		   *state = json_str_or(row, "State", "");
	int leaves = strcmp(state, "detaching") == 0, rc, runs;
	struct err ignored;
	json_t *instance;

	*ret = state;
	rc = store_get(t, cv->scope, ec2_instance.kind, id, &instance, err);
	if (rc < 0)
		return -1;
	runs = rc > 0 && instance_state(instance) != STATE_STOPPED;
	if (leaves) {
		if (cv->env->engine == NULL || is_mounted(cv, id, &ignored) == 0)
			*ret = NULL;
		return 0;
	}
	if (strcmp(state, "attached") == 0)
		return 0;
	if (cv->env->engine != NULL && runs) {
		rc = is_mounted(cv, id, err);
		if (rc <= 0)
			return rc;
	}
	*ret = "attached";
	return 0;
}

struct news {
	const char *instance, *state; /* state NULL: it is no more attached */
};

/* The row of the list has the state at the member of `in`, or goes. */
static void
say(json_t *list, const json_t *row, json_t *in, const char *member, const char *state)
{
	if (row != NULL && state != NULL)
		json_set_str(in, member, state);
	for (size_t i = json_array_size(list); state == NULL && i-- > 0;) {
		if (json_array_get(list, i) == row)
			json_array_remove(list, i);
	}
}

static int
write_one(struct call *c, json_t *volume, const struct news *news)
{
	json_t *row = volume_attachment(volume, news->instance), *instance;
	int rc;

	say(json_get(volume, "Attachments"), row, row, "State", news->state);
	rc = store_edit(c->txn, c->scope, ec2_instance.kind, news->instance, &instance,
	    &c->err);
	if (rc <= 0)
		return rc;
	row = volume_row(instance, resource_id(&ec2_volume, volume));
	say(json_get(instance, "BlockDeviceMappings"), row, json_get(row, "Ebs"),
	    "Status", news->state);
	resource_put(c, &ec2_instance, instance);
	return 0;
}

/* The volume and its instances say the same, at once; the first of the news has the volume's id. */
static int
write_news(struct call *c, void *arg)
{
	const struct news *news = arg;
	json_t *volume;
	int rc = store_edit(c->txn, c->scope, ec2_volume.kind, news->instance, &volume,
	    &c->err);

	if (rc <= 0)
		return rc;
	for (news++; news->instance != NULL; news++) {
		if (write_one(c, volume, news) < 0)
			return -1;
	}
	json_set_str(volume, "State",
	    volume_attachment(volume, NULL) != NULL ? "in-use" : "available");
	resource_put(c, &ec2_volume, volume);
	return 0;
}

static int
attach(struct converge *cv, struct err *err)
{
	json_t *list = json_get(cv->doc, "Attachments"), *row;
	size_t n = 1, i;
	struct news *news =
	    arena_calloc(cv->arena, json_array_size(list) + 2, sizeof(*news));
	struct err trouble = { .kind = NULL };

	news[0].instance = cv->id;
	json_array_foreach(list, i, row) {
		const char *state;

		if (look(cv, row, &state, &trouble) < 0)
			continue;
		if (state != NULL && strcmp(state, json_str_or(row, "State", "")) == 0)
			continue;
		news[n].instance = json_str_or(row, "InstanceId", "");
		news[n++].state = state;
	}
	if (n > 1 && converge_transaction(cv, write_news, news, err) < 0)
		return -1;
	if (trouble.kind != NULL) {
		*err = trouble;
		return -1;
	}
	return 0;
}

int
volume_converge(struct converge *cv, struct err *err)
{
	if (cv->doc == NULL)
		return remove_volume(cv, err);
	if (!json_bool(cv->doc, "_made", 0)) {
		if (make(cv, err) < 0)
			return -1;
		if (cv->doc == NULL || !json_bool(cv->doc, "_made", 0))
			return 0;
	}
	return attach(cv, err);
}

/* News of a volume in an instance is news of the volume. */
static int
mount_converge(struct converge *cv, struct err *err UNUSED)
{
	const char *volume = arena_strndup(cv->arena, cv->id, strcspn(cv->id, ":"));

	cv->wake(cv, cv->scope, ec2_volume.kind, volume);
	return 0;
}

static const struct resource mount_resource = {
	.service = "ec2",
	.kind = MOUNT_KIND,
	.type = "mount",
	.id_member = "id",
	.noun = "mount",
	.no_tags = 1,
	.converge = mount_converge,
};

static const struct resource *const resources[] = { &mount_resource, NULL };
const struct family ec2_mounts = { .ops = NULL, .n_ops = 0, .resources = resources };
