/*
 * EC2: instance types for computing: c, hpc.
 */
#include "control/services/ec2/compute/instance_family.h"

#include <stddef.h>

static const char sizes_c3[] = "large xlarge 2xlarge 4xlarge 8xlarge";
static const char sizes_c5[] =
    "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge metal";
static const char interfaces_c5[] = "3x10 4x15 4x15 8x30 8x30 8x30 15x50";
static const char network_c5[] = "0.75-10 1.25-10 2.5-10 5-10 12 12 25";
static const char ebs_c5[] =
    "650@4000-4750@20000 1150@6000-4750@20000 2300@10000-4750@20000 4750@20000 9500@40000 9500@40000 19000@80000";
static const char slots_c5[] = "27 27 27 27 27 27 27 27 31";
static const char sizes_c5a[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
static const char network_c5a[] = "0.75-10 1.25-10 2.5-10 5-10 10 12 20";
static const char ebs_c5a[] =
    "200@800-3170@13300 400@1600-3170@13300 800@3200-3170@13300 1580@6600-3170@13300 3170@13300 4750@20000 6300@26700 9500@40000";
static const char network_c6a[] =
    "0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50";
static const char sizes_c6g[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal";
static const char interfaces_c6g[] = "2x4 3x10 4x15 4x15 8x30 8x30 8x30 15x50";
static const char network_c6g[] = "0.5-10 0.75-10 1.25-10 2.5-10 5-10 12 20 25";
static const char ebs_c6g[] =
    "315@2500-4750@20000 630@3600-4750@20000 1188@6000-4750@20000 2375@12000-4750@20000 4750@20000 9500@40000 14250@50000 19000@80000";
static const char slots_c6gd[] = "26 26 26 26 26 26 25 25 31";
static const char disks_c6gd[] = "1x59 1x118 1x237 1x474 1x950 1x1900 2x1425 2x1900";
static const char sizes_c6i[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal";
static const char ebs_c6i[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000";
static const char slots_c6i[] = "27 27 27 27 27 27 27 27 27 31";
static const char network_c7g[] =
    "0.52-12.5 0.937-12.5 1.876-12.5 3.75-15 7.5-15 15 22.5 30";
static const char ebs_c7g[] =
    "315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000";
static const char sizes_c7i_flex[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
static const char sizes_c8a[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl";
static const char network_c8g[] =
    "0.52-12.5 0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 50 40 50";
static const char ebs_c8g[] =
    "315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@240000 30000@120000 40000@240000";
static const char slots_c8g[] = "32 32 32 32 32 32 32 48 64 128 39 79";
static const char interfaces_c8gb[] = "2x4 3x10 4x15 4x15 8x30 10x30 12x30 16x50 24x50";
static const char slots_c8gb[] = "32 32 32 32 32 32 32 48 64 128 39 78";
static const char sizes_c8i[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge metal-48xl metal-96xl";
static const char interfaces_c8i[] = "3x20 4x30 4x30 8x50 10x50 12x50 16x64 16x64 24x64";
static const char network_c8i[] =
    "0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 50 75 100 75 100";
static const char ebs_c8i[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 60000@240000 80000@480000 60000@240000 80000@480000";
static const char slots_c8i[] = "32 32 32 32 32 32 48 64 88 128 128 64 79";
static const char interfaces_c8ib[] =
    "4x20 4x30 4x30 8x50 8x50 12x50 16x64 16x64 16x64 24x64";
static const char slots_c8ib[] = "32 32 32 32 32 32 48 64 88 128 128 64 78";
static const char cards_c8ib[] = "1 1 1 1 1 1 1 1 1 1 2 1 2";
static const char sizes_c9g[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-48xl";
static const char interfaces_c9g[] = "2x20 3x20 4x30 4x30 8x50 10x50 12x50 16x64 24x64";
static const char network_c9g[] = "0.55-15 1-15 2.1-15 4.25-17 8.5-17 17 25 34 50 100";
static const char ebs_c9g[] =
    "380@2500-12000@48000 760@3600-12000@48000 1500@6000-12000@48000 3000@12000-12000@48000 6000@24000-12000@48000 12000@48000 18000@72000 24000@96000 36000@144000 72000@288000";
static const char slots_c9g[] = "32 32 32 32 32 32 32 48 64 128 79";

const struct instance_family instance_families_c[] = {
	{ .name = "c1",
	    .sizes = "medium xlarge",
	    PROCESSOR(CPU_INTEL, 0),
	    .features = IT_SPOT | IT_PARAVIRTUAL | IT_STORE_ROOT | IT_NO_IPV6 | IT_XEN |
		IT_I386 | IT_ONE_THREAD | IT_HDD,
	    SIZED(0, 0, 0, 0),
	    .vcpus = "2 8",
	    .memory = "1740 7168",
	    .interfaces = "2x6 4x15",
	    .network = "moderate high",
	    .ebs = "- 1000@8000",
	    .slots = "39",
	    .disks = "1x350 4x420" },
	{ .name = "c3",
	    .sizes = sizes_c3,
	    PROCESSOR(CPU_INTEL, 2800),
	    .mib_per_vcpu = 1920,
	    .features = IT_RECOVERS | IT_CLUSTER | IT_SPOT | IT_PARAVIRTUAL |
		IT_STORE_ROOT | IT_XEN | IT_I386,
	    SIZED(0, 0, 2, 61440),
	    .interfaces = "3x10 4x15 4x15 8x30",
	    .network = "moderate moderate high high 10",
	    .ebs = "- 500@4000 1000@8000 2000@16000 -",
	    .slots = "39",
	    .disks = "2x16 2x40 2x80 2x160 2x320" },
	{ .name = "c4",
	    .sizes = sizes_c3,
	    PROCESSOR(CPU_INTEL, 2900),
	    .features = IT_ROBUST | IT_CLUSTER | IT_SPOT | IT_XEN,
	    SIZED(0, 0, 2, 61440),
	    .vcpus = "2 4 8 16 36",
	    .memory = "3840 7680 15360 30720 61440",
	    .interfaces = "3x10 4x15 4x15 8x30",
	    .network = "moderate high high high 10",
	    .ebs = "500@4000 750@6000 1000@8000 2000@16000 4000@32000",
	    .slots = "40" },
	{ .name = "c5",
	    .sizes = sizes_c5,
	    PROCESSOR(CPU_INTEL, 3400),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 147456),
	    .interfaces = interfaces_c5,
	    .network = network_c5,
	    .ebs = ebs_c5,
	    .slots = slots_c5 },
	{ .name = "c5a",
	    .sizes = sizes_c5a,
	    PROCESSOR(CPU_AMD, 3300),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 0),
	    .interfaces = interfaces_c5,
	    .network = network_c5a,
	    .ebs = ebs_c5a,
	    .slots = "27" },
	{ .name = "c5ad",
	    .sizes = sizes_c5a,
	    PROCESSOR(CPU_AMD, 3300),
	    .mib_per_vcpu = 2048,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 0),
	    .interfaces = interfaces_c5,
	    .network = network_c5a,
	    .ebs = ebs_c5a,
	    .slots = "26 26 26 25",
	    .disks = "1x75 1x150 1x300 2x300 2x600 2x900 2x1200 2x1900" },
	{ .name = "c5d",
	    .sizes = sizes_c5,
	    PROCESSOR(CPU_INTEL, 3400),
	    .mib_per_vcpu = 2048,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 147456),
	    .interfaces = interfaces_c5,
	    .network = network_c5,
	    .ebs = ebs_c5,
	    .slots = "26 26 26 26 26 25 25 23 31",
	    .disks = "1x50 1x100 1x200 1x400 1x900 2x900 2x900 4x900" },
	{ .name = "c5n",
	    .sizes = "large xlarge 2xlarge 4xlarge 9xlarge 18xlarge metal",
	    PROCESSOR(CPU_INTEL, 3400),
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(36, 4, 2, 0),
	    .memory = "5376 10752 21504 43008 98304 196608",
	    .interfaces = "3x10 4x15 4x15 8x30 8x30 15x50",
	    .network = "3-25 5-25 10-25 15-25 50 100",
	    .ebs =
		"650@4000-4750@20000 1150@6000-4750@20000 2300@10000-4750@20000 4750@20000 9500@40000 19000@80000",
	    .slots = "27 27 27 27 27 27 31" },
	{ .name = "c6a",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal",
	    PROCESSOR(CPU_AMD, 3600),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_c5,
	    .network = network_c6a,
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 40000@240000",
	    .slots = "27 27 27 27 27 27 27 27 27 27 31" },
	{ .name = "c6g",
	    .sizes = sizes_c6g,
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(0, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = network_c6g,
	    .ebs = ebs_c6g,
	    .slots = slots_c5 },
	{ .name = "c6gd",
	    .sizes = sizes_c6g,
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 2048,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(0, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = network_c6g,
	    .ebs = ebs_c6g,
	    .slots = slots_c6gd,
	    .disks = disks_c6gd },
	{ .name = "c6gn",
	    .sizes = "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_ENCRYPTS | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = "1.6-16 3-25 6.3-25 12.5-25 25 50 75 100",
	    .ebs =
		"760@2500-9500@40000 1235@5000-9500@40000 2375@10000-9500@40000 4750@20000-9500@40000 9500@40000 19000@80000 28500@120000 38000@160000",
	    .slots = "27" },
	{ .name = "c6i",
	    .sizes = sizes_c6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_c5,
	    .network = network_c6a,
	    .ebs = ebs_c6i,
	    .slots = slots_c6i },
	{ .name = "c6id",
	    .sizes = sizes_c6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 2048,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_c5,
	    .network = network_c6a,
	    .ebs = ebs_c6i,
	    .slots = "26 26 26 26 26 25 25 23 23 31",
	    .disks = "1x118 1x237 1x474 1x950 1x1900 2x1425 2x1900 4x1425 4x1900" },
	{ .name = "c6in",
	    .sizes = sizes_c6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = "3x10 4x15 4x15 8x30 8x30 8x30 15x50 15x50 16x50",
	    .network = "3.125-25 6.25-30 12.5-40 25-50 50 75 100 150 200",
	    .ebs =
		"1562@6250-25000@100000 3125@12500-25000@100000 6250@25000-25000@100000 12500@50000-25000@100000 25000@100000 37500@150000 50000@200000 75000@300000 100000@400000",
	    .slots = slots_c6i,
	    .cards = "1 1 1 1 1 1 1 1 2" },
	{ .name = "c7a",
	    .sizes =
		"medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal-48xl",
	    PROCESSOR(CPU_AMD, 3700),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_BOTH_BOOTS |
		IT_ONE_THREAD,
	    SIZED(192, 4, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network =
		"0.39-12.5 0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50",
	    .ebs =
		"325@2500-10000@40000 650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 40000@240000",
	    .slots = "32 32 32 32 32 32 32 48 64 88 128 79" },
	{ .name = "c7g",
	    .sizes = sizes_c6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = network_c7g,
	    .ebs = ebs_c7g,
	    .slots = slots_c5 },
	{ .name = "c7gd",
	    .sizes = sizes_c6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 2048,
	    .features = IT_NITRO | IT_CLOCK | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = network_c7g,
	    .ebs = ebs_c7g,
	    .slots = slots_c6gd,
	    .disks = disks_c6gd },
	{ .name = "c7gn",
	    .sizes = sizes_c6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_ONE_THREAD,
	    SIZED(64, 0, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = "3.125-25 6.25-30 12.5-40 25-50 50 100 150 200",
	    .ebs =
		"521@2083-10000@40000 1042@4167-10000@40000 2083@8333-10000@40000 4167@16667-10000@40000 8333@33333-10000@40000 16667@66667-20000@80000 25000@100000-30000@120000 33333@133333-40000@160000",
	    .slots = slots_c5 },
	{ .name = "c7i",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl",
	    PROCESSOR(CPU_INTEL, 3200),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_c5,
	    .network =
		"0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50 37.5 50",
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@240000 30000@120000 40000@240000",
	    .slots = "32 32 32 32 32 32 48 64 128 39 79" },
	{ .name = "c7i-flex",
	    .sizes = sizes_c7i_flex,
	    PROCESSOR(CPU_INTEL, 3200),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLOCK | IT_TPM |
		IT_SPOT | IT_OWN_SLOTS | IT_BOTH_BOOTS,
	    SIZED(0, 0, 0, 131072),
	    .interfaces = interfaces_c5,
	    .network =
		"0.39-12.5 0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 9.375-18.75 12.5-25",
	    .ebs =
		"312@2500-10000@40000 625@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 7500@30000-15000@60000 10000@40000-20000@80000",
	    .slots = "32 32 32 32 32 32 48" },
	{ .name = "c8a",
	    .sizes = sizes_c8a,
	    PROCESSOR(CPU_AMD, 4500),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_BOTH_BOOTS | IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces =
		"2x4 3x20 4x20 4x40 8x40 10x40 12x64 16x64 16x64 24x64 16x64 24x64",
	    .network =
		"0.52-12.5 0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 75 40 75",
	    .ebs =
		"325@2500-10000@40000 650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 60000@240000 30000@120000 60000@240000",
	    .slots = "32 32 32 32 32 32 32 48 64 128 64 79" },
	{ .name = "c8g",
	    .sizes = sizes_c8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = network_c8g,
	    .ebs = ebs_c8g,
	    .slots = slots_c8g },
	{ .name = "c8gb",
	    .sizes = sizes_c8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_c8gb,
	    .network =
		"2.083-16.66 4.166-20 8.333-26.66 16.666-33.33 33.33 66.66 100 133.33 200 400 200 400",
	    .ebs =
		"1562@7500-25000@120000 3125@15000-25000@120000 6250@30000-25000@120000 12500@60000-25000@120000 25000@120000 50000@240000 75000@360000 100000@480000 150000@720000 300000@1440000 150000@720000 300000@1440000",
	    .slots = slots_c8gb,
	    .cards = "1 1 1 1 1 1 1 1 1 2 1 2" },
	{ .name = "c8gd",
	    .sizes = sizes_c8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 2048,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 131072),
	    .interfaces = interfaces_c6g,
	    .network = network_c8g,
	    .ebs = ebs_c8g,
	    .slots = slots_c8g,
	    .disks =
		"1x59 1x118 1x237 1x474 1x950 1x1900 3x950 2x1900 3x1900 6x1900 3x1900 6x1900" },
	{ .name = "c8gn",
	    .sizes = sizes_c8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_c8gb,
	    .network = "3.125-25 6.25-30 12.5-40 25-50 50 100 150 200 300 600 300 600",
	    .ebs =
		"760@2500-10000@40000 1250@5000-10000@40000 2500@10000-10000@40000 5000@20000-10000@40000 10000@40000 20000@80000 30000@120000 40000@160000 60000@240000 120000@480000 60000@240000 120000@480000",
	    .slots = slots_c8gb,
	    .cards = "1 1 1 1 1 1 1 1 1 2 1 2" },
	{ .name = "c8i",
	    .sizes = sizes_c8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_c8i,
	    .network = network_c8i,
	    .ebs = ebs_c8i,
	    .slots = slots_c8i },
	{ .name = "c8i-flex",
	    .sizes = sizes_c7i_flex,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLOCK | IT_TPM |
		IT_SPOT | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(0, 0, 0, 131072),
	    .interfaces = "3x20 4x30 4x30 8x50 10x50 12x50 16x64",
	    .network = "0.468-12.5 0.937-12.5 1.875-15 3.75-15 7.5-15 11.25-22.5 15-30",
	    .ebs =
		"315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 7500@30000-15000@60000 10000@40000-20000@80000",
	    .slots = "32 32 32 32 32 32 48" },
	{ .name = "c8ib",
	    .sizes = sizes_c8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_c8ib,
	    .network =
		"2.083-16.66 4.166-20 8.333-26.66 16.666-33.33 33.33 50 66.66 100 133.33 200 400 200 400",
	    .ebs =
		"1563@7500-25000@120000 3125@15000-25000@120000 6250@30000-25000@120000 12500@60000-25000@120000 25000@120000 37500@180000 50000@240000 75000@360000 100000@480000 150000@720000 300000@1440000 150000@720000 300000@1440000",
	    .slots = slots_c8ib,
	    .cards = cards_c8ib },
	{ .name = "c8id",
	    .sizes = sizes_c8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 2048,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 0),
	    .interfaces = interfaces_c8i,
	    .network = network_c8i,
	    .ebs = ebs_c8i,
	    .slots = slots_c8i,
	    .disks =
		"1x118 1x237 1x474 1x950 1x1900 1x2850 1x3800 2x2850 2x3800 3x3800 6x3800 3x3800 6x3800" },
	{ .name = "c8in",
	    .sizes = sizes_c8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_c8ib,
	    .network = "3.125-25 6.25-30 12.5-40 25-50 50 75 100 150 200 300 600 300 600",
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 60000@240000 120000@480000 60000@240000 120000@480000",
	    .slots = slots_c8ib,
	    .cards = cards_c8ib },
	{ .name = "c8ine",
	    .sizes = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge",
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 2048,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 0),
	    .interfaces = "4x20 4x30 4x30 8x50 8x50 12x50",
	    .network = "3.125 6.25 12.5 25 50 75",
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000",
	    .slots = "32" },
	{ .name = "c9g",
	    .sizes = sizes_c9g,
	    PROCESSOR(CPU_GRAVITON, 3300),
	    .mib_per_vcpu = 2048,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces = interfaces_c9g,
	    .network = network_c9g,
	    .ebs = ebs_c9g,
	    .slots = slots_c9g },
	{ .name = "c9gd",
	    .sizes = sizes_c9g,
	    PROCESSOR(CPU_GRAVITON, 3300),
	    .mib_per_vcpu = 2048,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces = interfaces_c9g,
	    .network = network_c9g,
	    .ebs = ebs_c9g,
	    .slots = slots_c9g,
	    .disks = "1x59 1x118 1x237 1x474 1x950 1x1900 3x950 1x3800 3x1900 3x3800" },
	{ .name = "hpc6a",
	    .sizes = "48xlarge",
	    PROCESSOR(CPU_AMD, 3600),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_TPM | IT_CLUSTER |
		IT_BOTH_BOOTS | IT_ONE_THREAD,
	    SIZED(96, 0, 0, 0),
	    .vcpus = "96",
	    .interfaces = "2x50",
	    .network = "100",
	    .ebs = "87@500-2085@11000",
	    .slots = "27" },
	{ .name = "hpc6id",
	    .sizes = "32xlarge",
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 16384,
	    .features = IT_CURRENT | IT_ENCRYPTS | IT_TPM | IT_CLUSTER | IT_BOTH_BOOTS |
		IT_ONE_THREAD,
	    SIZED(64, 0, 0, 0),
	    .vcpus = "64",
	    .interfaces = "2x50",
	    .network = "200",
	    .ebs = "87@500-2085@11000",
	    .slots = "23",
	    .disks = "4x3800",
	    .cards = "2" },
	{ .name = "hpc7a",
	    .sizes = "12xlarge 24xlarge 48xlarge 96xlarge",
	    PROCESSOR(CPU_AMD, 3700),
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLOCK | IT_CLUSTER |
		IT_OWN_SLOTS | IT_BOTH_BOOTS | IT_ONE_THREAD,
	    SIZED(24, 0, 0, 0),
	    .vcpus = "24 48 96 192",
	    .memory = "786432",
	    .interfaces = "4x50",
	    .network = "300",
	    .ebs = "87@500-2085@11000",
	    .slots = "27",
	    .cards = "2" },
	{ .name = "hpc7g",
	    .sizes = "4xlarge 8xlarge 16xlarge",
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLUSTER | IT_ONE_THREAD,
	    SIZED(16, 0, 0, 0),
	    .memory = "131072",
	    .interfaces = "4x50",
	    .network = "200",
	    .ebs = "87@500-2085@11000",
	    .slots = "27" },
	{ .name = "hpc8a",
	    .sizes = "96xlarge",
	    PROCESSOR(CPU_AMD, 4500),
	    .mib_per_vcpu = 4096,
	    .features = IT_CURRENT | IT_RECOVERS | IT_ENCRYPTS | IT_TPM | IT_CLUSTER |
		IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS | IT_ONE_THREAD,
	    SIZED(192, 0, 0, 0),
	    .vcpus = "192",
	    .interfaces = "4x50",
	    .network = "300",
	    .ebs = "87@500-2085@11000",
	    .slots = "27",
	    .cards = "2" },
	{ .name = NULL },
};
