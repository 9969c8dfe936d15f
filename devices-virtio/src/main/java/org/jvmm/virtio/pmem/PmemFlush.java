package org.jvmm.virtio.pmem;

/** Has what the guest wrote on the host's disk. */
@FunctionalInterface
public interface PmemFlush {
    /** For a private mapping, whose writes end with the machine. */
    PmemFlush NOTHING = () -> true;

    /** Returns whether the host did. */
    boolean flush();
}
