package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
    @ParameterizedTest
    @CsvSource({ "0, 0", "1, 1", "4096, 4096", "256M, 268435456", "256m, 268435456", "256MB, 268435456", "256MiB, 268435456",
        "1G, 1073741824", "512k, 524288", "2T, 2199023255552", "9223372036854775807, 9223372036854775807" })
    void sizesAreRead(String text, long bytes) {
        assertThat(MemorySize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "M", "x", "-1", "-256M", "1.5G", "256 M", "256MM", "256X", "0x100", "٢٥٦M" })
    void othersAreRefused(String text) {
        assertThatThrownBy(() -> MemorySize.parse(text)).isInstanceOf(MachineException.class).hasMessageContaining("256M")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = { "9223372036854775808M", "8388608T", "99999999999999999999" })
    void sizesBeyondTheRangeAreRefused(String text) {
        if (text.length() == 20 && !text.endsWith("M")) {
            // More digits than fit count as the largest number, which no host has.
            assertThat(MemorySize.parse(text)).isEqualTo(Long.MAX_VALUE);
        } else {
            assertThatThrownBy(() -> MemorySize.parse(text)).isInstanceOf(MachineException.class).hasMessageContaining("out of range");
        }
    }

    @ParameterizedTest
    @CsvSource({ "0, 0 bytes", "1023, 1023 bytes", "1024, 1 KiB", "268435456, 256 MiB", "1610612736, 1536 MiB", "1073741824, 1 GiB" })
    void sizesAreWritten(long bytes, String text) {
        assertThat(MemorySize.format(bytes)).isEqualTo(text);
    }
}
