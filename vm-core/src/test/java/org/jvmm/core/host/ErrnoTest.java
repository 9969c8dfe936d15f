package org.jvmm.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void namesMatchTheirNumbers() {
        assertThat(Errno.name(Errno.EPERM)).isEqualTo("EPERM");
        assertThat(Errno.name(Errno.EINTR)).isEqualTo("EINTR");
        assertThat(Errno.name(Errno.EINVAL)).isEqualTo("EINVAL");
        assertThat(Errno.name(Errno.ENOTTY)).isEqualTo("ENOTTY");
        assertThat(Errno.name(Errno.ENOSYS)).isEqualTo("ENOSYS");
        // asm-generic/errno.h: the ones around both holes and at the end.
        assertThat(Errno.name(42)).isEqualTo("ENOMSG");
        assertThat(Errno.name(57)).isEqualTo("EBADSLT");
        assertThat(Errno.name(59)).isEqualTo("EBFONT");
        assertThat(Errno.name(95)).isEqualTo("EOPNOTSUPP");
        assertThat(Errno.name(110)).isEqualTo("ETIMEDOUT");
        assertThat(Errno.name(133)).isEqualTo("EHWPOISON");
    }

    @Test
    void numbersWithoutANameShowTheNumber() {
        assertThat(Errno.name(41)).isEqualTo("errno 41");
        assertThat(Errno.name(58)).isEqualTo("errno 58");
        assertThat(Errno.name(134)).isEqualTo("errno 134");
        assertThat(Errno.name(0)).isEqualTo("errno 0");
        assertThat(Errno.name(-5)).isEqualTo("errno -5");
    }
}
