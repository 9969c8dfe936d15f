package org.jvmm.core.host;

/** The host refused a system call. The message is one line with the call, its operands and the error's name. */
public final class SyscallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String operands;
    private final int errno;

    /**
     * @param call name of the system call
     * @param operands its operands as the message shows them
     * @param errno error number, see {@link Errno}
     */
    public SyscallException(String call, String operands, int errno) {
        super(call + "(" + operands + ") failed: " + Errno.name(errno));
        this.call = call;
        this.operands = operands;
        this.errno = errno;
    }

    /** Name of the system call. */
    public String call() {
        return call;
    }

    /** The operands as the message shows them. */
    public String operands() {
        return operands;
    }

    /** The error number. */
    public int errno() {
        return errno;
    }
}
