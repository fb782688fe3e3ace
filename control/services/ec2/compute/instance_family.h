/*
 * EC2: the catalogue of instance types, a row a family.
 *
 * What its sizes differ in stands in columns: texts with a word a size, in the order of
 * `sizes`; when a column has fewer words, the last one goes for the rest.  vCPUs follow
 * from the name of a size and memory from the vCPUs, where no column says otherwise.
 *
 *	interfaces	"4x15"		interfaces, IPv4 addresses on each
 *	network		"25", "4x100"	gigabits; "0.75-10": up to 10, of which 0.75 always; or "high"
 *	ebs		"650@3600-4750@18750"	Mbps@IOPS always - at most; "-": not optimized
 *	disks		"2x900"		disks of so many GB; "1x80+1x40"; "-": none
 *	devices		"4", "1/8"	accelerators, or a part of one
 *
 * The numbers are facts that DescribeInstanceTypes has shown; regions differ a little.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_FAMILY_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_FAMILY_H

enum instance_processor { CPU_INTEL, CPU_AMD, CPU_GRAVITON, CPU_APPLE };

enum instance_feature {
	IT_CURRENT = 1 << 0,	  /* of the current generation */
	IT_SPOT = 1 << 1,	  /* may be a spot instance */
	IT_CLUSTER = 1 << 2,	  /* may be in a cluster placement group */
	IT_ENCRYPTS = 1 << 3,	  /* what it sends to others of its kind */
	IT_TPM = 1 << 4,	  /* NitroTPM 2.0 */
	IT_RECOVERS = 1 << 5,	  /* is recovered by itself */
	IT_MIGRATES = 1 << 6,	  /* on reboot */
	IT_BOTH_BOOTS = 1 << 7,	  /* UEFI and BIOS */
	IT_CLOCK = 1 << 8,	  /* a PTP hardware clock */
	IT_OWN_SLOTS = 1 << 9,	  /* volumes and interfaces do not share a limit */
	IT_SHORT_TCP = 1 << 10,	  /* idle connections are forgotten after 350 s */
	IT_BURSTABLE = 1 << 11,	  /* CPU credits */
	IT_XEN = 1 << 12,	  /* or else Nitro */
	IT_ENA = 1 << 13,	  /* of Xen: has an ENA all the same */
	IT_NO_IPV6 = 1 << 14,	  /* */
	IT_I386 = 1 << 15,	  /* runs 32 bits too */
	IT_PARAVIRTUAL = 1 << 16, /* runs PV images too */
	IT_STORE_ROOT = 1 << 17,  /* may have its root on instance storage */
	IT_BLOCKS = 1 << 18,	  /* sold as capacity blocks too */
	IT_ONE_THREAD = 1 << 19,  /* a core */
	IT_HDD = 1 << 20,	  /* its disks */
	/* What most have that are built on Nitro. */
	IT_NITRO = IT_CURRENT | IT_SPOT | IT_CLUSTER | IT_ENCRYPTS | IT_TPM,
	IT_ROBUST = IT_RECOVERS | IT_MIGRATES,
};

enum instance_device {
	DEVICE_NONE,
	DEVICE_GPU,
	DEVICE_INFERENCE, /* Inferentia: shown as a Neuron device too, if it has cores */
	DEVICE_NEURON,
	DEVICE_FPGA,
	DEVICE_MEDIA,
};

struct instance_family {
	const char *name, *sizes;
	enum instance_processor processor;
	unsigned mhz;
	unsigned mib_per_vcpu; /* 0: see memory */
	unsigned features;     /* of enum instance_feature */
	unsigned efa_from;     /* vCPUs; 0: none has an EFA */
	unsigned enclaves_from, hosts_from;
	unsigned hibernates_to;	    /* MiB of memory */
	const char *vcpus, *memory; /* columns, or NULL: by rule */
	const char *interfaces, *network, *ebs;
	const char *slots; /* for volumes; a column */
	const char *disks; /* NULL: none */
	const char *cards; /* NULL: one network card */

	enum instance_device device;
	const char *device_name, *device_maker, *devices;
	unsigned device_mib;
	unsigned neuron_cores, neuron_version; /* of each */
	int is_for_graphics;
};

/* Members that go together, in a row. */
#define PROCESSOR(processor_, mhz_) .processor = processor_, .mhz = mhz_
#define SIZED(efa_from_, enclaves_from_, hosts_from_, hibernates_to_) \
	.efa_from = efa_from_, .enclaves_from = enclaves_from_,       \
	.hosts_from = hosts_from_, .hibernates_to = hibernates_to_
#define DEVICE(kind_, name_, maker_, mib_, devices_)                   \
	.device = kind_, .device_name = name_, .device_maker = maker_, \
	.device_mib = mib_, .devices = devices_

/* Each ends with a NULL name. */
extern const struct instance_family instance_families_t[], instance_families_m[],
    instance_families_c[], instance_families_r[], instance_families_x[],
    instance_families_storage[], instance_families_accelerated[];

#endif
