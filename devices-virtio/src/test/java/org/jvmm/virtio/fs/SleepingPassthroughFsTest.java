package org.jvmm.virtio.fs;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** All that a volume does, it does also when the files that the guest knows are asleep in between. */
class SleepingPassthroughFsTest extends PassthroughFsTest {
    @BeforeAll
    static void assumeHandles(@TempDir Path any) {
        Sleepers.assumeHandles(any);
    }

    @Override
    DescriptorBudget budget() {
        return Sleepers.few();
    }
}
