// SPDX-License-Identifier: Apache-2.0
// What nanopb leaves to its user: byte fields that are not copied.
#ifndef AGENT_PBX_H
#define AGENT_PBX_H

#include <pb_decode.h>
#include <pb_encode.h>

// Bytes that lie in someone else's buffer.
struct view {
    const uint8_t *data;
    size_t size;
};

// Callbacks for a bytes field; arg is the struct view. The stream must read from memory.
bool view_decode(pb_istream_t *stream, const pb_field_t *field, void **arg);
bool view_encode(pb_ostream_t *stream, const pb_field_t *field, void *const *arg);

// A message to be encoded as the value of a bytes field.
struct nested {
    const pb_msgdesc_t *fields;
    const void *message;
};

// Callback for a bytes field that holds an encoded message; arg is the struct nested. An empty one is left out.
bool nested_encode(pb_ostream_t *stream, const pb_field_t *field, void *const *arg);

#endif
