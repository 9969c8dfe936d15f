package org.jvmm.virtio.fs;

/**
 * Translation of user or group ids between guest and host: one range, or all as they are.
 *
 * @param guest first id of the guest
 * @param host first id of the host
 * @param count ids in the range, as a 32-bit unsigned number; 0 maps every id to itself
 */
public record IdMap(int guest, int host, int count) {
    /** What an id outside the range is shown as (Documentation/admin-guide/sysctl/fs.rst, overflowuid). */
    public static final int OVERFLOW = 65534;
    /** Every id is itself. */
    public static final IdMap IDENTITY = new IdMap(0, 0, 0);

    /** The host's id shown as the guest's root, and nobody else. */
    public static IdMap root(int host) {
        return new IdMap(0, host, 1);
    }

    /**
     * Guest to host.
     *
     * @return -1 for an id outside the range, which no host has
     */
    int toHost(int id) {
        if (count == 0 || id == -1) {
            return id;
        }
        int offset = id - guest;
        return Integer.compareUnsigned(offset, count) < 0 ? host + offset : -1;
    }

    /** Host to guest; {@link #OVERFLOW} for an id outside the range. */
    int toGuest(int id) {
        if (count == 0) {
            return id;
        }
        int offset = id - host;
        return Integer.compareUnsigned(offset, count) < 0 ? guest + offset : OVERFLOW;
    }
}
