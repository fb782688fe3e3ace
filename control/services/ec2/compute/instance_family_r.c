/*
 * EC2: instance types with much memory: r.
 */
#include "control/services/ec2/compute/instance_family.h"

#include <stddef.h>

static const char sizes_r5[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal";
static const char interfaces_r5[] = "3x10 4x15 4x15 8x30 8x30 8x30 15x50";
static const char network_r5[] = "0.75-10 1.25-10 2.5-10 5-10 10 12 20 25";
static const char ebs_r5[] =
    "650@3600-4750@18750 1150@6000-4750@18750 2300@12000-4750@18750 4750@18750 6800@30000 9500@40000 13600@60000 19000@80000";
static const char slots_r5[] = "27 27 27 27 27 27 27 27 31";
static const char sizes_r5a[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
static const char network_r5a[] = "0.75-10 1.25-10 2.5-10 5-10 7.5-10 10 12 20";
static const char ebs_r5a[] =
    "650@3600-2880@16000 1085@6000-2880@16000 1580@8333-2880@16000 2880@16000 4750@20000 6780@30000 9500@40000 13570@60000";
static const char disks_r5ad[] = "1x75 1x150 1x300 2x300 2x600 2x900 4x600 4x900";
static const char slots_r5d[] = "26 26 26 25 25 25 23 23 31";
static const char network_r5dn[] = "2.1-25 4.1-25 8.125-25 16.25-25 25 50 75 100";
static const char network_r6a[] =
    "0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50";
static const char sizes_r6g[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal";
static const char interfaces_r6g[] = "2x4 3x10 4x15 4x15 8x30 8x30 8x30 15x50";
static const char network_r6g[] = "0.5-10 0.75-10 1.25-10 2.5-10 5-10 12 20 25";
static const char ebs_r6g[] =
    "315@2500-4750@20000 630@3600-4750@20000 1188@6000-4750@20000 2375@12000-4750@20000 4750@20000 9500@40000 14250@50000 19000@80000";
static const char slots_r6gd[] = "26 26 26 26 26 26 25 25 31";
static const char disks_r6gd[] = "1x59 1x118 1x237 1x474 1x950 1x1900 2x1425 2x1900";
static const char sizes_r6i[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal";
static const char ebs_r6i[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000";
static const char slots_r6i[] = "27 27 27 27 27 27 27 27 27 31";
static const char slots_r6id[] = "26 26 26 26 26 25 25 23 23 31";
static const char disks_r6id[] =
    "1x118 1x237 1x474 1x950 1x1900 2x1425 2x1900 4x1425 4x1900";
static const char interfaces_r6idn[] = "3x10 4x15 4x15 8x30 8x30 8x30 15x50 15x50 16x50";
static const char network_r6idn[] = "3.125-25 6.25-30 12.5-40 25-50 50 75 100 150 200";
static const char ebs_r6idn[] =
    "1562@6250-25000@100000 3125@12500-25000@100000 6250@25000-25000@100000 12500@50000-25000@100000 25000@100000 37500@150000 50000@200000 75000@300000 100000@400000";
static const char network_r7g[] =
    "0.52-12.5 0.937-12.5 1.876-12.5 3.75-15 7.5-15 15 22.5 30";
static const char ebs_r7g[] =
    "315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000";
static const char sizes_r8a[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl";
static const char network_r8g[] =
    "0.52-12.5 0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 50 40 50";
static const char ebs_r8g[] =
    "315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@240000 30000@120000 40000@240000";
static const char slots_r8g[] = "32 32 32 32 32 32 32 48 64 128 39 79";
static const char interfaces_r8gb[] = "2x4 3x10 4x15 4x15 8x30 10x30 12x30 16x50 24x50";
static const char slots_r8gb[] = "32 32 32 32 32 32 32 48 64 128 39 78";
static const char sizes_r8i[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge metal-48xl metal-96xl";
static const char interfaces_r8i[] = "3x20 4x30 4x30 8x50 10x50 12x50 16x64 16x64 24x64";
static const char network_r8i[] =
    "0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 50 75 100 75 100";
static const char ebs_r8i[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 60000@240000 80000@480000 60000@240000 80000@480000";
static const char slots_r8i[] = "32 32 32 32 32 32 48 64 88 128 128 64 79";
static const char interfaces_r8ib[] =
    "4x20 4x30 4x30 8x50 8x50 12x50 16x64 16x64 16x64 24x64";
static const char network_r8ib[] =
    "2.083-16.66 4.166-20 8.333-26.66 16.666-33.33 33.33 50 66.66 100 133.33 200 400 200 400";
static const char ebs_r8ib[] =
    "1563@7500-25000@120000 3125@15000-25000@120000 6250@30000-25000@120000 12500@60000-25000@120000 25000@120000 37500@180000 50000@240000 75000@360000 100000@480000 150000@720000 300000@1440000 150000@720000 300000@1440000";
static const char slots_r8ib[] = "32 32 32 32 32 32 48 64 88 128 128 64 78";
static const char cards_r8ib[] = "1 1 1 1 1 1 1 1 1 1 2 1 2";
static const char disks_r8id[] =
    "1x118 1x237 1x474 1x950 1x1900 1x2850 1x3800 2x2850 2x3800 3x3800 6x3800 3x3800 6x3800";
static const char network_r8idn[] =
    "3.125-25 6.25-30 12.5-40 25-50 50 75 100 150 200 300 600 300 600";
static const char ebs_r8idn[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 60000@240000 120000@480000 60000@240000 120000@480000";
static const char sizes_r9g[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-48xl";
static const char interfaces_r9g[] = "2x20 3x20 4x30 4x30 8x50 10x50 12x50 16x64 24x64";
static const char network_r9g[] = "0.55-15 1-15 2.1-15 4.25-17 8.5-17 17 25 34 50 100";
static const char ebs_r9g[] =
    "380@2500-12000@48000 760@3600-12000@48000 1500@6000-12000@48000 3000@12000-12000@48000 6000@24000-12000@48000 12000@48000 18000@72000 24000@96000 36000@144000 72000@288000";
static const char slots_r9g[] = "32 32 32 32 32 32 32 48 64 128 79";

const struct instance_family instance_families_r[] = {
	{ .name = "r3",
	    .sizes = "large xlarge 2xlarge 4xlarge 8xlarge",
	    PROCESSOR(CPU_INTEL, 2500),
	    .features = IT_RECOVERS | IT_CLUSTER | IT_SPOT | IT_STORE_ROOT | IT_XEN,
	    SIZED(0, 0, 2, 124928),
	    .memory = "15360 31232 62464 124928 249856",
	    .interfaces = "3x10 4x15 4x15 8x30",
	    .network = "moderate moderate high high 10",
	    .ebs = "- 500@4000 1000@8000 2000@16000 -",
	    .slots = "39",
	    .disks = "1x32 1x80 1x160 1x320 2x320" },
	{ .name = "r4",
	    .sizes = "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge",
	    PROCESSOR(CPU_INTEL, 2300),
	    .mib_per_vcpu = 7808,
	    .features = IT_ROBUST | IT_CLUSTER | IT_SPOT | IT_XEN | IT_ENA,
	    SIZED(0, 0, 2, 124928),
	    .interfaces = "3x10 4x15 4x15 8x30 8x30 15x50",
	    .network = "0.75-10 1.25-10 2.5-10 5-10 10 25",
	    .ebs = "425@3000 850@6000 1700@12000 3500@18750 7000@37500 14000@75000",
	    .slots = "40" },
	{ .name = "r5",
	    .sizes = sizes_r5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 131072),
	    .interfaces = interfaces_r5,
	    .network = network_r5,
	    .ebs = ebs_r5,
	    .slots = slots_r5 },
	{ .name = "r5a",
	    .sizes = sizes_r5a,
	    PROCESSOR(CPU_AMD, 2500),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 131072),
	    .interfaces = interfaces_r5,
	    .network = network_r5a,
	    .ebs = ebs_r5a,
	    .slots = "27" },
	{ .name = "r5ad",
	    .sizes = sizes_r5a,
	    PROCESSOR(CPU_AMD, 2200),
	    .mib_per_vcpu = 8192,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 131072),
	    .interfaces = interfaces_r5,
	    .network = network_r5a,
	    .ebs = ebs_r5a,
	    .slots = "26 26 26 25 25 25 23",
	    .disks = disks_r5ad },
	{ .name = "r5b",
	    .sizes = sizes_r5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 0),
	    .interfaces = interfaces_r5,
	    .network = network_r5,
	    .ebs =
		"1250@5417-10000@43333 2500@10833-10000@43333 5000@21667-10000@43333 10000@43333 20000@86667 30000@130000 40000@173333 60000@260000",
	    .slots = slots_r5 },
	{ .name = "r5d",
	    .sizes = sizes_r5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 8192,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 131072),
	    .interfaces = interfaces_r5,
	    .network = network_r5,
	    .ebs = ebs_r5,
	    .slots = slots_r5d,
	    .disks = disks_r5ad },
	{ .name = "r5dn",
	    .sizes = sizes_r5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(96, 4, 2, 0),
	    .interfaces = interfaces_r5,
	    .network = network_r5dn,
	    .ebs = ebs_r5,
	    .slots = slots_r5d,
	    .disks = disks_r5ad },
	{ .name = "r5n",
	    .sizes = sizes_r5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(96, 4, 2, 0),
	    .interfaces = interfaces_r5,
	    .network = network_r5dn,
	    .ebs = ebs_r5,
	    .slots = slots_r5 },
	{ .name = "r6a",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal",
	    PROCESSOR(CPU_AMD, 3600),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r5,
	    .network = network_r6a,
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 40000@240000",
	    .slots = "27 27 27 27 27 27 27 27 27 27 31" },
	{ .name = "r6g",
	    .sizes = sizes_r6g,
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(0, 2, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network = network_r6g,
	    .ebs = ebs_r6g,
	    .slots = slots_r5 },
	{ .name = "r6gd",
	    .sizes = sizes_r6g,
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 8192,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(0, 2, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network = network_r6g,
	    .ebs = ebs_r6g,
	    .slots = slots_r6gd,
	    .disks = disks_r6gd },
	{ .name = "r6i",
	    .sizes = sizes_r6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_ENCRYPTS | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 0),
	    .interfaces = interfaces_r5,
	    .network = network_r6a,
	    .ebs = ebs_r6i,
	    .slots = slots_r6i },
	{ .name = "r6id",
	    .sizes = sizes_r6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 0),
	    .interfaces = interfaces_r5,
	    .network = network_r6a,
	    .ebs = ebs_r6i,
	    .slots = slots_r6id,
	    .disks = disks_r6id },
	{ .name = "r6idn",
	    .sizes = sizes_r6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_r6idn,
	    .network = network_r6idn,
	    .ebs = ebs_r6idn,
	    .slots = slots_r6id,
	    .disks = disks_r6id,
	    .cards = "1 1 1 1 1 1 1 1 2" },
	{ .name = "r6in",
	    .sizes = sizes_r6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_r6idn,
	    .network = network_r6idn,
	    .ebs = ebs_r6idn,
	    .slots = slots_r6i,
	    .cards = "1 1 1 1 1 1 1 1 2" },
	{ .name = "r7a",
	    .sizes =
		"medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal-48xl",
	    PROCESSOR(CPU_AMD, 3700),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_BOTH_BOOTS |
		IT_ONE_THREAD,
	    SIZED(192, 4, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network =
		"0.39-12.5 0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50",
	    .ebs =
		"325@2500-10000@40000 650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 40000@240000",
	    .slots = "32 32 32 32 32 32 32 48 64 88 128 79" },
	{ .name = "r7g",
	    .sizes = sizes_r6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_ENCRYPTS | IT_CLOCK | IT_TPM | IT_CLUSTER |
		IT_SPOT | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network = network_r7g,
	    .ebs = ebs_r7g,
	    .slots = slots_r5 },
	{ .name = "r7gd",
	    .sizes = sizes_r6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ENCRYPTS | IT_CLOCK | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network = network_r7g,
	    .ebs = ebs_r7g,
	    .slots = slots_r6gd,
	    .disks = disks_r6gd },
	{ .name = "r7i",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl",
	    PROCESSOR(CPU_INTEL, 3200),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r5,
	    .network =
		"0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50 37.5 50",
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@240000 30000@120000 40000@240000",
	    .slots = "32 32 32 32 32 32 48 64 128 39 79" },
	{ .name = "r7iz",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 32xlarge metal-16xl metal-32xl",
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_r5,
	    .network = "0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 25 25 50 25 50",
	    .ebs =
		"792@3600-10000@40000 1584@6667-10000@40000 3168@13333-10000@40000 5000@20000-10000@40000 10000@40000 19000@76000 20000@80000 40000@160000 20000@80000 40000@160000",
	    .slots = "32 32 32 32 32 32 48 88 39 79" },
	{ .name = "r8a",
	    .sizes = sizes_r8a,
	    PROCESSOR(CPU_AMD, 4500),
	    .mib_per_vcpu = 8192,
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
	{ .name = "r8g",
	    .sizes = sizes_r8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network = network_r8g,
	    .ebs = ebs_r8g,
	    .slots = slots_r8g },
	{ .name = "r8gb",
	    .sizes = sizes_r8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_r8gb,
	    .network =
		"2.083-16.66 4.166-20 8.333-26.66 16.666-33.33 33.33 66.66 100 133.33 200 400 200 400",
	    .ebs =
		"1562@7500-25000@120000 3125@15000-25000@120000 6250@30000-25000@120000 12500@60000-25000@120000 25000@120000 50000@240000 75000@360000 100000@480000 150000@720000 300000@1440000 150000@720000 300000@1440000",
	    .slots = slots_r8gb,
	    .cards = "1 1 1 1 1 1 1 1 1 2 1 2" },
	{ .name = "r8gd",
	    .sizes = sizes_r8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 131072),
	    .interfaces = interfaces_r6g,
	    .network = network_r8g,
	    .ebs = ebs_r8g,
	    .slots = slots_r8g,
	    .disks =
		"1x59 1x118 1x237 1x474 1x950 1x1900 3x950 2x1900 3x1900 6x1900 3x1900 6x1900" },
	{ .name = "r8gn",
	    .sizes = sizes_r8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_r8gb,
	    .network = "3.125-25 6.25-30 12.5-40 25-50 50 100 150 200 300 600 300 600",
	    .ebs =
		"760@2500-10000@40000 1250@5000-10000@40000 2500@10000-10000@40000 5000@20000-10000@40000 10000@40000 20000@80000 30000@120000 40000@160000 60000@240000 120000@480000 60000@240000 120000@480000",
	    .slots = slots_r8gb,
	    .cards = "1 1 1 1 1 1 1 1 1 2 1 2" },
	{ .name = "r8i",
	    .sizes = sizes_r8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r8i,
	    .network = network_r8i,
	    .ebs = ebs_r8i,
	    .slots = slots_r8i },
	{ .name = "r8i-flex",
	    .sizes = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLOCK | IT_TPM |
		IT_SPOT | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(0, 0, 0, 131072),
	    .interfaces = "3x20 4x30 4x30 8x50 10x50 12x50 16x64",
	    .network = "0.468-12.5 0.937-12.5 1.875-15 3.75-15 7.5-15 11.25-22.5 15-30",
	    .ebs =
		"315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 7500@30000-15000@60000 10000@40000-20000@80000",
	    .slots = "32 32 32 32 32 32 48" },
	{ .name = "r8ib",
	    .sizes = sizes_r8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r8ib,
	    .network = network_r8ib,
	    .ebs = ebs_r8ib,
	    .slots = slots_r8ib,
	    .cards = cards_r8ib },
	{ .name = "r8id",
	    .sizes = sizes_r8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 0),
	    .interfaces = interfaces_r8i,
	    .network = network_r8i,
	    .ebs = ebs_r8i,
	    .slots = slots_r8i,
	    .disks = disks_r8id },
	{ .name = "r8idb",
	    .sizes = sizes_r8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r8ib,
	    .network = network_r8ib,
	    .ebs = ebs_r8ib,
	    .slots = slots_r8ib,
	    .disks = disks_r8id,
	    .cards = cards_r8ib },
	{ .name = "r8idn",
	    .sizes = sizes_r8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r8ib,
	    .network = network_r8idn,
	    .ebs = ebs_r8idn,
	    .slots = slots_r8ib,
	    .disks = disks_r8id,
	    .cards = cards_r8ib },
	{ .name = "r8in",
	    .sizes = sizes_r8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 8192,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_r8ib,
	    .network = network_r8idn,
	    .ebs = ebs_r8idn,
	    .slots = slots_r8ib,
	    .cards = cards_r8ib },
	{ .name = "r9g",
	    .sizes = sizes_r9g,
	    PROCESSOR(CPU_GRAVITON, 3300),
	    .mib_per_vcpu = 8192,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces = interfaces_r9g,
	    .network = network_r9g,
	    .ebs = ebs_r9g,
	    .slots = slots_r9g },
	{ .name = "r9gd",
	    .sizes = sizes_r9g,
	    PROCESSOR(CPU_GRAVITON, 3300),
	    .mib_per_vcpu = 8192,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces = interfaces_r9g,
	    .network = network_r9g,
	    .ebs = ebs_r9g,
	    .slots = slots_r9g,
	    .disks = "1x59 1x118 1x237 1x474 1x950 1x1900 3x950 1x3800 3x1900 3x3800" },
	{ .name = NULL },
};
