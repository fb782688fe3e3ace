/*
 * What a machine takes as its resolv.conf: whatever comes, only lines that name servers and
 * domains are written.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agents/init/resolv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char reply[8192];
	const char *body;
	size_t n;

	if (size >= sizeof(reply))
		return 0;
	memcpy(reply, data, size);
	if (!resolv_body(reply, size, &body, &n))
		return 0;
	if (n == 0 || body < reply || body + n > reply + size || body[n - 1] != '\n' ||
	    memchr(body, '\0', n) != NULL || memchr(body, ';', n) != NULL)
		abort();
	return 0;
}
