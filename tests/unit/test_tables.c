/* Every row of every service, once: what a reviewer need not look at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/api/env.h"
#include "control/api/service.h"
#include "control/services/services.h"

/* Calls fn for each operation of each service. */
static void
each_op(void (*fn)(const struct model *m, const struct op *op))
{
	for (size_t i = 0; i < n_services; i++) {
		const struct model *m = model_find(services[i]->name);

		assert_non_null(m);
		for (const struct family *const *f = services[i]->families; *f != NULL;
		     f++) {
			for (size_t k = 0; k < (*f)->n_ops; k++)
				fn(m, &(*f)->ops[k]);
		}
	}
}

static void
each_resource(void (*fn)(const struct service *s, const struct resource *r))
{
	for (size_t i = 0; i < n_services; i++) {
		for (const struct family *const *f = services[i]->families; *f != NULL;
		     f++) {
			const struct resource *const *r = (*f)->resources;

			for (; r != NULL && *r != NULL; r++)
				fn(services[i], *r);
		}
	}
}

static void
services_are_there_once(void **state UNUSED)
{
	struct env env = { .services = services, .n_services = n_services };

	assert_true(n_services >= 3);
	for (size_t i = 0; i < n_services; i++) {
		assert_ptr_equal(service_find(&env, services[i]->name), services[i]);
		assert_true(service_count_ops(services[i]) > 0);
	}
}

/* How many: of a second family with the same, the look-up finds only one. */
static size_t
check_order(const struct service *s, const struct family *f)
{
	for (size_t k = 0; k < f->n_ops; k++) {
		const struct op *op = &f->ops[k];

		if (k > 0 && strcmp(op[-1].name, op->name) >= 0)
			fail_msg("%s stands behind %s", op->name, op[-1].name);
		if (service_find_op(s, op->name) != op)
			fail_msg("%s of %s is there twice", op->name, s->name);
	}
	return f->n_ops;
}

static void
operations_are_sorted_and_unique(void **state UNUSED)
{
	for (size_t i = 0; i < n_services; i++) {
		const struct service *s = services[i];
		size_t n = 0;

		for (const struct family *const *f = s->families; *f != NULL; f++)
			n += check_order(s, *f);
		assert_int_equal(service_count_ops(s), n);
	}
}

static void
check_op(const struct model *m, const struct op *op)
{
	const struct model_op *shape = model_op_find(m, op->name);
	size_t n;

	assert_non_null(op->run);
	assert_non_null(op->doc);
	n = strlen(op->doc);
	if (n < 8 || op->doc[n - 1] != '.')
		fail_msg("%s: its text is no sentence: \"%s\"", op->name, op->doc);
	if (shape == NULL)
		fail_msg("%s: the model of %s has no such operation", op->name,
		    model_name(m));
	if (op->resource != NULL && strcmp(op->resource->service, model_name(m)) != 0)
		fail_msg("%s: its resource is of %s", op->name, op->resource->service);
}

static void
operations_are_whole_and_in_the_model(void **state UNUSED)
{
	each_op(check_op);
}

static void
check_id_member(const struct model *m, const struct op *op)
{
	uint16_t input = model_op_input(model_op_find(m, op->name)), shape;
	enum model_type type;

	if (op->id_member == NULL)
		return;
	assert_non_null(op->resource);
	shape = model_member(m, input, op->id_member);
	if (shape == MODEL_NONE)
		fail_msg("%s has no input member %s", op->name, op->id_member);
	type = model_shape_type(m, shape);
	if (type == TYPE_LIST)
		type = model_shape_type(m, model_element(m, shape));
	if (type != TYPE_STRING)
		fail_msg("%s of %s is neither a string nor a list of them", op->id_member,
		    op->name);
}

static void
id_members_name_resources(void **state UNUSED)
{
	each_op(check_id_member);
}

/* Names begin with it: those operations write nothing. */
static void
check_flags(const struct model *m, const struct op *op)
{
	uint16_t input = model_op_input(model_op_find(m, op->name));
	int reads = strncmp(op->name, "Describe", 8) == 0;

	if (reads && !(op->flags & OP_READ))
		fail_msg("%s is not marked as OP_READ", op->name);
	if (op->token_in != NULL)
		input = model_member(m, input, op->token_in);
	if (op->token_in != NULL && input == MODEL_NONE)
		fail_msg("%s has no input member %s", op->name, op->token_in);
	if ((op->flags & OP_TOKEN) && (op->flags & OP_READ))
		fail_msg("%s needs no token", op->name);
	if (model_protocol(m) == PROTOCOL_EC2 && !(op->flags & OP_READ) &&
	    (model_member(m, input, "ClientToken") != MODEL_NONE) !=
		((op->flags & OP_TOKEN) != 0))
		fail_msg("%s: OP_TOKEN goes with a member ClientToken", op->name);
}

static void
flags_fit_the_operations(void **state UNUSED)
{
	each_op(check_flags);
}

/* Resources */

