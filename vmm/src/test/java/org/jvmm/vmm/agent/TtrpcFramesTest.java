package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.vmm.agent.wire.MalformedMessageException;

class TtrpcFramesTest {
    private final List<String> seen = new ArrayList<>();
    private final TtrpcFrames frames = new TtrpcFrames((stream, type, bytes, offset, length) -> seen
            .add(stream + " " + type + " " + HexFormat.of().formatHex(bytes, offset, offset + length)));

    /** Length 3 on stream 0x01020305, a response, then length 0 on stream 7, a request. */
    private static final byte[] TWO = HexFormat.of().parseHex("00000003010203050200aabbcc" + "00000000000000070100");

    @Test
    void headerIsBigEndian() {
        byte[] header = new byte[10];
        TtrpcFrames.header(header, 0x00010203, 0x04050607, TtrpcFrames.REQUEST);
        assertThat(header).isEqualTo(HexFormat.of().parseHex("00010203040506070100"));
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 3, 9, 10, 11, 13, 14, 23 })
    void framesAreFoundHoweverTheStreamIsCut(int piece) {
        for (int at = 0; at < TWO.length; at += piece) {
            frames.received(TWO, at, Math.min(piece, TWO.length - at));
        }
        assertThat(seen).containsExactly(0x01020305 + " 2 aabbcc", "7 1 ");
    }

    @Test
    void theLongestFrameIsTaken() {
        byte[] frame = new byte[TtrpcFrames.HEADER + TtrpcFrames.MAX_LENGTH];
        TtrpcFrames.header(frame, TtrpcFrames.MAX_LENGTH, 1, TtrpcFrames.RESPONSE);
        frames.received(frame, 0, frame.length);
        assertThat(seen).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = { "00400001000000010200", "ffffffff000000010200" })
    void longerFramesAreRefused(String header) {
        byte[] bytes = HexFormat.of().parseHex(header);
        assertThatThrownBy(() -> frames.received(bytes, 0, bytes.length)).isInstanceOf(MalformedMessageException.class);
        assertThat(seen).isEmpty();
    }
}
