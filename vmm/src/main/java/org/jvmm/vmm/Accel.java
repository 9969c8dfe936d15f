package org.jvmm.vmm;

/** Which engine executes the guest. */
public enum Accel {
    /** The best that this host offers. */
    AUTO,
    /** The CPU in Java; works on every host. */
    SOFT,
    /** The kernel's virtualisation. */
    KVM
}
