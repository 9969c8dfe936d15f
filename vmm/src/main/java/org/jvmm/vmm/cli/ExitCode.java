package org.jvmm.vmm.cli;

/** Exit codes of the process, those of {@code docker run}; all others are the command's own. */
final class ExitCode {
    /** All went well. */
    static final int OK = 0;
    /** jvmm itself failed, or the guest did. */
    static final int FAILED = 125;
    /** The command cannot be executed. */
    static final int NOT_EXECUTABLE = 126;
    /** There is no such command. */
    static final int NOT_FOUND = 127;
    /** Added to the number of a signal. */
    static final int SIGNAL = 128;

    private ExitCode() {}
}
