/*
 * AWS JSON requests of SSM through the decoder, the validator and the encoder.
 *
 * The first byte chooses the operation.  What is decoded is encoded again, as the input shape's
 * answer, and what is not is said as an error: nothing may crash, leak, or write what is not well-formed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/codec/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ops[] = { "PutParameter", "SendCommand",
		"CreateAssociation", "PutInventory" };

	fuzz_codec("ssm", ops, sizeof(ops) / sizeof(ops[0]), data, size);
	return 0;
}
