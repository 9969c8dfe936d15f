package org.jvmm.cpu.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.cpu.CpuModel;

/** Family and model, by which programs choose code without a look at the features (SDM vol. 2, CPUID, leaf 1). */
class CpuidSignatureTest {
    private static final int AVX = 1 << 28;

    /** Westmere and Broadwell, of Intel's family 6: the last models with no more than x86-64-v2 and v3. */
    @ParameterizedTest
    @CsvSource({ "V2, 0x2C, false", "V3, 0x3D, true" })
    void modelIsOneThatHadWhatTheFeaturesSay(CpuModel model, int number, boolean avx) {
        CpuidModel cpuid = new CpuidModel(0, 1, model);
        cpuid.query(1, 0, false, 0);
        assertThat(cpuid.eax >> 8 & 0xF).isEqualTo(6);
        assertThat(cpuid.eax >> 12 & 0xF0 | cpuid.eax >> 4 & 0xF).isEqualTo(number);
        assertThat((cpuid.ecx & AVX) != 0).isEqualTo(avx);
    }
}
