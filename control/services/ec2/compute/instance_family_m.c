/*
 * EC2: general-purpose instance types: m.
 */
#include "control/services/ec2/compute/instance_family.h"

#include <stddef.h>

static const char sizes_m5[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal";
static const char interfaces_m5[] = "3x10 4x15 4x15 8x30 8x30 8x30 15x50";
static const char network_m5[] = "0.75-10 1.25-10 2.5-10 5-10 10 12 20 25";
static const char ebs_m5[] =
    "650@3600-4750@18750 1150@6000-4750@18750 2300@12000-4750@18750 4750@18750 6800@30000 9500@40000 13600@60000 19000@80000";
static const char slots_m5[] = "27 27 27 27 27 27 27 27 31";
static const char sizes_m5a[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
static const char network_m5a[] = "0.75-10 1.25-10 2.5-10 5-10 7.5-10 10 12 20";
static const char ebs_m5a[] =
    "650@3600-2880@16000 1085@6000-2880@16000 1580@8333-2880@16000 2880@16000 4750@20000 6780@30000 9500@40000 13750@60000";
static const char disks_m5ad[] = "1x75 1x150 1x300 2x300 2x600 2x900 4x600 4x900";
static const char slots_m5d[] = "26 26 26 25 25 25 23 23 31";
static const char network_m5dn[] = "2.1-25 4.1-25 8.125-25 16.25-25 25 50 75 100";
static const char network_m6a[] =
    "0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50";
static const char sizes_m6g[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal";
static const char interfaces_m6g[] = "2x4 3x10 4x15 4x15 8x30 8x30 8x30 15x50";
static const char network_m6g[] = "0.5-10 0.75-10 1.25-10 2.5-10 5-10 12 20 25";
static const char ebs_m6g[] =
    "315@2500-4750@20000 630@3600-4750@20000 1188@6000-4750@20000 2375@12000-4750@20000 4750@20000 9500@40000 14250@50000 19000@80000";
static const char slots_m6gd[] = "26 26 26 26 26 26 25 25 31";
static const char disks_m6gd[] = "1x59 1x118 1x237 1x474 1x950 1x1900 2x1425 2x1900";
static const char sizes_m6i[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal";
static const char ebs_m6i[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000";
static const char slots_m6i[] = "27 27 27 27 27 27 27 27 27 31";
static const char slots_m6id[] = "26 26 26 26 26 25 25 23 23 31";
static const char disks_m6id[] =
    "1x118 1x237 1x474 1x950 1x1900 2x1425 2x1900 4x1425 4x1900";
static const char interfaces_m6idn[] = "3x10 4x15 4x15 8x30 8x30 8x30 15x50 15x50 16x50";
static const char network_m6idn[] = "3.125-25 6.25-30 12.5-40 25-50 50 75 100 150 200";
static const char ebs_m6idn[] =
    "1562@6250-25000@100000 3125@12500-25000@100000 6250@25000-25000@100000 12500@50000-25000@100000 25000@100000 37500@150000 50000@200000 75000@300000 100000@400000";
static const char network_m7g[] =
    "0.52-12.5 0.937-12.5 1.876-12.5 3.75-15 7.5-15 15 22.5 30";
static const char ebs_m7g[] =
    "315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000";
static const char sizes_m7i_flex[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
static const char sizes_m8a[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl";
static const char network_m8g[] =
    "0.52-12.5 0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 50 40 50";
static const char ebs_m8g[] =
    "315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@240000 30000@120000 40000@240000";
static const char slots_m8g[] = "32 32 32 32 32 32 32 48 64 128 39 79";
static const char interfaces_m8gb[] = "2x4 3x10 4x15 4x15 8x30 10x30 12x30 16x50 24x50";
static const char slots_m8gb[] = "32 32 32 32 32 32 32 48 64 128 39 78";
static const char sizes_m8i[] =
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge metal-48xl metal-96xl";
static const char interfaces_m8i[] = "3x20 4x30 4x30 8x50 10x50 12x50 16x64 16x64 24x64";
static const char network_m8i[] =
    "0.937-12.5 1.875-12.5 3.75-15 7.5-15 15 22.5 30 40 50 75 100 75 100";
static const char ebs_m8i[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 60000@240000 80000@480000 60000@240000 80000@480000";
static const char slots_m8i[] = "32 32 32 32 32 32 48 64 88 128 128 64 79";
static const char interfaces_m8ib[] =
    "4x20 4x30 4x30 8x50 8x50 12x50 16x64 16x64 16x64 24x64";
static const char network_m8ib[] =
    "2.083-16.66 4.166-20 8.333-26.66 16.666-33.33 33.33 50 66.66 100 133.33 200 400 200 400";
static const char ebs_m8ib[] =
    "1563@7500-25000@120000 3125@15000-25000@120000 6250@30000-25000@120000 12500@60000-25000@120000 25000@120000 37500@180000 50000@240000 75000@360000 100000@480000 150000@720000 300000@1440000 150000@720000 300000@1440000";
static const char slots_m8ib[] = "32 32 32 32 32 32 48 64 88 128 128 64 78";
static const char cards_m8ib[] = "1 1 1 1 1 1 1 1 1 1 2 1 2";
static const char disks_m8id[] =
    "1x118 1x237 1x474 1x950 1x1900 1x2850 1x3800 2x2850 2x3800 3x3800 6x3800 3x3800 6x3800";
static const char network_m8idn[] =
    "3.125-25 6.25-30 12.5-40 25-50 50 75 100 150 200 300 600 300 600";
static const char ebs_m8idn[] =
    "650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 60000@240000 120000@480000 60000@240000 120000@480000";
static const char sizes_m9g[] =
    "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-48xl";
static const char interfaces_m9g[] = "2x20 3x20 4x30 4x30 8x50 10x50 12x50 16x64 24x64";
static const char network_m9g[] = "0.55-15 1-15 2.1-15 4.25-17 8.5-17 17 25 34 50 100";
static const char ebs_m9g[] =
    "380@2500-12000@48000 760@3600-12000@48000 1500@6000-12000@48000 3000@12000-12000@48000 6000@24000-12000@48000 12000@48000 18000@72000 24000@96000 36000@144000 72000@288000";
static const char slots_m9g[] = "32 32 32 32 32 32 32 48 64 128 79";

const struct instance_family instance_families_m[] = {
	{ .name = "m1",
	    .sizes = "small medium large xlarge",
	    PROCESSOR(CPU_INTEL, 0),
	    .features = IT_SPOT | IT_PARAVIRTUAL | IT_STORE_ROOT | IT_NO_IPV6 | IT_XEN |
		IT_I386 | IT_ONE_THREAD | IT_HDD,
	    SIZED(0, 0, 0, 0),
	    .vcpus = "1 1 2 4",
	    .memory = "1740 3788 7680 15360",
	    .interfaces = "2x4 2x6 3x10 4x15",
	    .network = "low moderate moderate high",
	    .ebs = "- - 500@4000 1000@8000",
	    .slots = "39",
	    .disks = "1x160 1x410 2x420 4x420" },
	{ .name = "m2",
	    .sizes = "xlarge 2xlarge 4xlarge",
	    PROCESSOR(CPU_INTEL, 0),
	    .features = IT_SPOT | IT_PARAVIRTUAL | IT_STORE_ROOT | IT_NO_IPV6 | IT_XEN |
		IT_ONE_THREAD | IT_HDD,
	    SIZED(0, 0, 0, 0),
	    .vcpus = "2 4 8",
	    .memory = "17510 35020 70041",
	    .interfaces = "4x15 4x30 8x30",
	    .network = "moderate moderate high",
	    .ebs = "- 500@4000 1000@8000",
	    .slots = "39",
	    .disks = "1x420 1x850 2x840" },
	{ .name = "m3",
	    .sizes = "medium large xlarge 2xlarge",
	    PROCESSOR(CPU_INTEL, 2500),
	    .mib_per_vcpu = 3840,
	    .features = IT_RECOVERS | IT_SPOT | IT_PARAVIRTUAL | IT_STORE_ROOT |
		IT_NO_IPV6 | IT_XEN,
	    SIZED(0, 0, 1, 30720),
	    .interfaces = "2x6 3x10 4x15 4x30",
	    .network = "moderate moderate high",
	    .ebs = "- - 500@4000 1000@8000",
	    .slots = "39",
	    .disks = "1x4 1x32 2x40 2x80" },
	{ .name = "m4",
	    .sizes = "large xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
	    PROCESSOR(CPU_INTEL, 2400),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_CLUSTER | IT_SPOT | IT_XEN | IT_ENA,
	    SIZED(0, 0, 2, 65536),
	    .interfaces = "2x10 4x15 4x15 8x30",
	    .network = "moderate high high high 10 25",
	    .ebs = "450@3600 750@6000 1000@8000 2000@16000 4000@32000 10000@65000",
	    .slots = "40" },
	{ .name = "m5",
	    .sizes = sizes_m5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m5,
	    .ebs = ebs_m5,
	    .slots = slots_m5 },
	{ .name = "m5a",
	    .sizes = sizes_m5a,
	    PROCESSOR(CPU_AMD, 2500),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m5a,
	    .ebs = ebs_m5a,
	    .slots = "27" },
	{ .name = "m5ad",
	    .sizes = sizes_m5a,
	    PROCESSOR(CPU_AMD, 2200),
	    .mib_per_vcpu = 4096,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m5a,
	    .ebs = ebs_m5a,
	    .slots = "26 26 26 25 25 25 23",
	    .disks = disks_m5ad },
	{ .name = "m5d",
	    .sizes = sizes_m5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 4096,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(0, 4, 2, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m5,
	    .ebs = ebs_m5,
	    .slots = slots_m5d,
	    .disks = disks_m5ad },
	{ .name = "m5dn",
	    .sizes = sizes_m5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(96, 4, 2, 0),
	    .interfaces = interfaces_m5,
	    .network = network_m5dn,
	    .ebs = ebs_m5,
	    .slots = slots_m5d,
	    .disks = disks_m5ad },
	{ .name = "m5n",
	    .sizes = sizes_m5,
	    PROCESSOR(CPU_INTEL, 3100),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(96, 4, 2, 0),
	    .interfaces = interfaces_m5,
	    .network = network_m5dn,
	    .ebs = ebs_m5,
	    .slots = slots_m5 },
	{ .name = "m5zn",
	    .sizes = "large xlarge 2xlarge 3xlarge 6xlarge 12xlarge metal",
	    PROCESSOR(CPU_INTEL, 4500),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(48, 4, 2, 0),
	    .interfaces = "3x10 4x15 4x15 8x30 8x30 15x50",
	    .network = "3-25 5-25 10-25 15-25 50 100",
	    .ebs =
		"800@3333-3170@13333 1564@6667-3170@13333 3170@13333 4750@20000 9500@40000 19000@80000",
	    .slots = "27 27 27 27 27 27 31" },
	{ .name = "m6a",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal",
	    PROCESSOR(CPU_AMD, 3600),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m6a,
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 40000@240000",
	    .slots = "27 27 27 27 27 27 27 27 27 27 31" },
	{ .name = "m6g",
	    .sizes = sizes_m6g,
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(0, 2, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network = network_m6g,
	    .ebs = ebs_m6g,
	    .slots = slots_m5 },
	{ .name = "m6gd",
	    .sizes = sizes_m6g,
	    PROCESSOR(CPU_GRAVITON, 2500),
	    .mib_per_vcpu = 4096,
	    .features = IT_CURRENT | IT_TPM | IT_CLUSTER | IT_SPOT | IT_ONE_THREAD,
	    SIZED(0, 2, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network = network_m6g,
	    .ebs = ebs_m6g,
	    .slots = slots_m6gd,
	    .disks = disks_m6gd },
	{ .name = "m6i",
	    .sizes = sizes_m6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_ENCRYPTS | IT_TPM | IT_CLUSTER | IT_SPOT | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m6a,
	    .ebs = ebs_m6i,
	    .slots = slots_m6i },
	{ .name = "m6id",
	    .sizes = sizes_m6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_m5,
	    .network = network_m6a,
	    .ebs = ebs_m6i,
	    .slots = slots_m6id,
	    .disks = disks_m6id },
	{ .name = "m6idn",
	    .sizes = sizes_m6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_m6idn,
	    .network = network_m6idn,
	    .ebs = ebs_m6idn,
	    .slots = slots_m6id,
	    .disks = disks_m6id,
	    .cards = "1 1 1 1 1 1 1 1 2" },
	{ .name = "m6in",
	    .sizes = sizes_m6i,
	    PROCESSOR(CPU_INTEL, 3500),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_BOTH_BOOTS,
	    SIZED(128, 4, 2, 131072),
	    .interfaces = interfaces_m6idn,
	    .network = network_m6idn,
	    .ebs = ebs_m6idn,
	    .slots = slots_m6i,
	    .cards = "1 1 1 1 1 1 1 1 2" },
	{ .name = "m7a",
	    .sizes =
		"medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal-48xl",
	    PROCESSOR(CPU_AMD, 3700),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_BOTH_BOOTS |
		IT_ONE_THREAD,
	    SIZED(192, 4, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network =
		"0.39-12.5 0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50",
	    .ebs =
		"325@2500-10000@40000 650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@160000 40000@240000",
	    .slots = "32 32 32 32 32 32 32 48 64 88 128 79" },
	{ .name = "m7g",
	    .sizes = sizes_m6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network = network_m7g,
	    .ebs = ebs_m7g,
	    .slots = slots_m5 },
	{ .name = "m7gd",
	    .sizes = sizes_m6g,
	    PROCESSOR(CPU_GRAVITON, 2600),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_CLOCK | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network = network_m7g,
	    .ebs = ebs_m7g,
	    .slots = slots_m6gd,
	    .disks = disks_m6gd },
	{ .name = "m7i",
	    .sizes =
		"large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl",
	    PROCESSOR(CPU_INTEL, 3200),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m5,
	    .network =
		"0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 12.5 18.75 25 37.5 50 37.5 50",
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000 20000@80000 30000@120000 40000@240000 30000@120000 40000@240000",
	    .slots = "32 32 32 32 32 32 48 64 128 39 79" },
	{ .name = "m7i-flex",
	    .sizes = sizes_m7i_flex,
	    PROCESSOR(CPU_INTEL, 3200),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLOCK | IT_TPM |
		IT_SPOT | IT_OWN_SLOTS | IT_BOTH_BOOTS,
	    SIZED(0, 0, 0, 262144),
	    .interfaces = interfaces_m5,
	    .network =
		"0.39-12.5 0.781-12.5 1.562-12.5 3.125-12.5 6.25-12.5 9.375-18.75 12.5-25",
	    .ebs =
		"312@2500-10000@40000 625@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 7500@30000-15000@60000 10000@40000-20000@80000",
	    .slots = "32 32 32 32 32 32 48" },
	{ .name = "m8a",
	    .sizes = sizes_m8a,
	    PROCESSOR(CPU_AMD, 4500),
	    .mib_per_vcpu = 4096,
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
	{ .name = "m8azn",
	    .sizes =
		"medium large xlarge 3xlarge 6xlarge 12xlarge 24xlarge metal-12xl metal-24xl",
	    PROCESSOR(CPU_AMD, 5000),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_BOTH_BOOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 98304),
	    .interfaces = "3x4 4x20 4x20 8x40 8x40 16x64",
	    .network = "2.08-25 4.17-30 8.33-40 25-50 50 100 200 100 200",
	    .ebs =
		"625@2500-15000@60000 1250@5000-15000@60000 2500@10000-15000@60000 7500@30000-15000@60000 15000@60000 30000@120000 60000@240000 30000@120000 60000@240000",
	    .slots = "32 32 32 32 32 64 128 64 79" },
	{ .name = "m8g",
	    .sizes = sizes_m8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network = network_m8g,
	    .ebs = ebs_m8g,
	    .slots = slots_m8g },
	{ .name = "m8gb",
	    .sizes = sizes_m8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_m8gb,
	    .network =
		"2.083-16.66 4.166-20 8.333-26.66 16.666-33.33 33.33 66.66 100 133.33 200 400 200 400",
	    .ebs =
		"1562@7500-25000@120000 3125@15000-25000@120000 6250@30000-25000@120000 12500@60000-25000@120000 25000@120000 50000@240000 75000@360000 100000@480000 150000@720000 300000@1440000 150000@720000 300000@1440000",
	    .slots = slots_m8gb,
	    .cards = "1 1 1 1 1 1 1 1 1 2 1 2" },
	{ .name = "m8gd",
	    .sizes = sizes_m8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_ONE_THREAD,
	    SIZED(96, 2, 1, 131072),
	    .interfaces = interfaces_m6g,
	    .network = network_m8g,
	    .ebs = ebs_m8g,
	    .slots = slots_m8g,
	    .disks =
		"1x59 1x118 1x237 1x474 1x950 1x1900 3x950 2x1900 3x1900 6x1900 3x1900 6x1900" },
	{ .name = "m8gn",
	    .sizes = sizes_m8a,
	    PROCESSOR(CPU_GRAVITON, 2800),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(64, 2, 1, 131072),
	    .interfaces = interfaces_m8gb,
	    .network = "3.125-25 6.25-30 12.5-40 25-50 50 100 150 200 300 600 300 600",
	    .ebs =
		"760@2500-10000@40000 1250@5000-10000@40000 2500@10000-10000@40000 5000@20000-10000@40000 10000@40000 20000@80000 30000@120000 40000@160000 60000@240000 120000@480000 60000@240000 120000@480000",
	    .slots = slots_m8gb,
	    .cards = "1 1 1 1 1 1 1 1 1 2 1 2" },
	{ .name = "m8i",
	    .sizes = sizes_m8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m8i,
	    .network = network_m8i,
	    .ebs = ebs_m8i,
	    .slots = slots_m8i },
	{ .name = "m8i-flex",
	    .sizes = sizes_m7i_flex,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_CURRENT | IT_ENCRYPTS | IT_CLOCK | IT_TPM |
		IT_SPOT | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(0, 0, 0, 131072),
	    .interfaces = "3x20 4x30 4x30 8x50 10x50 12x50 16x64",
	    .network = "0.468-12.5 0.937-12.5 1.875-15 3.75-15 7.5-15 11.25-22.5 15-30",
	    .ebs =
		"315@2500-10000@40000 630@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 7500@30000-15000@60000 10000@40000-20000@80000",
	    .slots = "32 32 32 32 32 32 48" },
	{ .name = "m8ib",
	    .sizes = sizes_m8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m8ib,
	    .network = network_m8ib,
	    .ebs = ebs_m8ib,
	    .slots = slots_m8ib,
	    .cards = cards_m8ib },
	{ .name = "m8id",
	    .sizes = sizes_m8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 0),
	    .interfaces = interfaces_m8i,
	    .network = network_m8i,
	    .ebs = ebs_m8i,
	    .slots = slots_m8i,
	    .disks = disks_m8id },
	{ .name = "m8idb",
	    .sizes = sizes_m8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m8ib,
	    .network = network_m8ib,
	    .ebs = ebs_m8ib,
	    .slots = slots_m8ib,
	    .disks = disks_m8id,
	    .cards = cards_m8ib },
	{ .name = "m8idn",
	    .sizes = sizes_m8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m8ib,
	    .network = network_m8idn,
	    .ebs = ebs_m8idn,
	    .slots = slots_m8ib,
	    .disks = disks_m8id,
	    .cards = cards_m8ib },
	{ .name = "m8in",
	    .sizes = sizes_m8i,
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(192, 4, 2, 131072),
	    .interfaces = interfaces_m8ib,
	    .network = network_m8idn,
	    .ebs = ebs_m8idn,
	    .slots = slots_m8ib,
	    .cards = cards_m8ib },
	{ .name = "m8ine",
	    .sizes = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge",
	    PROCESSOR(CPU_INTEL, 3900),
	    .mib_per_vcpu = 4096,
	    .features =
		IT_ROBUST | IT_NITRO | IT_OWN_SLOTS | IT_SHORT_TCP | IT_BOTH_BOOTS,
	    SIZED(0, 4, 0, 0),
	    .interfaces = "4x20 4x30 4x30 8x50 8x50 12x50",
	    .network = "3.125 6.25 12.5 25 50 75",
	    .ebs =
		"650@3600-10000@40000 1250@6000-10000@40000 2500@12000-10000@40000 5000@20000-10000@40000 10000@40000 15000@60000",
	    .slots = "32" },
	{ .name = "m9g",
	    .sizes = sizes_m9g,
	    PROCESSOR(CPU_GRAVITON, 3300),
	    .mib_per_vcpu = 4096,
	    .features = IT_ROBUST | IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP |
		IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces = interfaces_m9g,
	    .network = network_m9g,
	    .ebs = ebs_m9g,
	    .slots = slots_m9g },
	{ .name = "m9gd",
	    .sizes = sizes_m9g,
	    PROCESSOR(CPU_GRAVITON, 3300),
	    .mib_per_vcpu = 4096,
	    .features = IT_NITRO | IT_CLOCK | IT_OWN_SLOTS | IT_SHORT_TCP | IT_ONE_THREAD,
	    SIZED(192, 2, 1, 131072),
	    .interfaces = interfaces_m9g,
	    .network = network_m9g,
	    .ebs = ebs_m9g,
	    .slots = slots_m9g,
	    .disks = "1x59 1x118 1x237 1x474 1x950 1x1900 3x950 1x3800 3x1900 3x3800" },
	{ .name = NULL },
};
