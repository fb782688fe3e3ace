/*
 * EC2: instance types, found and computed from the rows of their families.
 */
#include "control/services/ec2/compute/instance_type.h"

#include <stdlib.h>
#include <string.h>

static const struct instance_family *const tables[] = { instance_families_t,
	instance_families_m, instance_families_c, instance_families_r,
	instance_families_x, instance_families_storage, instance_families_accelerated };

/* The i-th word, or the last: its length. */
static size_t
word(const char *column, unsigned i, const char **ret)
{
	size_t n = strcspn(column, " ");

	for (; i > 0 && column[n] == ' '; i--) {
		column += n + 1;
		n = strcspn(column, " ");
	}
	*ret = column;
	return n;
}

const char *
instance_type_word(struct arena *a, const struct instance_type *t, const char *column)
{
	const char *w;
	size_t n;

	if (column == NULL)
		return "";
	n = word(column, t->size, &w);
	return arena_strndup(a, w, n);
}

static unsigned
number(const char *column, unsigned i)
{
	const char *w;

	word(column, i, &w);
	return (unsigned)strtoul(w, NULL, 10);
}

/* "medium" 1, "large" 2, "4xlarge" 16, "metal-24xl" 96; "metal": as the greatest before it. */
static unsigned
size_vcpus(const struct instance_family *f, unsigned i)
{
	const char *w;
	size_t n = word(f->sizes, i, &w);
	unsigned long factor;
	char *end;

	if (f->vcpus != NULL)
		return number(f->vcpus, i);
	if (n == strlen("metal") && strncmp(w, "metal", n) == 0)
		return size_vcpus(f, i - 1);
	if (strncmp(w, "metal-", 6) == 0)
		w += 6;
	factor = strtoul(w, &end, 10);
	if (strncmp(end, "xl", 2) == 0)
		return (unsigned)(factor > 0 ? factor : 1) * 4;
	return strncmp(w, "medium", n) == 0 ? 1 : 2;
}

static const char *
architecture(const struct instance_family *f)
{
	if (strncmp(f->name, "mac", 3) == 0)
		return f->processor == CPU_INTEL ? "x86_64_mac" : "arm64_mac";
	return f->processor == CPU_GRAVITON ? "arm64" : "x86_64";
}

static void
make(struct arena *a, const struct instance_family *f, unsigned i,
    struct instance_type *ret)
{
	const char *w, *limits;
	size_t n = word(f->sizes, i, &w);
	char *end;

	ret->name = arena_printf(a, "%s.%.*s", f->name, (int)n, w);
	ret->family = f;
	ret->size = i;
	ret->is_metal = strncmp(w, "metal", 5) == 0;
	ret->vcpus = size_vcpus(f, i);
	ret->memory_mib =
	    f->memory != NULL ? number(f->memory, i) : ret->vcpus * f->mib_per_vcpu;
	ret->architecture = architecture(f);
	word(f->interfaces, i, &limits);
	ret->interfaces = (unsigned)strtoul(limits, &end, 10);
	ret->addresses = (unsigned)strtoul(end + 1, NULL, 10);
}

static unsigned
count_words(const char *column)
{
	unsigned n = 1;

	for (; *column != '\0'; column++)
		n += *column == ' ';
	return n;
}

static const struct instance_type *
find_size(struct arena *a, const struct instance_family *f, const char *size)
{
	unsigned n = count_words(f->sizes);

	for (unsigned i = 0; i < n; i++) {
		const char *w;
		size_t len = word(f->sizes, i, &w);
		struct instance_type *t;

		if (strlen(size) != len || strncmp(w, size, len) != 0)
			continue;
		t = arena_calloc(a, 1, sizeof(*t));
		make(a, f, i, t);
		return t;
	}
	return NULL;
}

const struct instance_type *
instance_type_find(struct arena *a, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t n = dot != NULL ? (size_t)(dot - name) : 0;

	for (size_t i = 0; n > 0 && i < COUNT(tables); i++) {
		for (const struct instance_family *f = tables[i]; f->name != NULL; f++) {
			if (strlen(f->name) == n && strncmp(f->name, name, n) == 0)
				return find_size(a, f, dot + 1);
		}
	}
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	const struct instance_type *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const struct instance_type *
instance_type_all(struct arena *a, size_t *ret_n)
{
	const struct instance_family *f;
	struct instance_type *all;
	size_t n = 0, i;

	for (i = 0; i < COUNT(tables); i++) {
		for (f = tables[i]; f->name != NULL; f++)
			n += count_words(f->sizes);
	}
	all = arena_calloc(a, n, sizeof(*all));
	n = 0;
	for (i = 0; i < COUNT(tables); i++) {
		for (f = tables[i]; f->name != NULL; f++) {
			unsigned sizes = count_words(f->sizes);

			for (unsigned k = 0; k < sizes; k++)
				make(a, f, k, &all[n++]);
		}
	}
	qsort(all, n, sizeof(*all), by_name);
	*ret_n = n;
	return all;
}

unsigned
instance_type_cores(const struct instance_type *t)
{
	if ((t->family->features & IT_ONE_THREAD) || t->vcpus < 2)
		return t->vcpus;
	return t->vcpus / 2;
}

unsigned
instance_type_devices(struct arena *a, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->devices);

	return strchr(w, '/') != NULL ? 0 : (unsigned)strtoul(w, NULL, 10);
}

unsigned
instance_type_device_mib(struct arena *a, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->devices),
		   *part = strchr(w, '/');

	if (part != NULL)
		return t->family->device_mib / (unsigned)strtoul(part + 1, NULL, 10);
	return t->family->device_mib * (unsigned)strtoul(w, NULL, 10);
}

/* "2x40+1x80" */
unsigned
instance_type_storage(struct arena *a, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->disks);
	unsigned long total = 0;

	while (*w >= '0' && *w <= '9') {
		char *end;
		unsigned long count = strtoul(w, &end, 10);

		total += count * strtoul(end + 1, &end, 10);
		w = *end == '+' ? end + 1 : end;
	}
	return (unsigned)total;
}

double
instance_type_gigabits(struct arena *a, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->network),
		   *dash = strchr(w, '-'), *times = strchr(w, 'x');

	if (*w > '9')
		return 0;
	if (dash != NULL)
		return strtod(dash + 1, NULL);
	return times != NULL ? strtod(w, NULL) * strtod(times + 1, NULL) :
			       strtod(w, NULL);
}

unsigned
instance_type_ebs(struct arena *a, const struct instance_type *t)
{
	const char *w = instance_type_word(a, t, t->family->ebs);

	return *w == '-' ? 0 : (unsigned)strtoul(w, NULL, 10);
}

int
instance_type_hibernates(const struct instance_type *t)
{
	return !t->is_metal && t->memory_mib <= t->family->hibernates_to;
}
