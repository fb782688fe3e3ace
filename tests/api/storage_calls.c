#include "tests/api/storage_calls.h"

#include <string.h>

#include "control/plane/reconcile.h"
#include "control/services/ec2/network/host.h"
#include "tests/fakes/engine_fake.h"

static void
add_image(struct fixture *f, enum image_id id)
{
	struct err err;
	char *ref;

	assert_int_equal(image_ref_of(f->arena, &f->images, id, &ref, &err), 0);
	engine_fake_add_image(f->engine, ref, NULL);
}

void
storage_set_up(struct fixture *f, struct ec2_world *w)
{
	struct err err;

	add_image(f, IMAGE_NETD);
	add_image(f, IMAGE_VPC);
	add_image(f, IMAGE_EC2_UBUNTU);
	f->env.init = "init";
	f->env.init_len = 4;
	assert_int_equal(host_announce(&f->env, &err), 0);
	ec2_world(f, w);
	storage_settle(f);
}

void
storage_pass(struct fixture *f)
{
	reconcile_pass(&f->env);
}

/* A copy's container ends when its program does. */
static void
end_copies(struct fixture *f)
{
	const json_t *row;
	struct err err;
	json_t *list;
	size_t i;

	assert_int_equal(engine_container_list(f->env.engine, f->arena, NULL, &list,
			     &err),
	    0);
	json_array_foreach(list, i, row) {
		const char *name =
		    json_string_value(json_array_get(json_get(row, "Names"), 0));
		size_t n = strlen(name);

		if (n > 5 && strcmp(name + n - 5, "-copy") == 0)
			engine_fake_exit(f->engine, name + 1, 0);
	}
}

/* Rows of netd's configuration as its status has them. */
static json_t *
done(struct fixture *f, const json_t *rows)
{
	json_t *all = json_new_object();
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		struct err err;
		json_t *box;

		if (engine_container_inspect(f->env.engine, f->arena,
			json_str_or(row, "container", ""), &box, &err) <= 0 ||
		    !json_bool(json_get(box, "State"), "Running", 0))
			continue;
		json_set(all, json_str(row, "id"),
		    json_make("{s:s, s:I, s:s}", "container", json_str(box, "Id"), "pid",
			(json_int_t)json_int(json_get(box, "State"), "Pid", 0), "state",
			"attached"));
	}
	return all;
}

static void
netd_works(struct fixture *f)
{
	const struct agent_kind *netd = service_find_agent(&f->env, "netd");
	const struct agent_ref ref = { .env = &f->env,
		.arena = f->arena,
		.scope = STORE_SYSTEM,
		.id = "netd" };
	json_t *config, *status = json_own(f->arena, json_new_object());
	struct err err;

	assert_int_equal(netd->config(&ref, &config, &err), 1);
	json_set(status, "enis", done(f, json_get(config, "enis")));
	json_set(status, "mounts", done(f, json_get(config, "mounts")));
	json_set_str(status, "enforcement", "verified");
	assert_int_equal(netd->status(&ref, status, &err), 0);
}

void
storage_settle(struct fixture *f)
{
	for (int i = 0; i < 6; i++) {
		storage_pass(f);
		end_copies(f);
		netd_works(f);
	}
}

const char *
storage_launch(struct fixture *f, const struct ec2_world *w, const char *more)
{
	const char *id = ec2_text(ec2_launch(f, w, more), "Instances.0.InstanceId");

	storage_settle(f);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	return id;
}

const char *
storage_volume(struct fixture *f, const char *more)
{
	const char *id = ec2_text(ec2_ok(f, "CreateVolume",
				      "{\"AvailabilityZone\": \"us-east-1a\"%s}", more),
	    "VolumeId");

	storage_settle(f);
	ec2_is(storage_volume_now(f, id), "State", "available");
	return id;
}

json_t *
storage_volume_now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeVolumes",
					   "{\"VolumeIds\": [\"%s\"]}", id),
				  "Volumes"),
	    0);
}

json_t *
storage_snapshot_now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeSnapshots",
					   "{\"SnapshotIds\": [\"%s\"]}", id),
				  "Snapshots"),
	    0);
}

json_t *
storage_image_now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeImages",
					   "{\"ImageIds\": [\"%s\"]}", id),
				  "Images"),
	    0);
}

const char *
storage_snapshot(struct fixture *f, const char *volume)
{
	const char *id =
	    ec2_text(ec2_ok(f, "CreateSnapshot", "{\"VolumeId\": \"%s\"}", volume),
		"SnapshotId");

	storage_settle(f);
	ec2_is(storage_snapshot_now(f, id), "State", "completed");
	return id;
}

int
storage_has_data(struct fixture *f, const char *id)
{
	struct err err;
	json_t *v;

	return engine_volume_inspect(f->env.engine, f->arena,
		   arena_printf(f->arena, "simfra-%s", id), &v, &err) > 0;
}
