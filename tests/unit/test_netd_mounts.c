/*
 * netd's volumes: which mounts are ours, and what its configuration may say of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agents/netd/mounts.h"
#include "base/cc.h"

#define PREFIX "simfra-vol-"

static void
our_volumes_are_known_by_their_root(void **state UNUSED)
{
	static const struct {
		const char *line, *volume, *where;
	} rows[] = {
		{ "36 35 98:0 /var/lib/docker/volumes/simfra-vol-1/_data /mnt/xvdf rw - ext4 a b",
		    "simfra-vol-1", "/mnt/xvdf" },
		{ "36 35 98:0 /volumes/simfra-vol-1/_data /my\\040data rw - ext4 a b",
		    "simfra-vol-1", "/my data" },
		{ "36 35 98:0 /volumes/other-vol-1/_data /mnt/xvdf rw - ext4 a b", NULL,
		    NULL },
		{ "36 35 98:0 /volumes/simfra-vol-1/_data/deeper /mnt/xvdf rw - ext4 a b",
		    NULL, NULL },
		{ "36 35 98:0 /volumes/simfra-snap-1/_data /mnt/xvdf rw", NULL, NULL },
		{ "36 35 98:0 / / rw,relatime - overlay overlay lowerdir=/a", NULL,
		    NULL },
		{ "36 35 98:0 /_data /mnt", NULL, NULL },
		{ "36 35", NULL, NULL },
		{ "", NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[256], *volume, *where;

		snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_int_equal(mounts_read_line(line, PREFIX, &volume, &where),
		    rows[i].volume != NULL);
		if (rows[i].volume == NULL)
			continue;
		assert_string_equal(volume, rows[i].volume);
		assert_string_equal(where, rows[i].where);
	}
}

static void
wishes_are_for_places_that_a_machine_may_cover(void **state UNUSED)
{
	static const struct {
		const char *line, *where; /* NULL: it is none */
	} rows[] = {
		{ "xvdf /data\n", "/data" },
		{ "xvdf /var/lib/my data\n", "/var/lib/my data" },
		{ "xvdf /mnt/data\n", "/mnt/data" },
		{ "xvdf /process\n", "/process" },
		{ "xvdf /\n", NULL },
		{ "xvdf /proc\n", NULL },
		{ "xvdf /proc/1\n", NULL },
		{ "xvdf /sys/fs\n", NULL },
		{ "xvdf /dev\n", NULL },
		{ "xvdf /.simfra\n", NULL },
		{ "xvdf /mnt\n", NULL },
		{ "xvdf /a/../proc\n", NULL },
		{ "xvdf //proc\n", NULL },
		{ "xvdf /./proc\n", NULL },
		{ "xvdf /a//b\n", NULL },
		{ "xvdf /data/\n", NULL },
		{ "xvdf /data/.\n", NULL },
		{ "xvdf /data/..\n", NULL },
		{ "xvdf /...\n", "/..." },
		{ "xvdf /.data/..a\n", "/.data/..a" },
		{ "xvdf data\n", NULL },
		{ "xvdf\n", NULL },
		{ " /data\n", NULL },
		{ "\n", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[64], *device = NULL, *where = NULL;
		int is_wish;

		snprintf(line, sizeof(line), "%s", rows[i].line);
		is_wish = mounts_read_wish(line, &device, &where);
		if (is_wish != (rows[i].where != NULL))
			fail_msg("%s: %d", rows[i].line, is_wish);
		if (!is_wish)
			continue;
		assert_string_equal(device, "xvdf");
		assert_string_equal(where, rows[i].where);
	}
}

static const char good[] =
    "{\"label\": \"a=b\", \"volume_prefix\": \"" PREFIX
    "\", \"mounts\": [{\"id\": \"m-1\","
    " \"container\": \"simfra-i-1\","
    " \"source\": \"/var/lib/docker/volumes/simfra-vol-1/_data\", \"target\": \"/mnt/xvdf\"}]}";

static json_t *
doc(void)
{
	struct err err = { 0 };
	json_t *v = NULL;

	if (json_read(good, strlen(good), &v, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

static void
mounts_are_read(void **state UNUSED)
{
	struct netd_config *c = NULL;
	struct err err = { 0 };
	json_t *v = doc();

	assert_int_equal(netd_config_read(v, &c, &err), 0);
	json_decref(v);
	assert_int_equal(c->n_mounts, 1);
	assert_string_equal(c->mounts[0].volume, "simfra-vol-1");
	assert_string_equal(c->mounts[0].target, "/mnt/xvdf");
	assert_ptr_equal(netd_config_mount(c, "m-1"), &c->mounts[0]);
	assert_null(netd_config_mount(c, "m-2"));
	netd_config_free(c);
}

static void
what_is_no_volume_of_ours_is_refused(void **state UNUSED)
{
	static const struct {
		const char *member, *value;
	} rows[] = {
		{ "source", "/etc" },
		{ "source", "/etc/_data" },
		{ "source", "relative/simfra-vol-1/_data" },
		{ "source", "/volumes/other-vol-1/_data" },
		{ "source", "/volumes/../simfra-vol-1/_data" },
		{ "source", "/volumes/simfra-vol-1/_data/" },
		{ "target", "/etc" },
		{ "target", "/mnt/" },
		{ "target", "/mnt/../etc" },
		{ "target", "/mnt/a/b" },
		{ "target", "mnt/a" },
		{ "container", "a/b" },
		{ "id", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct netd_config *c = NULL;
		struct err err = { 0 };
		json_t *v = doc();

		json_set_str(json_array_get(json_get(v, "mounts"), 0), rows[i].member,
		    rows[i].value);
		if (netd_config_read(v, &c, &err) == 0)
			fail_msg("%s %s was taken", rows[i].member, rows[i].value);
		assert_non_null(strstr(err.msg, "mounts[0]"));
		assert_non_null(strstr(err.msg, rows[i].member));
		json_decref(v);
	}
}

static void
without_a_prefix_no_volume_is_ours(void **state UNUSED)
{
	struct netd_config *c = NULL;
	struct err err = { 0 };
	json_t *v = doc();

	json_del(v, "volume_prefix");
	assert_int_equal(netd_config_read(v, &c, &err), -1);
	json_set(v, "mounts", json_new_array());
	assert_int_equal(netd_config_read(v, &c, &err), 0);
	netd_config_free(c);
	json_decref(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_volumes_are_known_by_their_root),
		cmocka_unit_test(wishes_are_for_places_that_a_machine_may_cover),
		cmocka_unit_test(mounts_are_read),
		cmocka_unit_test(what_is_no_volume_of_ours_is_refused),
		cmocka_unit_test(without_a_prefix_no_volume_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
