package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisposalTest {
    private final List<String> done = new ArrayList<>();
    private final Disposal disposal = new Disposal();

    @Test
    void theLastTakenIsGivenBackFirstAndOnce() {
        disposal.add(() -> done.add("memory"));
        disposal.add(() -> done.add("devices"));
        disposal.close();
        disposal.close();
        assertThat(done).containsExactly("devices", "memory");
    }

    @Test
    void oneThatFailsDoesNotKeepTheOthers() {
        disposal.add(() -> done.add("memory"));
        disposal.add(() -> {
            throw new IllegalStateException("first");
        });
        disposal.add(() -> {
            throw new IllegalStateException("second");
        });
        assertThatThrownBy(disposal::close).hasMessage("second").satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(done).containsExactly("memory");
    }
}
