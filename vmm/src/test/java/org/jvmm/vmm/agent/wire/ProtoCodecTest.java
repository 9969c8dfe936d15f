package org.jvmm.vmm.agent.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtoCodecTest {
    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    /** The examples of the protobuf documentation, "Encoding". */
    @Test
    void documentedExamples() {
        assertThat(new ProtoWriter().number(1, 150).toBytes()).isEqualTo(hex("089601"));
        assertThat(new ProtoWriter().string(2, "testing").toBytes()).isEqualTo(hex("120774657374696e67"));
        assertThat(new ProtoWriter().message(3, new ProtoWriter().number(1, 150)).toBytes()).isEqualTo(hex("1a03089601"));
        assertThat(new ProtoWriter().number(1, -2).toBytes()).isEqualTo(hex("08feffffffffffffffff01"));
    }

    @Test
    void defaultsAreLeftOut() {
        assertThat(new ProtoWriter().number(1, 0).bool(2, false).string(3, null).string(4, "").bytes(5, new byte[3], 0, 0)
                .strings(6, List.of()).size()).isZero();
        // The presence of a message and an empty element of a list say something.
        assertThat(new ProtoWriter().message(7, new ProtoWriter()).toBytes()).isEqualTo(hex("3a00"));
        assertThat(new ProtoWriter().strings(6, List.of("a", "")).toBytes()).isEqualTo(hex("3201613200"));
    }

    @Test
    void whatIsWrittenIsRead() {
        byte[] blob = new byte[100_000];
        for (int i = 0; i < blob.length; i++) {
            blob[i] = (byte) (i * 31);
        }
        ProtoReader reader = new ProtoReader(
                new ProtoWriter(1).number(1, Long.MIN_VALUE).string(2, "\u00e9\u4e2d").bytes(3, blob, 1, 99_999)
                        .message(16, new ProtoWriter().bool(2000, true)).number(5, 127).number(6, 128).toBytes());
        assertThat(reader.next()).isTrue();
        assertThat(reader.field()).isEqualTo(1);
        assertThat(reader.number()).isEqualTo(Long.MIN_VALUE);
        reader.next();
        assertThat(reader.string()).isEqualTo("\u00e9\u4e2d");
        reader.next();
        assertThat(reader.bytes()).hasSize(99_999).startsWith(blob[1], blob[2]).endsWith(blob[99_999]);
        reader.next();
        assertThat(reader.field()).isEqualTo(16);
        ProtoReader inner = reader.message();
        assertThat(inner.next()).isTrue();
        assertThat(inner.field()).isEqualTo(2000);
        assertThat(inner.number()).isEqualTo(1);
        assertThat(inner.next()).isFalse();
        reader.next();
        assertThat(reader.number()).isEqualTo(127);
        reader.next();
        assertThat(reader.number()).isEqualTo(128);
        assertThat(reader.next()).isFalse();
    }

    @Test
    void unknownFieldsOfEveryTypeAreSkipped() {
        // 1: varint, 2: fixed64, 3: bytes, 4: fixed32, then 5: varint 7
        ProtoReader reader = new ProtoReader(hex("08960111" + "0102030405060708" + "1a02ffff" + "25" + "01020304" + "2807"));
        for (int i = 0; i < 4; i++) {
            reader.next();
            reader.skip();
        }
        reader.next();
        assertThat(reader.field()).isEqualTo(5);
        assertThat(reader.number()).isEqualTo(7);
        assertThat(reader.next()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({ "0a05616263, leaves its message", "0affffffff0f, leaves its message", "0affffffffffffffffff01, leaves its message",
        "1101020304, leaves its message", "0b, Wire type 3", "08, cut off", "0880, cut off", "08ffffffffffffffffffff01, more than ten",
        "00, out of range" })
    void malformedMessagesAreRefused(String bytes, String reason) {
        assertThatThrownBy(() -> {
            ProtoReader reader = new ProtoReader(hex(bytes));
            while (reader.next()) {
                reader.skip();
            }
        }).isInstanceOf(MalformedMessageException.class).hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = { "0a0161", "0d01020304" })
    void aValueOfAnotherTypeIsRefused(String bytes) {
        ProtoReader reader = new ProtoReader(hex(bytes));
        reader.next();
        assertThatThrownBy(reader::number).isInstanceOf(MalformedMessageException.class).hasMessageContaining("wire type");
    }
}
