package org.jvmm.vmm.cli;

/** The program's version. */
final class Version {
    /** As {@code jvmm version} says it. */
    static final String TEXT = "0.1.0";

    private Version() {}
}
