#include "control/services/ec2/storage/volume_spec.h"

#include <string.h>

#include "control/services/ec2/ec2.h"

/* EC2 User Guide: EBS volume types.  A limit of 0 says that it cannot be chosen. */
static const struct type {
	const char *name;
	int64_t min_size, max_size;
	int64_t min_iops, max_iops, iops_per_gib;
	int64_t min_throughput, max_throughput;
	int64_t default_iops, default_throughput; /* 0: none, and it must be said */
	int multi_attach;
} types[] = {
	{ "standard", 1, 1024, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "gp2", 1, 16384, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "gp3", 1, 65536, 3000, 80000, 500, 125, 2000, 3000, 125, 0 },
	{ "io1", 4, 16384, 100, 64000, 50, 0, 0, 0, 0, 1 },
	{ "io2", 4, 65536, 100, 256000, 1000, 0, 0, 0, 0, 1 },
	{ "st1", 125, 16384, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "sc1", 125, 16384, 0, 0, 0, 0, 0, 0, 0, 0 },
};

static const struct type *
find(const char *name)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return NULL;
}

static int
check_size(struct call *c, const struct type *t, int64_t size)
{
	if (size < t->min_size)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume of %lldGiB is too small; minimum is %lldGiB.",
		    (long long)size, (long long)t->min_size);
	if (size > t->max_size)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume of %lldGiB is too large for volume type %s; maximum is %lldGiB.",
		    (long long)size, t->name, (long long)t->max_size);
	return 0;
}

static int
check_iops(struct call *c, const struct type *t, struct volume_spec *s)
{
	if (t->max_iops == 0) {
		if (s->iops != VOLUME_UNSAID)
			return err_set(&c->err, &ec2_bad_combination,
			    "The parameter iops is not supported for %s volumes.",
			    t->name);
		return 0;
	}
	if (s->iops == VOLUME_UNSAID && t->default_iops == 0)
		return err_set(&c->err, &ec2_missing,
		    "The parameter iops must be specified for %s volumes.", t->name);
	if (s->iops == VOLUME_UNSAID)
		s->iops = t->default_iops;
	if (s->iops < t->min_iops)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume iops of %lld is too low; minimum is %lld.",
		    (long long)s->iops, (long long)t->min_iops);
	if (s->iops > t->max_iops)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume iops of %lld is too high; maximum is %lld.",
		    (long long)s->iops, (long long)t->max_iops);
	/* What every volume of the type has needs no size. */
	if (s->iops > t->default_iops && s->iops > t->iops_per_gib * s->size)
		return err_set(&c->err, &ec2_bad_value,
		    "Iops to volume size ratio of %.6f is too high; maximum is %lld.",
		    (double)s->iops / (double)s->size, (long long)t->iops_per_gib);
	return 0;
}

static int
check_throughput(struct call *c, const struct type *t, struct volume_spec *s)
{
	if (t->max_throughput == 0) {
		if (s->throughput != VOLUME_UNSAID)
			return err_set(&c->err, &ec2_bad_combination,
			    "The parameter throughput is not supported for %s volumes.",
			    t->name);
		return 0;
	}
	if (s->throughput == VOLUME_UNSAID)
		s->throughput = t->default_throughput;
	if (s->throughput < t->min_throughput)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume throughput of %lldMiB/s is too low; minimum is %lldMiB/s.",
		    (long long)s->throughput, (long long)t->min_throughput);
	if (s->throughput > t->max_throughput)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume throughput of %lldMiB/s is too high; maximum is %lldMiB/s.",
		    (long long)s->throughput, (long long)t->max_throughput);
	if (s->throughput * 4 > s->iops)
		return err_set(&c->err, &ec2_bad_value,
		    "Throughput (MiBps) to iops ratio of %.6f is too high; maximum is 0.250000 "
		    "MiBps per iops.",
		    (double)s->throughput / (double)s->iops);
	return 0;
}

int
volume_spec_check(struct call *c, struct volume_spec *s)
{
	const struct type *t = find(s->type);

	if (t == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter volumeType is invalid. Invalid volume type '%s'",
		    s->type, s->type);
	if (check_size(c, t, s->size) < 0 || check_iops(c, t, s) < 0 ||
	    check_throughput(c, t, s) < 0)
		return -1;
	if (s->multi_attach && !t->multi_attach)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter MultiAttachEnabled is not supported for %s volumes.",
		    t->name);
	if (s->initialization_rate != VOLUME_UNSAID &&
	    (s->initialization_rate < 100 || s->initialization_rate > 300))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter volumeInitializationRate is invalid. The value must "
		    "be between 100 and 300.",
		    (long long)s->initialization_rate);
	if (s->initialization_rate != VOLUME_UNSAID && s->snapshot == NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter volumeInitializationRate can be used with a snapshot only.");
	return 0;
}

void
volume_spec_write(const struct volume_spec *s, json_t *doc)
{
	int64_t iops = s->iops;

	/* EC2 User Guide: a gp2 volume has 3 IOPS for each GiB, 100 at least, 16,000 at most. */
	if (strcmp(s->type, "gp2") == 0)
		iops = s->size * 3 < 100 ? 100 :
		    s->size * 3 > 16000	 ? 16000 :
					   s->size * 3;
	json_set_str(doc, "VolumeType", s->type);
	json_set_int(doc, "Size", s->size);
	json_del(doc, "Iops");
	json_del(doc, "Throughput");
	if (iops != VOLUME_UNSAID)
		json_set_int(doc, "Iops", iops);
	if (s->throughput != VOLUME_UNSAID)
		json_set_int(doc, "Throughput", s->throughput);
}

const char *
volume_device_name(const char *device)
{
	return strncmp(device, "/dev/", 5) == 0 ? device + 5 : device;
}

int
volume_device_check(struct call *c, const char *device)
{
	static const char *const prefixes[] = { "sd", "xvd", "hd", "nvme" };
	const char *name = volume_device_name(device);
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t k = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], k) == 0 && name[k] != '\0' &&
		    name[n] == '\0' && n <= 12)
			return 0;
	}
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%s) for parameter device is invalid. %s is not a valid EBS device name.",
	    device, device);
}
