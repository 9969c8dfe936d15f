package org.jvmm.core.memory;

/** Told of every write that a device makes to guest memory (dirty logs, the software CPU's cached code). Called on the device's thread. */
@FunctionalInterface
public interface GuestWriteObserver {
    /**
     * @param gpa first guest-physical address written
     * @param length bytes written, greater than 0
     */
    void written(long gpa, long length);
}
