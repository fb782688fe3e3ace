/*
 * S3: buckets that are websites: "Website endpoints" of the user's guide.
 *
 * A website is asked at BUCKET.s3-website-REGION.amazonaws.com or BUCKET.s3-website.localhost, by anybody: it shows what
 * anybody may read.
 */
#ifndef CONTROL_SERVICES_S3_WEBSITE_H
#define CONTROL_SERVICES_S3_WEBSITE_H

#include "control/services/s3/front.h"

/* 1 the reply is there, 0 no website is asked. */
int s3_website_answer(const struct s3_visit *v);

#endif
