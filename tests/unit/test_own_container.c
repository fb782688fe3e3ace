/* How control knows that it is a container, and who is its host then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/plane/own_container.h"
#include "tests/fakes/engine_fake.h"

#define ID    "41f17b55a2e4873460468cc70fa69685c3a020c9e45f8ef677b61aee1e8be8f4"
#define OTHER "8bdcf2ac7b26d1a5a4e5bd0d5bcc2fc6e42dbbd81be76a9a3c1aa5f2ad4ea001"

static void
the_kernel_names_it(void **state UNUSED)
{
	static const struct {
		const char *mountinfo, *cgroup, *id;
	} cases[] = {
		/* Docker, cgroup v2: the cgroup says nothing. */
		{ "150 1 0:50 / / rw - overlay overlay upperdir=/var/lib/docker/overlay2/" OTHER
		  "/diff\n"
		  "169 150 254:0 /var/lib/docker/containers/" ID
		  "/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw\n",
		    "0::/\n", ID },
		{ "170 151 254:0 /containers/" ID
		  "/hosts /etc/hosts rw - ext4 /dev/sdb rw\n",
		    "", ID },
		/* Podman */
		{ "7 1 0:5 /containers/overlay-containers/" ID
		  "/userdata/resolv.conf /etc/resolv.conf rw - tmpfs tmpfs rw",
		    "", ID },
		/* cgroup v1, with files of the user's own in place of Docker's */
		{ "169 150 254:0 /home/me/hosts /etc/hosts rw - ext4 /dev/vda rw\n",
		    "9:memory:/docker/" ID "\n1:name=systemd:/docker/" ID "\n", ID },
		{ "", "0::/system.slice/docker-" ID ".scope\n", ID },
		/* A host that runs containers */
		{ "30 1 254:0 / / rw - ext4 /dev/vda rw\n"
		  "90 30 0:50 / /var/lib/docker/overlay2/" OTHER
		  "/merged rw - overlay overlay rw\n",
		    "0::/user.slice/user-1000.slice/session-2.scope\n", NULL },
		/* Too short, too long */
		{ "1 1 0:5 /a/" ID "0/hosts /etc/hosts rw - ext4 a rw\n",
		    "1:cpu:/docker/41f17b55a2e4\n", NULL },
		{ "", "", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char id[CONTAINER_ID] = "none";
		int found = own_container_id(cases[i].mountinfo, cases[i].cgroup, id);

		assert_int_equal(found, cases[i].id != NULL);
		assert_string_equal(id, cases[i].id != NULL ? cases[i].id : "none");
	}
}

struct fixture {
	struct arena *a;
	struct env env;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new();
	f->env.engine = engine_fake_engine(engine_fake_new());
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	engine_close(f->env.engine);
	arena_free(f->a);
	free(f);
	return 0;
}

static void
a_process_of_the_host_lends_nobody_its_name(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(own_container_is_host(&f->env, f->a, "172.17.0.1"), 0);
	f->env.own_container = ID; /* which the engine does not know */
	assert_int_equal(own_container_is_host(&f->env, f->a, "172.17.0.1"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_names_it),
		cmocka_unit_test_setup_teardown(
		    a_process_of_the_host_lends_nobody_its_name, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
