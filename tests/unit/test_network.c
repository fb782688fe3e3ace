/* Networks of resources, and who else is on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/api/container.h"
#include "control/api/network.h"
#include "tests/fakes/engine_fake.h"

static const struct network_spec spec = {
	.name = "ctr-vpc",
	.subnet = "198.19.0.0/28",
	.range = "198.19.0.8/29",
	.gateway = "198.19.0.1",
};

struct fixture {
	struct arena *a;
	struct engine_fake *fake;
	struct settings settings;
	struct env env;
	struct converge cv;
	struct err err;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new();
	f->settings.instance = "ctr";
	f->env.settings = &f->settings;
	f->fake = engine_fake_new();
	f->env.engine = engine_fake_engine(f->fake);
	f->cv = (struct converge){ .env = &f->env,
		.arena = f->a,
		.scope = "0:us-east-1",
		.account = "0",
		.region = "us-east-1",
		.kind = "ec2:vpc",
		.id = "vpc-1" };
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

/* A running container that is not ours. */
static void
start(struct fixture *f, const char *name)
{
	json_t *config = json_own(f->a,
	    json_make("{s:s, s:{}, s:{}}", "Image", "debian", "Labels", "HostConfig"));

	engine_fake_add_image(f->fake, "debian", NULL);
	assert_int_equal(engine_container_create(f->env.engine, name, config, &f->err),
	    0);
	assert_int_equal(engine_container_start(f->env.engine, name, &f->err), 0);
}

static const char *
address_of(struct fixture *f, const char *container)
{
	json_t *found;

	assert_int_equal(engine_container_inspect(f->env.engine, f->a, container, &found,
			     &f->err),
	    1);
	assert_true(json_is_true(json_path(found, "State.Running")));
	return container_address(found, spec.name);
}

static const char *
subnet_of(struct fixture *f)
{
	json_t *found;

	if (engine_network_inspect(f->env.engine, f->a, spec.name, &found, &f->err) != 1)
		return NULL;
	return json_str(json_array_get(json_path(found, "IPAM.Config"), 0), "Subnet");
}

static void
control_joins_at_its_address_once(void **state)
{
	struct fixture *f = *state;

	start(f, "self");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(network_need(&f->cv, &spec, &f->err), 0);
		assert_int_equal(network_join(&f->cv, spec.name, "self", "198.19.0.3",
				     &f->err),
		    0);
	}
	assert_string_equal(address_of(f, "self"), "198.19.0.3");
	assert_int_equal(network_join(&f->cv, spec.name, NULL, "198.19.0.3", &f->err), 0);
}

static void
what_is_on_a_network_outlives_it(void **state)
{
	struct fixture *f = *state;

	start(f, "self");
	start(f, "guest");
	assert_int_equal(network_need(&f->cv, &spec, &f->err), 0);
	assert_int_equal(network_join(&f->cv, spec.name, "self", "198.19.0.3", &f->err),
	    0);
	assert_int_equal(network_join(&f->cv, spec.name, "guest", "198.19.0.9", &f->err),
	    0);
	assert_int_equal(network_remove(f->env.engine, spec.name, &f->err), 0);
	assert_null(subnet_of(f));
	assert_null(address_of(f, "self"));
	assert_null(address_of(f, "guest"));
	assert_int_equal(network_remove(f->env.engine, spec.name, &f->err), 0);
}

static void
one_of_another_subnet_is_replaced(void **state)
{
	struct network_spec other = spec;
	struct fixture *f = *state;

	start(f, "guest");
	assert_int_equal(network_need(&f->cv, &spec, &f->err), 0);
	assert_int_equal(network_join(&f->cv, spec.name, "guest", "198.19.0.9", &f->err),
	    0);
	other.subnet = "100.64.0.0/28";
	other.range = "100.64.0.8/29";
	other.gateway = "100.64.0.1";
	assert_int_equal(network_need(&f->cv, &other, &f->err), 0);
	assert_string_equal(subnet_of(f), "100.64.0.0/28");
	assert_null(address_of(f, "guest"));
}

/* The IPv6 subnet of the network as it is: "" without one. */
static const char *
subnet6_of(struct fixture *f)
{
	json_t *found;

	assert_int_equal(engine_network_inspect(f->env.engine, f->a, spec.name, &found,
			     &f->err),
	    1);
	assert_int_equal(json_bool(found, "EnableIPv6", 0),
	    json_array_size(json_path(found, "IPAM.Config")) == 2);
	return json_str_or(json_array_get(json_path(found, "IPAM.Config"), 1), "Subnet",
	    "");
}

static struct network_spec
dual(void)
{
	struct network_spec n = spec;

	n.subnet6 = "2001:db8:5::/48";
	n.range6 = "2001:db8:5::/112";
	n.gateway6 = "2001:db8:5::1";
	return n;
}

static void
ipv6_comes_to_a_network_while_nobody_is_on_it(void **state)
{
	struct network_spec n = dual();
	struct fixture *f = *state;

	start(f, "guest");
	assert_int_equal(network_need(&f->cv, &spec, &f->err), 0);
	assert_int_equal(network_join(&f->cv, spec.name, "guest", "198.19.0.9", &f->err),
	    0);
	assert_int_equal(network_need(&f->cv, &n, &f->err), 0);
	assert_string_equal(subnet6_of(f), "");
	assert_string_equal(address_of(f, "guest"), "198.19.0.9");
	assert_int_equal(engine_network_disconnect(f->env.engine, spec.name, "guest",
			     &f->err),
	    0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(network_need(&f->cv, &n, &f->err), 1);
		assert_string_equal(subnet6_of(f), "2001:db8:5::/48");
	}
}

static void
a_network_is_made_without_the_ipv6_that_the_engine_refuses(void **state)
{
	struct network_spec n = dual();
	struct fixture *f = *state;

	engine_fake_fail_next(f->fake, "network_create", &engine_failed, "no IPv6 here");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(network_need(&f->cv, &n, &f->err), 0);
		assert_string_equal(subnet6_of(f), "");
	}
	assert_string_equal(subnet_of(f), "198.19.0.0/28");
	engine_fake_fail_next(f->fake, "network_create", &engine_unreachable,
	    "no daemon");
	assert_int_equal(network_remove(f->env.engine, spec.name, &f->err), 0);
	assert_int_equal(network_need(&f->cv, &n, &f->err), -1);
	assert_int_equal(network_need(&f->cv, &n, &f->err), 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(control_joins_at_its_address_once),
		TEST(what_is_on_a_network_outlives_it),
		TEST(one_of_another_subnet_is_replaced),
		TEST(ipv6_comes_to_a_network_while_nobody_is_on_it),
		TEST(a_network_is_made_without_the_ipv6_that_the_engine_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
