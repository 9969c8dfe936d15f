package org.jvmm.kvm;

import org.jvmm.core.host.Errno;

/** The host's KVM cannot do what is asked. The message is one line with the request, its operands, the error's name and what to do. */
public final class KvmException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String request;
    private final int errno;

    /** For what is known before a call is made. */
    KvmException(String message) {
        super(message);
        this.request = "";
        this.errno = 0;
    }

    /**
     * @param request name of the ioctl or call
     * @param operands its operands
     * @param errno error number
     * @param advice what to do, or empty
     */
    KvmException(String request, String operands, int errno, String advice) {
        super(request + "(" + operands + ") failed: " + Errno.name(errno) + (advice.isEmpty() ? "" : "; " + advice));
        this.request = request;
        this.errno = errno;
    }

    /** Name of the ioctl or call that failed; empty when none was made. */
    public String request() {
        return request;
    }

    /** The error number; 0 when no call was made. */
    public int errno() {
        return errno;
    }
}
