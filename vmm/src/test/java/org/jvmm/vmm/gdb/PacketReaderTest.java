package org.jvmm.vmm.gdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketReaderTest {
    private final PacketReader reader = new PacketReader();
    private final List<String> seen = new ArrayList<>();

    private List<String> feed(String text) {
        seen.clear();
        for (byte value : text.getBytes(StandardCharsets.ISO_8859_1)) {
            PacketReader.Event event = reader.next(value & 0xFF);
            if (event == PacketReader.Event.PACKET) {
                seen.add(new String(reader.packet(), StandardCharsets.ISO_8859_1));
            } else if (event != PacketReader.Event.NONE) {
                seen.add(event.name());
            }
        }
        return seen;
    }

    @Test
    void packetsAcknowledgementsAndInterrupts() {
        assertThat(feed("+$g#67+\003-$m10,4#2e$#00")).containsExactly("g", "INTERRUPT", "RESEND", "m10,4", "");
    }

    @Test
    void escapesAreUndone() {
        assertThat(feed("$X0,2:}\003}]#7a")).containsExactly("X0,2:#}");
        assertThat(feed("$}\003#80")).containsExactly("#");
    }

    @Test
    void wrongChecksumsAreToldAndTheNextPacketIsGood() {
        assertThat(feed("$g#68$g#zz$g#6$g#67")).containsExactly("BAD_PACKET", "BAD_PACKET", "BAD_PACKET");
        assertThat(feed("$g#67")).containsExactly("g");
    }

    @Test
    void aPacketThatNeverEndedIsForgotten() {
        assertThat(feed("$m1000$g#67")).containsExactly("g");
    }

    @Test
    void noiseBetweenPacketsIsSkipped() {
        assertThat(feed("hello #67 +++$g#67")).containsExactly("g");
    }

    @Test
    void tooLongIsBadAndTheNextIsGood() {
        String much = "a".repeat(PacketReader.MAX_PACKET + 1);
        int sum = 'a' * much.length() & 0xFF;
        assertThat(feed("$" + much + "#" + Integer.toHexString(sum | 0x100).substring(1))).containsExactly("BAD_PACKET");
        assertThat(feed("$g#67")).containsExactly("g");
    }

    @Test
    void anyBytesAreTaken() {
        Random random = new Random(20261125);
        for (int i = 0; i < 2_000_000; i++) {
            // Characters with a meaning more often than chance would give them.
            int value = random.nextInt(4) == 0 ? "$#}+-\003".charAt(random.nextInt(6)) : random.nextInt(256);
            if (reader.next(value) == PacketReader.Event.PACKET) {
                assertThat(reader.packet().length).isLessThanOrEqualTo(PacketReader.MAX_PACKET);
            }
        }
        assertThat(feed("#00$g#67")).endsWith("g");
    }

    @Test
    void whatIsWrittenIsReadTheSame() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PacketWriter writer = new PacketWriter(bytes);
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 256; i++) {
            all.append((char) i);
        }
        writer.send(all.toString());
        writer.resend();
        assertThat(feed(bytes.toString(StandardCharsets.ISO_8859_1))).containsExactly(all.toString(), all.toString());
    }
}
