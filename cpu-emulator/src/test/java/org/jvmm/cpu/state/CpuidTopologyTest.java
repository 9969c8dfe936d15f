package org.jvmm.cpu.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.cpu.CpuModel;

/** One package of cores with one thread each (SDM vol. 3 §9.9.3). */
class CpuidTopologyTest {
    @ParameterizedTest
    @CsvSource({ "1, 0", "2, 1", "3, 2", "4, 2", "5, 3", "32, 5" })
    void coresAndApicIds(int cpus, int coreBits) {
        for (int id = 0; id < cpus; id++) {
            CpuidModel cpuid = new CpuidModel(id, cpus, CpuModel.V2);
            cpuid.query(1, 0, false, 0);
            assertThat(cpuid.ebx >>> 24).isEqualTo(id);
            assertThat(cpuid.ebx >> 16 & 0xFF).isEqualTo(cpus);
            assertThat(cpuid.edx >>> 28 & 1).as("more than one id in the package").isEqualTo(cpus > 1 ? 1 : 0);
            for (int cache = 0; cache < 2; cache++) {
                cpuid.query(4, cache, false, 0);
                assertThat(cpuid.eax >>> 26).isEqualTo((1 << coreBits) - 1);
                assertThat(cpuid.eax >> 14 & 0xFFF).as("threads that share it").isZero();
            }
            cpuid.query(4, 2, false, 0);
            assertThat(cpuid.eax).as("no more caches").isZero();
            cpuid.query(0xB, 0, false, 0);
            assertThat(new int[] { cpuid.eax, cpuid.ebx, cpuid.ecx, cpuid.edx }).containsExactly(0, 1, 0x100, id);
            cpuid.query(0xB, 1, false, 0);
            assertThat(new int[] { cpuid.eax, cpuid.ebx, cpuid.ecx, cpuid.edx }).containsExactly(coreBits, cpus, 0x201, id);
        }
    }
}
