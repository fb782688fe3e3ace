/*
 * REST-XML requests, whole: method, path, query, headers and body, through routing, the decoder and
 * the encoder.
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/codec/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const services[] = { "s3", "route53", "cloudfront" };

	fuzz_rest(services, sizeof(services) / sizeof(services[0]), data, size);
	return 0;
}
