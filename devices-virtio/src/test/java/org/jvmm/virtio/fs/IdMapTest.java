package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdMapTest {
    @Test
    void identityIsItself() {
        assertThat(IdMap.IDENTITY.toHost(5)).isEqualTo(5);
        assertThat(IdMap.IDENTITY.toGuest(-2)).isEqualTo(-2);
    }

    @Test
    void aRangeIsShifted() {
        IdMap map = new IdMap(10, 100_000, 5);
        assertThat(map.toHost(10)).isEqualTo(100_000);
        assertThat(map.toHost(14)).isEqualTo(100_004);
        assertThat(map.toHost(15)).isEqualTo(-1);
        assertThat(map.toHost(9)).isEqualTo(-1);
        assertThat(map.toHost(-1)).isEqualTo(-1);
        assertThat(map.toGuest(100_004)).isEqualTo(14);
        assertThat(map.toGuest(100_005)).isEqualTo(IdMap.OVERFLOW);
        assertThat(map.toGuest(0)).isEqualTo(IdMap.OVERFLOW);
    }

    @Test
    void oneUserIsTheGuestsRoot() {
        assertThat(IdMap.root(1000).toHost(0)).isEqualTo(1000);
        assertThat(IdMap.root(1000).toHost(1)).isEqualTo(-1);
        assertThat(IdMap.root(1000).toGuest(1000)).isZero();
    }
}
