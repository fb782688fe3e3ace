/*
 * The labels of everything that we make in the container engine.
 *
 * They are how the reconciler, clean-up and people find what is ours, after
 * any crash: a container, network or volume without LABEL_OWNER is never
 * touched.
 */
#ifndef CONTROL_ENGINE_LABELS_H
#define CONTROL_ENGINE_LABELS_H

#define LABEL_OWNER   "dev.simfra.owner"   /* the control plane it belongs to: "simfra" */
#define LABEL_ACCOUNT "dev.simfra.account" /* "000000000000" */
#define LABEL_REGION  "dev.simfra.region"  /* "us-east-1" */
#define LABEL_SERVICE "dev.simfra.service" /* "ec2" */
#define LABEL_KIND    "dev.simfra.kind"	   /* "instance" */
#define LABEL_ID      "dev.simfra.id"	   /* "i-0123456789abcdef0" */
#define LABEL_ARN     "dev.simfra.arn"	   /* of the resource it is a part of */
#define LABEL_SPEC    "dev.simfra.spec"	   /* hash of the intent it was made from */
/* Of a user's own container on a VPC's network: "sg-1,sg-2", its security groups. */
#define LABEL_GROUPS  "dev.simfra.security-groups"
#define LABEL_NO_IPV6 "dev.simfra.no-ipv6" /* of a network: why it has none */

#endif
