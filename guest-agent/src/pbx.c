// SPDX-License-Identifier: Apache-2.0
#include "pbx.h"

bool view_decode(pb_istream_t *stream, const pb_field_t *field, void **arg) {
    (void)field;
    struct view *view = *arg;
    // For a stream made by pb_istream_from_buffer the state is the read position (pb_decode.c, buf_read).
    view->data = stream->state;
    view->size = stream->bytes_left;
    return pb_read(stream, NULL, stream->bytes_left);
}

bool view_encode(pb_ostream_t *stream, const pb_field_t *field, void *const *arg) {
    const struct view *view = *arg;
    if (view->size == 0) {
        return true;
    }
    return pb_encode_tag_for_field(stream, field) && pb_encode_string(stream, view->data, view->size);
}

bool nested_encode(pb_ostream_t *stream, const pb_field_t *field, void *const *arg) {
    const struct nested *nested = *arg;
    size_t size = 0;
    if (!pb_get_encoded_size(&size, nested->fields, nested->message)) {
        return false;
    }
    if (size == 0) {
        return true;
    }
    return pb_encode_tag_for_field(stream, field) && pb_encode_varint(stream, size) &&
           pb_encode(stream, nested->fields, nested->message);
}
