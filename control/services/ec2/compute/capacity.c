#include "control/services/ec2/compute/capacity.h"

#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"

/* The reservations that are active, and how many instances are in each. */
struct rooms {
	const json_t **docs;
	int64_t *used;
	size_t n;
};

static int
is_same(const json_t *a, const char *member, const json_t *b, const char *its)
{
	return strcmp(json_str_or(a, member, "?"), json_str_or(b, its, "")) == 0;
}

static int
matches(const json_t *room, const json_t *instance)
{
	const json_t *placement = json_get(instance, "Placement");

	return is_same(room, "InstanceType", instance, "InstanceType") &&
	    is_same(room, "InstancePlatform", instance, "PlatformDetails") &&
	    is_same(room, "AvailabilityZone", placement, "AvailabilityZone") &&
	    is_same(room, "Tenancy", placement, "Tenancy");
}

static int
is_open(const json_t *room)
{
	return strcmp(json_str_or(room, "InstanceMatchCriteria", ""), "open") == 0;
}

static int
read_rooms(struct call *c, struct rooms *ret)
{
	struct store_docs all;

	if (resource_list(c, &ec2_capacity_reservation, &all) < 0)
		return -1;
	ret->n = 0;
	ret->docs = arena_calloc(c->arena, all.n + 1, sizeof(ret->docs[0]));
	ret->used = arena_calloc(c->arena, all.n + 1, sizeof(ret->used[0]));
	for (size_t i = 0; i < all.n; i++) {
		if (!capacity_is_over(c, all.doc[i]))
			ret->docs[ret->n++] = all.doc[i];
	}
	return 0;
}

/* The id of the reservation that has room for the instance, now taken; NULL. */
static const char *
enter(struct rooms *r, const json_t *instance, int by_name)
{
	const json_t *asked = json_get(instance, "CapacityReservationSpecification");
	const json_t *target = json_get(asked, "CapacityReservationTarget");
	const char *preference =
	    json_str_or(asked, "CapacityReservationPreference", "open");

	if (by_name != (target != NULL) ||
	    (!by_name && strcmp(preference, "open") != 0 &&
		strcmp(preference, "capacity-reservations-only") != 0))
		return NULL;
	for (size_t i = 0; i < r->n; i++) {
		const json_t *room = r->docs[i];

		if (r->used[i] >= json_int(room, "TotalInstanceCount", 0) ||
		    !matches(room, instance) ||
		    (by_name ? !is_same(room, "CapacityReservationId", target,
				   "CapacityReservationId") :
			       !is_open(room)))
			continue;
		r->used[i]++;
		return resource_id(&ec2_capacity_reservation, room);
	}
	return NULL;
}

static int
by_age(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	double p = json_num(*x, "LaunchTime", 0), q = json_num(*y, "LaunchTime", 0);

	return p < q ?
	    -1 :
	    p > q ?
	    1 :
	    strcmp(resource_id(&ec2_instance, *x), resource_id(&ec2_instance, *y));
}

/* Ids of reservations by those of instances; the arena's. */
static json_t *
settle(struct call *c, struct rooms *r, const struct store_docs *instances)
{
	json_t **all = arena_calloc(c->arena, instances->n + 1, sizeof(json_t *));
	json_t *where = json_own(c->arena, json_new_object());
	size_t n = 0;

	for (size_t i = 0; i < instances->n; i++) {
		enum instance_state state = instance_state(instances->doc[i]);

		if (state == STATE_RUNNING || state == STATE_PENDING)
			all[n++] = instances->doc[i];
	}
	qsort(all, n, sizeof(json_t *), by_age);
	for (int by_name = 1; by_name >= 0; by_name--) {
		for (size_t i = 0; i < n; i++)
			json_set_str(where, resource_id(&ec2_instance, all[i]),
			    enter(r, all[i], by_name));
	}
	return where;
}