static void
check_resource(const struct service *s, const struct resource *r)
{
	struct env env = { .services = services, .n_services = n_services };
	size_t n = strlen(r->service);

	assert_non_null(r->type);
	assert_non_null(r->id_member);
	assert_non_null(r->noun);
	/* "ec2:vpc"; only what is no AWS resource is elsewhere ("net:attachment"). */
	if (!r->no_tags && (strncmp(r->kind, r->service, n) != 0 || r->kind[n] != ':'))
		fail_msg("%s is not of %s", r->kind, r->service);
	if (service_find_kind(&env, r->kind) != r)
		fail_msg("%s is there twice", r->kind);
	if (r->prefix != NULL && service_find_prefix(s, r->prefix) != r)
		fail_msg("ids of %s look like those of another", r->kind);
	if (!r->no_tags && strcmp(s->name, "ec2") == 0)
		assert_non_null(r->not_found);
}

static void
resources_are_whole_and_unique(void **state UNUSED)
{
	each_resource(check_resource);
}

static void
check_dependents(const struct service *s UNUSED, const struct resource *r)
{
	struct env env = { .services = services, .n_services = n_services };

	for (const struct dependent *d = r->dependents; d != NULL && d->kind != NULL;
	     d++) {
		if (service_find_kind(&env, d->kind) == NULL)
			fail_msg("%s depends on %s, which there is not", d->kind,
			    r->kind);
		assert_true(d->path[0] != '\0');
	}
}

static void
dependents_are_of_kinds_that_there_are(void **state UNUSED)
{
	each_resource(check_dependents);
}

/* The shape of what Describe lists: reservations hold instances. */
static uint16_t
listed(const struct model *m, const struct op *op)
{
	uint16_t list = model_member(m, model_op_output(model_op_find(m, op->name)),
	    op->resource->list_member);
	uint16_t inner;

	if (list == MODEL_NONE)
		return MODEL_NONE;
	list = model_element(m, list);
	inner = strcmp(op->resource->list_member, "Reservations") == 0 ?
	    model_member(m, list, "Instances") :
	    MODEL_NONE;
	return inner == MODEL_NONE ? list : model_element(m, inner);
}

/* Every step of the path is a member: "Attachments.VpcId". */
static int
has_path(const struct model *m, uint16_t shape, const char *path)
{
	char step[64];
	size_t n;

	for (; *path != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		assert_true(n < sizeof(step));
		memcpy(step, path, n);
		step[n] = '\0';
		while (model_shape_type(m, shape) == TYPE_LIST)
			shape = model_element(m, shape);
		if (model_shape_type(m, shape) != TYPE_STRUCTURE)
			return 0;
		shape = model_member(m, shape, step);
		if (shape == MODEL_NONE)
			return 0;
	}
	return 1;
}

static size_t n_filters;

static void
check_filters(const struct model *m, const struct op *op)
{
	const struct resource *r = op->resource;
	const struct filter *f = r != NULL ? r->filters : NULL;
	uint16_t shape;

	if (!(op->flags & OP_READ) || f == NULL || r->list_member == NULL ||
	    strncmp(op->name, "Describe", 8) != 0)
		return;
	shape = listed(m, op);
	if (shape == MODEL_NONE)
		return;
	if (!has_path(m, shape, r->id_member))
		fail_msg("%s: no member %s", op->name, r->id_member);
	for (; f->name != NULL; f++, n_filters++) {
		if (f[1].name != NULL && strcmp(f->name, f[1].name) == 0)
			fail_msg("%s: filter %s twice", op->name, f->name);
		if (f->path[0] != '_' && !has_path(m, shape, f->path))
			fail_msg("%s: filter %s: no path %s", op->name, f->name, f->path);
	}
}

static void
filters_lead_to_members_of_the_answer(void **state UNUSED)
{
	n_filters = 0;
	each_op(check_filters);
	assert_true(n_filters > 150);
}

static void
agents_have_names_of_their_own(void **state UNUSED)
{
	struct env env = { .services = services, .n_services = n_services };
	size_t n = 0;

	for (size_t i = 0; i < n_services; i++) {
		const struct agent_kind *const *a = services[i]->agents;

		for (; a != NULL && *a != NULL; a++, n++) {
			assert_ptr_equal(service_find_agent(&env, (*a)->name), *a);
			assert_non_null((*a)->config);
			assert_non_null((*a)->status);
		}
	}
	assert_true(n >= 2);
	assert_null(service_find_agent(&env, "nobody"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_there_once),
		cmocka_unit_test(operations_are_sorted_and_unique),
		cmocka_unit_test(operations_are_whole_and_in_the_model),
		cmocka_unit_test(id_members_name_resources),
		cmocka_unit_test(flags_fit_the_operations),
		cmocka_unit_test(resources_are_whole_and_unique),
		cmocka_unit_test(dependents_are_of_kinds_that_there_are),
		cmocka_unit_test(filters_lead_to_members_of_the_answer),
		cmocka_unit_test(agents_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
