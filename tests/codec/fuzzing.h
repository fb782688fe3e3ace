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

#endif