int
capacity_used(struct call *c, const char *id, int64_t *ret)
{
	struct store_docs instances;
	struct rooms r;

	if (read_rooms(c, &r) < 0 || resource_list(c, &ec2_instance, &instances) < 0)
		return -1;
	(void)settle(c, &r, &instances);
	*ret = 0;
	for (size_t i = 0; i < r.n; i++) {
		if (strcmp(resource_id(&ec2_capacity_reservation, r.docs[i]), id) == 0)
			*ret = r.used[i];
	}
	return 0;
}

/* It has no place but a reservation's. */
static int
needs_room(const json_t *instance)
{
	const json_t *asked = json_get(instance, "CapacityReservationSpecification");

	return json_get(asked, "CapacityReservationTarget") != NULL ||
	    strcmp(json_str_or(asked, "CapacityReservationPreference", ""),
		"capacity-reservations-only") == 0;
}

static int
refuse(struct call *c, const struct rooms *r, const json_t *instance)
{
	static const struct err_kind full = { "ReservationCapacityExceeded", 400 };
	static const struct err_kind over = { "InvalidCapacityReservationState", 400 };
	const json_t *target =
	    json_get(json_get(instance, "CapacityReservationSpecification"),
		"CapacityReservationTarget");
	size_t i = 0;

	while (target != NULL && i < r->n &&
	    !is_same(r->docs[i], "CapacityReservationId", target,
		"CapacityReservationId"))
		i++;
	if (target != NULL && i == r->n)
		return err_set(&c->err, &over,
		    "The Capacity Reservation '%s' is not in the active state.",
		    json_str_or(target, "CapacityReservationId", ""));
	return err_set(&c->err, &full,
	    "The requested reservation does not have sufficient compatible and available "
	    "capacity for this request.");
}

/* All but these: they come after those that are there. */
static int
read_others(struct call *c, const json_t *instances, struct store_docs *ret)
{
	const json_t *instance;
	json_t **docs;
	size_t n = 0, k;

	if (resource_list(c, &ec2_instance, ret) < 0)
		return -1;
	docs = arena_calloc(c->arena, ret->n + 1, sizeof(json_t *));
	for (size_t i = 0; i < ret->n; i++) {
		int is_new = 0;

		json_array_foreach(instances, k, instance)
			is_new |= strcmp(resource_id(&ec2_instance, instance),
				      resource_id(&ec2_instance, ret->doc[i])) == 0;
		if (!is_new)
			docs[n++] = ret->doc[i];
	}
	ret->doc = docs;
	ret->n = n;
	return 0;
}

int
capacity_check(struct call *c, const json_t *instances)
{
	struct store_docs others;
	const json_t *instance;
	int is_read = 0;
	struct rooms r;
	size_t i;

	json_array_foreach(instances, i, instance) {
		int by_name = json_path(instance,
				  "CapacityReservationSpecification."
				  "CapacityReservationTarget") != NULL;

		if (!needs_room(instance))
			continue;
		if (!is_read) {
			if (read_rooms(c, &r) < 0 ||
			    read_others(c, instances, &others) < 0)
				return -1;
			(void)settle(c, &r, &others);
			is_read = 1;
		}
		if (enter(&r, instance, by_name) == NULL)
			return refuse(c, &r, instance);
	}
	return 0;
}

int
capacity_show(struct call *c, struct store_docs *instances)
{
	struct rooms r;
	json_t *where, **shown;

	if (read_rooms(c, &r) < 0)
		return -1;
	if (r.n == 0)
		return 0;
	where = settle(c, &r, instances);
	shown = arena_calloc(c->arena, instances->n + 1, sizeof(json_t *));
	for (size_t i = 0; i < instances->n; i++) {
		const char *room =
		    json_str(where, resource_id(&ec2_instance, instances->doc[i]));

		shown[i] = json_own(c->arena, json_copy_shallow(instances->doc[i]));
		json_set_str(shown[i], "CapacityReservationId", room);
	}
	instances->doc = shown;
	return 0;
}
