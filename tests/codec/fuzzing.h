/*
 * What the fuzz targets of the codecs share.
 */
#ifndef TESTS_CODEC_FUZZING_H
#define TESTS_CODEC_FUZZING_H

#include <stddef.h>
#include <stdint.h>

/*
 * One request to the model, with one of the operations; aborts when an answer
 * is not well-formed or says another document than was decoded.
 */
void fuzz_codec(const char *model, const char *const *ops, size_t n_ops,
    const uint8_t *data, size_t size);

/*
 * A request as HTTP has it ("PUT /b/k?acl", lines of headers, an empty line, the body), to one of
 * the services, which the first byte chooses.  Routed, decoded and answered.
 */
void fuzz_rest(const char *const *signing_names, size_t n, const uint8_t *data,
    size_t size);

#endif
